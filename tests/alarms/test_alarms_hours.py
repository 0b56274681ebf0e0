"""Alarms agree with what a person wants (P11) and with what right-sizing finds (D6)."""

from __future__ import annotations

from typing import Any

import pytest
from tests.support import HOME, Local, every_window

from aws_sandbox import fleet
from personalize_monitor.contract import IDLE_HOURS_TAG
from personalize_monitor.functions import runtime


def tag(local: Local, arn: str, hours: str) -> None:
    """A person's wish."""
    local.client("personalize").tag_resource(
        resourceArn=arn, tags=[{"tagKey": IDLE_HOURS_TAG, "tagValue": hours}]
    )


def idle_alarm(local: Local, name: str) -> dict[str, Any]:
    """The idle alarm of a campaign."""
    names = [f"PersonalizeMonitor-IdleCampaign-{name}"]
    (found,) = local.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return dict(found)


@pytest.mark.parametrize(("hours", "periods"), [("2", 2), ("168", 168), ("169", 168), ("336", 168)])
def test_p11_the_idle_alarm_waits_as_long_as_the_tag_says(
    local: Local, hours: str, periods: int
) -> None:
    """A week is the longest that CloudWatch looks back; beyond it the text says what holds."""
    member = fleet.add_campaign(local.world, "a", floor=1)
    tag(local, member.arn, hours)
    assert local.cycle()["problems"] == []
    found = idle_alarm(local, "a")
    assert (found["EvaluationPeriods"], found["DatapointsToAlarm"]) == (periods, periods)
    assert found["Period"] * found["EvaluationPeriods"] <= 604_800
    assert "by its tag PersonalizeMonitor:IdleHours" in found["AlarmDescription"]
    assert (f"asks for {hours}" in found["AlarmDescription"]) is (periods < int(hours))


def test_p11_the_alarm_follows_a_tag_that_changes_and_goes(local: Local) -> None:
    """Within the hour, also for a resource that is busy again; without it the parameter counts."""
    member = fleet.add_campaign(local.world, "a", floor=1)
    local.cycle()
    assert idle_alarm(local, "a")["EvaluationPeriods"] == 24
    for hours in ("100", "30"):
        tag(local, member.arn, hours)
        for _ in range(13):
            local.cycle()
        assert idle_alarm(local, "a")["EvaluationPeriods"] == int(hours)
    local.client("personalize").untag_resource(resourceArn=member.arn, tagKeys=[IDLE_HOURS_TAG])
    for _ in range(13):
        local.cycle()
    assert idle_alarm(local, "a")["EvaluationPeriods"] == 24


def test_p11_a_cold_start_leaves_a_tagged_alarm_as_it_is(local: Local) -> None:
    """What is not known yet is not the parameter's: the alarm does not go to and fro."""
    member = fleet.add_campaign(local.world, "a", floor=1, shape=every_window(300))
    tag(local, member.arn, "100")
    for _ in range(13):
        local.cycle()
    assert idle_alarm(local, "a")["EvaluationPeriods"] == 100
    before = len(local.calls("PutMetricAlarm"))
    for _ in range(3):
        runtime.forget()
        for _ in range(13):
            local.cycle()
    assert len(local.calls("PutMetricAlarm")) == before
    assert idle_alarm(local, "a")["EvaluationPeriods"] == 100


def test_p11_busy_resources_without_a_tag_are_asked_once_a_day(local: Local) -> None:
    """An alarm that cannot fire needs no fresh tag; silent ones are asked once an hour."""
    for number in range(6):
        fleet.add_campaign(local.world, f"busy-{number}", floor=1, shape=every_window(300))
    fleet.add_campaign(local.world, "silent", floor=1)
    for _ in range(12):
        local.cycle()
    asked = len(local.calls("ListTagsForResource"))
    for _ in range(24):
        local.cycle()
    assert len(local.calls("ListTagsForResource")) - asked == 2
    assert asked in {7, 8}  # the silent one twice, when its slot comes between


def test_p11_tags_that_cannot_be_read_are_one_sentence_for_a_place(local: Local) -> None:
    """And the alarms are made by the parameter."""
    for number in range(5):
        fleet.add_campaign(local.world, f"a-{number}", floor=1)
    local.fail(action="ListTagsForResource", code="AccessDeniedException", region=HOME)
    summary = local.cycle()
    assert [p.startswith("Their idle alarms") for p in summary["problems"]] == [True]
    assert idle_alarm(local, "a-0")["EvaluationPeriods"] == 24


def low_alarm(local: Local, name: str) -> tuple[bool, float]:
    """Whether the alarm on low utilization of a campaign speaks, and its threshold."""
    names = [f"PersonalizeMonitor-LowCampaignUtilization-{name}"]
    (found,) = local.client("cloudwatch").describe_alarms(AlarmNames=names)["MetricAlarms"]
    return found["ActionsEnabled"], found["Threshold"]


def test_d6_a_floor_where_it_belongs_raises_no_alarm(local: Local) -> None:
    """At its low watermark nothing can be lowered; with a floor too high the alarm speaks."""
    fleet.add_campaign(local.world, "right", floor=3, shape=every_window(3 * 300))
    fleet.add_campaign(local.world, "high", floor=9, shape=every_window(3 * 300))
    local.env(DryRun="Yes")
    local.cycle()
    local.cycle()
    assert (low_alarm(local, "right"), low_alarm(local, "high")) == ((False, 100), (True, 100))
    before = len(local.calls("PutMetricAlarm"))
    for _ in range(3):
        runtime.forget()  # what is not known yet changes nothing
        for _ in range(3):
            local.cycle()
    assert len(local.calls("PutMetricAlarm")) == before


@pytest.mark.parametrize(
    "parameters",
    [
        {"DryRun": "Yes"},
        {"DryRun": "Yes", "RightSizingMode": "follow"},
        {"AutoAdjustCampaignMinProvisionedTPS": "No"},
    ],
)
def test_d6_in_no_mode_what_a_person_holds_is_told(
    local: Local, parameters: dict[str, str]
) -> None:
    """Held, exempt, bounded and right floors are silent; what could be lowered is told."""
    tags = {
        "held": {"PersonalizeMonitor:HoldUntil": "2026-03-09T00:00:00Z"},
        "exempt": {"PersonalizeMonitor:Exempt": "yes"},
        "bounded": {"PersonalizeMonitor:MinTPS": "9"},
    }
    for name, overrides in tags.items():
        fleet.add_campaign(local.world, name, floor=9, shape=every_window(900), tags=overrides)
    fleet.add_campaign(local.world, "right", floor=3, shape=every_window(900))
    fleet.add_campaign(local.world, "high", floor=9, shape=every_window(900))
    local.env(**parameters)
    local.cycle()
    local.cycle()
    loud = {name for name in (*tags, "right", "high") if low_alarm(local, name)[0]}
    assert loud == {"high"}
    assert local.sent("UpdatePersonalizeCampaignMinProvisionedTPS") == []
