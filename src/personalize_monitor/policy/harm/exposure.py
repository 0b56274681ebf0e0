"""The risk of a floor before it is set: what came faster than it in the last 14 days."""

from __future__ import annotations

from dataclasses import dataclass
from math import isnan

from personalize_monitor.model.demand import Demand
from personalize_monitor.policy.follow.outlook import own_capacity
from personalize_monitor.policy.harm.reserve import Reserve

ENOUGH_KNOWN = 0.95
"""Part of the fortnight that must be known for a figure to be sure."""


@dataclass(frozen=True, slots=True)
class Exposure:
    """Of a fortnight's requests: ``percent`` came faster than floor and service hold.

    ``above_floor`` (percent) came faster than the floor alone; where nothing is known of the
    service both are the same. ``sure`` says that the service's reserve and the demand are known;
    otherwise it is at most so much of what is known.
    """

    percent: float
    above_floor: float
    sure: bool
    known: float
    reserve: bool = False
    """Whether a reserve of the service is counted on."""


def exposure(demand: Demand, floor: int, reserve: Reserve | None = None) -> Exposure:
    """The exposure of ``floor`` to ``demand`` (14 days). A higher floor never exposes more."""
    rates = [0.0 if isnan(rate) else rate for rate in demand.rates]
    total = sum(rates)
    above = beyond = sum(rate - floor for rate in rates if rate > floor)
    if reserve is not None and reserve.counts:
        grown = 1 + reserve.share
        beyond = sum(
            max(0.0, rate - max(floor, grown * own))
            for rate, own in zip(rates, own_capacity(rates), strict=True)
        )
    known = demand.known / len(demand) if len(demand) else 0.0
    return Exposure(
        percent=100 * beyond / total if total else 0.0,
        above_floor=100 * above / total if total else 0.0,
        sure=reserve is not None and reserve.counts and known >= ENOUGH_KNOWN,
        known=known,
        reserve=reserve is not None and reserve.counts,
    )


def lowest_within(
    demand: Demand,
    *,
    target: int,
    floor: int,
    most_percent: float | None,
    reserve: Reserve | None = None,
) -> int:
    """The lowest floor from ``target`` to ``floor`` that exposes at most ``most_percent``.

    None is unbounded: the target itself. If even ``floor`` exposes more, it is ``floor``.
    """
    if most_percent is None or target >= floor:
        return target
    low, high = target, floor
    while low < high:
        middle = (low + high) // 2
        if exposure(demand, middle, reserve).percent <= most_percent + 1e-9:
            high = middle
        else:
            low = middle + 1
    return low
