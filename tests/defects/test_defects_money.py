"""Known defects of the existing application that cost data, service or money: B1 to B15.

Each test tells what must not happen again; the number is that of the list of known defects.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support import BEGIN, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.traffic.shapes import Abandoned, Replay, Steady
from personalize_monitor.functions import dashboard, delete, lifecycle, stop

Alarms = Callable[..., dict[str, dict[str, Any]]]
TEMPLATE = Path(__file__).parents[2] / "template.yaml"
DELETE = "DeletePersonalizeCampaign"
UPDATE = "UpdatePersonalizeCampaignMinProvisionedTPS"


@pytest.mark.parametrize("recipe", ["aws-personalized-ranking-v2", "aws-next-best-action"])
def test_b01_live_campaigns_of_new_recipes_are_not_idle(
    local: Local, alarms: Alarms, recipe: str
) -> None:
    """A live campaign of 50 TPS keeps its floor and its life, and its alarm the right metric."""
    member = fleet.add_campaign(
        local.world, "live", recipe=recipe, floor=50, shape=every_window(15_000)
    )
    local.env(AutoDeleteIdleCampaigns="Yes")
    summaries = [local.cycle(30) for _ in range(4)]
    assert local.sent() == []
    assert all(s["problems"] == [] for s in summaries)
    assert set(local.points("averageTPS", member.arn).values()) == {50.0}
    metric = json.dumps(alarms()["PersonalizeMonitor-IdleCampaign-live"], default=str)
    api = {"r": "GetPersonalizedRanking", "t": "GetActionRecommendations"}
    assert api["r" if "ranking" in recipe else "t"] in metric


@pytest.mark.parametrize("kind", ["InternalError", "PartialData", "Forbidden"])
@pytest.mark.parametrize("resource", ["campaign", "recommender"])
def test_b02_no_answer_is_not_no_request(local: Local, kind: str, resource: str) -> None:
    """Where CloudWatch gave no complete answer, nothing is deleted, stopped or lowered."""
    make = fleet.add_campaign if resource == "campaign" else fleet.add_recommender
    make(local.world, "one", floor=20, shape=every_window(1200))
    local.env(AutoDeleteIdleCampaigns="Yes", AutoStopIdleRecommenders="Yes")
    local.blind(kind)
    for _ in range(3):
        summary = local.cycle(30)
        assert summary["unknown"] == 1
        assert [d["held_by"] for d in summary["decisions"]] == ["unknown data"]
    assert local.sent() == []


@pytest.mark.parametrize("kind", ["campaign", "recommender"])
def test_b03_recently_updated_or_restarted_is_not_idle(local: Local, kind: str) -> None:
    """A campaign just updated and a recommender just started are left alone for the threshold."""
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    personalize = local.client("personalize")
    if kind == "campaign":
        member = fleet.add_campaign(local.world, "updated", floor=2)
        local.world.clock.advance(timedelta(hours=30))
        personalize.update_campaign(campaignArn=member.arn, minProvisionedTPS=1)
    else:
        member = fleet.add_recommender(local.world, "restarted")
        personalize.stop_recommender(recommenderArn=member.arn)
        local.world.clock.advance(timedelta(hours=30))
        personalize.start_recommender(recommenderArn=member.arn)
    local.env(AutoDeleteIdleCampaigns="Yes", AutoStopIdleRecommenders="Yes")
    asked = DELETE if kind == "campaign" else "StopPersonalizeRecommender"
    for _ in range(24):
        local.cycle(60)
        assert local.sent(asked) == []
    for _ in range(2):
        local.cycle(60)
    assert {e["ARN"] for e in local.sent(asked)} == {member.arn}


@pytest.mark.parametrize("off", ["No", "no", "false", "False", False, "0", 0])
def test_b04_no_means_no(local: Local, off: Any) -> None:
    """Any way of saying no in an event switches deletion off."""
    fleet.add_campaign(local.world, "idle")
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    local.env(AutoDeleteIdleCampaigns="Yes")
    local.at(local.now, AutoDeleteIdleCampaigns=off)
    assert local.sent(DELETE) == []
    local.cycle(60)
    assert len(local.sent(DELETE)) == 1


def test_b05_recommenders_alone_in_several_regions_have_their_dashboard(local: Local) -> None:
    """The first dashboard is built without any campaign, with each region's own dataset groups."""
    local.env(Regions="us-east-1,eu-west-1")
    here = fleet.add_recommender(local.world, "here", group="shop")
    there = fleet.add_recommender(local.world, "there", group="films", region="eu-west-1")
    event = {"RequestType": "Create", "time": local.now.isoformat()}
    assert lifecycle.handler(event, None)["Status"] == "SUCCESS"
    client = local.client("cloudwatch")
    body = client.get_dashboard(DashboardName="Amazon-Personalize-Monitor")["DashboardBody"]
    assert here.arn in body
    assert there.arn in body
    assert "shop" in body
    assert "films" in body
    assert not [c for c in local.world.gate.calls if c.error]
    fleet.add_campaign(local.world, "toys-top", group="toys")
    fleet.add_campaign(local.world, "series-top", group="series", region="eu-west-1")
    dashboard.handler({"time": local.now.isoformat()}, None)
    body = client.get_dashboard(DashboardName="Amazon-Personalize-Monitor")["DashboardBody"]
    assert "dataset-group/toys" in body or "toys " in body or "toys](" in body
    assert "dataset-group/series" in body or "series " in body or "series](" in body


