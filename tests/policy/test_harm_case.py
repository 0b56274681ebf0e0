"""A case lives from the change of a floor to a verdict, and goes through the journal whole."""

from __future__ import annotations

import json
from dataclasses import replace

import pytest
from tests.policy.harm_windows import DAY, MONDAY

from personalize_monitor.policy.harm.case import (
    By,
    Case,
    State,
    carried_before,
    conclude,
    open_case,
)
from personalize_monitor.policy.harm.memory import Carried, Memory, World
from personalize_monitor.policy.harm.verdict import Figures, Verdict, Word

ARN = "arn:aws:personalize:us-east-1:111122223333:campaign/cart"
NOW = MONDAY + 3 * DAY


def opened(
    floor: int = 1, from_floor: int = 5, by: By = By.MONITOR, at: int = MONDAY, *cases: Case
) -> tuple[Case, list[Case]]:
    """A change, and what it ends."""
    return open_case(
        ARN,
        from_floor=from_floor,
        floor=floor,
        by=by,
        opened=at,
        landed=at + 900,
        solution_version="v1",
        cases=cases,
    )


def verdict(word: Word, low: float = 0.0, high: float = 0.0) -> Verdict:
    """A verdict with few figures."""
    return Verdict(word, "Why.", Figures(2, 1, 1, 900, 90, 90, 0.0, 100, 100, 3.0, 1.2, low, high))


def test_a_lowering_of_ours_that_hurts_is_taken_back() -> None:
    """The floor before, people are told, and the memory knows it."""
    case, _ = opened()
    memory = Memory().with_carried(carried_before(case, 4.2))
    done = conclude(case, verdict(Word.HURT, 2.0, 3.5), memory, now=NOW, world=World("v1"))
    assert (done.back_to, done.news, done.case.state) == (5, True, State.HURT)
    assert [(h.floor, h.low, h.high, h.back_to) for h in done.memory.hurts] == [(1, 2.0, 3.5, 5)]
    assert not done.case.watched


def test_the_lowest_floor_known_to_carry_is_enough() -> None:
    """Not blindly the floor before."""
    case, _ = opened(from_floor=50)
    memory = Memory((Carried(50, 9.0, 1, "v1"), Carried(8, 6.0, 1, "v1"), Carried(6, 3.0, 1, "v1")))
    done = conclude(case, verdict(Word.HURT, 2.0, 3.5), memory, now=NOW, world=World("v1"))
    assert done.back_to == 8


@pytest.mark.parametrize("by", [By.PERSON, By.PREWARM, By.RESTORE])
def test_others_are_told_and_left_to_their_owners(by: By) -> None:
    """A person's lowering is theirs; that it hurts is remembered all the same."""
    case, _ = opened(by=by)
    done = conclude(case, verdict(Word.HURT, 2.0, 3.5), Memory(), now=NOW, world=World())
    assert (done.back_to, done.news, done.case.state) == (None, True, State.HURT)
    assert done.memory.hurts


def test_harmless_is_told_once_and_may_still_turn_out_to_hurt() -> None:
    """It is watched until the floor changes."""
    case, _ = opened()
    first = conclude(case, verdict(Word.HARMLESS), Memory(), now=NOW, world=World())
    assert (first.news, first.case.state, first.back_to) == (True, State.HARMLESS, None)
    assert first.memory.carried == (Carried(1, 3.0, NOW, "v1"),)
    again = conclude(first.case, verdict(Word.HARMLESS), first.memory, now=NOW, world=World())
    assert (again.news, again.case) == (False, first.case)
    later = conclude(again.case, verdict(Word.HURT, 2, 3), again.memory, now=NOW, world=World())
    assert (later.back_to, later.case.state) == (5, State.HURT)
    assert later.memory.carried == ()


def test_not_yet_known_is_kept_and_no_news() -> None:
    """With what is missing."""
    done = conclude(opened()[0], verdict(Word.UNKNOWN), Memory(), now=NOW, world=World())
    assert (done.news, done.back_to, done.case.state) == (False, None, State.OPEN)
    assert done.case.verdict is not None


def test_a_verdict_of_hurt_is_final() -> None:
    """Whatever comes later."""
    case = replace(opened()[0], state=State.HURT)
    assert conclude(case, verdict(Word.HARMLESS), Memory(), now=NOW, world=World()).case is case


def test_two_cases_of_one_resource_are_compared_with_the_time_before_both() -> None:
    """Two small steps are judged like one large step."""
    first, _ = opened(floor=10, from_floor=20)
    second, ended = opened(5, 10, By.MONITOR, NOW, first)
    assert [(c.key, c.state, c.closed) for c in ended] == [(first.key, State.SUPERSEDED, NOW)]
    assert (second.compare_to, second.compare_floor) == (MONDAY, 20)


def test_what_cloudwatch_forgets_is_not_compared_with() -> None:
    """A case that was open for seven weeks hands nothing over."""
    first, _ = opened(floor=10, from_floor=20)
    late = MONDAY + 49 * DAY
    second, ended = opened(5, 10, By.MONITOR, late, first)
    assert [case.state for case in ended] == [State.SUPERSEDED]
    assert (second.compare_to, second.compare_floor) == (late, 10)


def test_a_harmless_case_hands_nothing_over() -> None:
    """What is known to carry is what the next step is compared with."""
    first = replace(opened(floor=10, from_floor=20)[0], state=State.HARMLESS)
    second, _ = opened(5, 10, By.MONITOR, NOW, first)
    assert (second.compare_to, second.compare_floor) == (NOW, 10)


def test_the_floor_before_put_back_undoes_a_case() -> None:
    """A raise is harmless by itself and not watched."""
    first, _ = opened()
    second, ended = opened(5, 1, By.PERSON, NOW, first)
    assert [case.state for case in ended] == [State.UNDONE]
    assert (second.state, second.watched) == (State.HARMLESS, False)


def test_half_a_way_back_is_still_a_lowering() -> None:
    """From 20 to 1 and back to 5: still less than there was."""
    first, _ = opened(floor=1, from_floor=20)
    second, ended = opened(5, 1, By.PERSON, NOW, first)
    assert [case.state for case in ended] == [State.SUPERSEDED]
    assert (second.compare_floor, second.watched) == (20, True)


def test_other_resources_are_left_alone() -> None:
    """A change ends cases of its own resource only."""
    other = replace(opened()[0], arn=ARN + "2")
    assert opened(1, 5, By.MONITOR, NOW, other)[1] == []


def test_through_the_journal() -> None:
    """To JSON and back."""
    case = replace(opened()[0], verdict=verdict(Word.HURT, 1.0, 2.0), state=State.HURT, closed=9)
    assert Case.from_dict(json.loads(json.dumps(case.to_dict()))) == case
    bare = opened()[0]
    assert Case.from_dict(json.loads(json.dumps(bare.to_dict()))) == bare
