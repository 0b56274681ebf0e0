"""Each row of the upgrade page: what the existing application left behind is taken over."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from tests.docs.book import DOCS, ROOT

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.traffic.shapes import Steady

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TEAM = "team@example.com"
ELSEWHERE = "ap-south-1"
THEIRS = "PersonalizeMonitor-IdleCampaign-theirs"
AWAY = "eu-west-1"
TOPIC = f"arn:aws:sns:{AWAY}:123456789012:PersonalizeMonitorNotifications"
PAGER = f"arn:aws:sns:{AWAY}:123456789012:pager"
BOARD = "Amazon-Personalize-Monitor"
NOTHING = json.dumps({"widgets": [{"type": "text", "properties": {"markdown": "as it was"}}]})


@dataclass
class Upgrade:
    """A deployment over the remains of the existing application."""

    box: Sandbox

    def alarms(self, region: str = AWAY) -> dict[str, dict[str, Any]]:
        """Alarms by name."""
        found = self.box.client("cloudwatch", region=region).describe_alarms()["MetricAlarms"]
        return {alarm["AlarmName"]: dict(alarm) for alarm in found}


def leave_remains(box: Sandbox) -> None:
    """What that application makes: alarms, a topic with a confirmed reader, a dashboard."""
    sns, cloudwatch = box.client("sns", region=AWAY), box.client("cloudwatch", region=AWAY)
    policy = {
        "Version": "2012-10-17",
        "Statement": [
            {
                "Sid": "TheirOwn",
                "Effect": "Allow",
                "Principal": {"Service": "cloudwatch.amazonaws.com"},
                "Action": "sns:Publish",
                "Resource": TOPIC,
            }
        ],
    }
    for name in ("PersonalizeMonitorNotifications", "pager"):
        sns.create_topic(Name=name)
    sns.set_topic_attributes(
        TopicArn=TOPIC, AttributeName="Policy", AttributeValue=json.dumps(policy)
    )
    sns.subscribe(TopicArn=TOPIC, Protocol="email", Endpoint=TEAM)
    box.confirm(TEAM)
    for name, actions in (("shoes", [TOPIC, PAGER]), ("gone", [TOPIC])):
        cloudwatch.put_metric_alarm(
            AlarmName=f"PersonalizeMonitor-IdleCampaign-{name}",
            Namespace="AWS/Personalize",
            MetricName="GetRecommendations",
            Dimensions=[
                {
                    "Name": "CampaignArn",
                    "Value": f"arn:aws:personalize:{AWAY}:123456789012:campaign/{name}",
                }
            ],
            Statistic="Sum",
            Period=3600 * 12,
            EvaluationPeriods=1,
            Threshold=1,
            ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching",
            AlarmActions=actions,
            Tags=[{"Key": "CreatedBy", "Value": "PersonalizeMonitor"}],
        )
    box.client("cloudwatch").put_dashboard(DashboardName=BOARD, DashboardBody=NOTHING)
    box.client("cloudwatch", region=ELSEWHERE).put_metric_alarm(
        AlarmName=THEIRS, Namespace="n", MetricName="m", Statistic="Sum", Period=60, Threshold=1,
        EvaluationPeriods=1, ComparisonOperator="LessThanThreshold",
        Tags=[{"Key": "CreatedBy", "Value": "PersonalizeMonitor"}],
    )  # fmt: skip


@pytest.fixture
def upgrade() -> Iterator[Upgrade]:
    """An hour after the new application was installed."""
    with Sandbox(START, seed=2) as box:
        fleet.add_campaign(box.world, "shoes", floor=3, region=AWAY, shape=Steady(4.0))
        leave_remains(box)
        box.deploy(
            ROOT / "template.yaml",
            {"Regions": f"us-east-1,{AWAY}", "NotificationEndpoint": TEAM, "DryRun": "Yes"},
        )
        box.run(until=box.now + timedelta(hours=1))
        yield Upgrade(box)


def test_alarms_are_taken_over(upgrade: Upgrade) -> None:
    """The alarm follows the parameters, is marked as ours, and keeps the actions people added."""
    alarm = upgrade.alarms()["PersonalizeMonitor-IdleCampaign-shoes"]
    assert (alarm["Period"], alarm["EvaluationPeriods"]) == (3600, 24)
    assert "owner=personalize-monitor/123456789012/us-east-1" in alarm["AlarmDescription"]
    assert sorted(alarm["AlarmActions"]) == sorted([TOPIC, PAGER])


def test_alarms_of_what_is_gone_are_deleted(upgrade: Upgrade) -> None:
    """An alarm without its campaign goes; each other resource has its two."""
    assert set(upgrade.alarms()) == {
        "PersonalizeMonitor-IdleCampaign-shoes",
        "PersonalizeMonitor-LowCampaignUtilization-shoes",
    }


def test_the_topic_is_used_as_it_is(upgrade: Upgrade) -> None:
    """Its policy and its reader stay, and the reader is not asked a second time."""
    sns = upgrade.box.client("sns", region=AWAY)
    policy = json.loads(sns.get_topic_attributes(TopicArn=TOPIC)["Attributes"]["Policy"])
    assert [statement["Sid"] for statement in policy["Statement"]] == ["TheirOwn"]
    subscribed = sns.list_subscriptions_by_topic(TopicArn=TOPIC)["Subscriptions"]
    assert [one["Endpoint"] for one in subscribed] == [TEAM]


def test_the_dashboard_is_replaced(upgrade: Upgrade) -> None:
    """There is one dashboard, and it is ours."""
    cloudwatch = upgrade.box.client("cloudwatch")
    names = [e["DashboardName"] for e in cloudwatch.list_dashboards()["DashboardEntries"]]
    assert names == [BOARD]
    body = cloudwatch.get_dashboard(DashboardName=BOARD)["DashboardBody"]
    assert "as it was" not in body
    assert "shoes" in body


def test_metrics_go_on_under_their_names(upgrade: Upgrade) -> None:
    """Graphs that people made of the old metrics have new datapoints."""
    metrics = upgrade.box.client("cloudwatch", region=AWAY).list_metrics(
        Namespace="PersonalizeMonitor"
    )["Metrics"]
    names = {one["MetricName"] for one in metrics}
    assert names - {"selfTest"} == {"averageTPS", "minProvisionedTPS", "campaignUtilization"}


def test_the_newer_names_of_parameters_are_understood(upgrade: Upgrade) -> None:
    """An event with the names of the later vocabulary is read as the same parameters."""
    ran = upgrade.box.invoke("MonitorFunction", {"IdleThresholdHours": 1, "AutoAdjustMinTPS": "No"})
    assert ran.error is not None
    assert "IdleCampaignThresholdHours is 1" in str(ran.error)


def test_a9_alarms_in_regions_that_are_not_watched_stay(upgrade: Upgrade) -> None:
    """Another installation of that application may live there; not even our uninstaller knows."""
    for event in ({"RequestType": "Update"}, {"RequestType": "Delete"}):
        assert upgrade.box.invoke("LifecycleFunction", event).ok
    found = upgrade.box.client("cloudwatch", region=ELSEWHERE).describe_alarms()["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == [THEIRS]


def test_the_page_promises_no_more() -> None:
    """Rows of the page: six that are tested here, and one about what is left alone."""
    page = (DOCS / "upgrade.md").read_text("utf-8")
    section = page.split("## What happens to what it left", 1)[1].split("\n## ", 1)[0]
    rows = [line for line in section.splitlines() if line.startswith("| ")][2:]
    assert len(rows) == 7