def test_b06_acting_does_not_fail_after_acting(local: Local) -> None:
    """The executor returns after it deleted or stopped, alarms included, and acts just once."""
    campaign = fleet.add_campaign(local.world, "c")
    recommender = fleet.add_recommender(local.world, "r")
    local.at(local.now)
    for handler, member in ((delete.handler, campaign), (stop.handler, recommender)):
        event = {"id": f"e-{member.kind}", "detail": {"ARN": member.arn}}
        assert handler(event, None)["outcome"] == "done"
        assert handler(event, None)["outcome"] in {"gone", "no change needed"}
    assert len(local.calls("DeleteCampaign")) == len(local.calls("StopRecommender")) == 1
    assert len(local.sent("PersonalizeCampaignDeleted")) == 1
    assert len(local.sent("PersonalizeRecommenderStopped")) == 1


@pytest.mark.parametrize("hours", [2, 23, 24, 25, 36, 47, 48])
def test_b07_every_threshold_gives_a_valid_alarm(local: Local, alarms: Alarms, hours: int) -> None:
    """From 2 to 48 hours CloudWatch takes the idle alarm, and it means that many hours."""
    fleet.add_campaign(local.world, "c")
    local.env(IdleCampaignThresholdHours=str(hours))
    summary = local.at(local.now)
    assert summary["problems"] == []
    alarm = alarms()["PersonalizeMonitor-IdleCampaign-c"]
    period = alarm.get("Period") or next(
        m["MetricStat"]["Period"] for m in alarm["Metrics"] if "MetricStat" in m
    )
    assert period * alarm["EvaluationPeriods"] == hours * 3600


def test_b08_one_bad_resource_or_region_costs_nobody_else(local: Local) -> None:
    """A throttled describe, a refused solution and a dead region leave the others complete."""
    local.env(Regions="us-east-1,eu-west-1,us-west-2")
    good = [
        fleet.add_campaign(local.world, f"good-{n}", shape=every_window(30), region=region)
        for n, region in enumerate(("us-east-1", "eu-west-1"))
    ]
    bad = fleet.add_campaign(local.world, "bad", shape=every_window(30))
    fleet.add_campaign(local.world, "dead", region="us-west-2")
    local.fail(action="DescribeCampaign", resource=bad.arn, code="ThrottlingException")
    local.fail(action="List*", region="us-west-2", code="AccessDeniedException")
    local.fail(action="ListSolutions", region="eu-west-1", code="InternalServerError", status=500)
    summary = local.at(local.now)
    for member in good:
        found = local.points("averageTPS", member.arn, region=member.region)
        assert list(found.values()) == [0.1]
    text = " ".join(summary["problems"])
    assert bad.arn in text
    assert "us-west-2" in text


def test_b09_a_deletion_keeps_its_recipe_and_looks_again(local: Local) -> None:
    """There is a dry run, a tag against it, a grace, a last look, and the way back is recorded."""
    local.with_journal()
    local.env(AutoDeleteIdleCampaigns="Yes")
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    fleet.add_campaign(local.world, "kept", tags={"PersonalizeMonitor:Exempt": "yes"})
    member = fleet.add_campaign(local.world, "idle", floor=3)
    dry = local.at(local.now, DryRun="Yes")
    assert dry["decisions"][0]["action"] == "delete"
    assert local.sent() == []
    local.cycle(60)
    (asked,) = local.sent(DELETE)
    assert asked["ARN"] == member.arn
    local.world.metrics.count(member.arn, "GetRecommendations")
    local.world.clock.advance(timedelta(minutes=3))
    event = {"id": "e", "time": local.now.isoformat(), "detail": asked}
    assert delete.handler(event, None)["outcome"] == "no longer true"


