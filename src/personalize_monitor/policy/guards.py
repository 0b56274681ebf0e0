"""The belts: small rules that turn an action into leaving alone, each with its own sentence.

A guard sees the decision and the facts that were gathered for it, and answers with why it holds
the decision, or with nothing. The first that holds is named in the decision, all of them in
its reason.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta

from personalize_monitor.model.decision import Action, Decision, Evidence, leave
from personalize_monitor.policy.floor import FOLLOW, lowers
from personalize_monitor.policy.follow.budget import room_for_update
from personalize_monitor.policy.harm import Allowed
from personalize_monitor.policy.lower import SMALLEST_STEP
from personalize_monitor.policy.tag_overrides import NO_WISHES, TagOverrides
from personalize_monitor.settings import Settings


@dataclass(frozen=True, slots=True)
class FloorPast:
    """When the floor last changed, as far as ``since`` back, and whether that was us.

    ``changed`` is None when it stayed the same all the time. ``unseen_update`` is the time of an
    update that happened before we watched. ``changes`` counts those of the last 24 hours.
    """

    since: datetime
    changed: datetime | None = None
    by_us: bool = False
    unseen_update: datetime | None = None
    changes: int = 0


@dataclass(frozen=True, slots=True)
class GuardInputs:
    """What the guards judge by. What could not be read is in ``unknown``, as a sentence.

    ``try_again`` is set after updates that failed: the floor stays until then. ``otherwise`` says
    which change of ours changed more than it should, for as long as no person has looked at that.
    """

    now: datetime
    settings: Settings
    overrides: TagOverrides = NO_WISHES
    floor_past: FloorPast | None = None
    try_again: datetime | None = None
    unknown: str = ""
    otherwise: str = ""
    lowest: Allowed | None = None
    """The lowest floor that does not go where it hurt, for a decision that lowers."""


HURT_BEFORE = "hurt_before"
BLOCKERS = "blockers"
"""The evidence of what several guards hold: the names of all of them."""
Guard = Callable[[Decision, GuardInputs], str]


def guarded(decision: Decision, facts: GuardInputs) -> Decision:
    """The decision itself when every guard lets it pass, otherwise leaving alone with the why."""
    if not decision.acts:
        return decision
    decision = _within_bounds(_above_hurt(decision, facts.lowest), facts.overrides)
    found = [(name, why) for name, guard in GUARDS if (why := guard(decision, facts))]
    if not found:
        return decision
    # Whoever lifts the first must not be surprised by the next.
    names = {BLOCKERS: ", ".join(name for name, _ in found)} if len(found) > 1 else {}
    return held(decision, found[0][0], " Also: ".join(why for _, why in found), names)


BLOCKED = "Blocked:"
"""What stands between a decision's reason and what holds it back."""


def held(
    decision: Decision, name: str, why: str, more: Mapping[str, Evidence] | None = None
) -> Decision:
    """Leave alone what ``decision`` would have changed; the reason tells both.

    ``more`` is added to its evidence.
    """
    would: dict[str, Evidence] = {"would": str(decision.action), "to": decision.to_floor}
    return leave(
        decision.resource,
        f"{decision.reason} {BLOCKED} {why}",
        held_by=name,
        evidence={**decision.evidence, **would, **(more or {})},
    )


def _within_bounds(decision: Decision, overrides: TagOverrides) -> Decision:
    """A floor moved into the bounds that a person set by tag."""
    if decision.to_floor is None:
        return decision
    lowest, highest = overrides.min_floor or 1, overrides.max_floor or decision.to_floor
    floor = max(lowest, min(highest, decision.to_floor))
    if floor == decision.to_floor:
        return decision
    bound = f"at least {lowest}" if floor > decision.to_floor else f"at most {highest}"
    reason = f"{decision.reason} Its tags allow {bound}, so it would become {floor}."
    return replace(decision, to_floor=floor, reason=reason)


def _above_hurt(decision: Decision, lowest: Allowed | None) -> Decision:
    """A lowering that stays above the floors that hurt."""
    floor = decision.to_floor
    if floor is None or lowest is None or lowest.floor <= floor or not lowers(decision):
        return decision
    higher = min(lowest.floor, decision.resource.floor)
    reason = decision.reason
    if _is_a_step(decision, higher):  # otherwise a guard tells why nothing is left
        reason = f"{reason} {lowest.reason}, so it goes to {higher} at most."
    evidence = {**decision.evidence, HURT_BEFORE: lowest.reason}
    return replace(decision, to_floor=higher, reason=reason, evidence=evidence)


