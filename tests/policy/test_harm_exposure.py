"""The risk of a floor: what came faster than it, and than the service holds as far as known."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.harm_windows import MONDAY, wave

from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.policy.harm.exposure import exposure, lowest_within
from personalize_monitor.policy.harm.reserve import Reserve

SURE = Reserve(0.1, 0.95, 59, 0)
DEMAND = Demand(MONDAY, tuple(300 * rate for rate in wave(14)))
rates = st.lists(st.floats(0, 30), min_size=1, max_size=60)


def demand(given: list[float]) -> Demand:
    """From rates."""
    return Demand(MONDAY, tuple(300 * rate for rate in given))


def test_what_came_faster_than_the_floor() -> None:
    """A quarter of the requests of two windows of 4 and none of two of 2."""
    found = exposure(demand([2, 4, 4, 2]), 3)
    assert found.percent == found.above_floor == pytest.approx(100 / 6)
    assert not found.sure
    assert not found.reserve


def test_a_known_reserve_takes_away_what_the_service_holds() -> None:
    """Only the ramp is left."""
    plain, known = exposure(DEMAND, 1), exposure(DEMAND, 1, SURE)
    assert known.above_floor == plain.above_floor > 50
    assert known.percent < 2
    assert known.sure
    assert known.reserve


def test_an_unsure_reserve_counts_for_nothing() -> None:
    """Nobody bets on it."""
    assert exposure(DEMAND, 1, Reserve(0.5, 0.5, 13, 0)) == exposure(DEMAND, 1)


def test_with_unknown_demand_it_is_not_sure() -> None:
    """Unknown windows are in no sum."""
    holes = Demand(MONDAY, (*DEMAND.sums[:3000], *[UNKNOWN] * 1032))
    found = exposure(holes, 1, SURE)
    assert not found.sure
    assert found.known < 0.95
    assert exposure(Demand(MONDAY, ()), 1).percent == 0


@given(rates, st.integers(1, 30))
def test_a_higher_floor_never_exposes_more(given: list[float], floor: int) -> None:
    """With and without a reserve."""
    for reserve in (None, SURE):
        low = exposure(demand(given), floor, reserve)
        assert exposure(demand(given), floor + 1, reserve).percent <= low.percent + 1e-9
        assert low.percent <= low.above_floor + 1e-9


@settings(max_examples=50)
@given(rates, st.integers(1, 40), st.integers(1, 40), st.floats(0, 30))
def test_the_bound_holds_with_the_lowest_floor(
    given: list[float], target: int, floor: int, most: float
) -> None:
    """From the target to the floor in force, never outside."""
    found = lowest_within(demand(given), target=target, floor=floor, most_percent=most)
    if target >= floor:
        assert found == target
        return
    assert target <= found <= floor
    if found < floor:
        assert exposure(demand(given), found).percent <= most + 1e-9
    if found > target:
        assert exposure(demand(given), found - 1).percent > most


def test_blank_is_unbounded() -> None:
    """As the application was before."""
    assert lowest_within(DEMAND, target=1, floor=9, most_percent=None) == 1
    assert lowest_within(DEMAND, target=1, floor=9, most_percent=0.0) == 6
