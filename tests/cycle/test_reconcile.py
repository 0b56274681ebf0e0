"""What follows the datapoints: alarms when something moved, the dashboard hourly, leftovers."""

from __future__ import annotations

import pytest
from tests.support import Local, every_window

from aws_sandbox import fleet
from personalize_monitor.cycle import reconcile


def test_alarms_are_looked_at_when_something_moved_and_hourly(local: Local) -> None:
    """A quiet fleet costs no DescribeAlarms but once an hour; a new campaign is seen at once.

    New alarms are looked at again in the next cycles, until CloudWatch has judged them.
    """
    fleet.add_campaign(local.world, "c")
    for _ in range(4):
        local.cycle()
    first = len(local.calls("DescribeAlarms"))
    for _ in range(6):
        local.cycle()
    assert len(local.calls("DescribeAlarms")) == first
    fleet.add_campaign(local.world, "new")
    assert local.cycle()["alarms"]["created"] == 2
    for _ in range(3):
        local.cycle()
    moved = len(local.calls("DescribeAlarms"))
    for _ in range(13):
        local.cycle()
    assert len(local.calls("DescribeAlarms")) == moved + 1


def test_alarms_wait_for_time_and_datapoints_do_not(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Without time for alarms the datapoints are complete, and the next cycle makes the alarms."""
    members = [fleet.add_campaign(local.world, f"c-{n}", floor=1) for n in range(30)]
    with monkeypatch.context() as hurry:
        hurry.setattr(reconcile, "_ALARM_SECONDS", 0.0)
        summary = local.at(local.now)
    assert summary["measured"] == 30
    assert summary["alarms"].get("created", 0) == 0
    assert any("alarms" in what for what in summary["unfinished"])
    assert local.cycle()["alarms"]["created"] == 2 * len(members)


def test_the_dashboard_is_rebuilt_hourly(local: Local) -> None:
    """Once early, then once in each hour, unless nothing of it changed."""
    fleet.add_campaign(local.world, "c", shape=every_window(30))
    for _ in range(2):
        local.cycle()
    assert len(local.calls("PutDashboard")) == 1
    for n in range(3):
        fleet.add_campaign(local.world, f"new-{n}")
        for _ in range(12):
            local.cycle()
    assert len(local.calls("PutDashboard")) == 4


def test_leftovers_in_other_regions_go_one_region_a_cycle(local: Local) -> None:
    """A region that is not watched any more is clean within the hour, and then left alone."""
    local.env(Regions="us-east-1,eu-central-1")
    fleet.add_campaign(local.world, "far", region="eu-central-1")
    local.at(local.now)
    local.env(Regions="us-east-1")
    local.sweeping = True
    for _ in range(12):
        local.cycle()
    client = local.client("cloudwatch", "eu-central-1")
    assert client.describe_alarms()["MetricAlarms"] == []
    swept = [c for c in local.calls("DescribeAlarms") if c.region != "us-east-1"]
    for _ in range(24):
        local.cycle()
    again = [c for c in local.calls("DescribeAlarms") if c.region != "us-east-1"]
    assert len(again) - len(swept) <= 1


def test_the_alarms_of_other_regions_find_their_topic(local: Local) -> None:
    """Alarm and OK actions name a topic of the alarm's own region, and it exists."""
    local.env(Regions="us-east-1,eu-west-1")
    for region in ("us-east-1", "eu-west-1"):
        fleet.add_campaign(local.world, "c", region=region)
    local.at(local.now)
    for region in ("us-east-1", "eu-west-1"):
        for alarm in local.client("cloudwatch", region).describe_alarms()["MetricAlarms"]:
            for action in (*alarm["AlarmActions"], *alarm["OKActions"]):
                assert action.split(":")[3] == region
    (topic,) = local.client("sns", "eu-west-1").list_topics()["Topics"]
    assert topic["TopicArn"].endswith(":PersonalizeMonitorNotifications")
