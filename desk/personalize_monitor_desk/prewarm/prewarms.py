"""Pre-warms: a higher floor for a known event, set by schedules, held, and taken back afterwards.

Each is a set of schedules in the stack's own group. They put requests on the event bus; which floor
those mean is decided when they arrive (``policy/prewarm.py``). A request that meets a resource in
the middle of another change is not lost: it is sent several times, and carried out once.
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterable
from dataclasses import replace
from datetime import UTC, datetime, timedelta

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.caller import caller
from personalize_monitor.aws.events import Event, Events
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, is_not_found, sentence
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.contract import MAX_FLOOR
from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import State
from personalize_monitor.model.when import weekly, zone_of
from personalize_monitor_desk.prewarm.prewarm import Prewarm
from personalize_monitor_desk.prewarm.scheduler import Group, Scheduler
from personalize_monitor_desk.prewarm.schedules import (
    end_of,
    in_order,
    request_name,
    schedules,
    shown,
)

LEAD = timedelta(minutes=30)
"""How long before the event the floor is raised, unless said otherwise: an update takes minutes."""
LONGEST = timedelta(days=31)


class Prewarms:
    """The pre-warms of one deployment.

    ``ask`` hears of each that is about to be set or cancelled, when all is known to be in order;
    what it raises leaves everything as it is.
    """

    def __init__(
        self,
        access: Access,
        stack: StackInfo,
        *,
        ask: Callable[[Prewarm], None] = lambda _: None,
    ) -> None:
        out = stack.outputs
        self._ask = ask
        partition = access.partition()
        self._access = access
        self._region = stack.region
        self._roles = stack.parameters.get("MonitoredRoleARNs", "")
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
        check_once(floor, begin=begin, until=until, lead=lead, now=now)
        self._check(arn, floor)
        wanted = Prewarm(
            id="",
            arn=str(arn),
            floor=floor,
            lead_minutes=int(lead.total_seconds()) // 60,
            begin=begin,
            until=until,
            by=caller(self._access),
        )
        return self._make(wanted)

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
        self._check(arn, floor)
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
        return self._make(wanted)

    def _make(self, wanted: Prewarm) -> Prewarm:
        known = replace(wanted, by="")
        mark = hashlib.sha256(repr(known).encode()).hexdigest()[:8]
        wanted = replace(wanted, id=f"pw-{mark}")
        self._ask(wanted)
        made: list[str] = []
        try:
            # The ends first: half a pre-warm must never raise a floor and not lower it. The name
            # of each says what it is, so that one that was cut short is made whole by asking again.
            for timed in reversed(schedules(wanted)):
                made += [timed.name] if self._scheduler.put(timed) else []
        except (InvalidRequest, Unavailable) as problem:
            if left := [name for name in reversed(made) if not self._removed(name)]:
                raise Unavailable(
                    f"{problem} What was made of it could not be removed again; ask once more, or "
                    f"delete the schedules {', '.join(left)} by hand."
                ) from problem
            raise
        if not made:
            raise InvalidRequest(f"The same pre-warm was set before; it is {wanted.id}.")
        return wanted

    def _removed(self, name: str) -> bool:
        try:
            self._scheduler.remove(name)
        except Unavailable:
            return False
        return True

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
        self._ask(known)
        for one in names:
            self._scheduler.remove(one)
        if known.state(now) != "waiting":
            event = Event(request_name(known), end_of(known, again=False), known.arn)
            event.detail["Reason"] = f"Pre-warm {known.id} was cancelled by {caller(self._access)}."
            for _, why in Events(self._access, self._region).put([event]):
                raise Unavailable(
                    f"The schedules of {known.id} are gone, but its end could not be sent ({why}); "
                    f"set the floor of {known.arn} yourself."
                )
        return known

    def _check(self, arn: Arn, floor: int) -> None:
        """Refuse what does not serve, has a higher floor, or is in an account that is not watched.

        In a watched account of others only the deployment's role may look; it does so in time.
        """
        if arn.account != self._access.account:
            if f":{arn.account}:role/" not in self._roles:
                raise InvalidRequest(
                    f"{arn} belongs to account {arn.account}, which this deployment does not watch."
                )
            return
        try:
            found = Personalize(self._access, arn.region).resource(arn)
        except AWS_ERRORS as error:
            if is_not_found(error):
                raise InvalidRequest(f"{arn} does not exist; nothing was set.") from error
            raise Unavailable(sentence(f"Reading {arn}", error)) from error
        if found.state not in (State.ACTIVE, State.CHANGING):
            raise InvalidRequest(f"{arn} is {found.status}; a pre-warm needs one that serves.")
        if floor < found.next_floor:
            raise InvalidRequest(
                f"The floor of {arn} is {found.next_floor} now, and a pre-warm only raises it: "
                f"give at least {found.next_floor} TPS, or lower the floor itself."
            )


def check_once(
    floor: int, *, begin: datetime, until: datetime, lead: timedelta, now: datetime
) -> None:
    """Raise InvalidRequest for a pre-warm that cannot be meant, before anything is asked of AWS."""
    _check_floor(floor)
    _check_times(begin, until, lead, now)


def _check_floor(floor: int) -> None:
    if not 1 <= floor <= MAX_FLOOR:
        raise InvalidRequest(
            f"{floor} TPS is out of range; allowed are 1 to {MAX_FLOOR}, the service's quota for "
            "one campaign unless it was raised."
        )


def _check_times(begin: datetime, until: datetime, lead: timedelta, now: datetime) -> None:
    if until <= begin:
        raise InvalidRequest(f"The end ({shown(until)}) is not after the begin ({shown(begin)}).")
    if begin <= now:
        raise InvalidRequest(
            f"The begin ({shown(begin)}) is in the past; it is {shown(now)} now. To raise the "
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


def _by_id(names: Iterable[str]) -> dict[str, list[str]]:
    """Names of schedules by the id of their pre-warm, in the order in which they fire."""
    found: dict[str, list[str]] = {}
    for name in names:
        found.setdefault("-".join(name.split("-")[:2]), []).append(name)
    return {name: sorted(all_, key=in_order) for name, all_ in found.items()}