def test_b10_destructive_functions_exist_only_when_wanted() -> None:
    """With the switches on No nobody can have anything deleted or stopped by an event."""
    from aws_sandbox.stack.template import load

    resources = load(TEMPLATE)["Resources"]
    conditions = {
        name: resource.get("Condition")
        for name, resource in resources.items()
        if resource["Type"] == "AWS::Serverless::Function"
    }
    assert conditions["DeleteFunction"]
    assert conditions["StopFunction"]
    may_delete = [
        name
        for name, resource in resources.items()
        if "personalize:DeleteCampaign" in json.dumps(resource)
    ]
    may_stop = [
        name
        for name, resource in resources.items()
        if "personalize:StopRecommender" in json.dumps(resource)
    ]
    assert (may_delete, may_stop) == (["DeleteFunctionRole"], ["StopFunctionRole"])
    assert resources["DeleteFunctionRole"]["Condition"] == conditions["DeleteFunction"]
    assert resources["StopFunctionRole"]["Condition"] == conditions["StopFunction"]


@pytest.mark.parametrize(
    ("floor", "requests", "to"),
    [(10, 2997, None), (2, 570, None), (100, 6000, 20), (40, 9000, 30), (10, 2400, 8)],
)
def test_b11_one_step_to_the_watermark_and_not_below(
    local: Local, floor: int, requests: int, to: int | None
) -> None:
    """The floor goes to the watermark rounded up, in one step, and never below it."""
    fleet.add_campaign(local.world, "c", floor=floor, shape=every_window(requests))
    local.at(local.now)
    assert [e["NewMinTPS"] for e in local.sent(UPDATE)] == ([] if to is None else [to])


def test_b12_quiet_hours_count_and_no_data_does_not(local: Local) -> None:
    """Hours that are known to be empty are hours of zero; hours that are not known are nothing."""
    begun = int(BEGIN.timestamp()) // 3600 * 3600 - 5 * 86400
    one_busy_hour = Replay(begun, (3000,) * 12)
    fleet.add_campaign(local.world, "wasted", floor=10, shape=one_busy_hour)
    local.at(local.now)
    assert [e["NewMinTPS"] for e in local.sent(UPDATE)] == [1]
    fleet.add_campaign(local.world, "unseen", floor=10, shape=one_busy_hour)
    local.blind("Forbidden")
    local.cycle(60)
    assert len(local.sent(UPDATE)) == 1


def test_b13_a_pre_warm_by_hand_is_respected(local: Local) -> None:
    """A floor that a person raised is left alone for a day, and then no longer."""
    local.with_journal()
    member = fleet.add_campaign(local.world, "c", floor=4, shape=every_window(1200))
    for _ in range(3):
        local.cycle()
    local.client("personalize").update_campaign(campaignArn=member.arn, minProvisionedTPS=100)
    for _ in range(22):
        summary = local.cycle(60)
    assert local.sent(UPDATE) == []
    assert summary["decisions"][0]["held_by"] == "changed by a person"
    for _ in range(3):
        local.cycle(60)
    assert {e["NewMinTPS"] for e in local.sent(UPDATE)} == {4}


def test_b14_actions_in_other_regions_are_announced_at_home(local: Local) -> None:
    """Requests and announcements go to the home bus, where the rules and the topic are."""
    local.env(Regions="us-east-1,eu-west-1", AutoDeleteIdleCampaigns="Yes")
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    member = fleet.add_campaign(local.world, "far", region="eu-west-1", floor=1)
    local.at(local.now)
    (asked,) = local.sent(DELETE)
    delete.handler({"id": "e", "time": local.now.isoformat(), "detail": asked}, None)
    assert {c.region for c in local.calls("PutEvents")} == {"us-east-1"}
    assert {c.region for c in local.calls("DeleteCampaign")} == {"eu-west-1"}
    assert local.sent("PersonalizeCampaignDeleted")[0]["ARN"] == member.arn


def test_b15_notices_do_not_hang_on_alarms() -> None:
    """Topic, rules and subscription are the template's own, also with all alarms switched off."""
    from aws_sandbox.stack.template import load

    resources = load(TEMPLATE)["Resources"]
    for name in ("NotificationTopic", "NotifyFunction", "NotifyFunctionRole"):
        assert "Condition" not in resources[name]
    assert resources["NotificationSubscription"]["Condition"] == "HasEndpoint"


def test_an_abandoned_campaign_is_found(local: Local) -> None:
    """Beside all that is left alone: what nobody has used for the threshold is asked to go."""
    until = BEGIN - timedelta(hours=30)
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    member = fleet.add_campaign(local.world, "gone", shape=Abandoned(Steady(2.0), until))
    local.at(local.now, AutoDeleteIdleCampaigns="Yes")
    assert [e["ARN"] for e in local.sent(DELETE)] == [member.arn]
    assert dashboard.handler({"time": local.now.isoformat()}, None)["problems"] == []
