"""No look while nothing is loaded; at most one an hour and place otherwise."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tests.policy.harm_windows import MONDAY, STEP

from personalize_monitor.policy.harm.watch import HOUR, ROUTINE, Sight, due

NOW = MONDAY + HOUR


def seen(rates: list[float | None], floor: int = 2) -> Sight:
    """After so many windows."""
    sight = Sight(floor)
    for i, rate in enumerate(rates):
        sight.meet(MONDAY + i * STEP, None if rate is None else rate * 300)
    return sight


def test_the_first_loaded_window_calls_for_a_look() -> None:
    """The next ones ride along."""
    assert not due([seen([1, 1, 1.8]).waiting], now=NOW, last_look=None)
    assert due([seen([1, 1, 5]).waiting], now=NOW, last_look=None)


def test_a_loaded_case_rides_along_until_all_is_read() -> None:
    """After its first look, from the window after a loaded one on."""
    sight = seen([1, 5])
    following = MONDAY + 2 * STEP
    assert not sight.rides(following)
    sight.look(1.0)
    assert sight.rides(following)
    assert not sight.rides(following + STEP)
    sight.meet(following, 1500.0)
    assert sight.rides(following + HOUR - STEP)
    assert not sight.rides(following + HOUR)


def test_callers_errors_are_not_among_the_served() -> None:
    """Where a tenth fails anyway, a floor is used up by fewer served requests."""
    for usual, loaded in ((0.0, 0), (0.1, 1)):
        sight = Sight(10, usual)
        sight.meet(MONDAY, 8.5 * 300)
        assert sight.waiting.loaded == loaded


def test_a_floor_used_up_may_be_refusing() -> None:
    """Refused requests are not in the count of served ones."""
    assert seen([1, 1, 2.0, 1.95]).waiting.loaded == 2
    assert seen([1, 1, 1.8, 1.8]).waiting.loaded == 0


def test_what_was_carried_before_can_wait() -> None:
    """After a look, windows without a jump beyond those carried are routine."""
    sight = seen([5.0] * 8)
    sight.look(1.5)
    for i in range(8, 20):
        sight.meet(MONDAY + i * STEP, 5.0 * 300)
    assert (sight.waiting.loaded, sight.waiting.news) == (12, 0)
    begun = sight.waiting.since or 0
    assert not due([sight.waiting], now=begun + ROUTINE - 1, last_look=0)
    assert due([sight.waiting], now=begun + ROUTINE, last_look=0)


def test_a_jump_beyond_those_carried_is_news() -> None:
    """Looked at as soon as the hour allows."""
    sight = seen([5.0] * 8)
    sight.look(1.5)
    sight.meet(MONDAY + 8 * STEP, 9.0 * 300)
    sight.meet(MONDAY + 9 * STEP, 9.0 * 300)
    assert sight.waiting.news == 2
    assert due([sight.waiting], now=NOW, last_look=NOW - HOUR)


@given(st.lists(st.one_of(st.none(), st.floats(0, 1.8)), max_size=40))
def test_no_look_while_nothing_is_loaded(rates: list[float | None]) -> None:
    """However long it takes; unknown windows count for nothing."""
    assert not due([seen(rates).waiting], now=NOW + 99 * ROUTINE, last_look=None)


@given(st.lists(st.floats(0, 50), max_size=40), st.integers(0, HOUR - 1))
def test_at_most_one_look_an_hour(rates: list[float], ago: int) -> None:
    """Whatever comes."""
    assert not due([seen(list(rates)).waiting], now=NOW, last_look=NOW - ago)
