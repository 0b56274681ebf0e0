"""Pre-warms: a higher floor for a known event, set by schedules, held, and taken back afterwards.

Each is a set of schedules in the stack's own group. They put requests on the event bus; which floor
those mean is decided when they arrive (``policy/prewarm.py``). A request that meets a resource in
the middle of another change is not lost: it is sent several times, and carried out once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import asdict, dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.caller import caller
from personalize_monitor.aws.events import Event, Events
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.aws.scheduler import Group, Scheduler, Timed
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.contract import (
    AGAIN_KEY,
    END_PREWARM_KEY,
    MAX_FLOOR,
    PREWARM_KEY,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.model.when import Weekly, weekly, zone_of

LEAD = timedelta(minutes=30)
"""How long before the event the floor is raised, unless said otherwise: an update takes minutes."""
LONGEST = timedelta(days=31)
_AFTER = (timedelta(0), timedelta(minutes=10), timedelta(minutes=20), timedelta(minutes=30))
_HELD_ON = timedelta(minutes=45)  # right-sizing waits until the last of these has been tried


@dataclass(frozen=True, slots=True)
class Prewarm:
    """One pre-warm: ``floor`` for ``arn`` from ``begin`` to ``until``, raised ``lead`` before.

    A recurring one has ``cron`` in ``zone``, and lasts ``minutes`` each time. ``by`` made it.
    """

    id: str
    arn: str
    floor: int
    lead_minutes: int
    begin: datetime | None = None
    until: datetime | None = None
    cron: str = ""
    zone: str = ""
    minutes: int = 0
    by: str = ""

    def state(self, now: datetime) -> str:
        """waiting, active, over, or recurring."""
        if self.begin is None or self.until is None:
            return "recurring"
        if now < self.begin - timedelta(minutes=self.lead_minutes):
            return "waiting"
        return "active" if now < self.until else "over"

    def as_dict(self) -> dict[str, Any]:
        """Plain values, times in ISO."""
        return {
            key: value.isoformat() if isinstance(value, datetime) else value
            for key, value in asdict(self).items()
        }

    @classmethod
    def of(cls, detail: dict[str, Any]) -> Prewarm | None:
        """As written into a schedule's event; None for an event of something else."""
        told = detail.get("Prewarm")
        if not isinstance(told, dict):
            return None
        times = {k: datetime.fromisoformat(told[k]) for k in ("begin", "until") if told.get(k)}
        try:
            return cls(**{**told, **times})
        except TypeError:
            return None


