"""Mode ``follow`` keeps its mind: small changes of the past change nothing, growth never less."""

from __future__ import annotations

import math
import random
from dataclasses import replace

import pytest

from personalize_monitor.model.demand import PER_DAY, UNKNOWN, Demand
from personalize_monitor.policy.follow import CostProfile, Plan, plan
from personalize_monitor.policy.follow.cost_profile import BALANCED, CAREFUL, SAVER

MONDAY = 1_736_121_600
HOUR = 3600


def curve(index: int) -> float:
    """TPS: 8 at night, a rise from 06:00 to 10:00, 90 by day, less on weekends."""
    hour = index % PER_DAY / 12
    height = 45 if index // PER_DAY % 7 >= 5 else 90
    if hour < 6 or hour >= 22:
        return 8.0
    if hour < 10:
        return 8 + (height - 8) * (hour - 6) / 4
    return float(height) if hour < 18 else 8 + (height - 8) * (22 - hour) / 4


def past(hour: int, days: int = 15, scale: float = 1.0, seed: int = 1) -> Demand:
    """Noisy days of the curve that end at ``hour`` of the day after ``days`` days."""
    noise = random.Random(seed)
    size = days * PER_DAY + hour * 12
    return Demand(
        MONDAY,
        tuple(300 * scale * curve(i) * (1 + 0.04 * noise.gauss(0, 1)) for i in range(size)),
    )


def planned(demand: Demand, floor: int, taste: CostProfile = BALANCED) -> Plan:
    """The plan at five past the hour at which ``demand`` ends."""
    return plan(demand, now=demand.end + 300, floor=floor, age_hours=9999, taste=taste)


def direction(found: Plan, demand: Demand, floor: int) -> int:
    """Where the floor goes first within the coming hour: 1 up, -1 down, 0 nowhere."""
    coming = found.before(demand.end + 300 + HOUR)
    return (coming[0].floor > floor) - (coming[0].floor < floor) if coming else 0


@pytest.mark.parametrize("hour", [3, 5, 7, 9, 13, 17, 19, 23])
@pytest.mark.parametrize("floor", [1, 60])
def test_one_sample_more_or_less_never_turns_a_plan_round(hour: int, floor: int) -> None:
    """One sample that is larger, smaller or lost never makes an increase out of a decrease."""
    demand = past(hour)
    before = direction(planned(demand, floor), demand, floor)
    change = random.Random(hour)
    for _ in range(12):
        sums = list(demand.sums)
        place = change.choice([change.randrange(len(sums) - 30), len(sums) - 1])
        value = change.choice([sums[place] * 1.1, sums[place] * 0.9, sums[place] + 1, UNKNOWN])
        sums[place] = sums[place] * 1.1 if place == len(sums) - 1 else value
        after = direction(planned(replace(demand, sums=tuple(sums)), floor), demand, floor)
        assert before * after >= 0


@pytest.mark.parametrize("hour", range(0, 24, 3))
def test_what_was_done_is_not_undone_for_one_sample(hour: int) -> None:
    """After an update, the same hour with one sample changed does not ask to go back."""
    demand = past(hour)
    for floor in (1, 30, 120):
        coming = planned(demand, floor).before(demand.end + 300 + HOUR)
        if not coming or coming[0].start > demand.end + 300:
            continue
        done = coming[0].floor
        sums = list(demand.sums)
        sums[-1] *= 1.1
        again = planned(replace(demand, sums=tuple(sums)), done).before(demand.end + 301)
        went = (done > floor) - (done < floor)
        assert all(((step.floor > done) - (step.floor < done)) * went >= 0 for step in again)


def floors_by_slot(found: Plan, floor: int, begin: int) -> list[int]:
    """The floor that the plan has ordered by each quarter hour of the coming day."""
    steps, result = list(found.steps), []
    for moment in range(begin, begin + 86400, 900):
        while steps and steps[0].start <= moment:
            floor = steps.pop(0).floor
        result.append(floor)
    return result


@pytest.mark.parametrize("hour", [4, 5, 6, 8])
@pytest.mark.parametrize("factor", [1.25, 1.6, 2.0, 3.0])
def test_more_demand_never_lowers_the_rise(hour: int, factor: float) -> None:
    """If all demand grows in proportion, no quarter hour of the ramp and the day gets less."""
    less, more = past(hour), past(hour, scale=factor)
    begin = less.end + 300
    low = floors_by_slot(planned(less, 1), 1, begin)
    high = floors_by_slot(planned(more, 1), 1, begin)
    until = (18 - hour) * 4 - 4
    # Floors are rounded to a grid six percent wide, hence the tolerance.
    assert all(b >= a * 0.94 for a, b in zip(low[:until], high[:until], strict=True))
    assert max(high) >= max(low)


@pytest.mark.parametrize("hour", [5, 6, 7])
def test_dearer_exposure_plans_at_least_as_high(hour: int) -> None:
    """Careful never tops out below balanced, nor balanced below saver."""
    demand = past(hour)
    tops = [
        max((s.floor for s in planned(demand, 1, taste).steps), default=1)
        for taste in (SAVER, BALANCED, CAREFUL)
    ]
    assert tops == sorted(tops)


def test_disagreeing_days_are_not_bet_on() -> None:
    """Bursts at random times of day give no reason to raise a floor."""
    raised = 0
    for seed in range(6):
        noise = random.Random(seed)
        rates = [5.0] * (15 * PER_DAY)
        for day in range(15):
            for _ in range(3):
                at = day * PER_DAY + noise.randrange(PER_DAY - 8)
                rates[at : at + 6] = [60.0] * 6
        for hour in range(0, 24, 2):
            cut = len(rates) - PER_DAY + hour * 12
            demand = Demand(MONDAY, tuple(r * 300 for r in rates[:cut]))
            raised += direction(planned(demand, 1), demand, 1) > 0
    assert raised <= 2


def test_headroom_that_covers_the_ramp_makes_it_spend_nothing() -> None:
    """Told that the service keeps 20 % above demand, a gentle ramp needs no floor."""
    for hour in range(24):
        demand = past(hour)
        found = plan(demand, now=demand.end + 300, floor=1, age_hours=9999, headroom=0.3)
        assert all(step.floor <= 20 for step in found.steps)


def test_weekends_are_planned_by_weekends() -> None:
    """On a Saturday the floor follows past Saturdays and Sundays, not the higher weekdays."""
    saturday = past(5, days=19)
    assert (saturday.end // 86400 + 3) % 7 == 5
    assert max((s.floor for s in planned(saturday, 1).steps), default=1) < 60
    monday = past(5, days=21)
    assert max((s.floor for s in planned(monday, 1).steps), default=1) > 75


def test_nan_is_never_a_floor() -> None:
    """Gaps anywhere in the past leave the plan finite."""
    demand = past(6)
    sums = list(demand.sums)
    gaps = random.Random(4)
    for _ in range(600):
        sums[gaps.randrange(len(sums) - 48)] = UNKNOWN
    found = planned(replace(demand, sums=tuple(sums)), 1)
    assert all(step.floor >= 1 for step in found.steps)
    assert math.isfinite(found.gain)
