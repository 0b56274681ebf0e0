"""How much room the service keeps above demand, read from a resource's own refused requests."""

from __future__ import annotations

from dataclasses import dataclass
from math import floor, isnan

from personalize_monitor.model.demand import Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.follow.outlook import own_capacity

ENOUGH = 30
"""Five-minute intervals at ramps that must be known before anything is concluded."""
_LEAST_EXCESS = 0.02
_TROUBLE = 0.01
_TOLERATED = 0.05
_MOST = 0.5
_STEP = 0.05


@dataclass(frozen=True, slots=True)
class Headroom:
    """The share above demand that the service kept, and the intervals that say so."""

    share: float
    intervals: int
    troubled: int
    reason: str


def observe(demand: Demand, failures: Demand, lowest_floor: int = 1) -> Headroom | None:
    """Headroom from ramps with and without failures; None without enough evidence.

    ``failures`` are 4xx and 5xx requests over the same intervals. At a ramp, demand exceeds what
    the service had ordered for it, by the assumed ten minutes of delay: an excess without failures
    was covered by headroom. The answer is the largest excess up to which at most 5 % of the
    intervals were in trouble, rounded down to 5 %. Latency alone proves nothing here.
    """
    ramps = _ramps(demand, failures, lowest_floor)
    if len(ramps) < ENOUGH:
        return None
    best = 0.0
    troubled = 0
    for count, (excess, trouble) in enumerate(ramps, start=1):
        troubled += trouble
        if count >= ENOUGH and troubled <= _TOLERATED * count:
            best = excess
    share = min(_MOST, floor(best / _STEP + 1e-9) * _STEP)
    return Headroom(
        share,
        len(ramps),
        troubled,
        f"At {len(ramps)} intervals demand exceeded the capacity ordered for it, and in "
        f"{troubled} of them requests failed: {share:.0%} of headroom held.",
    )


def _ramps(demand: Demand, failures: Demand, lowest_floor: int) -> list[tuple[float, bool]]:
    """(Excess over capacity, whether requests failed) of the intervals at ramps, least first."""
    both = failures.between(demand.start, demand.end)
    counts = dict(zip(range(both.start, both.end, SECONDS), both.sums, strict=True))
    rates = [0.0 if isnan(rate) else rate for rate in demand.rates]
    found = []
    for index, (sent, capacity) in enumerate(zip(demand.sums, own_capacity(rates), strict=True)):
        failed = counts.get(demand.start + index * SECONDS, float("nan"))
        if index < 3 or isnan(sent) or isnan(failed) or sent <= 0:
            continue
        # Refused requests were demand too, though they are not in the count of served ones.
        excess = (sent + failed) / SECONDS / max(capacity, float(lowest_floor)) - 1
        if excess >= _LEAST_EXCESS:
            found.append((excess, failed / (sent + failed) > _TROUBLE))
    return sorted(found)
