"""Mode ``follow``: ahead of the demand where past days agree, and nothing where they do not."""

from __future__ import annotations

import itertools
import math
from dataclasses import replace

import pytest

from personalize_monitor.model.demand import PER_DAY, UNKNOWN, Demand
from personalize_monitor.policy.follow import CostProfile, plan
from personalize_monitor.policy.follow.cost_profile import BALANCED, CAREFUL, SAVER
from personalize_monitor.policy.lower import Bounds

MONDAY = 1_736_121_600
HOUR = 3600


def day_curve(index: int) -> float:
    """TPS at a five-minute mark: 10 at night, a steep rise from 06:00 to 09:00, 100 by day."""
    hour = index % PER_DAY / 12
    if hour < 6 or hour >= 21:
        return 10.0
    if hour < 9:
        return 10 + 30 * (hour - 6)
    return 100.0 if hour < 18 else 100 - 30 * (hour - 18)


def wave(days: int, until_hour: int = 0, scale: float = 1.0) -> Demand:
    """``days`` whole days of the curve from a Monday, and today up to ``until_hour``."""
    size = days * PER_DAY + until_hour * 12
    noise = [1 + 0.03 * math.sin(i * 12.9898) for i in range(size)]
    return Demand(MONDAY, tuple(300 * scale * day_curve(i) * noise[i] for i in range(size)))


def test_the_floor_rises_ahead_of_the_morning() -> None:
    """At 05:05 the plan raises the floor before the rise that every past day had at 06:00."""
    demand = wave(14, 5)
    planned = plan(demand, now=demand.end + 300, floor=10, age_hours=9999)
    ups = [step for step in planned.steps if step.floor > 10]
    assert ups
    assert demand.end < ups[0].start <= demand.end + HOUR + 900
    assert max(step.floor for step in planned.steps) >= 85
    assert planned.steps[-1].floor <= 20
    assert len(planned.steps) <= 5
    assert "past days like today" in planned.reason


def test_nothing_is_spent_where_the_service_keeps_enough_headroom() -> None:
    """With a headroom that covers the rise, no update pays and the floor comes down."""
    planned = plan(wave(14, 5), now=wave(14, 5).end + 300, floor=10, age_hours=9999, headroom=0.5)
    assert all(step.floor <= 10 for step in planned.steps)


@pytest.mark.parametrize("taste", [SAVER, BALANCED, CAREFUL])
def test_dearer_exposure_never_asks_for_less(taste: CostProfile) -> None:
    """Every taste plans within its updates a day and its bounds."""
    demand = wave(14, 6)
    planned = plan(
        demand,
        now=demand.end + 300,
        floor=10,
        age_hours=9999,
        taste=taste,
        max_updates_per_day=3,
        bounds=Bounds(5, 60),
    )
    assert len(planned.steps) <= 3
    assert all(5 <= step.floor <= 60 for step in planned.steps)


def test_unknown_data_changes_nothing() -> None:
    """A gap in the last two hours, or stale data, holds the floor."""
    demand = wave(14, 5)
    sums = list(demand.sums)
    sums[-3] = UNKNOWN
    held = plan(replace(demand, sums=tuple(sums)), now=demand.end + 300, floor=10, age_hours=999)
    assert (held.steps, held.held_by) == ((), "unknown")
    stale = plan(demand, now=demand.end + 2 * HOUR, floor=10, age_hours=999)
    assert (stale.steps, stale.held_by) == ((), "unknown")


def test_gaps_in_past_days_are_left_out() -> None:
    """A missing day neither counts as a quiet day nor stops the plan."""
    demand = wave(14, 5)
    sums = list(demand.sums)
    sums[-2 * PER_DAY : -PER_DAY] = [UNKNOWN] * PER_DAY
    planned = plan(replace(demand, sums=tuple(sums)), now=demand.end + 300, floor=10, age_hours=999)
    assert max(step.floor for step in planned.steps) >= 85


def test_young_and_new_resources() -> None:
    """Left alone for a day; then only lowered until there are past days to go by."""
    demand = wave(1, 2)
    young = plan(demand, now=demand.end + 300, floor=500, age_hours=23)
    assert (young.steps, young.held_by) == ((), "young")
    new = plan(demand, now=demand.end + 300, floor=500, age_hours=26)
    assert [step.floor for step in new.steps] == [10]
    assert new.rule == "few-days"


def test_a_running_update_is_waited_for() -> None:
    """No step starts before the last update is done."""
    demand = wave(14, 6)
    now = demand.end + 300
    planned = plan(demand, now=now, floor=10, age_hours=999, last_update=now - 300)
    assert all(step.start >= now + 600 for step in planned.steps)
    starts = [step.start for step in planned.steps]
    assert all(b - a >= 900 for a, b in itertools.pairwise(starts))


def test_pure() -> None:
    """The same arguments give the same plan."""
    demand = wave(14, 7)
    one, two = (plan(demand, now=demand.end + 300, floor=40, age_hours=999) for _ in range(2))
    assert one == two
