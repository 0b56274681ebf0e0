"""Headroom is read from what failed at ramps, and from nothing else."""

from __future__ import annotations

import pytest

from personalize_monitor.model.demand import PER_DAY, UNKNOWN, Demand
from personalize_monitor.policy.follow.headroom import ENOUGH, observe

MONDAY = 1_736_121_600


def days(count: int, step: float) -> Demand:
    """Every day a stair of twelve steps up, each ``step`` above the last, then down."""
    rates = []
    for _ in range(count):
        rate, day = 10.0, []
        for i in range(PER_DAY):
            if 96 <= i < 132 and i % 3 == 0:
                rate *= 1 + step
            if i == 240:
                rate = 10.0
            day.append(rate)
        rates += day
    return Demand(MONDAY, tuple(300 * rate for rate in rates))


def failing(demand: Demand, above: float) -> Demand:
    """Failures wherever demand rose by more than ``above`` within ten minutes."""
    sums = demand.sums
    return Demand(
        MONDAY,
        tuple(
            0.1 * now if i >= 2 and now > (1 + above) * sums[i - 2] else 0.0
            for i, now in enumerate(sums)
        ),
    )


def test_no_failures_at_ramps_prove_the_headroom() -> None:
    """Steps of 12 % without a failure show that 10 % was kept."""
    demand = days(10, 0.12)
    found = observe(demand, failing(demand, 1.0))
    assert found is not None
    assert found.share == pytest.approx(0.10)
    assert found.troubled == 0
    assert "10% of headroom" in found.reason


def test_failures_at_ramps_disprove_it() -> None:
    """Steps of 12 % that always fail show that nothing can be counted on."""
    demand = days(10, 0.12)
    found = observe(demand, failing(demand, 0.05))
    assert found is not None
    assert found.share == 0.0
    assert found.troubled > ENOUGH


def test_too_little_evidence_says_nothing() -> None:
    """A flat resource, a short one, or one whose failures are unknown gives no estimate."""
    flat = Demand(MONDAY, (3000.0,) * PER_DAY * 5)
    assert observe(flat, Demand(MONDAY, (0.0,) * len(flat))) is None
    short = days(1, 0.12)
    assert observe(short, failing(short, 1.0)) is None
    long = days(10, 0.12)
    assert observe(long, Demand(MONDAY, (UNKNOWN,) * len(long))) is None
    assert observe(long, Demand(MONDAY, ())) is None


def test_a_floor_that_covers_the_ramp_is_no_evidence() -> None:
    """What a high floor covered says nothing about the service's own headroom."""
    demand = days(10, 0.12)
    assert observe(demand, failing(demand, 1.0), lowest_floor=100) is None
