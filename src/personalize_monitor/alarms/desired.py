"""Which alarms should exist, and how each should look: a pure function of fleet and settings."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime

from personalize_monitor.alarms import rules
from personalize_monitor.alarms.names import Sort, name_of
from personalize_monitor.alarms.rules import Rule
from personalize_monitor.context.target import Deployment
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Resource, State
from personalize_monitor.settings import Settings

UNKNOWN = 0
"""In the place of a resource's own idle hours: its tags have not been read."""


@dataclass(frozen=True, slots=True)
class Spec:
    """One alarm as it should be.

    ``rule`` holds the members of PutMetricAlarm that say when it fires; ``armed`` whether its
    actions should be enabled now; ``topic`` the ARN that both its actions go to.
    """

    name: str
    sort: Sort
    text: str
    rule: Rule
    topic: str
    armed: bool
    tentative: bool = False
    """Made without knowing all: an existing alarm that says that it knows more is left as it is."""

    @property
    def request(self) -> tuple[int, str]:
        """Sorts specs into the order in which they are made."""
        return self.sort.rank, self.name


def desired(  # noqa: PLR0917 - one flat call, in the same order as reconcile
    resources: Iterable[Resource],
    settings: Settings,
    deployment: Deployment,
    account: str,
    region: str,
    now: datetime,
    *,
    idle_hours: Mapping[Arn, int | None] | None = None,
    in_place: Mapping[Arn, bool | None] | None = None,
) -> dict[str, Spec]:
    """The alarms of one account and region by name: those of active, selected resources.

    ``idle_hours`` replaces the parameter for single resources, 2 to 336 hours; None means that a
    resource has none of its own, ``UNKNOWN`` that this is not known. ``in_place`` says whether
    right-sizing finds a floor where it belongs, so that there is nothing to lower; None while
    this is not known.
    """
    hours, places = idle_hours or {}, in_place or {}
    topic = deployment.topic_in(account, region)
    found: dict[str, Spec] = {}
    for resource in resources:
        if resource.state is not State.ACTIVE or not settings.wants(resource.arn):
            continue
        own, placed = hours.get(resource.arn), places.get(resource.arn, False)
        way = _Way(own, own or settings.idle_hours, now, placed)
        for sort in Sort:
            if sort.wanted(settings):
                spec = _spec(sort, resource, settings, topic, way)
                found[spec.name] = spec
    return found


def digest(specs: Mapping[str, Spec]) -> str:
    """A short text that changes when, and only when, anything about the alarms should change."""
    told = repr([specs[name] for name in sorted(specs)])
    return hashlib.sha256(told.encode()).hexdigest()[:16]


@dataclass(frozen=True, slots=True)
class _Way:
    """How long without requests counts as idle, what right-sizing says, and when it is asked."""

    own: int | None
    hours: int
    now: datetime
    in_place: bool | None


def _spec(sort: Sort, resource: Resource, settings: Settings, topic: str, way: _Way) -> Spec:
    armed, tentative = True, False
    match sort:
        case Sort.IDLE:
            text, rule = rules.idle(resource, way.hours, own=bool(way.own))
            armed = resource.age_hours(way.now) >= way.hours
            tentative = way.own == UNKNOWN
        case Sort.LOW:
            text, rule = rules.low_utilization(resource, settings.utilization_threshold_percent)
            armed = resource.floor > 1 and not way.in_place
            tentative = armed and way.in_place is None
        case Sort.CLIENT_ERRORS:
            text, rule = rules.client_errors(resource)
        case Sort.SERVER_ERRORS:
            text, rule = rules.server_errors(resource)
    name = name_of(sort, resource.kind, resource.name)
    return Spec(name, sort, text, rule, topic, armed, tentative)
