"""Mode ``lower``: only down, never below what was always used, in one step."""

from __future__ import annotations

import math
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.policy.lower import Bounds, propose

NOW = 1_700_000_000 // 3600 * 3600 + 300
DAY = 288


def history(*hourly: float, tail: int = 0) -> Demand:
    """Flat hours (TPS) that end at the last full hour before NOW; ``tail`` unknown at the end."""
    sums = [rate * 300 for rate in hourly for _ in range(12)]
    sums[len(sums) - tail :] = [UNKNOWN] * tail
    return Demand(NOW - 300 - 300 * len(sums), tuple(sums))


def test_one_step_to_the_watermark() -> None:
    """A floor of 100 over a quietest hour of 9.2 TPS goes to 10 at once, not by quarters."""
    got = propose(history(*[20.0] * 30, 9.2, *[30.0] * 5), now=NOW, floor=100, age_hours=36)
    assert (got.to_floor, got.rule, got.held_by) == (10, "far-above", "")
    assert got.watermark == pytest.approx(9.2)
    assert "In 36 hours it used 9.20 to " in got.reason


@pytest.mark.parametrize(("floor", "watermark"), [(10, 9.99), (2, 1.9), (1, 0.0)])
def test_no_step_below_the_watermark(floor: int, watermark: float) -> None:
    """Ten with a watermark of 9.99, and two with 1.9, stay where they are."""
    got = propose(history(*[watermark] * 48), now=NOW, floor=floor, age_hours=48)
    assert got.to_floor is None


def test_empty_hour_known_complete_counts_as_zero() -> None:
    """One busy hour and many known empty hours bring the floor to 1."""
    got = propose(history(50.0, *[0.0] * 47), now=NOW, floor=40, age_hours=48)
    assert (got.to_floor, got.rule) == (1, "idle")


@pytest.mark.parametrize("idle_hours", [2, 24, 48])
def test_abandoned_resource_reaches_one_within_a_day_of_the_threshold(idle_hours: int) -> None:
    """No request since launch day: floor 1 as soon as a quiet hour is settled."""
    demand = history(*[8.0] * 24, *[0.0] * idle_hours)
    got = propose(demand, now=NOW, floor=80, age_hours=24 + idle_hours, idle_hours=idle_hours)
    assert got.to_floor == 1


def test_young_resource_is_left_alone() -> None:
    """Nothing happens before the minimum age, which may be shortened."""
    demand = history(*[3.0] * 10)
    assert propose(demand, now=NOW, floor=50, age_hours=10).held_by == "young"
    assert propose(demand, now=NOW, floor=50, age_hours=10, min_age_hours=6).to_floor == 3


def test_far_above_comes_down_as_soon_as_old_enough() -> None:
    """A floor over twice the highest rate ever seen comes down on the first day's evidence."""
    demand = history(*[4.0] * 23, 6.5)
    got = propose(demand, now=NOW, floor=14, age_hours=24)
    assert (got.to_floor, got.rule) == (4, "far-above")
    assert "used 4.00 to 6.50 TPS; you pay for 14" in got.reason
    assert propose(demand, now=NOW, floor=13, age_hours=24).rule == "watermark"


def test_little_evidence_waits() -> None:
    """Ten known hours beside thirty unknown ones are not enough for the first action."""
    gaps = Demand(NOW - 300 - 40 * 3600, (UNKNOWN,) * (30 * 12))
    demand = replace(gaps, sums=(*gaps.sums, *history(*[4.0] * 10).sums))
    assert propose(demand, now=NOW, floor=14, age_hours=40).held_by == "evidence"


def test_unknown_changes_nothing() -> None:
    """Without fresh known data, or without data at all, the floor stays."""
    assert propose(Demand(0, ()), now=NOW, floor=9, age_hours=99).held_by == "unknown"
    blind = history(*[1.0] * 48, tail=48)
    assert propose(blind, now=NOW, floor=9, age_hours=99).held_by == "unknown"


