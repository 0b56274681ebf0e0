"""Look again before acting: do the measurements of a request still hold, and may it be done?

Only requests that carry the monitor's measurements are judged; a request without them is a
person's decision and is carried out. This is the look at what moves within minutes, for everybody
who acts; the executors of the deployment draw the whole decision anew (``execute/judge.py``).
"""

from __future__ import annotations

from datetime import datetime, timedelta

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.clock import RealTime
from personalize_monitor.collect.idleness import signs_of_life
from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.execute.action_requests import ActionRequest
from personalize_monitor.execute.outcome import Outcome, Result, busy, outcome
from personalize_monitor.journal.holds import held_by_journal
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.entry import INTENT, Entry
from personalize_monitor.model.moment import utc_of
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor.policy.tag_overrides import TagOverrides, tag_overrides_in

AHEAD = timedelta(minutes=1)
"""How far clocks may differ: a measurement from further ahead is none."""
FRESH = timedelta(minutes=15)
"""How long measurements hold: three cycles. What comes later is decided anew by the next cycle."""


def too_late(request: ActionRequest, now: RealTime) -> Outcome | None:
    """Why measurements cannot be believed for their age; None when they can."""
    if not request.measured or -AHEAD <= request.age(now) <= FRESH:
        return None
    if request.age(now) < timedelta(0):
        why = "lies ahead of the present, so nothing can have been measured then"
    else:
        minutes = int(request.age(now).total_seconds() // 60)
        why = f"is {minutes} minutes ago; measurements hold for {FRESH.seconds // 60}"
    return outcome(
        request,
        Result.EXPIRED,
        f"The request about {request.arn} is of {request.asked:%Y-%m-%d %H:%M} UTC, which {why}. "
        "Nothing is done; the next cycle decides anew.",
    )


def overtaken(
    reader: JournalReader, request: ActionRequest, current: Resource, now: RealTime
) -> Outcome | None:
    """Why a request that came late is not carried out: somebody changed the resource since.

    What was made after a request is not what it meant, and a removal is not what somebody who
    changes a resource wants, however late. Another floor may have been the monitor's doing within
    minutes; where it was asked for in a newer request, that one counts.
    """
    at_once = request.removes or current.created > request.asked + AHEAD
    late = (at_once or request.age(now) > FRESH) and current.changed > request.asked + AHEAD
    if not late and not _asked_since(reader, request, current, now):
        return None
    return outcome(
        request,
        Result.NO_LONGER_TRUE,
        f"The request about {request.arn} is of {request.asked:%Y-%m-%d %H:%M} UTC and came "
        f"late; the resource was created or changed at {current.changed:%Y-%m-%d %H:%M} UTC, after "
        "it. It is left alone; ask again if it is still meant.",
    )


def _asked_since(
    reader: JournalReader, request: ActionRequest, current: Resource, now: datetime
) -> bool:
    """Whether a newer request for a floor by somebody else than the monitor was carried out."""
    if request.measured or request.prewarm or current.changed < request.asked - AHEAD:
        return False
    try:
        hours = (now - current.changed + AHEAD) / timedelta(hours=1)
        entries = reader.of_resource(request.arn, now=now, hours=hours)
    except JournalUnavailable:
        return False  # what a person wants cannot wait for the journal
    return any(_is_newer(entry, request) for entry in entries if entry.own and entry.name == INTENT)


def _is_newer(intent: Entry, request: ActionRequest) -> bool:
    said, asked = intent.detail.get("AnnouncementDetail"), intent.detail.get("AskedAt")
    if intent.detail.get("Announcement") not in FLOOR_UPDATED_EVENT.values():
        return False
    by_monitor = isinstance(said, dict) and said.get("RequestedBy") == "monitor"
    # One without a time of its own is of the moment at which it was carried out.
    moment = utc_of(asked) if isinstance(asked, str) and asked else intent.time
    return not by_monitor and intent.request_id != request.id and moment > request.asked


def floor_still_right(
    access: Access, reader: JournalReader, request: ActionRequest, current: Resource, now: RealTime
) -> Outcome | None:
    """Why a measured change of the floor must not be made any more; None when it may."""
    in_force = current.next_floor
    if request.measured_floor is None:
        return None
    if request.measured_floor != in_force:
        return outcome(
            request,
            Result.NO_LONGER_TRUE,
            f"The floor of {request.arn} is {in_force} by now, not {request.measured_floor} as "
            "when this was decided; it is left alone.",
        )
    overrides = _wishes(access, reader, request, now)
    if isinstance(overrides, Outcome):
        return overrides
    floor = request.floor or in_force
    lowest, highest = overrides.min_floor or 1, overrides.max_floor or floor
    if not lowest <= floor <= highest:
        bounds = f"at least {lowest}" if floor < lowest else f"at most {highest}"
        return outcome(
            request,
            Result.HELD,
            f"Its tags allow {bounds} for {request.arn}, so {floor} is not set.",
        )
    return None


def still_idle(
    access: Access, reader: JournalReader, request: ActionRequest, current: Resource, now: RealTime
) -> Outcome | None:
    """Why a deletion or stop must not happen now; None when it may."""
    if current.update_pending:
        return busy(request)
    hours = request.measured_idle_hours
    if hours is None:
        return None
    settled = current.settled_hours(now)
    if settled < hours:
        return outcome(
            request,
            Result.NO_LONGER_TRUE,
            f"{request.arn} was updated {settled:.1f} hours ago, within the {hours} hours that "
            "make a resource idle; it is left alone.",
        )
    overrides = _wishes(access, reader, request, now)
    if isinstance(overrides, Outcome):
        return overrides
    return _had_traffic(access, request, current, max(hours, overrides.idle_hours or hours), now)


def _wishes(
    access: Access, reader: JournalReader, request: ActionRequest, now: RealTime
) -> TagOverrides | Outcome:
    """The resource's tags, or why it must be left alone now: a hold, an exemption, unread tags."""
    try:
        tags = Personalize(access, request.arn.region).tags(request.arn)
        held = held_by_journal(reader, request.arn, tags, now)
    except AWS_ERRORS as error:
        why = sentence(f"Reading the tags of {request.arn}", error)
        return outcome(request, Result.HELD, f"{why} It is left alone.")
    except JournalUnavailable as problem:
        return outcome(request, Result.HELD, f"{problem} {request.arn} is left alone.")
    overrides = tag_overrides_in(tags, now)
    if overrides.exempt:
        return outcome(request, Result.HELD, f"{request.arn} is exempt. {overrides.exempt}")
    until = held or overrides.hold_until
    if until is not None and now < until:
        what = f"The floor of {request.arn}" if request.floor is not None else str(request.arn)
        return outcome(request, Result.HELD, f"{what} is held until {until:%Y-%m-%d %H:%M} UTC.")
    return overrides


def _had_traffic(
    access: Access, request: ActionRequest, current: Resource, hours: int, now: RealTime
) -> Outcome | None:
    # The window that is still running counts too: what arrived just now is in it.
    until = floor_to(now, SECONDS) + timedelta(seconds=SECONDS)
    metrics = Metrics(access, request.arn.region)
    life = signs_of_life(metrics, [current], end=until, hours=hours)[current]
    if life.requests is None:
        return outcome(
            request,
            Result.NO_LONGER_TRUE,
            f"Whether {request.arn} is idle is not known now ({life.why_unknown}); "
            "it is left alone.",
        )
    if life.requests > 0:
        return outcome(
            request,
            Result.NO_LONGER_TRUE,
            f"{request.arn} had {life.requests:.0f} requests in the last {hours} hours; "
            "it is in use and left alone.",
        )
    return None


def too_many(
    reader: JournalReader, request: ActionRequest, allowed_per_hour: int, now: RealTime
) -> Outcome | None:
    """Why a removal must wait for others of this hour; None when it may go on."""
    try:
        gone = reader.removals(request.arn.region, now=now, but=request.id)
    except JournalUnavailable as problem:
        return outcome(request, Result.HELD, f"{problem} {request.arn} is left alone.")
    if gone < allowed_per_hour:
        return None
    return waits(request, gone, allowed_per_hour)


def waits(request: ActionRequest, gone: int, allowed_per_hour: int) -> Outcome:
    """A removal that must wait, because as many went as may."""
    return outcome(
        request,
        Result.HELD,
        f"{gone} resources of {request.arn.region} went within the last hour, and "
        f"{allowed_per_hour} may; {request.arn} waits for the next decision.",
    )
