"""The risk of a lower floor beside its saving: what came faster than it, and how much may."""

from __future__ import annotations

from dataclasses import replace

from personalize_monitor.model.decision import Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.policy.floor import lowers
from personalize_monitor.policy.guards import held
from personalize_monitor.policy.harm import exposure, lowest_within
from personalize_monitor.policy.lower import SMALLEST_STEP

EXPOSURE = "exposure_percent"
"""The evidence of a decision that lowers: percent of the requests that came faster."""
_FORTNIGHT = 14 * 24 * 3600


def bounded(decision: Decision, demand: Demand, most_percent: float | None) -> Decision:
    """A lowering that exposes at most ``most_percent`` of 14 days' requests; None is no bound."""
    floor, now = decision.to_floor, decision.resource.floor
    if floor is None or most_percent is None or not lowers(decision):
        return decision
    past = demand.since(demand.end - _FORTNIGHT)
    least = lowest_within(past, target=floor, floor=now, most_percent=most_percent)
    if least == floor:
        return decision
    why = f"MaxExposurePercent is {most_percent:g}"
    if least > now * (1 - SMALLEST_STEP):
        most = exposure(past, floor).above_floor
        return held(
            decision,
            "exposure",
            f"{most:.1f} % of the requests of the last 14 days came faster than that floor, and "
            f"{why}.",
        )
    reason = f"{decision.reason} {why}, so it goes to {least}."
    return replace(decision, to_floor=least, reason=reason)


def told(decision: Decision, demand: Demand | None) -> Decision:
    """A lowering whose reason tells its risk."""
    floor = decision.to_floor
    if floor is None or demand is None or not lowers(decision):
        return decision
    percent = exposure(demand.since(demand.end - _FORTNIGHT), floor).above_floor
    return replace(
        decision,
        reason=(
            f"{decision.reason} {percent:.1f} % of the requests of the last 14 days came faster "
            f"than a floor of {floor}."
        ),
        evidence={**decision.evidence, EXPOSURE: round(percent, 2)},
    )
