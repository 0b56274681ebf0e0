"""Headroom is read from what failed or slowed at ramps, and from nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from math import nan

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.policy.follow.headroom import ENOUGH, Met, observe

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


def above(demand: Demand, rise: float, yes: float, no: float) -> list[float]:
    """``yes`` wherever demand rose by more than ``rise`` within ten minutes, else ``no``."""
    sums = demand.sums
    return [yes if i >= 2 and now > (1 + rise) * sums[i - 2] else no for i, now in enumerate(sums)]


def met(
    demand: Demand,
    *,
    failures: Sequence[float] | None = None,
    latency: Sequence[float] | None = None,
    floor: float = 1.0,
) -> Met:
    """What was met where nothing else is said: no failures, 40 ms."""
    return Met(
        demand,
        failures or [0.0] * len(demand),
        latency or [40.0] * len(demand),
        [floor] * len(demand),
    )


def test_no_trouble_at_ramps_proves_the_headroom() -> None:
    """Steps of 12 % without failures or delays show that 10 % was kept."""
    found = observe(met(days(10, 0.12)))
    assert found is not None
    assert found.share == pytest.approx(0.10)
    assert found.troubled == 0
    assert "keeps 10% of headroom" in found.reason


def test_failures_at_ramps_disprove_it() -> None:
    """Steps of 12 % that always fail show that nothing can be counted on."""
    demand = days(10, 0.12)
    found = observe(met(demand, failures=above(demand, 0.05, 300.0, 0.0)))
    assert found is not None
    assert found.share == 0.0
    assert found.troubled == found.intervals > ENOUGH


def test_slow_answers_at_ramps_disprove_it_too() -> None:
    """Nothing failed, but the answers took twice as long: capacity was short."""
    demand = days(10, 0.12)
    found = observe(met(demand, latency=above(demand, 0.05, 80.0, 40.0)))
    assert found is not None
    assert found.share == 0.0
    assert found.troubled == found.intervals


def test_a_little_slower_is_no_trouble() -> None:
    """A third more latency under load is what a busy service looks like."""
    demand = days(10, 0.12)
    found = observe(met(demand, latency=above(demand, 0.05, 55.0, 40.0)))
    assert found is not None
    assert found.troubled == 0


def test_the_line_runs_between_what_held_and_what_failed() -> None:
    """Steps of 12 % went well and steps of 30 % failed: 10 % was kept, not 30 %."""
    calm, steep = days(10, 0.12), days(10, 0.30)
    demand = Demand(MONDAY, (*calm.sums, *steep.sums))
    found = observe(met(demand, failures=above(demand, 0.2, 500.0, 0.0)))
    assert found is not None
    assert found.share == pytest.approx(0.10)
    assert 0 < found.troubled < found.intervals


@pytest.mark.parametrize("what", ["failures", "latency", "floors"])
def test_what_is_unknown_is_no_evidence(what: str) -> None:
    """Intervals of which the failures, the latency or the floor are unknown say nothing."""
    demand = days(10, 0.12)
    known = met(demand)
    rows = {"failures": known.failures, "latency": known.latency, "floors": known.floors}
    rows[what] = [nan] * len(demand)
    assert observe(Met(demand, **rows)) is None


def test_too_little_evidence_says_nothing() -> None:
    """A flat resource and one of a single day give no estimate."""
    assert observe(met(Demand(MONDAY, (3000.0,) * PER_DAY * 5))) is None
    assert observe(met(days(1, 0.12))) is None
    assert observe(met(Demand(MONDAY, ()))) is None


def test_a_floor_that_covers_the_ramp_is_no_evidence() -> None:
    """What a high floor covered says nothing about the service's own headroom."""
    assert observe(met(days(10, 0.12), floor=100)) is None


@given(st.floats(0.03, 0.6), st.floats(0.0, 0.8))
@example(0.3951844322936746, 0.3951844322936746)
def test_more_trouble_never_shows_more_headroom(step: float, rise: float) -> None:
    """Failures above any rise leave at most the headroom that no failure at all would show.

    But for one step of 5 %: less than one refused request in a hundred is no trouble, and yet it
    was demand, which may lift an excess over the next step.
    """
    demand = days(10, step)
    calm = observe(met(demand))
    troubled = observe(met(demand, failures=above(demand, rise, 500.0, 0.0)))
    assert calm is not None
    assert troubled is not None
    assert 0.0 <= troubled.share <= calm.share + 0.05 + 1e-9
    assert calm.share <= 0.5
    assert calm.share <= step + 1e-9
