"""Windows speak when more was asked than the floor; what is unknown is never zero."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.policy.harm_windows import MONDAY, STEP

from personalize_monitor.policy.harm.evidence import Held, Quality, in_order, is_loaded
from personalize_monitor_desk.backtest.evaluate import capacities


def test_asked_is_all_that_came() -> None:
    """Served, refused and failed; refused and failed are the bad."""
    window = Quality(MONDAY, 300, 200, 100)
    assert (window.asked, window.bad, window.rate) == (600, 300, 2.0)
    assert is_loaded(window, 1)
    assert not is_loaded(window, 2)


@pytest.mark.parametrize("missing", [0, 1, 2])
def test_one_unknown_part_makes_a_window_unknown(missing: int) -> None:
    """No part is taken as zero."""
    parts: list[float | None] = [9e9, 9e9, 9e9]
    parts[missing] = None
    window = Quality(MONDAY, parts[0], parts[1], parts[2])
    assert window.asked is None
    assert window.rate is None
    assert not is_loaded(window, 1)


@given(st.lists(st.floats(0, 50), min_size=5, max_size=40))
def test_held_is_the_capacity_without_a_floor(rates: list[float]) -> None:
    """It is the model of right-sizing once its memory is full."""
    held = Held()
    found = [held.meet(MONDAY + i * STEP, rate)[0] for i, rate in enumerate(rates)]
    assert found[:4] == [None] * 4
    expected = capacities(rates, [0.0] * len(rates))
    for own, model in list(zip(found, expected, strict=True))[8:]:
        assert own is not None
        assert own <= model + 1e-9 or own == pytest.approx(model)


def test_calm_is_no_more_than_the_last_twenty_minutes() -> None:
    """A window that no service could have been surprised by."""
    held = Held()
    calm = [held.meet(MONDAY + i * STEP, rate)[1] for i, rate in enumerate([5, 5, 6, 7, 5, 6, 9])]
    assert calm == [False, False, False, False, True, False, False]


def test_after_an_unknown_window_nothing_is_known_for_a_while() -> None:
    """Neither what is held, nor whether it is calm."""
    held = Held()
    for i in range(6):
        held.meet(MONDAY + i * STEP, 5.0)
    assert held.meet(MONDAY + 6 * STEP, None) == (None, False)
    assert [held.meet(MONDAY + i * STEP, 5.0)[0] for i in range(7, 12)] == [None] * 4 + [5.0]


def test_of_two_windows_with_one_start_the_later_counts() -> None:
    """In order of time, whatever order they came in."""
    old, new = Quality(MONDAY, 1, 0, 0), Quality(MONDAY, 2, 0, 0)
    last = Quality(MONDAY + STEP, 1, 0, 0)
    assert in_order([last, old, new]) == [new, last]


def test_all_that_went_wrong_is_refused_and_failed() -> None:
    """And unknown as soon as one of the two is."""
    assert Quality(MONDAY, 10.0, 2.0, 1.0).bad == 3.0
    assert Quality(MONDAY, 10.0, 2.0, None).bad is None
    assert Quality(MONDAY, 10.0, None, 1.0).bad is None
