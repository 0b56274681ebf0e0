"""The doctor finds what is wrong and names the cure: one seeded fault for each test."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta

import pytest

from aws_sandbox.faults import Rule
from personalize_monitor_desk.cli import demo_environment
from personalize_monitor_desk.cli.demo_environment import DemoEnvironment
from personalize_monitor_desk.cli.doctor.finding import Finding, Mark
from personalize_monitor_desk.cli.session import Where
from personalize_monitor_desk.cli.verbs.doctor import examined

REGIONS = ("us-east-1", "eu-west-1")


@pytest.fixture(scope="module")
def scene() -> Iterator[DemoEnvironment]:
    """The demo, half an hour after deployment."""
    with demo_environment.opened(seed=1) as opened:
        opened.live(opened.sandbox.now + timedelta(minutes=32))
        yield opened


@pytest.fixture
def healthy(scene: DemoEnvironment) -> Iterator[DemoEnvironment]:
    """The stage with its faults undone afterwards; no cycle ran while they were in force."""
    yield scene
    scene.sandbox.gate.faults.clear()


@pytest.fixture
def deployed(healthy: DemoEnvironment) -> Iterator[DemoEnvironment]:
    """The stage for a test that deploys anew, with two cycles to recover from that."""
    yield healthy
    healthy.live(healthy.sandbox.now + timedelta(minutes=11))


def findings(scene: DemoEnvironment, *regions: str) -> list[Finding]:
    """What the doctor says."""
    place = Where(scene.access, regions or REGIONS, scene.sandbox.now, past=False)
    return examined(place, "")


def the_wrong(scene: DemoEnvironment) -> dict[str, Finding]:
    """What is wrong or worth a note, by subject."""
    return {one.subject: one for one in findings(scene) if one.mark in (Mark.WRONG, Mark.NOTE)}


def deny(scene: DemoEnvironment, service: str, action: str, region: str = "*") -> None:
    """Let the gate refuse an operation."""
    rule = Rule(service=service, action=action, region=region, code="AccessDeniedException")
    scene.sandbox.gate.faults.add(rule)


def test_a_healthy_deployment(healthy: DemoEnvironment) -> None:
    """Where nothing is wrong, the doctor says so of everything it looked at."""
    found = findings(healthy)
    assert [one for one in found if one.mark is not Mark.OK] == []
    subjects = {one.subject for one in found}
    assert {"Credentials", "Deployment", "Cycles", "Dashboard", "Alarms"} <= subjects


def test_1_denied_lists(healthy: DemoEnvironment) -> None:
    """A region whose lists are denied is named, with the permission to allow."""
    deny(healthy, "personalize", "ListCampaigns", "eu-west-1")
    found = the_wrong(healthy)["personalize:ListCampaigns in eu-west-1"]
    assert found.mark is Mark.WRONG
    assert "Allow personalize:ListCampaigns" in found.cure


def test_2_denied_metrics(healthy: DemoEnvironment) -> None:
    """Without GetMetricData nothing can be measured: the verbs that need it are named."""
    deny(healthy, "cloudwatch", "GetMetricData", "us-east-1")
    found = the_wrong(healthy)["cloudwatch:GetMetricData in us-east-1"]
    assert "status" in found.said
    assert "Allow cloudwatch:GetMetricData" in found.cure


def test_3_denied_alarms_are_only_a_note(healthy: DemoEnvironment) -> None:
    """What is missing for a part only is a note."""
    deny(healthy, "cloudwatch", "DescribeAlarms", "eu-west-1")
    assert the_wrong(healthy)["cloudwatch:DescribeAlarms in eu-west-1"].mark is Mark.NOTE


def test_4_a_stack_that_cannot_be_seen(healthy: DemoEnvironment) -> None:
    """CloudFormation denied: the deployment cannot be looked at, and the permission is named."""
    deny(healthy, "cloudformation", "DescribeStacks")
    found = the_wrong(healthy)["Deployment"]
    assert "cloudformation:DescribeStacks" in found.cure


def test_5_a_region_that_is_not_watched(deployed: DemoEnvironment) -> None:
    """Resources in a region beside the parameter Regions are found, with the value to deploy."""
    deployed.sandbox.update({"Regions": "us-east-1"})
    try:
        found = the_wrong(deployed)["Regions"]
    finally:
        deployed.sandbox.update({"Regions": "us-east-1,eu-west-1"})
    assert "eu-west-1" in found.said
    assert found.cure == "Deploy with Regions=eu-west-1,us-east-1."


def test_6_actions_off_and_a_dry_run(healthy: DemoEnvironment) -> None:
    """Switches that keep the application from acting are worth a note."""
    healthy.sandbox.update({"Actions": "Off", "DryRun": "Yes"})
    try:
        found = the_wrong(healthy)
    finally:
        healthy.sandbox.update({"Actions": "On", "DryRun": "No"})
    assert found["Actions"].mark is found["DryRun"].mark is Mark.NOTE


def test_7_nobody_is_told(healthy: DemoEnvironment) -> None:
    """No endpoint: actions happen and nobody hears of it."""
    healthy.sandbox.update({"NotificationEndpoint": ""})
    try:
        found = the_wrong(healthy)["Notifications"]
    finally:
        healthy.sandbox.update({"NotificationEndpoint": demo_environment.EMAIL})
        healthy.sandbox.confirm(demo_environment.EMAIL)
    assert "NotificationEndpoint=" in found.cure


def test_8_an_unconfirmed_subscription(healthy: DemoEnvironment) -> None:
    """An address that has not confirmed gets nothing; the doctor says where to click."""
    healthy.sandbox.update({"NotificationEndpoint": "new@example.com"})
    try:
        found = the_wrong(healthy)["Mail from us-east-1"]
    finally:
        healthy.sandbox.update({"NotificationEndpoint": demo_environment.EMAIL})
        healthy.sandbox.confirm(demo_environment.EMAIL)
    assert found.mark is Mark.WRONG
    assert "Click the link" in found.cure


def test_9_a_muted_alarm(healthy: DemoEnvironment) -> None:
    """An alarm that a person muted is a note with its name."""
    client = healthy.sandbox.client("cloudwatch")
    name = "PersonalizeMonitor-IdleCampaign-home-page-for-you"
    client.disable_alarm_actions(AlarmNames=[name])
    try:
        found = the_wrong(healthy)["Muted alarms"]
    finally:
        client.enable_alarm_actions(AlarmNames=[name])
    assert name in found.said


def test_10_a_tag_that_cannot_be_understood(healthy: DemoEnvironment) -> None:
    """A malformed wish exempts its resource, which somebody should know."""
    client = healthy.sandbox.client("personalize")
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/search-ranking"
    client.tag_resource(
        resourceArn=arn, tags=[{"tagKey": "PersonalizeMonitor:MinTPS", "tagValue": "many"}]
    )
    try:
        found = the_wrong(healthy)["Tags of search-ranking"]
    finally:
        client.untag_resource(resourceArn=arn, tagKeys=["PersonalizeMonitor:MinTPS"])
    assert "'many'" in found.said


def test_11_a_missing_dashboard(healthy: DemoEnvironment) -> None:
    """Somebody deleted the dashboard: it is missed until it is built again."""
    client = healthy.sandbox.client("cloudwatch")
    client.delete_dashboards(DashboardNames=["Amazon-Personalize-Monitor"])
    try:
        assert "BuildPersonalizeMonitorDashboard" in the_wrong(healthy)["Dashboard"].cure
    finally:
        healthy.sandbox.invoke("DashboardFunction", {})


def test_12_a_monitor_that_stands_still(healthy: DemoEnvironment) -> None:
    """No datapoint for longer than it may take: the schedule, the log and concurrency are named."""
    healthy.sandbox.clock.advance(timedelta(hours=1))
    found = the_wrong(healthy)
    healthy.live(healthy.sandbox.now + timedelta(minutes=32))
    assert "schedule" in found["Cycles"].cure
    assert found["Metrics in us-east-1"].mark is Mark.WRONG
