"""Weeks of a living fleet with mishaps: what must hold whatever goes wrong."""

from __future__ import annotations

import os
from datetime import UTC, datetime, timedelta

import pytest
from tests.stories.judge import Judge, announced
from tests.stories.weeks import QUIET, REGIONS, TEMPLATE

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from personalize_monitor import contract
from personalize_monitor.alarms.desired import desired
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.context.target import Deployment
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Resource
from personalize_monitor.settings import load

PARAMETERS = {
    "Regions": ",".join(REGIONS),
    "AutoDeleteIdleCampaigns": "Yes",
    "AutoStopIdleRecommenders": "Yes",
    "NotificationEndpoint": "ops@example.com",
    "IdleCampaignThresholdHours": "24",
}


def story(seed: int, days: float) -> None:
    """Live so many days with seeded mishaps, and check what must hold."""
    with Sandbox(datetime(2026, 3, 2, tzinfo=UTC), seed=seed) as box:
        fleet.demo(box.world)
        box.gate.validate = False
        stack = box.deploy(TEMPLATE, PARAMETERS)
        judge = Judge(box, dict(PARAMETERS))
        box.gate.on_call.append(judge)
        chaos = box.chaos
        chaos.duplicates, chaos.delivery_failures = 0.2, 0.05
        chaos.function_kills, chaos.function_errors, chaos.cold_starts = 0.03, 0.01, 0.1
        box.run(days=days)
        chaos.duplicates = chaos.delivery_failures = 0.0
        chaos.function_kills = chaos.function_errors = chaos.cold_starts = 0.0
        box.run(days=QUIET / timedelta(days=1))
        assert not judge.wrong, "\n".join(judge.wrong[:20])
        assert judge.acted, "a story in which nothing happens shows nothing"
        assert announced(box) == judge.acted
        assert alarms_are_right(box)
        del stack
        box.delete()
        assert box.leftovers() == []


def alarms_are_right(box: Sandbox) -> bool:
    """Every alarm of every region is what the parameters ask for, and no other exists."""
    settings = load(PARAMETERS)
    deployment = Deployment(box.home, box.account, "aws", "personalize-monitor", "", "")
    for region in REGIONS:
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