def test_small_gain_is_not_worth_an_update() -> None:
    """A floor of 100 over a watermark of 96.5 stays; one of 94 moves it."""
    assert propose(history(*[96.5] * 40), now=NOW, floor=100, age_hours=40).rule == "small-step"
    assert propose(history(*[94.0] * 40), now=NOW, floor=100, age_hours=40).to_floor == 94


def test_bounds_of_a_person_hold() -> None:
    """A lower bound stops the descent; the floor is never raised to meet it."""
    demand = history(*[1.0] * 48)
    assert propose(demand, now=NOW, floor=9, age_hours=48, bounds=Bounds(4)).to_floor == 4
    assert propose(demand, now=NOW, floor=3, age_hours=48, bounds=Bounds(4)).to_floor is None
    high = history(*[20.0] * 48)
    assert propose(high, now=NOW, floor=30, age_hours=48, bounds=Bounds(1, 10)).to_floor == 10


def test_only_two_weeks_count() -> None:
    """A quiet hour older than 14 days is forgotten, and data after now is not used."""
    old = history(0.0, *[6.0] * (14 * 24))
    assert propose(old, now=NOW, floor=50, age_hours=999).to_floor == 6
    assert propose(history(*[6.0] * 30), now=NOW - 5 * 3600, floor=50, age_hours=30).to_floor == 6


rates = st.floats(0, 200).map(lambda v: round(v, 2))
hours = st.lists(st.one_of(rates, st.just(math.nan)), min_size=1, max_size=60)


@given(hourly=hours, floor=st.integers(1, 300), age=st.floats(0, 100))
def test_never_up_never_below_watermark_never_below_one(
    hourly: list[float], floor: int, age: float
) -> None:
    """Whatever the history: only down, at or above the low watermark, at least 1."""
    demand = history(*hourly)
    got = propose(demand, now=NOW, floor=floor, age_hours=age)
    if got.to_floor is not None:
        watermark = demand.low_watermark()
        assert watermark is not None
        assert max(1, watermark) <= got.to_floor + 1e-9
        assert got.to_floor < floor
        assert age >= 24
    assert got.reason.endswith(".")


@given(
    hourly=hours,
    more=st.lists(st.floats(0, 50), min_size=60, max_size=60),
    floor=st.integers(1, 300),
)
def test_more_demand_never_lowers_the_floor(
    hourly: list[float], more: list[float], floor: int
) -> None:
    """Raising any part of the history never gives a lower floor."""
    less = propose(history(*hourly), now=NOW, floor=floor, age_hours=48)
    raised = [rate + extra for rate, extra in zip(hourly, more, strict=False)]
    greater = propose(history(*raised), now=NOW, floor=floor, age_hours=48)
    assert (greater.to_floor or floor) >= (less.to_floor or floor)


@given(hourly=hours, floor=st.integers(1, 300), hidden=st.integers(0, 719))
def test_a_sample_that_becomes_unknown_never_lowers_the_floor(
    hourly: list[float], floor: int, hidden: int
) -> None:
    """Losing one sample can hold an action back or soften it, never cause or deepen one."""
    demand = history(*hourly)
    sums = list(demand.sums)
    sums[hidden % len(sums)] = UNKNOWN
    before = propose(demand, now=NOW, floor=floor, age_hours=48)
    after = propose(replace(demand, sums=tuple(sums)), now=NOW, floor=floor, age_hours=48)
    assert (after.to_floor or floor) >= (before.to_floor or floor)


@given(hourly=hours, floor=st.integers(1, 300))
def test_a_step_is_final_until_demand_falls(hourly: list[float], floor: int) -> None:
    """After a step the same history asks for nothing more."""
    demand = history(*hourly)
    got = propose(demand, now=NOW, floor=floor, age_hours=48)
    if got.to_floor is not None:
        assert propose(demand, now=NOW, floor=got.to_floor, age_hours=48).to_floor is None
