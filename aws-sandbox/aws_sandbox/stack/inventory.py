"""Everything that exists in the sandbox's accounts, to see what a stack leaves behind."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from moto.events.models import events_backends
from moto.logs.models import logs_backends
from moto.scheduler.models import scheduler_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from aws_sandbox.cloudwatch.models import backends as cloudwatch_backends
from aws_sandbox.events.roles import Roles
from aws_sandbox.stack.functions import FunctionService


@dataclass(frozen=True, slots=True, order=True)
class Thing:
    """One resource: its kind (`alarm`, `topic`, ...), where it is, and its name."""

    kind: str
    account: str
    region: str
    name: str


def everything(functions: FunctionService, roles: Roles) -> set[Thing]:
    """All that an application could make or leave, in all accounts and regions."""
    found = set(_cloudwatch()) | set(_messaging()) | set(_events()) | set(_logs())
    found |= {Thing("function", f.account, f.region, f.name) for f in functions.all()}
    found |= {Thing("role", role.account, "", role.name) for role in roles.all()}
    return found


def _cloudwatch() -> Iterator[Thing]:
    for backend in cloudwatch_backends():
        for name in backend.alarms.alarms:
            yield Thing("alarm", backend.account, backend.region, name)
        # Dashboards are one collection per account; each region would list them again.
        for entry in backend.dashboards.entries({})["DashboardEntries"]:
            yield Thing("dashboard", backend.account, "", entry["DashboardName"])


def _messaging() -> Iterator[Thing]:
    for account, region, backend in sns_backends.iter_backends():
        for topic in backend.topics.values():
            yield Thing("topic", account, region, topic.name)
        for subscription in backend.subscriptions.values():
            name = f"{subscription.topic.name} {subscription.protocol} {subscription.endpoint}"
            yield Thing("subscription", account, region, name)
    for account, region, backend in sqs_backends.iter_backends():
        for name in backend.queues:
            yield Thing("queue", account, region, name)


def _events() -> Iterator[Thing]:
    for account, region, backend in events_backends.iter_backends():
        for bus in backend.event_buses.values():
            if bus.name != "default":
                yield Thing("event bus", account, region, bus.name)
            for name in bus.rules:
                yield Thing("rule", account, region, name)
    for account, region, backend in scheduler_backends.iter_backends():
        for group in backend.schedule_groups.values():
            if group.name != "default":
                yield Thing("schedule group", account, region, group.name)
            for name in group.schedules:
                yield Thing("schedule", account, region, f"{group.name}/{name}")


def _logs() -> Iterator[Thing]:
    for account, region, backend in logs_backends.iter_backends():
        for name in backend.groups:
            yield Thing("log group", account, region, name)
        for name in backend.resource_policies:
            yield Thing("logs policy", account, region, name)