def _hurt_before(decision: Decision, facts: GuardInputs) -> str:
    """What is left of the lowering is too little to be worth an update."""
    if HURT_BEFORE not in decision.evidence or decision.to_floor is None or facts.lowest is None:
        return ""
    return "" if _is_a_step(decision, decision.to_floor) else f"{facts.lowest.reason}."


def _is_a_step(decision: Decision, floor: int) -> bool:
    return floor <= decision.resource.floor * (1 - SMALLEST_STEP)


def _unknown(_: Decision, facts: GuardInputs) -> str:
    return facts.unknown


def _exempt(_: Decision, facts: GuardInputs) -> str:
    return facts.overrides.exempt


def _held(decision: Decision, facts: GuardInputs) -> str:
    until = facts.overrides.hold_until
    if not decision.acts or until is None or facts.now >= until:
        return ""
    what = "its floor" if decision.action is Action.SET_FLOOR else "it"
    return f"{what} is held until {until:%Y-%m-%d %H:%M} UTC by a tag."


def _no_change(decision: Decision, _: GuardInputs) -> str:
    if decision.action is not Action.SET_FLOOR or decision.to_floor is None:
        return ""
    now, rises = decision.resource.floor, decision.evidence.get("rule") == FOLLOW
    if decision.to_floor == now or (decision.to_floor > now and not rises):
        return "the bounds set by tags leave nothing to change."
    return ""


def _changed_by_a_person(decision: Decision, facts: GuardInputs) -> str:
    past, hours = facts.floor_past, facts.settings.respect_manual_hours
    if decision.action is not Action.SET_FLOOR or past is None or not hours:
        return ""
    at = past.changed if past.changed and not past.by_us else past.unseen_update
    # Compared as numbers: a time that AWS or people wrote may be too late to add to.
    if at is None or (facts.now - at).total_seconds() >= hours * 3600:
        return ""
    what = "its floor was changed by a person" if at == past.changed else "it was updated"
    end = at + min(timedelta(hours=hours), datetime.max.replace(tzinfo=at.tzinfo) - at)
    return (
        f"{what} at {at:%Y-%m-%d %H:%M} UTC; that is respected until {end:%Y-%m-%d %H:%M} UTC "
        f"(RespectManualHours is {hours})."
    )


def _failed_before(decision: Decision, facts: GuardInputs) -> str:
    again = facts.try_again
    if decision.action is not Action.SET_FLOOR or again is None or facts.now >= again:
        return ""
    return f"its last update failed; it is tried again after {again:%Y-%m-%d %H:%M} UTC."


def _update_check(decision: Decision, facts: GuardInputs) -> str:
    return facts.otherwise if decision.action is Action.SET_FLOOR else ""


def _enough_updates(decision: Decision, facts: GuardInputs) -> str:
    """Plans may change a floor so often a day; the last time is kept for the way down."""
    past, evidence = facts.floor_past, decision.evidence
    if evidence.get("rule") != FOLLOW or past is None or decision.to_floor is None:
        return ""
    most, later = facts.settings.max_updates_per_day, evidence.get("next_floor")
    if room_for_update(
        past.changes,
        most,
        floor=decision.resource.floor,
        to_floor=decision.to_floor,
        later=later if isinstance(later, int) else None,
    ):
        return ""
    return f"its floor was changed {past.changes} times in a day, and MaxUpdatesPerDay is {most}."


GUARDS: Sequence[tuple[str, Guard]] = (
    ("unknown data", _unknown),
    ("exempt", _exempt),
    ("held", _held),
    ("hurt before", _hurt_before),
    ("bounds", _no_change),
    ("changed by a person", _changed_by_a_person),
    ("failed before", _failed_before),
    ("update check", _update_check),
    ("enough updates", _enough_updates),
)


def allowed_per_hour(fleet: int) -> int:
    """Deletions and stops allowed in a region in an hour: one, or a tenth of the fleet."""
    return max(1, fleet // 10)


def limit(
    decisions: Sequence[Decision], *, fleet: int, already: int
) -> tuple[list[Decision], list[Decision]]:
    """(What may be taken out of service now, what must wait), of one region.

    ``already`` counts what went in the last hour. What waits is decided anew in its next hour.
    """
    room = max(0, allowed_per_hour(fleet) - already)
    why = (
        f"at most {allowed_per_hour(fleet)} of {fleet} resources may go in a region and hour; "
        "it waits for its turn."
    )
    waiting = [held(decision, "blast radius", why) for decision in decisions[room:]]
    return list(decisions[:room]), waiting
