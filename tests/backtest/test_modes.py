"""Our modes as policies of anyone's evaluator."""

from __future__ import annotations

import math
import random
from collections.abc import Iterator, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.demand import PER_DAY, UNKNOWN, Demand
from personalize_monitor.policy.follow import CostProfile
from personalize_monitor.policy.lower import propose
from personalize_monitor_desk import backtest
from personalize_monitor_desk.backtest.baselines import ExistingRule, constant_one
from personalize_monitor_desk.backtest.evaluate import (
    Score,
    Timeline,
    run_policy,
    score,
    steady_from,
)
from personalize_monitor_desk.backtest.history import Answer, Feed, Policy
from personalize_monitor_desk.backtest.modes import Follow, Lower

MONDAY = 1_736_121_600


class ListHistory:
    """A history of somebody else: plain lists, nothing of ours."""

    def __init__(self, points: Sequence[tuple[int, float]]) -> None:
        self.t = [t for t, _ in points]
        self.n = [n for _, n in points]

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return iter(zip(self.t, self.n, strict=True))


def curve(index: int) -> float:
    """TPS: a working day with a steep morning."""
    hour = index % PER_DAY / 12
    return 3 + 40 * max(0.0, min(1.0, (hour - 7) / 2, (21 - hour) / 3))


def demand(days: int, seed: int = 0, *, shift: int = 0, scale: float = 1.0) -> Demand:
    """Noisy days of the curve from a Monday; ``shift`` moves the clock by intervals."""
    noise = random.Random(seed)
    return Demand(
        MONDAY,
        tuple(
            float(round(300 * scale * curve(i + shift) * (1 + 0.04 * noise.gauss(0, 1))))
            for i in range(days * PER_DAY)
        ),
    )


def join(*parts: Demand) -> Demand:
    """One demand after the other."""
    return Demand(parts[0].start, tuple(v for part in parts for v in part.sums))


def against_one(trace: Demand, policy: Policy, begin_day: int) -> tuple[Score, Score]:
    """Scores of a policy and of floor 1, from a day on."""
    begin = begin_day * PER_DAY
    ours = score(trace, run_policy(trace, policy, 43), begin=begin)
    return ours, score(trace, Timeline((1,) * len(trace), ()), begin=begin)


