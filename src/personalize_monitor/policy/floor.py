"""Whether a floor should change: the guards around right-sizing, and its answer as a decision."""

from __future__ import annotations

from datetime import datetime
from math import isnan

from personalize_monitor.model.decision import Action, Decision, Evidence, leave
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy import follow, lower
from personalize_monitor.policy.follow.headroom import Headroom
from personalize_monitor.policy.follow.record import NO_RECORD, Record
from personalize_monitor.settings import Settings

FOLLOW = "follow"
"""The rule named in the evidence of decisions by a plan: they alone may raise a floor."""
_UNSAID = frozenset({"unknown data", "doubtful silence", "busy"})
"""Guards that say nothing of where a floor belongs; all others keep it where it is."""


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
    if resource.floor <= 1 and settings.right_sizing_mode == "lower":
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


def decide_floor(
    resource: Resource,
    demand: Demand,
    settings: Settings,
    now: datetime,
    kept: Headroom | None = None,
    *,
    record: Record = NO_RECORD,
) -> Decision:
    """What right-sizing wants by the mode that is set, or why it wants nothing.

    ``kept`` is the headroom that the resource's own ramps give evidence of; without any, mode
    follow counts on ``AssumedHeadroom``. ``record`` is what its raises of two weeks came to.
    """
    if demand.sums and isnan(demand.sums[-1]):
        # What was known an hour ago is no ground to act on while nobody can look.
        return leave(
            resource,
            "Its latest requests are not known; nothing follows from older ones.",
            held_by="unknown data",
        )
    if settings.right_sizing_mode == FOLLOW:
        return _follow(resource, demand, settings, now, kept, record=record)
    return _lower(resource, demand, settings, now)


def lowers(decision: Decision) -> bool:
    """Whether it would bring a floor down."""
    return decision.to_floor is not None and decision.to_floor < decision.resource.floor


def _lower(resource: Resource, demand: Demand, settings: Settings, now: datetime) -> Decision:
    """Bring the floor down to the low watermark."""
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
        held_by = _guard(proposal.held_by)
        return leave(resource, proposal.reason, held_by=held_by, evidence=evidence)
    return Decision(
        resource,
        Action.SET_FLOOR,
        proposal.reason,
        to_floor=proposal.to_floor,
        evidence=evidence,
    )


def _follow(
    resource: Resource,
    demand: Demand,
    settings: Settings,
    now: datetime,
    kept: Headroom | None,
    *,
    record: Record,
) -> Decision:
    """Take the step of the plan that is due now; a later one wakes the decision in time."""
    moment = int(now.timestamp())
    updated = int(resource.updated.timestamp())
    headroom = kept.share if kept else settings.assumed_headroom
    plan = follow.plan(
        demand,
        now=moment,
        floor=resource.floor,
        age_hours=resource.age_hours(now),
        last_update=updated if resource.updated > resource.created else None,
        taste=follow.CostProfile(settings.exposure_price),
        headroom=headroom,
        max_updates_per_day=settings.max_updates_per_day,
        min_age_hours=settings.adjust_min_age_hours,
        record=record,
    )
    because = f"{plan.reason} {kept.reason}" if kept and kept.share else plan.reason
    due = plan.before(moment + SECONDS)
    later = next((step for step in plan.steps if step not in due), None)
    evidence: dict[str, Evidence] = {
        "rule": FOLLOW,
        "plan": plan.rule,
        "peak": _rounded(demand.peak()),
        "watermark": _rounded(demand.low_watermark()),
        "expected_gain": round(plan.gain, 1),
        "headroom": round(headroom, 2),
        "next_step": later.start if later else None,
        "next_floor": later.floor if later else None,
    }
    if not due or due[-1].floor == resource.floor:
        return leave(resource, because, held_by=_guard(plan.held_by), evidence=evidence)
    floor = due[-1].floor
    reason = f"{because} Now {resource.floor} becomes {floor}."
    return Decision(resource, Action.SET_FLOOR, reason, to_floor=floor, evidence=evidence)


def finds_in_place(decision: Decision) -> bool | None:
    """Whether a floor is where it belongs, by demand or by a guard; None when that is not said.

    Then nobody need be told that it could be lower: it is put back after harm, held by a person, at
    its own watermark, or about to be looked at again.
    """
    if decision.action is Action.SET_FLOOR:
        return False
    if decision.held_by:
        removes = decision.evidence.get("would") in {str(Action.DELETE), str(Action.STOP)}
        return None if removes or decision.held_by in _UNSAID else True
    return True if decision.action is Action.LEAVE and "rule" in decision.evidence else None


def _guard(held_by: str) -> str:
    """One name for one guard, whoever finds it; see Deciding, which asks again soon."""
    return "unknown data" if held_by == "unknown" else held_by


def _rounded(value: float | None) -> float | None:
    return None if value is None else round(value, 4)
