"""Weeks of a living fleet with mishaps: what must hold whatever goes wrong."""

from __future__ import annotations

import math
import os
from collections import Counter
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from personalize_monitor import contract
from personalize_monitor.app.alarms.desired import desired
from personalize_monitor.app.site import Deployment
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Resource
from personalize_monitor.sandbox import fleet
from personalize_monitor.sandbox.gate import Call
from personalize_monitor.sandbox.sandbox import Sandbox
from personalize_monitor.settings import load

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
PARAMETERS = {
    "Regions": "us-east-1,eu-west-1",
    "AutoDeleteIdleCampaigns": "Yes",
    "AutoStopIdleRecommenders": "Yes",
    "NotificationEndpoint": "ops@example.com",
}
THRESHOLD = timedelta(hours=24)
QUIET = timedelta(hours=3)
"""At the end nothing goes wrong any more, so that what is due can be finished."""


@dataclass
class Watch:
    """Looks at every accepted change while it happens."""

    box: Sandbox
    wrong: list[str] = field(default_factory=list)
    acted: Counter[tuple[str, Any]] = field(default_factory=Counter)
    lowered: dict[str, int] = field(default_factory=dict)
    """By ARN, the floor before our last lowering: a step back may return to it."""

    def __call__(self, call: Call) -> None:
        """Judge one call; administrators (the story itself) may do anything."""
        if call.error or call.service != "personalize" or call.principal.policies is None:
            return
        if call.action == "DeleteCampaign":
            self._removed(call, call.params["campaignArn"])
        elif call.action == "StopRecommender":
            self._removed(call, call.params["recommenderArn"])
        elif call.action == "UpdateCampaign":
            self._changed(call.params["campaignArn"], call.params["minProvisionedTPS"])
        elif call.action == "UpdateRecommender":
            config = call.params["recommenderConfig"]
            self._changed(
                call.params["recommenderArn"], config["minRecommendationRequestsPerSecond"]
            )

    def _removed(self, call: Call, arn: str) -> None:
        self.acted[arn, call.action] += 1
        now = self.box.now
        asked = self.box.world.requests_between(arn, now - THRESHOLD, now)
        if asked:
            self.wrong.append(f"{now}: {call.action} of {arn}, which had {asked} requests")

    def _changed(self, arn: str, floor: int) -> None:
        self.acted[arn, floor] += 1
        before = floors(self.box)[arn]
        if floor < before:
            self.lowered[arn] = before
        elif floor != self.lowered.get(arn):
            self.wrong.append(f"{self.box.now}: the floor of {arn} went up, {before} to {floor}")
        lowest = self._watermark(arn)
        if floor < math.ceil(lowest - 1e-9):
            self.wrong.append(f"{self.box.now}: {arn} went to {floor}, below {lowest:.3f}")

    def _watermark(self, arn: str) -> float:
        """The quietest settled hour of the last two weeks, in requests a second."""
        end = self.box.now.replace(minute=0, second=0, microsecond=0) - timedelta(hours=1)
        return min(
            self.box.world.served_between(
                arn, end - timedelta(hours=back + 1), end - timedelta(hours=back)
            )
            / 3600
            for back in range(14 * 24 - 2)
        )


def floors(box: Sandbox) -> dict[str, int]:
    """The floor in force of each resource, straight from the sandbox's world."""
    return {str(row["arn"]): int(str(row["floor"])) for row in fleet.overview(box.world)}


def announced(box: Sandbox) -> Counter[tuple[str, Any]]:
    """Announcements by resource and what they say, as EventBridge took them."""
    found: Counter[tuple[str, Any]] = Counter()
    for record in box.events_log:
        event = record.event
        name, detail = event["detail-type"], event["detail"]
        if name in contract.FLOOR_UPDATED_EVENT.values():
            found[detail["ARN"], detail["NewMinTPS"]] += 1
        elif name == contract.CAMPAIGN_DELETED_EVENT:
            found[detail["ARN"], "DeleteCampaign"] += 1
        elif name == contract.RECOMMENDER_STOPPED_EVENT:
            found[detail["ARN"], "StopRecommender"] += 1
    return found


def story(seed: int, days: float) -> None:
    """Live so many days with seeded mishaps, and check what must hold."""
    with Sandbox(datetime(2026, 3, 2, tzinfo=UTC), seed=seed) as box:
        fleet.demo(box.world)
        box.gate.validate = False
        stack = box.deploy(TEMPLATE, PARAMETERS)
        watch = Watch(box)
        box.gate.on_call.append(watch)
        chaos = box.chaos
        chaos.duplicates, chaos.delivery_failures = 0.2, 0.05
        chaos.function_kills, chaos.function_errors, chaos.cold_starts = 0.03, 0.01, 0.1
        box.run(days=days)
        chaos.duplicates = chaos.delivery_failures = 0.0
        chaos.function_kills = chaos.function_errors = chaos.cold_starts = 0.0
        box.run(days=QUIET / timedelta(days=1))
        assert not watch.wrong
        assert watch.acted, "a story in which nothing happens shows nothing"
        told = announced(box)
        assert told == watch.acted
        assert alarms_are_right(box)
        del stack
        box.delete()
        assert box.leftovers() == []


def alarms_are_right(box: Sandbox) -> bool:
    """Every alarm of every region is what the parameters ask for, and no other exists."""
    settings = load(PARAMETERS)
    deployment = Deployment(box.home, box.account, "aws", "personalize-monitor", "", "")
    for region in ("us-east-1", "eu-west-1"):
        personalize = box.client("personalize", region=region)
        arns = [one["campaignArn"] for one in personalize.list_campaigns()["campaigns"]]
        arns += [one["recommenderArn"] for one in personalize.list_recommenders()["recommenders"]]
        resources = [_resource(region, Arn(arn)) for arn in arns]
        wanted = desired(resources, settings, deployment, box.account, region, box.now)
        pages = box.client("cloudwatch", region=region).get_paginator("describe_alarms")
        there = [
            alarm
            for page in pages.paginate(AlarmNamePrefix=contract.ALARM_PREFIX)
            for alarm in page["MetricAlarms"]
        ]
        assert {alarm["AlarmName"] for alarm in there} == set(wanted)
    return True


def _resource(region: str, arn: Arn) -> Resource:
    return Personalize(Access(), region).resource(arn)


@pytest.mark.soak
def test_hours_with_mishaps() -> None:
    """Nothing in use is removed, no floor goes wrong, all is told once, nothing is left."""
    story(seed=1, days=0.125)


@pytest.mark.soak
@pytest.mark.parametrize("seed", range(100, 100 + int(os.environ.get("SOAK_SEEDS", "6"))))
def test_two_weeks_with_mishaps(seed: int) -> None:
    """The same over two weeks and many seeds."""
    story(seed, days=14)
