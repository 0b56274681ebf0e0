"""One resource's page: the last lowering before and after, its verdict, and Undo beside it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from tests.console.byhand.front import Front, put, words
from tests.console.byhand.values import ARN, NOW, SHOES, seen, usd

from personalize_monitor.model.money import ZERO
from personalize_monitor.policy.harm import By, Case, Figures, Quality, State, Verdict, Word
from personalize_monitor.policy.harm.words import told
from personalize_monitor_desk.changes.changes import Bar, Change, Changes
from personalize_monitor_desk.changes.ledger import row
from personalize_monitor_desk.console.before_after import picture

FIGURES = Figures(4, 1, 1, 1200.0, 400.0, 396.0, 0.001, 900.0, 100.0, 1.0, 1.0, 3.0, 6.0)
HURT_VERDICT = Verdict(Word.HURT, "400 of 1,200 requests were refused or failed.", FIGURES)


def lowering(
    verdict: Verdict | None = HURT_VERDICT, *, unread: str = "", last: bool = True
) -> Change:
    """The floor went from 20 to 10 a day ago; 1 % was refused before, then a third."""
    at = int((NOW - timedelta(days=1)).timestamp()) // 300 * 300
    state = State.HURT if verdict else State.OPEN
    case = Case(ARN, 20, 10, By.MONITOR, at, at, at, 20, state=state, verdict=verdict)
    past = Quality(at - 300, 990.0, 10.0, 0.0, 100.0)
    since = Quality(at, 800.0, 390.0, 10.0, 960.0)
    bars = (Bar(at - 300, 300, 990.0, 10.0, True), Bar(at, 300, 800.0, 400.0, True))
    known = () if unread else bars
    return Change(case, row(case, [past], [since], ZERO), last, usd(12), unread, known)


def card(front: Front, *found: Change, trouble: str = "") -> str:
    """The card as words; empty when there is none."""
    front.show(seen())
    ledger = Changes(NOW - timedelta(days=14), NOW, found)
    put(front.watch.changes, None if trouble else ledger, trouble)
    page = front.get(SHOES).text
    return words(page.partition('class="panel case"')[2].partition("</section>")[0])


def test_before_and_after_with_the_verdict(front: Front) -> None:
    """The sentence of mail and command, and both sides of the change as figures."""
    change = lowering()
    said = card(front, change)
    sentence = told(change.case)
    assert sentence[:1].upper() + sentence[1:] in said
    for figures in (
        "Floor 20 10",
        "Requests asked 1,000 1,200",
        "Refused or failed 10 400",
        "Share of them, % 1.0 33",
        "p90, ms 100 960",
        "Saved $12",
    ):
        assert figures in said, said
    assert said.startswith('aria-label="The last lowering"> The last lowering: hurt Undo…')


def test_undo_stands_beside_the_verdict(front: Front) -> None:
    """One click to the dialog, one to confirm; not where it is undone, or where nobody may act."""
    assert "Undo…" in card(front, lowering())
    assert "Undo…" not in card(front, lowering(last=False))
    front.app.state.here = replace(front.app.state.here, allow_actions=False)
    assert "Undo…" not in card(front, lowering())


def test_a_change_without_evidence_or_ledger(front: Front) -> None:
    """It is said; nothing is shown as zero, and without a lowering there is no card."""
    said = card(front, lowering(None, unread="eu-west-1 does not answer."))
    assert "not yet known. No verdict yet" in said
    assert "What callers got is not known: eu-west-1 does not answer." in said
    assert "Requests asked" not in said
    assert "The journal is silent." in card(front, trouble="The journal is silent.")
    assert card(front) == ""


def test_the_picture_stacks_refused_on_served() -> None:
    """The refused begin where the served end, and the line steps down at the change."""
    drawn = picture(lowering())
    assert drawn is not None
    high = 800 / 300 / 20 * 90
    assert f"M288.0 {96 - high:.1f}V" in drawn.refused
    assert drawn.floor == "M0 6H288V51H576"
    assert (drawn.at, drawn.top) == (288, 20)
    assert picture(lowering(unread="Gone.")) is None


def test_what_restoring_would_mean_needs_the_account(front: Front) -> None:
    """When AWS does not answer, the dialog says so instead of promising anything."""
    front.show(seen())
    said = front.words(f"{SHOES}/shown/restore")
    assert f"Reading {ARN} failed (EndpointConnectionError)" in said
