"""A sandbox with a paused clock, and the few things that the alarm stories need."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from aws_sandbox import cloudwatch, wire
from aws_sandbox.world import World
from personalize_monitor.alarms import AlarmReport, reconcile
from personalize_monitor.aws import pace
from personalize_monitor.aws.access import Access
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.target import Deployment, Target
from personalize_monitor.contract import TOPIC_NAME
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.settings import Settings, load

BEGIN = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
ACCOUNT = "123456789012"
HOME = "us-east-1"
BOTH = frozenset(Kind)


class Stage:
    """One deployment that watches a region of a live sandbox."""

    def __init__(self, world: World, region: str = HOME) -> None:
        self.world = world
        self.access = Access()
        self.target = Target(self.access, ACCOUNT, region)
        topic = f"arn:aws:sns:{HOME}:{ACCOUNT}:{TOPIC_NAME}"
        self.deployment = Deployment(HOME, ACCOUNT, "aws", "monitor", topic, "")
        self.settings = load({})
        self.mails: list[tuple[str, str]] = []

    @property
    def now(self) -> datetime:
        """The sandbox's time."""
        return self.world.clock.now()

    @property
    def cloudwatch(self) -> Any:
        """boto3's client, as a person would use it beside us."""
        return self.access.client("cloudwatch", self.target.region)

    @property
    def sns(self) -> Any:
        """boto3's client, as a person would use it beside us."""
        return self.access.client("sns", self.target.region)

    def set(self, **parameters: str) -> Settings:
        """Deploy again with other parameters."""
        self.settings = load(parameters)
        return self.settings

    def resource(self, name: str = "shoes", kind: Kind = Kind.CAMPAIGN, **more: Any) -> Resource:
        """An active resource with a floor of 4, a month old, of a v2 recipe."""
        age = more.pop("age", timedelta(days=30))
        arn = Arn(f"arn:aws:personalize:{self.target.region}:{ACCOUNT}:{kind}/{name}")
        given: dict[str, Any] = {
            "arn": arn,
            "name": name,
            "kind": kind,
            "status": "ACTIVE",
            "floor": 4,
            "created": self.now - age,
            "updated": self.now - age,
            "recipe_arn": "arn:aws:personalize:::recipe/aws-user-personalization-v2",
        }
        return Resource(**{**given, **more})

    def reconcile(
        self, *resources: Resource, gone_ok: frozenset[Kind] = BOTH, **more: Any
    ) -> AlarmReport:
        """One reconciliation with these resources."""
        given = {"budget": Budget(), "deployment": self.deployment, **more}
        return reconcile(
            self.target,
            resources,
            gone_ok,
            self.settings,
            now=self.now,
            **given,
        )

    def alarms(self) -> dict[str, Mapping[str, Any]]:
        """All alarms of the region by name."""
        pages = self.cloudwatch.get_paginator("describe_alarms").paginate()
        return {alarm["AlarmName"]: alarm for page in pages for alarm in page["MetricAlarms"]}

    def alarm(self, name: str) -> Mapping[str, Any]:
        """One alarm."""
        return self.alarms()[name]

    def calls(self, action: str) -> int:
        """How often an operation was called until now."""
        return sum(call.action == action for call in self.world.gate.calls)

    def pass_time(self, each: Callable[[], object] = lambda: None, **span: float) -> None:
        """Let time pass in steps of five minutes; CloudWatch evaluates its alarms after each."""
        end = self.now + timedelta(**span)
        while self.now < end:
            self.world.clock.advance(min(timedelta(minutes=5), end - self.now))
            each()
            cloudwatch.evaluate(self.now)

    def elsewhere(self, region: str) -> Stage:
        """The same deployment in another region."""
        other = Stage(self.world, region)
        other.settings, other.mails = self.settings, self.mails
        return other

    def owned_by(self, stack: str) -> Deployment:
        """Another deployment."""
        return replace(self.deployment, stack=stack)


@pytest.fixture
def stage(monkeypatch: pytest.MonkeyPatch) -> Iterator[Stage]:
    """The sandbox at a Monday morning, with no resource and no waiting in real time."""
    monkeypatch.setenv("AWS_DEFAULT_REGION", HOME)
    monkeypatch.setattr(pace, "sleep", lambda seconds: None)
    monkeypatch.setattr(time, "sleep", lambda seconds: None)  # botocore between its retries
    with wire.live(BEGIN) as world:
        stage = Stage(world)
        cloudwatch.set_publisher(lambda topic, title, text: stage.mails.append((topic, title)))
        yield stage
        cloudwatch.set_publisher(None)