def calls(trace: Demand, policy: Policy, every: int = 7) -> list[Answer]:
    """Answers along a trace, with a foreign history."""
    answers = []
    for hour in range(1, len(trace) // 12, every):
        end = trace.start + hour * 3600
        points = [
            (trace.start + 300 * i, v) for i, v in enumerate(trace.sums[: hour * 12]) if v > 0
        ]
        answers.append(policy(end + 300, ListHistory(points), 20, hour + 1 / 12, None))
    return answers


@pytest.mark.parametrize("name", ["lower", "follow_saver", "follow_balanced", "follow_careful"])
def test_exposed_modes_answer_foreign_histories(name: str) -> None:
    """Lists instead of arrays do; the same history gives the same answer to any instance."""
    policy: Policy = getattr(backtest, name)
    one, two = demand(5, 1), demand(5, 2)
    first = calls(one, policy)
    calls(two, policy)
    assert calls(one, policy) == first
    fresh: Policy = Lower() if name == "lower" else Follow(policy._taste)  # type: ignore[attr-defined]
    assert calls(one, fresh, 14) == first[::2]


def test_follow_makes_a_policy() -> None:
    """``follow`` takes the price of an exposed request and the headroom that is assumed."""
    trace = demand(10)
    dear = run_policy(trace, backtest.follow(exposure_price=30), 43)
    told = run_policy(trace, backtest.follow(exposure_price=30, headroom=1.0), 43)
    begin = 7 * PER_DAY
    assert max(dear.floors[begin:]) > 30
    assert max(told.floors[begin:]) < 12


def test_follow_beats_floor_one_where_days_repeat() -> None:
    """On repeating days, half the exposure is gone for a few percent of the bill."""
    trace = demand(14)
    ours, one = against_one(trace, Follow(), 7)
    assert ours.cost(10) < one.cost(10)
    assert ours.exposed < 0.6 * one.exposed
    assert ours.bill < 1.06 * one.bill
    assert ours.updates_per_week <= 35


def test_the_clock_change_is_survived() -> None:
    """When the local day moves by an hour, the week after costs no more than floor 1."""
    trace = join(demand(11, 1), demand(5, 2, shift=-12))
    ours, one = against_one(trace, Follow(), 11)
    assert ours.cost(10) <= 1.01 * one.cost(10)


def test_a_change_point_is_survived() -> None:
    """When demand doubles or halves overnight, the week after costs no more than floor 1."""
    for scale in (2.0, 0.5):
        trace = join(demand(9, 1), demand(4, 2, scale=scale))
        ours, one = against_one(trace, Follow(), 9)
        assert ours.cost(10) <= 1.01 * one.cost(10)


def test_the_first_days_are_not_guessed() -> None:
    """After the first day the floor comes down, and nothing is raised before days repeat."""
    trace = demand(6)
    floors = run_policy(trace, Follow(), 100).floors
    assert floors[PER_DAY] == 100
    assert max(floors[PER_DAY + 20 : 3 * PER_DAY]) <= 3
    ours, one = against_one(trace, Follow(), 2)
    assert ours.cost(10) <= 1.01 * one.cost(10)


def test_growth_is_followed() -> None:
    """While demand grows eightfold, follow stays better than floor 1."""
    base = demand(21)
    trace = Demand(MONDAY, tuple(v * (1 + 7 * i / len(base)) for i, v in enumerate(base.sums)))
    ours, one = against_one(trace, Follow(), 9)
    assert ours.cost(10) <= one.cost(10)
    assert ours.bill <= 1.06 * one.bill


def test_an_outage_is_survived() -> None:
    """Two days without a request neither keep the floor up nor spoil the days after."""
    trace = join(demand(9, 1), Demand(MONDAY, (0.0,) * 2 * PER_DAY), demand(4, 3))
    timeline = run_policy(trace, Follow(), 43)
    assert max(timeline.floors[9 * PER_DAY + 40 : 11 * PER_DAY]) <= 3
    ours, one = against_one(trace, Follow(), 9)
    assert ours.cost(10) <= 1.01 * one.cost(10)


def test_an_abandoned_resource_comes_down() -> None:
    """Without any more requests, both modes leave floor 1 within two days."""
    trace = join(demand(9, 1), Demand(MONDAY, (0.0,) * 3 * PER_DAY))
    for policy in (Follow(), Lower()):
        assert max(run_policy(trace, policy, 43).floors[11 * PER_DAY :]) == 1


def test_lower_from_launch_pays_nearly_the_least() -> None:
    """From ten times the peak, ``lower`` pays at most 3 % more than any day-old rule can."""

    def at_once(now: int, history: object, floor: int, age: float, last: int | None) -> int | None:
        return 1 if age >= 24 and floor > 1 else None

    trace = demand(28)
    ours = score(trace, run_policy(trace, Lower(), 430))
    least = score(trace, run_policy(trace, at_once, 430))
    existing = score(trace, run_policy(trace, ExistingRule, 430))
    assert ours.bill <= 1.03 * least.bill
    assert ours.bill <= existing.bill


@given(
    hours=st.lists(st.sampled_from([0.0, 30.0, 290.0, 600.0, 3000.0]), min_size=30, max_size=60),
    floor=st.integers(1, 20),
)
def test_lower_answers_what_its_rule_says(hours: list[float], floor: int) -> None:
    """The quick look at the low watermark, which spares the rule, never answers otherwise."""
    trace = Demand(MONDAY, tuple(value for value in hours for _ in range(12)))
    feed, mode = Feed(trace), Lower(min_age_hours=2)
    for number in range(1, len(hours) + 1):
        at, age = MONDAY + number * 3600, number + 300 / 3600
        asked = propose(
            trace.between(MONDAY, at), now=at + 300, floor=floor, age_hours=age, min_age_hours=2
        )
        assert mode(at + 300, feed.before(at), floor, age, None) == asked.to_floor


def test_existing_rule_steps_by_a_quarter_and_forgets_empty_hours() -> None:
    """The rule that we are compared with: 25 % an hour after a day, empty hours do not count."""
    trace = join(demand(2), Demand(MONDAY, (0.0,) * PER_DAY))
    steps = [floor for _, floor in run_policy(trace, ExistingRule, 100).updates]
    assert steps[:4] == [75, 56, 42, 31]
    assert steps[-1] >= 2


def test_constant_one() -> None:
    """The cheapest bill: one update at the first call."""
    timeline = run_policy(demand(1), constant_one, 43)
    assert timeline.updates == ((MONDAY + 300, 1),)


def test_unknown_days_leave_the_floor() -> None:
    """A gap in the data never moves the floor while it lasts (seen through the planner)."""
    trace = demand(9)
    sums = (*trace.sums, *(UNKNOWN,) * PER_DAY)
    gapped = Demand(MONDAY, sums)
    from personalize_monitor.policy.follow import plan

    for hour in range(1, 24):
        cut = gapped.between(MONDAY, MONDAY + 9 * 86400 + hour * 3600)
        assert plan(cut, now=cut.end + 300, floor=17, age_hours=999).steps == ()
    assert steady_from(gapped) == 5 * PER_DAY
    assert math.isnan(gapped.sums[-1])
    assert CostProfile(10.0).exposure_price == 10
