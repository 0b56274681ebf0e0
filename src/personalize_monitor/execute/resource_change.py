"""One change of a resource as the executors make it: how, what is said of it, and how to see it."""

from __future__ import annotations

import logging
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.alarms import Alarms
from personalize_monitor.aws.events import Event
from personalize_monitor.aws.personalize import Personalize, PersonalizeActions
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.clock import RealTime
from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    CAMPAIGN_DELETED_EVENT,
    CLIENT_ERROR_ALARM,
    END_PREWARM_KEY,
    FLOOR_UPDATED_EVENT,
    IDLE_ALARM,
    LOW_UTILIZATION_ALARM,
    MONTHLY_SAVING_KEY,
    PREWARM_KEY,
    RECOMMENDER_STOPPED_EVENT,
    SERVER_ERROR_ALARM,
    STEP_BACK_KEY,
)
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.journal.comparisons import BEFORE
from personalize_monitor.journal.records import Sender
from personalize_monitor.model.resource import Kind, Resource, State

_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class ResourceChange:
    """One change of a resource: how to make it, how to see that it is made, and what is said then.

    ``made`` judges the resource as read later, None when it does not exist. ``kept`` demands that
    the journal holds it before it is done. ``slots`` are rows of names of which one must be free.
    """

    announcement: Event
    change: Callable[[], None]
    made: Callable[[Resource | None], bool]
    kept: bool
    slots: tuple[tuple[str, ...], ...] = ()
    recipe: dict[str, Any] = field(default_factory=dict)
    removes: bool = False


def floor_change(
    access: Access, request: ActionRequest, current: Resource, floor: int
) -> ResourceChange:
    """Another floor."""
    return ResourceChange(
        _floor_updated(request, current, floor),
        lambda: PersonalizeActions(access, request.arn.region).set_floor(request.arn, floor),
        lambda seen: seen is not None and seen.next_floor == floor,
        kept=False,
        recipe={BEFORE: dict(current.besides)},
    )


def deletion(access: Access, request: ActionRequest, current: Resource) -> ResourceChange:
    """The end of a campaign, with all that is needed to make it again."""
    personalize = Personalize(access, request.arn.region)
    recipe = personalize.recipe_for_restore(request.arn)
    recipe["tags"] = personalize.tags(request.arn)
    return ResourceChange(
        _announcement(request, CAMPAIGN_DELETED_EVENT, current, Restore=recipe),
        lambda: PersonalizeActions(access, request.arn.region).delete(request.arn),
        lambda seen: seen is None or seen.state is State.GOING,
        kept=True,
        recipe={"Restore": recipe},
        removes=True,
    )


def a_stop(access: Access, request: ActionRequest, current: Resource) -> ResourceChange:
    """A recommender that serves no longer; starting it again brings it back."""
    return ResourceChange(
        _announcement(request, RECOMMENDER_STOPPED_EVENT, current),
        lambda: PersonalizeActions(access, request.arn.region).stop(request.arn),
        lambda seen: seen is not None and stops(seen),
        kept=False,
        recipe={BEFORE: dict(current.besides)},
        removes=True,
    )


def clear_away(access: Access, events: Sender, request: ActionRequest) -> None:
    """Remove the alarms and ask for a new dashboard; the monitor mends what fails here."""
    kind = Kind(request.arn.kind)
    prefixes = (LOW_UTILIZATION_ALARM, IDLE_ALARM, CLIENT_ERROR_ALARM, SERVER_ERROR_ALARM)
    try:
        names = [prefix[kind] + request.arn.name for prefix in prefixes]
        Alarms(access, request.arn.region).delete(names)
    except AWS_ERRORS as error:
        _log.warning("alarms stay", extra={"problem": sentence("Deleting alarms", error)})
    for _, why in events.put([Event(BUILD_DASHBOARD_EVENT, {"Reason": f"{request.arn} is gone."})]):
        _log.warning("the dashboard is not rebuilt now", extra={"problem": why})


def seen_as(current: Resource) -> str:
    """The state of a resource that a change begins from: another one means another change."""
    return f"{current.status} {current.next_floor} {current.changed.isoformat()}"


def stops(current: Resource) -> bool:
    """Whether a recommender is stopped, or about to be."""
    return current.state is State.STOPPED or current.status.startswith("STOP")


def is_made(owed: Event, current: Resource | None) -> bool:
    """Whether what an announcement would say is in force or under way."""
    if owed.detail_type == CAMPAIGN_DELETED_EVENT:
        return current is None or current.state is State.GOING
    if current is None:
        return False
    if owed.detail_type == RECOMMENDER_STOPPED_EVENT:
        return stops(current)
    return current.next_floor == owed.detail.get("NewMinTPS")


def removal_slots(
    request: ActionRequest, allowed: int, now: RealTime
) -> tuple[tuple[str, ...], ...]:
    """Names of which a removal must get one of each row: so many may go in an hour, exactly.

    Hours begin on the hour in one row and on the half hour in the other, so that two removals
    within half an hour always meet in one of them, whatever the journal shows by then.
    """
    half = int(now.timestamp()) // 1800
    rows = (f"h{half // 2}", f"m{(half + 1) // 2}")
    # Begun anywhere, so that a large fleet need not try all the names that are taken.
    start = sum(request.id.encode()) % allowed
    numbers = [(start + n) % allowed + 1 for n in range(allowed)]
    return tuple(
        tuple(f"claims/removals/{request.arn.region}/{row}/{n}" for n in numbers) for row in rows
    )


def _announcement(request: ActionRequest, name: str, current: Resource, **more: Any) -> Event:
    detail: dict[str, Any] = {"ARN": str(request.arn)}
    if current.kind is Kind.CAMPAIGN:
        detail["CampaignARN"] = str(request.arn)
    if request.by:
        detail["By"] = request.by
    if request.measured and MONTHLY_SAVING_KEY in request.detail:
        detail[MONTHLY_SAVING_KEY] = request.detail[MONTHLY_SAVING_KEY]
    verb = "Deletion" if name == CAMPAIGN_DELETED_EVENT else "Stop"
    detail |= {
        "Reason": request.reason,
        "Name": current.name,
        "Region": request.arn.region,
        "PreviousMinTPS": current.floor,
        "RequestId": request.id,
        "RequestedBy": request.requested_by,
        "Summary": f"{verb} of {current.kind} {current.name} in {request.arn.region} has begun.",
        **more,
    }
    return Event(name, detail, str(request.arn))


def _floor_updated(request: ActionRequest, current: Resource, floor: int) -> Event:
    both = {"NewMinTPS": floor}
    if current.kind is Kind.CAMPAIGN:
        both["NewMinProvisionedTPS"] = floor
    event = _announcement(request, FLOOR_UPDATED_EVENT[current.kind], current, **both)
    if request.detail.get(STEP_BACK_KEY) is True:
        event.detail[STEP_BACK_KEY] = True
    if request.prewarm:
        event.detail[PREWARM_KEY] = request.prewarm
        event.detail[END_PREWARM_KEY] = request.ends_prewarm
    event.detail["Summary"] = (
        f"The floor of {current.kind} {current.name} in {request.arn.region} changes "
        f"from {current.floor} to {floor}."
    )
    return event
