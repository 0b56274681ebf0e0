"""Datapoints and requests as others receive them: units, timestamps, dimensions, details."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from tests.support import Local, every_window

from aws_sandbox import fleet


def published(local: Local) -> dict[tuple[str, str], Any]:
    """What the last cycle put, by metric and name of the dimension."""
    return {
        (datum["MetricName"], next((d["Name"] for d in datum.get("Dimensions", ())), "")): datum
        for call in local.calls("PutMetricData")
        for datum in call.params["MetricData"]
    }


def test_each_metric_has_its_unit_dimension_and_timestamp(local: Local) -> None:
    """Rates are Count/Second, utilization Percent, counts Count, all at the window's start."""
    fleet.add_campaign(local.world, "c", floor=2, shape=every_window(60))
    fleet.add_recommender(local.world, "r", floor=2, shape=every_window(60))
    local.at(local.now)
    found = published(local)
    assert {key: datum["Unit"] for key, datum in found.items()} == {
        ("monitoredCampaignCount", ""): "Count",
        ("monitoredResourceCount", ""): "Count",
        ("minProvisionedTPS", "CampaignArn"): "Count/Second",
        ("averageTPS", "CampaignArn"): "Count/Second",
        ("campaignUtilization", "CampaignArn"): "Percent",
        ("minRecommendationRequestsPerSecond", "RecommenderArn"): "Count/Second",
        ("averageRPS", "RecommenderArn"): "Count/Second",
        ("recommenderUtilization", "RecommenderArn"): "Percent",
    }
    starts = {round(float(datum["Timestamp"])) for datum in found.values()}
    assert starts == {int(local.window().timestamp())}
    assert {call.params["Namespace"] for call in local.calls("PutMetricData")} == {
        "PersonalizeMonitor"
    }


def test_the_request_for_a_lower_floor_carries_both_vocabularies(local: Local) -> None:
    """Names of the seed and of the later documentation stand side by side with the same values."""
    member = fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    local.at(local.now)
    (detail,) = local.sent("UpdatePersonalizeCampaignMinProvisionedTPS")
    assert detail["CampaignARN"] == detail["ARN"] == member.arn
    assert detail["MinProvisionedTPS"] == detail["NewMinTPS"] == 5
    assert detail["CurrentProvisionedTPS"] == detail["CurrentMinTPS"] == 20
    assert detail["CampaignUtilization"] == detail["Utilization"] == 25.0
    assert detail["CampaignAgeHours"] == detail["AgeHours"] == 720.0
    assert (detail["MinAverageTPS"], detail["MaxAverageTPS"]) == (5.0, 5.0)
    assert len(detail["Datapoints"]) == 24
    assert set(detail["Datapoints"][0]) == {"Timestamp", "Value"}
    assert detail["Reason"].endswith(".")
    entry = next(
        entry
        for call in local.calls("PutEvents")
        for entry in call.params["Entries"]
        if entry["DetailType"].startswith("UpdatePersonalizeCampaign")
    )
    assert entry["Source"] == "personalize.monitor"
    assert entry["Resources"] == [member.arn]


def test_the_request_to_delete_carries_its_measurements(local: Local) -> None:
    """The executor and other readers find what the deletion rests on."""
    member = fleet.add_campaign(local.world, "gone")
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    local.env(AutoDeleteIdleCampaigns="Yes", IdleCampaignThresholdHours="12")
    local.at(local.now)
    (detail,) = local.sent("DeletePersonalizeCampaign")
    assert detail["CampaignARN"] == detail["ARN"] == member.arn
    assert detail["IdleCampaignThresholdHours"] == detail["IdleThresholdHours"] == 12
    assert detail["TotalRequestsDuringIdleThresholdHours"] == 0
    assert detail["CampaignUtilization"] == 0.0
    assert detail["CampaignAgeHours"] == 720.0
    assert "12 hours" in detail["Reason"]


def test_a_resource_younger_than_a_day_keeps_its_floor(local: Local) -> None:
    """By default nothing is lowered in the first 24 hours."""
    fleet.add_campaign(local.world, "young", floor=50, age=timedelta(hours=23))
    summary = local.at(local.now)
    assert [d["held_by"] for d in summary["decisions"]] == ["young"]
    assert not local.sent()
