"""How much room the service keeps above demand, read from what a resource met at its own ramps."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, nan
from statistics import median

from personalize_monitor.model.demand import Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.follow.outlook import own_capacity

ENOUGH = 30
"""Five-minute intervals at ramps that must be known before anything is concluded."""
_LEAST_EXCESS = 0.02
_FAILING = 0.01
_SLOW = 1.5
_TOLERATED = 0.05
_SOME = 5
_STEPS = 10
"""Excesses of 50 % and more are not looked at: nobody should count on so much."""


@dataclass(frozen=True, slots=True)
class Met:
    """What a resource met, by the intervals of ``demand`` (NaN where nobody knows).

    ``failures``: requests answered with 4xx or 5xx; ``latency``: mean milliseconds; ``floors``:
    the minProvisionedTPS in force.
    """

    demand: Demand
    failures: Sequence[float]
    latency: Sequence[float]
    floors: Sequence[float]


@dataclass(frozen=True, slots=True)
class Headroom:
    """The share above demand that the service kept, and the intervals that say so."""

    share: float
    intervals: int
    troubled: int
    reason: str


def observe(met: Met) -> Headroom | None:
    """Headroom from ramps that went well and ramps that did not; None without enough evidence.

    At a ramp, demand exceeds what the service had ordered for it, by the assumed ten minutes of
    delay, and the floor. Where requests neither failed nor slowed, headroom covered the excess.
    From small excesses to large ones, in steps of 5 %: the answer is the last step that held before
    the first that did not. A step holds with five intervals or more, of which at most 5 % were in
    trouble. Where failures, latency or floor are unknown, an interval says nothing.
    """
    ramps = _ramps(met)
    if len(ramps) < ENOUGH:
        return None
    held = _held(ramps)
    troubled = sum(trouble for _, trouble in ramps)
    return Headroom(
        held,
        len(ramps),
        troubled,
        f"At {len(ramps)} intervals demand exceeded the capacity ordered for it, and in {troubled} "
        f"of them requests failed or slowed: the service keeps {held:.0%} of headroom.",
    )


def _held(ramps: Sequence[tuple[float, bool]]) -> float:
    """The excess that the service covered, a multiple of 5 %."""
    held = 0
    for step in range(_STEPS + 1):
        troubles = [trouble for excess, trouble in ramps if int(excess * 20 + 1e-9) == step]
        if sum(troubles) > _TOLERATED * len(troubles):
            break
        if len(troubles) >= _SOME:
            held = step
    return held / 20


def _ramps(met: Met) -> list[tuple[float, bool]]:
    """(Excess over capacity, whether there was trouble) of the intervals at ramps."""
    rates = [0.0 if isnan(rate) else rate for rate in met.demand.rates]
    own = own_capacity(rates)
    usual = median([value for value in met.latency if not isnan(value)] or [nan])
    found = []
    rows = zip(met.demand.sums, own, met.failures, met.latency, met.floors, strict=True)
    for index, (sent, capacity, failed, latency, least) in enumerate(rows):
        if index < 3 or isnan(sent + failed + latency + least) or sent <= 0:
            continue
        # Refused requests were demand too, though they are not in the count of served ones.
        excess = (sent + failed) / SECONDS / max(capacity, least, 1.0) - 1
        if excess >= _LEAST_EXCESS:
            trouble = failed / (sent + failed) > _FAILING or latency > _SLOW * usual
            found.append((excess, trouble))
    return found
