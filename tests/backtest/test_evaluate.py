"""The evaluator against a slow, literal reading of the definitions."""

from __future__ import annotations

import math

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalize_monitor.model.demand import Demand
from personalize_monitor_desk.backtest.evaluate import (
    Timeline,
    capacities,
    run_policy,
    score,
    steady_from,
)
from personalize_monitor_desk.backtest.history import Answer, History

HOUR = 3600
START = 1_700_000_400  # a whole hour... of five minutes; the exact hour does not matter here
START -= START % HOUR


def literal_capacity(rates: list[float], floors: list[int], k: int, h: float, t: int) -> float:
    """c[t] = max(floor[t], d[t-k], min(c[t-1], max(d[t-1..t-3]))), by recursion."""
    terms = [float(floors[t])]
    if t >= k:
        terms.append((1 + h) * rates[t - k])
    if t >= 1:
        recent = max((1 + h) * rates[s] for s in (t - 1, t - 2, t - 3) if s >= 0)
        terms.append(min(literal_capacity(rates, floors, k, h, t - 1), recent))
    return max(terms)


floor_lists = st.lists(st.tuples(st.floats(0, 50), st.integers(1, 60)), min_size=1, max_size=14)


@given(steps=floor_lists, lag=st.sampled_from([5, 10, 15]), h=st.sampled_from([0.0, 0.1, 0.2]))
def test_capacity_is_the_literal_recursion(
    steps: list[tuple[float, int]], lag: int, h: float
) -> None:
    """Capacity equals the recursive definition for every lag and headroom."""
    rates, floors = [s[0] for s in steps], [s[1] for s in steps]
    got = capacities(rates, floors, lag_minutes=lag, headroom=h)
    want = [literal_capacity(rates, floors, lag // 5, h, t) for t in range(len(steps))]
    assert got == pytest.approx(want)


@given(steps=floor_lists, h=st.sampled_from([0.0, 0.2]))
def test_bill_and_exposure_are_the_literal_sums(steps: list[tuple[float, int]], h: float) -> None:
    """Bill is 0.20 x sum(max(d, F)) / 12, exposure 300 x sum(max(0, d - c))."""
    rates, floors = [s[0] for s in steps], [s[1] for s in steps]
    demand = Demand(START, tuple(r * 300 for r in rates))
    got = score(demand, Timeline(tuple(floors), ()), headroom=h)
    capacity = [literal_capacity(rates, floors, 2, h, t) for t in range(len(steps))]
    assert got.bill == pytest.approx(
        0.2 / 12 * sum(max(d, f) for d, f in zip(rates, floors, strict=True))
    )
    assert got.exposed == pytest.approx(
        300 * sum(max(0.0, d - c) for d, c in zip(rates, capacity, strict=True)), abs=1e-6
    )
    assert got.cost(10) == pytest.approx(got.bill + 10 * 0.2 / 3600 * got.exposed)


def literal_run(
    length: int, answers: dict[int, Answer], initial: int
) -> tuple[list[int], list[tuple[int, int]]]:
    """Floors minute by minute from the wording: hourly call, 15 minutes, one in flight."""
    floor, floors = initial, []
    flight: tuple[int, int] | None = None
    pending: list[tuple[int, int]] = []
    started = []
    for minute in range(length * 5):
        if flight and minute >= flight[0]:
            floor, flight = flight[1], None
        if minute % 60 == 5:
            answer = answers.get(minute // 60)
            if isinstance(answer, int):
                pending = [(minute, answer)]
            elif answer is not None:
                pending = [((w - START) // 60, f) for w, f in answer["schedule"]]
        due = [p for p in pending if p[0] <= minute]
        if due and not flight and minute % 5 == 0:
            pending = [p for p in pending if p not in due]
            if due[-1][1] != floor:
                flight = (minute + 15, due[-1][1])
                started.append((START + minute * 60, due[-1][1]))
        if minute % 5 == 0:
            floors.append(floor)
    return floors, started


def plan(hour: int, starts: list[tuple[int, int]]) -> Answer:
    """A schedule of (five-minute mark after the call, floor) pairs."""
    base = START + hour * HOUR + 300
    return {"schedule": sorted({base + 300 * m: f for m, f in starts}.items())}


answers = st.dictionaries(
    st.integers(0, 5),
    st.one_of(
        st.none(),
        st.integers(1, 9),
        st.lists(st.tuples(st.integers(0, 30), st.integers(1, 9)), max_size=5),
    ),
)


@settings(max_examples=200)
@given(raw=answers)
def test_updates_follow_the_rules(
    raw: dict[int, int | list[tuple[int, int]] | None],
) -> None:
    """An update takes 15 minutes, one at a time; a schedule replaces the pending plan."""
    wanted = {h: plan(h, a) if isinstance(a, list) else a for h, a in raw.items()}

    def policy(now: int, history: History, floor: int, age: float, last: int | None) -> Answer:
        assert now % HOUR == 300
        assert age == (now - START) / HOUR
        return wanted.get((now - START) // HOUR)

    got = run_policy(Demand(START, (1.0,) * 84), policy, 4)
    floors, started = literal_run(84, wanted, 4)
    assert list(got.floors) == floors
    assert list(got.updates) == started


def test_policy_sees_whole_hours_without_empty_intervals() -> None:
    """At HH:05 the history ends at HH:00, and intervals without requests have no entry."""
    seen: list[tuple[int, list[tuple[int, float]], int]] = []

    def policy(now: int, history: History, floor: int, age: float, last: int | None) -> Answer:
        seen.append((now, list(history), len(history.t)))
        return None

    sums = [0.0 if i % 2 else float(i) for i in range(30)]
    run_policy(Demand(START, tuple(sums)), policy, 1)
    assert [(now - START) // 300 for now, _, _ in seen] == [1, 13, 25]
    for now, points, count in seen:
        end = now - 300
        assert points == [
            (START + 300 * i, v) for i, v in enumerate(sums) if v and START + 300 * i < end
        ]
        assert count == len(points)


def test_a_class_is_made_once_per_trace() -> None:
    """A policy that is a class keeps its state over one trace only."""

    class Counting:
        made = 0

        def __init__(self) -> None:
            type(self).made += 1

        def __call__(self, *_: object) -> None:
            return None

    for _ in range(2):
        run_policy(Demand(START, (1.0,) * 100), Counting, 1)
    assert Counting.made == 2


def test_steady_window() -> None:
    """Steady is after 14 days, or the second half of a trace shorter than 28 days."""
    assert steady_from(Demand(0, (1.0,) * (28 * 288))) == 14 * 288
    assert steady_from(Demand(0, (1.0,) * (28 * 288 - 2))) == 14 * 288 - 1


def test_unknown_intervals_cost_and_expose_nothing() -> None:
    """A gap is left out of bill and exposure: it is neither zero nor demand."""
    known = Demand(START, (300.0, 300.0, 300.0, 300.0))
    gap = Demand(START, (300.0, math.nan, 300.0, 300.0))
    line = Timeline((2, 2, 2, 2), ())
    assert score(gap, line).bill == pytest.approx(score(known, line).bill * 3 / 4)
    assert score(gap, line).exposed == 0
