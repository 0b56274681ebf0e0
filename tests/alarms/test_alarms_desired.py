"""What should exist: names, members, and when actions are to be enabled."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.alarms import Spec, desired, digest
from personalize_monitor.context.target import Deployment
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.settings import load

NOW = datetime(2026, 3, 2, 10, 0, tzinfo=UTC)
ACCOUNT = "123456789012"
DEPLOYMENT = Deployment("us-east-1", ACCOUNT, "aws", "monitor", "", "")
V2 = "arn:aws:personalize:::recipe/aws-user-personalization-v2"


def resource(kind: Kind = Kind.CAMPAIGN, name: str = "shoes", **more: Any) -> Resource:
    """An active resource, a month old, with a floor of 4."""
    created = more.pop("created", NOW - timedelta(days=30))
    given: dict[str, Any] = {
        "arn": Arn(f"arn:aws:personalize:eu-west-1:{ACCOUNT}:{kind}/{name}"),
        "name": name,
        "kind": kind,
        "status": "ACTIVE",
        "floor": 4,
        "created": created,
        "updated": created,
        "recipe_arn": V2,
    }
    return Resource(**{**given, **more})


def specs(*resources: Resource, **parameters: str) -> dict[str, Spec]:
    """The alarms that these resources should have."""
    return desired(resources, load(parameters), DEPLOYMENT, ACCOUNT, "eu-west-1", NOW)


def test_a_campaign_has_the_two_alarms_of_the_contract() -> None:
    """A campaign has a low-utilization and an idle alarm, with the members that users rely on."""
    found = specs(resource())
    low = found["PersonalizeMonitor-LowCampaignUtilization-shoes"]
    idle = found["PersonalizeMonitor-IdleCampaign-shoes"]
    arn = [{"Name": "CampaignArn", "Value": str(resource().arn)}]
    assert len(found) == 2
    assert low.rule == {
        "Namespace": "PersonalizeMonitor",
        "MetricName": "campaignUtilization",
        "Dimensions": arn,
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 12,
        "DatapointsToAlarm": 9,
        "Threshold": 100.0,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "missing",
    }
    assert idle.rule == {
        "Namespace": "AWS/Personalize",
        "MetricName": "GetRecommendations",
        "Dimensions": arn,
        "Statistic": "Sum",
        "Period": 3600,
        "EvaluationPeriods": 24,
        "DatapointsToAlarm": 24,
        "Threshold": 1.0,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "breaching",
    }


def test_a_recommender_has_alarms_of_its_own_name_and_dimension() -> None:
    """A campaign and a recommender of one name do not share an alarm."""
    found = specs(resource(), resource(Kind.RECOMMENDER))
    low = found["PersonalizeMonitor-LowRecommenderUtilization-shoes"]
    assert len(found) == 4
    assert "PersonalizeMonitor-IdleRecommender-shoes" in found
    assert low.rule["MetricName"] == "recommenderUtilization"
    assert low.rule["Dimensions"][0]["Name"] == "RecommenderArn"


@pytest.mark.parametrize(
    ("recipe", "metric"),
    [
        ("aws-personalized-ranking", "GetPersonalizedRanking"),
        ("aws-personalized-ranking-v2", "GetPersonalizedRanking"),
        ("aws-next-best-action", "GetActionRecommendations"),
        ("aws-sims", "GetRecommendations"),
    ],
)
def test_the_idle_alarm_watches_what_the_recipe_serves(recipe: str, metric: str) -> None:
    """A ranking campaign is not idle because nobody asks it for recommendations (B1)."""
    found = specs(resource(recipe_arn=f"arn:aws:personalize:::recipe/{recipe}"))
    assert found["PersonalizeMonitor-IdleCampaign-shoes"].rule["MetricName"] == metric


@pytest.mark.parametrize("recipe", [None, "arn:aws:personalize:::recipe/aws-of-tomorrow"])
def test_an_unknown_recipe_is_watched_in_all_request_metrics(recipe: str | None) -> None:
    """Without a known recipe every request metric is summed, so that traffic is never missed."""
    rule = specs(resource(recipe_arn=recipe))["PersonalizeMonitor-IdleCampaign-shoes"].rule
    watched = [
        part["MetricStat"]["Metric"]["MetricName"]
        for part in rule["Metrics"]
        if "MetricStat" in part
    ]
    assert watched == ["GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations"]
    assert [part["ReturnData"] for part in rule["Metrics"]].count(True) == 1
    assert "MetricName" not in rule


@given(st.integers(2, 48))
def test_every_threshold_gives_an_alarm_that_cloudwatch_allows(hours: int) -> None:
    """From 2 to 48 hours the periods stay below a week and add up to the threshold (B7)."""
    rule = specs(resource(), IdleCampaignThresholdHours=str(hours))[
        "PersonalizeMonitor-IdleCampaign-shoes"
    ].rule
    span = rule["Period"] * rule["EvaluationPeriods"]
    assert span == hours * 3600
    assert span <= (604_800 if rule["Period"] >= 3600 else 86_400)
    assert rule["DatapointsToAlarm"] == rule["EvaluationPeriods"]


@pytest.mark.parametrize(("age", "armed"), [(23.9, False), (24, True), (500, True)])
def test_the_idle_notice_waits_until_the_resource_is_old_enough(age: float, armed: bool) -> None:
    """A resource younger than the threshold cannot have been idle for so long."""
    found = specs(resource(created=NOW - timedelta(hours=age)))
    assert found["PersonalizeMonitor-IdleCampaign-shoes"].armed is armed


@pytest.mark.parametrize(("floor", "armed"), [(1, False), (2, True)])
def test_low_utilization_matters_only_above_the_lowest_floor(floor: int, armed: bool) -> None:
    """A floor of 1 cannot be lowered, so nobody is told that it is too high."""
    found = specs(resource(floor=floor))
    assert found["PersonalizeMonitor-LowCampaignUtilization-shoes"].armed is armed


@pytest.mark.parametrize(
    "status", ["CREATE IN_PROGRESS", "CREATE FAILED", "DELETE PENDING", "INACTIVE"]
)
def test_only_active_resources_have_alarms(status: str) -> None:
    """What does not serve needs no alarm."""
    assert specs(resource(status=status)) == {}


def test_kinds_of_alarms_follow_the_parameters() -> None:
    """Each kind of alarm is there when its parameter says Yes, and only then."""
    only_idle = specs(resource(), AutoCreateCampaignUtilizationAlarms="No")
    only_low = specs(resource(), AutoCreateIdleCampaignAlarms="No")
    with_errors = specs(resource(), AutoCreateErrorAlarms="Yes")
    assert list(only_idle) == ["PersonalizeMonitor-IdleCampaign-shoes"]
    assert list(only_low) == ["PersonalizeMonitor-LowCampaignUtilization-shoes"]
    client = with_errors["PersonalizeMonitor-CampaignClientErrors-shoes"]
    server = with_errors["PersonalizeMonitor-CampaignServerErrors-shoes"]
    assert client.rule["MetricName"] == "GetRecommendations4xxErrors"
    assert server.rule["MetricName"] == "GetRecommendations5xxErrors"
    assert "under-provisioned" in client.text
    assert client.rule["TreatMissingData"] == "notBreaching"


def test_only_selected_resources_have_alarms() -> None:
    """ARNs that narrow the selection narrow the alarms too."""
    hats = resource(name="hats")
    assert {
        spec.rule["Dimensions"][0]["Value"]
        for spec in specs(resource(), hats, CampaignARNs=str(hats.arn)).values()
    } == {str(hats.arn)}


def test_single_resources_may_have_their_own_idle_hours() -> None:
    """An idle threshold of its own replaces the parameter, for the alarm and for its maturity."""
    young = resource(created=NOW - timedelta(hours=30))
    found = desired(
        [young], load({}), DEPLOYMENT, ACCOUNT, "eu-west-1", NOW, idle_hours={young.arn: 36}
    )["PersonalizeMonitor-IdleCampaign-shoes"]
    assert found.rule["EvaluationPeriods"] == 36
    assert not found.armed


def test_alarms_of_a_region_go_to_the_topic_of_that_region() -> None:
    """CloudWatch refuses a topic of another region."""
    topic = f"arn:aws:sns:eu-west-1:{ACCOUNT}:PersonalizeMonitorNotifications"
    assert {spec.topic for spec in specs(resource()).values()} == {topic}


def test_a_long_name_still_fits() -> None:
    """The longest name that Personalize allows gives alarm names within 255 characters."""
    found = specs(resource(Kind.RECOMMENDER, name="x" * 63), AutoCreateErrorAlarms="Yes")
    assert max(map(len, found)) <= 255
    assert len(found) == 4


def test_the_digest_changes_with_what_matters_and_with_nothing_else() -> None:
    """Time that passes changes nothing; a floor of 1, a threshold, a resource more does."""
    before = digest(specs(resource(), resource(name="hats")))
    later = desired(
        [resource(name="hats"), resource()],
        load({}),
        DEPLOYMENT,
        ACCOUNT,
        "eu-west-1",
        NOW + timedelta(hours=5),
    )
    assert digest(later) == before
    assert digest(specs(resource())) != before
    assert digest(specs(resource(floor=1), resource(name="hats"))) != before
    assert digest(specs(resource(), resource(name="hats"), IdleCampaignThresholdHours="25")) != (
        before
    )
