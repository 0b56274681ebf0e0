"""Time-driven work: scheduled rules of EventBridge, and EventBridge Scheduler.

Both are kept by moto and fired from here: before each step of the agenda, everything that became
due since the last look is put onto it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.events.models import EventsBackend, Rule, events_backends
from moto.scheduler.models import EventBridgeSchedulerBackend, ScheduleGroup, scheduler_backends
from moto.scheduler.models import Schedule as MotoSchedule

from aws_sandbox.events.bus import EventBus, iso
from aws_sandbox.events.cloud import Cloud, Delivery, EventRecord
from aws_sandbox.events.expressions import Schedule, parse
from aws_sandbox.events.targets import DeliveryError, Origin, Targets
from aws_sandbox.events.universal import call_api, is_universal

SCHEDULER = "scheduler.amazonaws.com"


@dataclass(slots=True)
class _Entry:
    """One schedule: its expression, since when it counts, up to when it was looked at."""

    expression: str
    zone: str
    schedule: Schedule
    anchor: datetime
    seen: datetime


class Schedules:
    """Finds what is due and puts it onto the agenda."""

    def __init__(self, cloud: Cloud, bus: EventBus) -> None:
        self._cloud = cloud
        self._bus = bus
        self._targets = Targets(cloud, bus.forward)
        self._entries: dict[str, _Entry] = {}
        self._filled_to: datetime | None = None
        cloud.notice_schedules = self.notice

    def notice(self) -> None:
        """Start to count for what is new or changed, from now on."""
        self._filled_to = None
        for rule in _rules():
            if rule.scheduled_expression:
                self._entry(rule.arn, str(rule.scheduled_expression), "UTC")
        for _, _, schedule in _schedules():
            zone = schedule.schedule_expression_timezone
            self._entry(schedule.arn, schedule.schedule_expression, zone)

    def fill(self, until: datetime) -> None:
        """Put every occurrence up to `until` onto the agenda, once."""
        if self._filled_to == until:
            return
        self._filled_to = until
        alive: set[str] = set()
        for rule in _rules():
            if rule.scheduled_expression:
                alive.add(rule.arn)
                self._fill_rule(rule, until)
        for backend, group, schedule in _schedules():
            alive.add(schedule.arn)
            self._fill_schedule(backend, group, schedule, until)
        for arn in set(self._entries) - alive:
            # One of the same name that is made later starts to count anew.
            del self._entries[arn]

    def _entry(self, arn: str, expression: str, zone: str) -> _Entry:
        entry = self._entries.get(arn)
        if entry is None or (entry.expression, entry.zone) != (expression, zone):
            now = self._cloud.clock.now()
            anchor = now.replace(second=0, microsecond=0)
            entry = _Entry(expression, zone, parse(expression, zone), anchor, now)
            self._entries[arn] = entry
        return entry

    def _occurrences(self, entry: _Entry, until: datetime) -> Iterator[datetime]:
        while (due := entry.schedule.after(entry.seen, entry.anchor)) is not None and due <= until:
            entry.seen = due
            yield due
        entry.seen = max(entry.seen, until)

    def _fill_rule(self, rule: Rule, until: datetime) -> None:
        entry = self._entry(rule.arn, str(rule.scheduled_expression), "UTC")
        for due in self._occurrences(entry, until):
            self._cloud.agenda.at(due, lambda due=due: self._fire_rule(rule, due), rank=3)  # type: ignore[misc]

    def _fire_rule(self, rule: Rule, due: datetime) -> None:
        bus = events_backends[rule.account_id][rule.region_name].event_buses["default"]
        current = bus.rules.get(rule.name)
        if current is None or current.state == "DISABLED":
            return
        if current.scheduled_expression != rule.scheduled_expression:
            return
        event = {
            "version": "0",
            "id": self._cloud.new_id(),
            "detail-type": "Scheduled Event",
            "source": "aws.events",
            "account": rule.account_id,
            "time": iso(due),
            "region": rule.region_name,
            "resources": [rule.arn],
            "detail": {},
        }
        record = EventRecord(due, rule.account_id, rule.region_name, "default", event)
        self._bus.fire(current, event, record)

    def _fill_schedule(
        self,
        backend: EventBridgeSchedulerBackend,
        group: ScheduleGroup,
        schedule: MotoSchedule,
        until: datetime,
    ) -> None:
        zone = schedule.schedule_expression_timezone
        entry = self._entry(schedule.arn, schedule.schedule_expression, zone)
        for due in self._occurrences(entry, until):
            if self._in_dates(schedule, due):
                self._cloud.agenda.at(
                    due,
                    lambda due=due: self._fire_schedule(backend, group, schedule, due),  # type: ignore[misc]
                    rank=2,
                )
        self._complete(group, schedule, entry)

    def _in_dates(self, schedule: MotoSchedule, due: datetime) -> bool:
        if schedule.schedule_expression.startswith("at("):
            return True
        start, end = _moment(schedule.start_date), _moment(schedule.end_date)
        return (start is None or due >= start) and (end is None or due <= end)

    def _fire_schedule(
        self,
        backend: EventBridgeSchedulerBackend,
        group: ScheduleGroup,
        schedule: MotoSchedule,
        due: datetime,
    ) -> None:
        if group.schedules.get(schedule.name) is not schedule or schedule.state != "ENABLED":
            return
        if schedule.arn not in self._entries:
            return
        record = EventRecord(due, backend.account_id, backend.region_name, "scheduler", {})
        self._attempt(schedule, backend, record, attempt=1)

    def _attempt(
        self,
        schedule: MotoSchedule,
        backend: EventBridgeSchedulerBackend,
        record: EventRecord,
        *,
        attempt: int,
    ) -> None:
        cloud, target = self._cloud, schedule.target
        origin = Origin(backend.account_id, backend.region_name, schedule.arn, SCHEDULER)
        delivery = Delivery(cloud.clock.now(), schedule.arn, str(target["Arn"]))
        record.deliveries.append(delivery)
        cloud.events_log.append(record)
        text = target.get("Input") or json.dumps({})
        try:
            self._send(origin, target, text)
        except DeliveryError as problem:
            delivery.error = f"{problem.code}: {problem}"
            policy = target.get("RetryPolicy") or {}
            if problem.retry and attempt <= int(policy.get("MaximumRetryAttempts", 185)):
                again = cloud.clock.now() + timedelta(minutes=1)
                cloud.agenda.at(
                    again,
                    lambda: self._attempt(schedule, backend, record, attempt=attempt + 1),
                )
                return
            self._targets.dead_letter(origin, target, text, problem, attempt)

    def _send(self, origin: Origin, target: Mapping[str, Any], text: str) -> None:
        cloud = self._cloud
        if cloud.chaos.happens(cloud.chaos.delivery_failures):
            raise DeliveryError("INTERNAL_ERROR", "The target did not answer.", retry=True)
        if is_universal(str(target["Arn"])):
            call_api(cloud, origin, target, text)
        elif ":event-bus/" in str(target["Arn"]):
            self._put_event(origin, target, text)
        else:
            self._targets.send(origin, target, text, {})

    def _put_event(self, origin: Origin, target: Mapping[str, Any], text: str) -> None:
        wanted = target.get("EventBridgeParameters") or {}
        _, _, _, region, account, resource = str(target["Arn"]).split(":", 5)
        allowed = self._cloud.roles.may(
            str(target.get("RoleArn")),
            service=SCHEDULER,
            action="events:PutEvents",
            resource=str(target["Arn"]),
            context=origin.context,
            request={
                "events:source": wanted.get("Source"),
                "events:detail-type": wanted.get("DetailType"),
            },
        )
        if not allowed:
            raise DeliveryError("NO_PERMISSIONS", "The schedule's role may not put this event.")
        entry = {
            "Source": wanted.get("Source"),
            "DetailType": wanted.get("DetailType"),
            "Detail": text,
            "EventBusName": resource.removeprefix("event-bus/"),
        }
        self._bus.put_events(account, region, [entry])

    def _complete(self, group: ScheduleGroup, schedule: MotoSchedule, entry: _Entry) -> None:
        """Delete a schedule that asks for it after its last occurrence."""
        if schedule.action_after_completion != "DELETE":
            return
        following = entry.schedule.after(entry.seen, entry.anchor)
        if following is not None and self._in_dates(schedule, following):
            return
        now = self._cloud.clock.now()

        def remove() -> None:
            if group.schedules.get(schedule.name) is schedule:
                del group.schedules[schedule.name]
                self._entries.pop(schedule.arn, None)

        self._cloud.agenda.at(max(entry.seen, now), remove, rank=9)


def _moment(value: Any) -> datetime | None:
    if value is None or isinstance(value, datetime):
        return value
    return datetime.fromtimestamp(float(value), UTC)


def _rules() -> Iterator[Rule]:
    for regions in list(events_backends.values()):
        backends: list[EventsBackend] = list(regions.values())
        for backend in backends:
            yield from list(backend.event_buses["default"].rules.values())


def _schedules() -> Iterator[tuple[EventBridgeSchedulerBackend, ScheduleGroup, MotoSchedule]]:
    for regions in list(scheduler_backends.values()):
        for backend in list(regions.values()):
            for group in list(backend.schedule_groups.values()):
                for schedule in list(group.schedules.values()):
                    yield backend, group, schedule
