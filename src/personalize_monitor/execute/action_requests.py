"""Requests to act, as they come in: an EventBridge event, or its detail alone, checked strictly.

Both vocabularies are understood. What cannot be meant is refused with one sentence, before
anything is read or changed.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.clock import EventTime, RealTime
from personalize_monitor.context.moment import iso_moment, time_said
from personalize_monitor.contract import (
    AGAIN_KEY,
    END_PREWARM_KEY,
    PREWARM_KEY,
    STEP_BACK_KEY,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.errors import InvalidArn, InvalidRequest, quoted
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind

_ARN_KEYS = ("CampaignARN", "RecommenderARN", "ARN")
_FLOOR_KEYS = ("MinProvisionedTPS", "NewMinTPS")
_CURRENT_KEYS = ("CurrentProvisionedTPS", "CurrentMinTPS")
_HOLD_KEY = "HoldUntil"
_HOLD_MINUTES_KEY = "HoldMinutes"
_LONGEST_HOLD = 31 * 24 * 60  # minutes
_HIGHEST_FLOOR = 10_000
"""What a floor may be is the service's to say: its quota of 500 for one campaign is adjustable."""
_LONGEST_REASON = 2000
_REQUESTS_KEY = "TotalRequestsDuringIdleThresholdHours"
_HOURS_KEYS = ("IdleCampaignThresholdHours", "IdleThresholdHours")


@dataclass(frozen=True, slots=True)
class ActionRequest:
    """One request. ``id`` is the same for every delivery of one event.

    ``measured_floor`` and ``measured_idle_hours`` are set when the request rests on the monitor's
    measurements, and then holds only as long as they do; otherwise it is a person's decision.
    ``prewarm`` is the id of the pre-warm that it begins or, with ``ends_prewarm``, ends; it is
    sent ``again`` later in case that this one finds the resource busy. ``requester`` says what
    asked where that is known better than from the measurements, and ``by`` whose identity.
    ``asked`` is when the request says that it was made; what is true now is never told by it. With
    ``untimed`` it says nothing of that: then ``asked`` is the moment of reading, another one for
    each attempt, and the id is Lambda's, which stays.
    A hold is given as a time, or as ``hold_minutes`` from the execution on.
    """

    id: str
    arn: Arn
    asked: EventTime
    reason: str
    by_event: bool
    floor: int | None = None
    measured_floor: int | None = None
    measured_idle_hours: int | None = None
    hold_until: datetime | None = None
    hold_minutes: int | None = None
    prewarm: str = ""
    ends_prewarm: bool = False
    again: bool = False
    step_back: bool = False
    requester: str = ""
    by: str = ""
    untimed: bool = False
    detail: Mapping[str, Any] = field(default_factory=dict)

    @property
    def measured(self) -> bool:
        """Whether the request carries the monitor's measurements."""
        return self.measured_floor is not None or self.measured_idle_hours is not None

    @property
    def removes(self) -> bool:
        """Whether it asks for a deletion or stop."""
        return self.floor is None and not self.ends_prewarm

    @property
    def asked_at(self) -> str:
        """What tells it from others of the same id, the same at every attempt; may be blank."""
        return "" if self.untimed else self.asked.isoformat()

    def age(self, now: datetime) -> timedelta:
        """How long ago it was made; negative for one that says that it is of the future."""
        asked: datetime = self.asked
        return now - asked

    def holds_until(self, now: RealTime) -> datetime | None:
        """Until when the floor is to be left alone, by a request that is carried out ``now``."""
        if self.hold_until is not None or self.hold_minutes is None:
            return self.hold_until
        # A request that came late ends when it was meant to; one from the future does not exist.
        return min(self.asked, now) + timedelta(minutes=self.hold_minutes)

    @property
    def requested_by(self) -> str:
        """Who asked, in one word, for the journal: monitor, prewarm, restore, request ..."""
        if self.requester:
            return self.requester
        if self.prewarm:
            return "prewarm"
        return "monitor" if self.measured else "request"


def floor_request(
    event: Mapping[str, Any], *, account: str, request_id: str, others: Collection[str] = ()
) -> ActionRequest:
    """A request for another floor."""
    detail = _detail(event)
    kinds = tuple(Kind)
    named = event.get("detail-type")
    for kind, detail_type in UPDATE_FLOOR_EVENT.items():
        if named == detail_type:
            kinds = (kind,)
    prewarm, ends = _line(detail.get(PREWARM_KEY)), detail.get(END_PREWARM_KEY) is True
    if ends and not prewarm:
        raise InvalidRequest(f"{END_PREWARM_KEY} needs {PREWARM_KEY}: which pre-warm is to end?")
    floor = _whole(detail, _FLOOR_KEYS, lowest=1, highest=_HIGHEST_FLOOR, required=not ends)
    current = _whole(detail, _CURRENT_KEYS, lowest=1, highest=10**9)
    return _order(
        event,
        detail,
        kinds,
        {account, *others},
        request_id,
        floor=floor,
        measured_floor=current,
        hold_until=None if ends else _hold(detail),
        hold_minutes=None if ends else _hold_minutes(detail),
        prewarm=prewarm,
        by=_by(detail),
        ends_prewarm=ends,
        again=detail.get(AGAIN_KEY) is True,
        step_back=detail.get(STEP_BACK_KEY) is True,
    )


