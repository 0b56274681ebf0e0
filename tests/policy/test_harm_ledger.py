"""The ledger of harm: what each change did to callers, and what it saved."""

from __future__ import annotations

from fractions import Fraction

from tests.policy.harm_windows import DAY, MONDAY, unknown, windows

from personalize_monitor.model.money import Money
from personalize_monitor.policy.harm.case import By, State, conclude, open_case
from personalize_monitor.policy.harm.memory import Memory, World
from personalize_monitor.policy.harm.trial import judge
from personalize_monitor.policy.harm.verdict import Word
from personalize_monitor_desk.changes.ledger import row, side, totals

SIX = Money(Fraction(6), signed=True)


def test_a_side_sums_what_is_known() -> None:
    """Unknown windows are counted as such, and in no sum."""
    known = windows([2.0, 2.0], refused=lambda i, _: 0.1 * i)
    found = side([*known, *unknown(known)])
    assert (found.asked, found.refused, found.failed, found.unknown) == (1200, 60, 0, 2)
    assert (found.share, found.p90) == (0.05, 100.0)
    assert side([]).share is None


def test_a_case_from_the_lowering_to_its_row() -> None:
    """As in the demo: six dollars, and who paid for them."""
    past = windows([0.3] * 4000 + [4.0] * 32)
    landed = MONDAY + 14 * DAY
    since = windows([4.0] * 4, start=landed, refused=lambda *_: 0.16)
    case, _ = open_case("a", from_floor=5, floor=1, by=By.MONITOR, opened=landed, landed=landed)
    found = judge(past, since, floor=1, from_floor=5, landed=landed)
    done = conclude(case, found, Memory(), now=landed + 1200, world=World())
    line = row(done.case, past, since, SIX)
    assert (line.word, line.state, line.saved) == (Word.HURT, State.HURT, SIX)
    assert (line.before.share, round(line.after.share or 0, 2)) == (0.0, 0.16)
    assert line.extra > 0.9 * line.after.refused


def test_a_raise_is_harmless_by_itself() -> None:
    """Nothing was taken away."""
    case, _ = open_case("a", from_floor=1, floor=5, by=By.RESTORE, opened=0, landed=0)
    line = row(case, [], [], Money(Fraction(0)))
    assert (line.word, line.reason) == (Word.HARMLESS, "The floor was not lowered.")


def test_sums() -> None:
    """Over what came after the changes."""
    case, _ = open_case("a", from_floor=5, floor=1, by=By.PERSON, opened=0, landed=0)
    since = windows([2.0], refused=lambda *_: 0.5)
    found = totals([row(case, [], since, SIX), row(case, [], since, SIX)])
    assert (found.changes, found.asked, found.refused, found.unknown) == (2, 1200, 600, 2)
    assert found.saved.exact == 12
    assert totals([]).changes == 0
