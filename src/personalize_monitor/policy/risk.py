"""The risk of a lower floor beside its saving: what came faster than it, and how much may."""

from __future__ import annotations

from dataclasses import replace

from personalize_monitor.model.decision import Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.policy.floor import lowers
from personalize_monitor.policy.guards import held
from personalize_monitor.policy.harm import Exposure, Reserve, exposure, lowest_within
from personalize_monitor.policy.lower import SMALLEST_STEP

EXPOSURE = "exposure_percent"
"""The evidence of a decision that lowers: percent of the requests that came faster,"""
AT_RISK = "at_risk_percent"
"""percent that came faster than what the service is known to hold, too,"""
RISK_SURE = "risk_sure"
"""and whether that is known; otherwise it is at most so much."""
_FORTNIGHT = 14 * 24 * 3600


def bounded(
    decision: Decision,
    demand: Demand,
    most_percent: float | None,
    reserve: Reserve | None = None,
) -> Decision:
    """A lowering that exposes at most ``most_percent`` of 14 days' requests; None is no bound.

    What the service is known to hold by its own ``reserve`` is not exposed.
    """
    floor, now = decision.to_floor, decision.resource.floor
    if floor is None or most_percent is None or not lowers(decision):
        return decision
    past = demand.since(demand.end - _FORTNIGHT)
    least = lowest_within(past, target=floor, floor=now, most_percent=most_percent, reserve=reserve)
    if least == floor:
        return decision
    why = f"MaxExposurePercent is {most_percent:g}"
    if least > now * (1 - SMALLEST_STEP):
        risk = exposure(past, floor, reserve)
        return held(decision, "exposure", f"{_came_faster(risk, 'that floor')}, and {why}.")
    reason = f"{decision.reason} {why}, so it goes to {least}."
    return replace(decision, to_floor=least, reason=reason)


def told(decision: Decision, demand: Demand | None, reserve: Reserve | None = None) -> Decision:
    """A lowering whose reason and evidence tell its risk."""
    floor = decision.to_floor
    if floor is None or demand is None or not lowers(decision):
        return decision
    risk = exposure(demand.since(demand.end - _FORTNIGHT), floor, reserve)
    return replace(
        decision,
        reason=f"{decision.reason} {_came_faster(risk, f'a floor of {floor}')}.",
        evidence={
            **decision.evidence,
            EXPOSURE: round(risk.above_floor, 2),
            AT_RISK: round(risk.percent, 2),
            RISK_SURE: risk.sure,
        },
    )


def _came_faster(risk: Exposure, floor: str) -> str:
    """The risk as a clause, with what is known of the service's own reserve."""
    said = f"{risk.above_floor:.1f} % of the requests of the last 14 days came faster than {floor}"
    if not risk.reserve:
        return said
    return f"{said}, {risk.percent:.1f} % faster than what the service is known to hold by itself"


def risk_in(decision: Decision) -> str:
    """The share of requests at risk: ``1.8 %``; ``up to 1.8 %`` while the service is not known.

    Empty for what lowers nothing.
    """
    percent = decision.evidence.get(AT_RISK)
    if not isinstance(percent, int | float):
        return ""
    return f"{'' if decision.evidence.get(RISK_SURE) else 'up to '}{percent:.1f} %"