def _by(detail: Mapping[str, Any]) -> str:
    """Who set the pre-warm that a request comes from."""
    told = detail.get("Prewarm")
    return _line(told.get("by")) if isinstance(told, Mapping) else ""


def _hold(detail: Mapping[str, Any]) -> datetime | None:
    value = detail.get(_HOLD_KEY)
    return None if value is None else iso_moment(_HOLD_KEY, value)


def _hold_minutes(detail: Mapping[str, Any]) -> int | None:
    return _whole(detail, (_HOLD_MINUTES_KEY,), lowest=1, highest=_LONGEST_HOLD)


def delete_request(
    event: Mapping[str, Any], *, account: str, request_id: str, others: Collection[str] = ()
) -> ActionRequest:
    """A request to delete a campaign."""
    detail = _detail(event)
    hours = _idle_hours(detail)
    accounts = {account, *others}
    return _order(event, detail, (Kind.CAMPAIGN,), accounts, request_id, measured_idle_hours=hours)


def stop_request(
    event: Mapping[str, Any], *, account: str, request_id: str, others: Collection[str] = ()
) -> ActionRequest:
    """A request to stop a recommender."""
    detail = _detail(event)
    hours = _idle_hours(detail)
    accounts = {account, *others}
    kinds = (Kind.RECOMMENDER,)
    return _order(event, detail, kinds, accounts, request_id, measured_idle_hours=hours)


def _idle_hours(detail: Mapping[str, Any]) -> int | None:
    if _REQUESTS_KEY not in detail:
        return None
    hours = _whole(detail, _HOURS_KEYS, lowest=1, highest=24 * 63)
    return 24 if hours is None else hours


def _detail(event: Mapping[str, Any]) -> Mapping[str, Any]:
    if not isinstance(event, Mapping):
        raise InvalidRequest("The request is not a JSON object; send an event or its detail.")
    if "detail" not in event:
        return event
    detail = event["detail"]
    if not isinstance(detail, Mapping):
        raise InvalidRequest("The event's detail is not a JSON object; see the list of events.")
    return detail


def _order(
    event: Mapping[str, Any],
    detail: Mapping[str, Any],
    kinds: tuple[Kind, ...],
    accounts: Collection[str],
    request_id: str,
    **more: Any,
) -> ActionRequest:
    arn = _arn(detail, kinds)
    if arn.account not in accounts:
        known = " and ".join(sorted(accounts))
        raise InvalidRequest(
            f"{arn} belongs to account {arn.account}; this deployment acts in {known} only."
        )
    # Without a time an id of a program's own may be used again and again for something new.
    untimed = event.get("time") is None and bool(request_id)
    return ActionRequest(
        id=request_id if untimed else str(event.get("id") or request_id),
        arn=arn,
        asked=time_said(event),
        reason=_line(detail.get("Reason")) or "Requested without a reason.",
        by_event="detail" in event,
        untimed=untimed,
        detail=detail,
        **more,
    )


def _line(value: object) -> str:
    """Anybody's words, as one line that is safe in a mail, a log and a terminal."""
    if value is None:
        return ""
    words = "".join(c if c.isprintable() else " " for c in str(value)[:_LONGEST_REASON])
    return " ".join(words.split())


def _arn(detail: Mapping[str, Any], kinds: tuple[Kind, ...]) -> Arn:
    given = {str(detail[key]): key for key in _ARN_KEYS if detail.get(key) is not None}
    wanted = " or ".join(kinds)
    if not given:
        raise InvalidRequest(f"CampaignARN (or ARN) is missing; give the ARN of a {wanted}.")
    if len(given) > 1:
        raise InvalidRequest(f"{' and '.join(given.values())} differ; give one ARN.")
    ((text, key),) = given.items()
    try:
        return Arn.of_resource(detail[key], kinds=kinds)
    except InvalidArn as problem:
        raise InvalidRequest(f"{key} {quoted(text)} cannot be used: {problem}") from problem


def _whole(
    detail: Mapping[str, Any],
    keys: tuple[str, ...],
    *,
    lowest: int,
    highest: int,
    required: bool = False,
) -> int | None:
    given = {key: detail[key] for key in keys if detail.get(key) is not None}
    if not given:
        if required:
            raise InvalidRequest(
                f"{' (or '.join(keys)}) is missing; give a whole number from {lowest} to {highest}."
            )
        return None
    for key, value in given.items():
        if isinstance(value, bool) or not isinstance(value, int):
            raise InvalidRequest(
                f"{key} is {quoted(value)}; give a whole number from {lowest} to {highest}."
            )
        if not lowest <= value <= highest:
            raise InvalidRequest(f"{key} is {quoted(value)}; allowed are {lowest} to {highest}.")
    if len(set(given.values())) > 1:
        raise InvalidRequest(f"{' and '.join(given)} differ; give one number.")
    return int(next(iter(given.values())))
