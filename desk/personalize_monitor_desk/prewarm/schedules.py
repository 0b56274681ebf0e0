"""From a pre-warm to its schedules: when which request is sent.

Each request is sent several times, in case that one meets a resource that is changing; the executor
carries it out once. All but the last say so, and may fail quietly.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import Any

from personalize_monitor.contract import (
    AGAIN_KEY,
    END_PREWARM_KEY,
    PREWARM_KEY,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.when import Weekly, weekly
from personalize_monitor_desk.prewarm.prewarm import Prewarm
from personalize_monitor_desk.prewarm.scheduler import Timed

_AFTER = (timedelta(0), timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30))
_GAP = timedelta(minutes=70)
"""Later than any clock change skips: Scheduler leaves out what falls into the hour that is not."""
_HELD_ON = timedelta(minutes=45)  # right-sizing waits until the last of these has been tried


def schedules(one: Prewarm) -> Sequence[Timed]:
    """All schedules of a pre-warm, in the order in which they fire; names begin with its id."""
    return _recurring(one) if one.cron else _once(one)


def request_name(one: Prewarm) -> str:
    """The detail-type of its requests."""
    return UPDATE_FLOOR_EVENT[one.kind]


def in_order(name: str) -> tuple[bool, str]:
    """Sorts the names of a pre-warm's schedules by when they fire."""
    return "-down-" in name, name


def shown(moment: datetime) -> str:
    """A moment in a sentence."""
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _once(one: Prewarm) -> Sequence[Timed]:
    assert one.begin is not None
    assert one.until is not None
    begin, until = one.begin, one.until
    ups = [begin - timedelta(minutes=minutes) for minutes in _leads(one.lead_minutes)]
    ups += [late] if (late := begin + timedelta(minutes=10)) < until else []
    downs = [until + after for after in _AFTER]
    hold = {"HoldUntil": (until + _HELD_ON).isoformat()}
    return [
        _timed(one, f"up-{n}", _at(at), "UTC", _up(one, hold, again=at != ups[-1]))
        for n, at in enumerate(ups)
    ] + [
        _timed(one, f"down-{n}", _at(at), "UTC", end_of(one, again=at != downs[-1]))
        for n, at in enumerate(downs)
    ]


def _recurring(one: Prewarm) -> Sequence[Timed]:
    begin = weekly(one.cron)
    shifts = [-minutes for minutes in _leads(one.lead_minutes)]
    late = (10, _minutes(_GAP))
    shifts += [minutes for minutes in late if minutes < one.minutes]
    ups = [(shift, begin.shifted(shift)) for shift in shifts]
    after = (*_AFTER, _GAP)
    downs: list[Weekly] = [begin.shifted(one.minutes + _minutes(wait)) for wait in after]
    timed = []
    for n, (shift, at) in enumerate(ups):
        hold = {"HoldMinutes": one.minutes - shift + _minutes(_GAP + _HELD_ON)}
        detail = _up(one, hold, again=n + 1 < len(ups))
        timed.append(_timed(one, f"up-{n}", at.cron, one.zone, detail))
    for n, at in enumerate(downs):
        detail = end_of(one, again=n + 1 < len(downs))
        timed.append(_timed(one, f"down-{n}", at.cron, one.zone, detail))
    return timed


def _minutes(span: timedelta) -> int:
    return int(span.total_seconds()) // 60


def _leads(lead: int) -> list[int]:
    """Minutes before the begin at which the request is sent: the first one has the whole lead."""
    return sorted({lead * part // 3 for part in range(4)}, reverse=True)


def _at(moment: datetime) -> str:
    return f"at({moment.astimezone(UTC):%Y-%m-%dT%H:%M:%S})"


def _timed(one: Prewarm, name: str, expression: str, zone: str, detail: dict[str, Any]) -> Timed:
    return Timed(
        name=f"{one.id}-{name}",
        expression=expression,
        zone=zone,
        detail_type=request_name(one),
        detail=detail,
        once=not one.cron,
    )


def _common(one: Prewarm, *, again: bool) -> dict[str, Any]:
    detail: dict[str, Any] = {"ARN": one.arn, PREWARM_KEY: one.id, AGAIN_KEY: again}
    if one.kind is Kind.CAMPAIGN:
        detail["CampaignARN"] = one.arn
    return detail | {"Prewarm": one.as_dict()}


def _up(one: Prewarm, hold: dict[str, Any], *, again: bool) -> dict[str, Any]:
    until = f"until {shown(one.until)}" if one.until else f"for {one.minutes} minutes"
    detail = _common(one, again=again) | hold
    detail["NewMinTPS"] = one.floor
    if "CampaignARN" in detail:
        detail["MinProvisionedTPS"] = one.floor
    detail["Reason"] = f"It was set by {one.by or 'somebody'}: {one.floor} TPS {until}."
    return detail


def end_of(one: Prewarm, *, again: bool) -> dict[str, Any]:
    """The detail of the request that ends it."""
    reason = f"It was set by {one.by or 'somebody'}."
    return _common(one, again=again) | {END_PREWARM_KEY: True, "Reason": reason}
