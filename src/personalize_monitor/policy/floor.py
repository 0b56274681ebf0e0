"""Whether a floor should change: the guards around right-sizing, and its answer as a decision."""

from __future__ import annotations

from datetime import datetime
from math import isnan

from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.resource import Resource
from personalize_monitor.policy import lower
from personalize_monitor.settings import Settings


def may_change(resource: Resource, settings: Settings, now: datetime) -> Decision | None:
    """Why the floor is left alone without looking at history, or None."""
    if not settings.adjust_floor:
        return leave(resource, "AutoAdjustCampaignMinProvisionedTPS is No.")
    if resource.stale:
        return leave(
            resource,
            "AWS did not answer about it in this cycle; nothing is decided on old knowledge.",
            held_by="unknown data",
        )
    if resource.update_pending:
        return leave(resource, "It is being updated; one change at a time.", held_by="busy")
    if resource.floor <= 1:
        return leave(resource, "The floor is 1, the lowest there is.")
    age = resource.age_hours(now)
    if age < settings.adjust_min_age_hours:
        return leave(
            resource,
            f"It is {age:.1f} hours old; floors are left alone for the first "
            f"{settings.adjust_min_age_hours} hours.",
            held_by="young",
        )
    return None


def decide_floor(resource: Resource, demand: Demand, settings: Settings, now: datetime) -> Decision:
    """Mode ``lower``: bring the floor down to the low watermark, or say why not."""
    if demand.sums and isnan(demand.sums[-1]):
        # What was known an hour ago is no ground to act on while nobody can look.
        return leave(
            resource,
            "Its latest requests are not known; nothing follows from older ones.",
            held_by="unknown data",
        )
    proposal = lower.propose(
        demand,
        now=demand.end,
        floor=resource.floor,
        age_hours=resource.age_hours(now),
        min_age_hours=settings.adjust_min_age_hours,
        idle_hours=settings.idle_hours,
    )
    evidence = {
        "rule": proposal.rule,
        "watermark": _rounded(proposal.watermark),
        "peak": _rounded(proposal.peak),
        "known_hours": proposal.known_hours,
    }
    if proposal.to_floor is None:
        return leave(resource, proposal.reason, held_by=proposal.held_by, evidence=evidence)
    return Decision(
        resource,
        Action.SET_FLOOR,
        proposal.reason,
        to_floor=proposal.to_floor,
        evidence=evidence,
    )


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
