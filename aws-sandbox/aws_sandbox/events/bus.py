"""EventBridge's buses: PutEvents, matching, and handing events to the targets of rules.

Source: API reference PutEvents (10 entries, 256 KB, failures inside a 200); user guide, "Using
dead-letter queues to process undelivered events" (permission errors are not retried).
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from typing import Any

from moto.events.models import EventsBackend, Rule, events_backends

from aws_sandbox.events import patterns
from aws_sandbox.events.cloud import Cloud, Delivery, EventRecord
from aws_sandbox.events.targets import DeliveryError, Origin, Targets
from aws_sandbox.events.transform import TransformError, target_input

MAX_ENTRIES = 10
MAX_BYTES = 262_144
_RETRY_AFTER = timedelta(minutes=1)


class PutEventsError(ValueError):
    """The whole PutEvents call is refused."""


class EventBus:
    """All buses of all accounts and regions."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._targets = Targets(cloud, self.forward)

    def put_events(
        self, account: str, region: str, entries: list[Mapping[str, Any]]
    ) -> list[dict[str, Any]]:
        """PutEvents: one answer per entry, an EventId or an ErrorCode.

        Raises:
            PutEventsError: too many entries or bytes; nothing is accepted.
        """
        if not 1 <= len(entries) <= MAX_ENTRIES:
            raise PutEventsError(
                "1 validation error detected: Value '[PutEventsRequestEntry]' at 'entries' failed "
                "to satisfy constraint: Member must have length less than or equal to 10"
            )
        if sum(_entry_size(entry) for entry in entries) > MAX_BYTES:
            raise PutEventsError("Total size of the entries in the request is over the limit.")
        return [self._put_entry(account, region, entry) for entry in entries]

    def publish(self, account: str, region: str, entry: Mapping[str, Any]) -> str | None:
        """Accept one entry, of AWS's own services too; its event id, or None if it failed."""
        answer = self._accept(account, region, entry)
        return answer.get("EventId")

    def _put_entry(self, account: str, region: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        fault = self._cloud.chaos.entry_fault(account, region, entry) or _refusal(entry)
        if fault is not None:
            return {"ErrorCode": fault[0], "ErrorMessage": fault[1]}
        return self._accept(account, region, entry)

    def _accept(self, account: str, region: str, entry: Mapping[str, Any]) -> dict[str, Any]:
        bus = str(entry.get("EventBusName") or "default").rsplit("/", 1)[-1]
        if bus not in events_backends[account][region].event_buses:
            return {"ErrorCode": "InvalidArgument", "ErrorMessage": f"Event bus {bus} not found."}
        event = {
            "version": "0",
            "id": self._cloud.new_id(),
            "detail-type": entry["DetailType"],
            "source": entry["Source"],
            "account": account,
            "time": iso(_moment(entry.get("Time")) or self._cloud.clock.now()),
            "region": region,
            "resources": list(entry.get("Resources") or []),
            "detail": json.loads(entry["Detail"]),
        }
        self.route(account, region, bus, event)
        return {"EventId": event["id"]}

    def forward(self, bus_arn: str, event: Mapping[str, Any]) -> None:
        """Put an event that already exists onto another bus; it keeps its id, time and region.

        Raises:
            LookupError: there is no such bus.
        """
        _, _, _, region, account, resource = bus_arn.split(":", 5)
        bus = resource.removeprefix("event-bus/")
        if bus not in events_backends[account][region].event_buses:
            raise LookupError(f"{bus_arn} does not exist")
        self.route(account, region, bus, event)

    def route(self, account: str, region: str, bus: str, event: Mapping[str, Any]) -> None:
        """Record an event and schedule its delivery to the targets of every matching rule."""
        record = EventRecord(self._cloud.clock.now(), account, region, bus, event)
        self._cloud.events_log.append(record)
        backend: EventsBackend = events_backends[account][region]
        for rule in list(backend.event_buses[bus].rules.values()):
            pattern = rule.event_pattern.get_pattern()
            if rule.state == "DISABLED" or not pattern:
                continue
            if patterns.matches(pattern, event):
                self.fire(rule, event, record)

    def fire(self, rule: Rule, event: Mapping[str, Any], record: EventRecord) -> None:
        """Schedule the delivery of an event to each target of a rule, twice if chance wills it."""
        cloud = self._cloud
        self._count(rule.arn, "TriggeredRules")
        self._count(rule.arn, "MatchedEvents")
        origin = Origin(rule.account_id, rule.region_name, rule.arn, "events.amazonaws.com")
        for target in [dict(target) for target in rule.targets]:
            for _ in range(2 if cloud.chaos.happens(cloud.chaos.duplicates) else 1):
                self._schedule(origin, target, event, record, attempt=1, after=timedelta(0))

    def _schedule(
        self,
        origin: Origin,
        target: Mapping[str, Any],
        event: Mapping[str, Any],
        record: EventRecord,
        *,
        attempt: int,
        after: timedelta,
    ) -> None:
        due = self._cloud.clock.now() + after + self._cloud.chaos.extra_delay()
        self._cloud.agenda.at(due, lambda: self._deliver(origin, target, event, record, attempt))

    def _deliver(
        self,
        origin: Origin,
        target: Mapping[str, Any],
        event: Mapping[str, Any],
        record: EventRecord,
        attempt: int,
    ) -> None:
        cloud = self._cloud
        delivery = Delivery(cloud.clock.now(), origin.arn, str(target["Arn"]))
        record.deliveries.append(delivery)
        text = json.dumps(event)
        try:
            if cloud.chaos.happens(cloud.chaos.delivery_failures):
                raise DeliveryError("INTERNAL_ERROR", "The target did not answer.", retry=True)
            text = target_input(target, event, origin.arn)
            self._targets.send(origin, target, text, event)
        except TransformError as problem:
            failure = DeliveryError("INVALID_JSON", str(problem))
        except DeliveryError as problem:
            failure = problem
        else:
            self._count(origin.arn, "Invocations")
            return
        delivery.error = f"{failure.code}: {failure}"
        if failure.retry and self._may_retry(target, record, attempt):
            wait = _RETRY_AFTER * min(2 ** (attempt - 1), 60)
            self._schedule(origin, target, event, record, attempt=attempt + 1, after=wait)
            return
        self._count(origin.arn, "FailedInvocations")
        if self._targets.dead_letter(origin, target, text, failure, attempt):
            self._count(origin.arn, "InvocationsSentToDlq")

    def _count(self, rule_arn: str, metric: str) -> None:
        _, _, _, region, account, resource = rule_arn.split(":", 5)
        self._cloud.metrics.count(
            (account, region),
            "AWS/Events",
            metric,
            dimension=("RuleName", resource.rsplit("/", 1)[-1]),
            now=self._cloud.clock.now(),
        )

    def _may_retry(self, target: Mapping[str, Any], record: EventRecord, attempt: int) -> bool:
        policy = target.get("RetryPolicy") or {}
        age = self._cloud.clock.now() - record.time
        return attempt <= int(policy.get("MaximumRetryAttempts", 185)) and age < timedelta(
            seconds=int(policy.get("MaximumEventAgeInSeconds", 86_400))
        )


def iso(moment: datetime) -> str:
    """An event's `time`: whole seconds, Z."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def _moment(value: Any) -> datetime | None:
    if value is None:
        return None
    if isinstance(value, datetime):
        return value
    if isinstance(value, str) and not value.replace(".", "").isdigit():
        return datetime.fromisoformat(value)
    return datetime.fromtimestamp(float(value), UTC)


def _entry_size(entry: Mapping[str, Any]) -> int:
    """Bytes of an entry as EventBridge counts them."""
    texts = [entry.get(key) or "" for key in ("Source", "DetailType", "Detail")]
    texts += entry.get("Resources") or []
    return sum(len(str(text).encode()) for text in texts) + (14 if entry.get("Time") else 0)


def _refusal(entry: Mapping[str, Any]) -> tuple[str, str] | None:
    """Why an entry fails by itself, or None."""
    for key in ("Source", "DetailType", "Detail"):
        if not entry.get(key):
            reason = f"Parameter {key} is not valid. Reason: {key} is a required argument."
            return "InvalidArgument", reason
    if len(str(entry["DetailType"])) > 128:
        return "InvalidArgument", "Parameter DetailType is not valid. Reason: longer than 128."
    if str(entry["Source"]).startswith("aws."):
        reason = f"Not authorized for the source {entry['Source']}."
        return "NotAuthorizedForSourceException", reason
    try:
        detail = json.loads(entry["Detail"])
    except ValueError:
        return "MalformedDetail", "Detail is malformed."
    return None if isinstance(detail, dict) else ("MalformedDetail", "Detail is malformed.")