class Prewarms:
    """The pre-warms of one deployment."""

    def __init__(self, access: Access, stack: StackInfo) -> None:
        out = stack.outputs
        partition = access.partition()
        self._access = access
        self._region = stack.region
        group = Group(
            name=out["PrewarmScheduleGroup"],
            role_arn=out["PrewarmRoleArn"],
            bus_arn=f"arn:{partition}:events:{stack.region}:{access.account}:event-bus/default",
            dead_letters_arn=out["DeadLettersArn"],
        )
        self._scheduler = Scheduler(access, stack.region, group)

    def once(
        self,
        arn: Arn,
        floor: int,
        *,
        begin: datetime,
        until: datetime,
        now: datetime,
        lead: timedelta = LEAD,
    ) -> Prewarm:
        """Set a pre-warm for one event. Raises InvalidRequest for one that cannot be meant."""
        _check_floor(floor)
        _check_times(begin, until, lead, now)
        self._known(arn)
        wanted = Prewarm(
            id="",
            arn=str(arn),
            floor=floor,
            lead_minutes=int(lead.total_seconds()) // 60,
            begin=begin,
            until=until,
            by=caller(self._access),
        )
        return self._make(wanted, _once)

    def recurring(
        self,
        arn: Arn,
        floor: int,
        *,
        cron: str,
        zone: str,
        lasting: timedelta,
        lead: timedelta = LEAD,
    ) -> Prewarm:
        """Set a pre-warm for each occurrence of ``cron`` in ``zone``; clock changes included."""
        _check_floor(floor)
        zone_of(zone)
        if not timedelta(minutes=5) <= lasting <= timedelta(hours=22) - lead:
            raise InvalidRequest(
                "A recurring pre-warm lasts from 5 minutes to 22 hours less its lead; for longer, "
                "set the floor once."
            )
        when = weekly(cron)
        self._known(arn)
        wanted = Prewarm(
            id="",
            arn=str(arn),
            floor=floor,
            lead_minutes=int(lead.total_seconds()) // 60,
            cron=when.cron,
            zone=zone,
            minutes=int(lasting.total_seconds()) // 60,
            by=caller(self._access),
        )
        return self._make(wanted, _recurring)

    def _make(self, wanted: Prewarm, schedules: Any) -> Prewarm:
        known = replace(wanted, by="")
        mark = hashlib.sha256(repr(known).encode()).hexdigest()[:8]
        wanted = replace(wanted, id=f"pw-{mark}")
        made: list[str] = []
        try:
            for timed in schedules(wanted):
                self._scheduler.put(timed)
                made.append(timed.name)
        except (InvalidRequest, Unavailable):
            for name in made:  # half a pre-warm could raise a floor and never lower it
                self._scheduler.remove(name)
            raise
        return wanted

    def all(self) -> list[Prewarm]:
        """Those that are still to come, running, or recurring, the next ones first."""
        found: list[Prewarm] = []
        for names in _by_id(self._scheduler.names()).values():
            # The last of its schedules to fire knows all about it.
            detail = self._scheduler.detail(names[-1])
            known = None if detail is None else Prewarm.of(detail)
            if known is not None:
                found.append(known)
        late = datetime.max.replace(tzinfo=UTC)
        return sorted(found, key=lambda one: (one.begin or late, one.arn, one.id))

    def cancel(self, name: str, *, now: datetime) -> Prewarm:
        """Remove a pre-warm; a running one ends at once. Raises InvalidRequest for no such id."""
        names = _by_id(self._scheduler.names()).get(name, [])
        detail = self._scheduler.detail(names[-1]) if names else None
        known = None if detail is None else Prewarm.of(detail)
        if known is None:
            raise InvalidRequest(f"There is no pre-warm {name}; `prewarm list` shows all.")
        for one in names:
            self._scheduler.remove(one)
        if known.state(now) != "waiting":
            event = Event(_request(known), _end(known, again=False), known.arn)
            event.detail["Reason"] = f"Pre-warm {known.id} was cancelled by {caller(self._access)}."
            for _, why in Events(self._access, self._region).put([event]):
                raise Unavailable(
                    f"The schedules of {known.id} are gone, but its end could not be sent ({why}); "
                    f"set the floor of {known.arn} yourself."
                )
        return known

    def _known(self, arn: Arn) -> Resource:
        """The resource as it is; it must serve."""
        try:
            found = Personalize(self._access, arn.region).resource(arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                raise InvalidRequest(f"{arn} does not exist; nothing was set.") from error
            raise Unavailable(sentence(f"Reading {arn}", error)) from error
        if found.state not in (State.ACTIVE, State.CHANGING):
            raise InvalidRequest(f"{arn} is {found.status}; a pre-warm needs one that serves.")
        return found


def _check_floor(floor: int) -> None:
    if not 1 <= floor <= MAX_FLOOR:
        raise InvalidRequest(
            f"{floor} TPS is out of range; allowed are 1 to {MAX_FLOOR}, the service's quota for "
            "one campaign."
        )


def _check_times(begin: datetime, until: datetime, lead: timedelta, now: datetime) -> None:
    if until <= begin:
        raise InvalidRequest(f"The end ({_shown(until)}) is not after the begin ({_shown(begin)}).")
    if begin <= now:
        raise InvalidRequest(
            f"The begin ({_shown(begin)}) is in the past; it is {_shown(now)} now. To raise the "
            "floor at once, update the campaign."
        )
    if begin - lead < now:
        left = int((begin - now).total_seconds()) // 60
        raise InvalidRequest(
            f"It is too late for a lead of {int(lead.total_seconds()) // 60} minutes: the begin is "
            f"in {left} minutes. Give a shorter --lead; an update takes a quarter of an hour or so."
        )
    if until - begin > LONGEST:
        raise InvalidRequest(
            f"A pre-warm lasts at most {LONGEST.days} days; for longer, set the floor itself."
        )


def _shown(moment: datetime) -> str:
    return f"{moment:%Y-%m-%d %H:%M} UTC"


def _by_id(names: Iterable[str]) -> dict[str, list[str]]:
    """Names of schedules by the id of their pre-warm, in the order in which they fire."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault("-".join(name.split("-")[:2]), []).append(name)
    return {name: sorted(all_, key=_order) for name, all_ in found.items()}


def _order(name: str) -> tuple[bool, str]:
    return "-down-" in name, name


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
        _timed(one, f"down-{n}", _at(at), "UTC", _end(one, again=at != downs[-1]))
        for n, at in enumerate(downs)
    ]


def _recurring(one: Prewarm) -> Sequence[Timed]:
    begin = weekly(one.cron)
    shifts = [-minutes for minutes in _leads(one.lead_minutes)]
    shifts += [10] if one.minutes > 10 else []
    ups = [(shift, begin.shifted(shift)) for shift in shifts]
    downs: list[Weekly] = [begin.shifted(one.minutes + _minutes(after)) for after in _AFTER]
    timed = []
    for n, (shift, at) in enumerate(ups):
        hold = {"HoldMinutes": one.minutes - shift + _minutes(_HELD_ON)}
        detail = _up(one, hold, again=n + 1 < len(ups))
        timed.append(_timed(one, f"up-{n}", at.cron, one.zone, detail))
    for n, at in enumerate(downs):
        detail = _end(one, again=n + 1 < len(downs))
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
        detail_type=_request(one),
        detail=detail,
        once=not one.cron,
    )


def _request(one: Prewarm) -> str:
    return UPDATE_FLOOR_EVENT[Kind(Arn(one.arn).kind)]


def _common(one: Prewarm, *, again: bool) -> dict[str, Any]:
    detail: dict[str, Any] = {"ARN": one.arn, PREWARM_KEY: one.id, AGAIN_KEY: again}
    if Arn(one.arn).kind == Kind.CAMPAIGN:
        detail["CampaignARN"] = one.arn
    return detail | {"Prewarm": one.as_dict()}


def _up(one: Prewarm, hold: dict[str, Any], *, again: bool) -> dict[str, Any]:
    until = f"until {_shown(one.until)}" if one.until else f"for {one.minutes} minutes"
    detail = _common(one, again=again) | hold
    detail["NewMinTPS"] = one.floor
    if "CampaignARN" in detail:
        detail["MinProvisionedTPS"] = one.floor
    detail["Reason"] = f"It was set by {one.by or 'somebody'}: {one.floor} TPS {until}."
    return detail


def _end(one: Prewarm, *, again: bool) -> dict[str, Any]:
    reason = f"It was set by {one.by or 'somebody'}."
    return _common(one, again=again) | {END_PREWARM_KEY: True, "Reason": reason}
