"""Known defects of the existing application that cost service, notices or trust: B16 to B40."""

from __future__ import annotations

import json
from collections.abc import Callable
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support import ACCOUNT, HOME, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.stack.template import load
from aws_sandbox.traffic.shapes import Steady
from personalize_monitor.errors import InvalidRequest, SettingsError
from personalize_monitor.functions import lifecycle, update
from personalize_monitor.settings import load as read

Alarms = Callable[..., dict[str, dict[str, Any]]]
ROOT = Path(__file__).parents[2]
LOW = "PersonalizeMonitor-LowCampaignUtilization-c"
IDLE = "PersonalizeMonitor-IdleCampaign-c"
UPDATE = "UpdatePersonalizeCampaignMinProvisionedTPS"


def resources() -> dict[str, Any]:
    """The template's resources."""
    return dict(load(ROOT / "template.yaml")["Resources"])


def test_b16_a_pending_subscription_stops_nothing(local: Local) -> None:
    """An address that has not been confirmed costs no datapoint, and is not asked again."""
    local.env(Regions="us-east-1,eu-west-1", NotificationEndpoint="team@example.com")
    member = fleet.add_campaign(local.world, "c", region="eu-west-1", shape=every_window(30))
    for _ in range(3):
        local.env(NotificationEndpoint="team@example.com")  # a cold start
        summary = local.cycle()
        assert summary["problems"] == []
    assert len(local.points("averageTPS", member.arn, region="eu-west-1")) == 3
    assert len(local.calls("Subscribe")) == 1


def test_b17_parameters_of_an_event_are_typed(local: Local) -> None:
    """False, 0 and "12" mean what they say; nonsense is refused before anything happens."""
    local.env(AutoDeleteIdleCampaigns="Yes", RespectManualHours="24")
    fleet.add_campaign(local.world, "c", floor=4)
    fleet.add_campaign(local.world, "busy", floor=4, shape=every_window(1200))
    local.at(local.now, AutoDeleteIdleCampaigns=False, AutoAdjustCampaignMinProvisionedTPS=0)
    assert local.sent() == []
    local.at(local.now, IdleCampaignThresholdHours="12", IdleGraceHours=0)
    (asked,) = local.sent("DeletePersonalizeCampaign")
    assert asked["IdleCampaignThresholdHours"] == 12
    with pytest.raises(SettingsError, match="IdleCampaignThresholdHours"):
        local.cycle(IdleCampaignThresholdHours="a day")


def test_b18_alarms_follow_the_parameters(local: Local, alarms: Alarms) -> None:
    """Another threshold changes the alarm that is there; a switched-off kind disappears."""
    fleet.add_campaign(local.world, "c", floor=4)
    local.at(local.now)
    assert alarms()[LOW]["Threshold"] == 100
    local.env(CampaignThresholdAlarmLowerBound="60", IdleCampaignThresholdHours="6")
    local.cycle()
    found = alarms()
    assert found[LOW]["Threshold"] == 60
    assert "6 hours" in found[IDLE]["AlarmDescription"]
    local.cycle(CampaignThresholdAlarmLowerBound=70)  # for what that run decides, not for alarms
    assert alarms()[LOW]["Threshold"] == 60
    local.env(AutoCreateIdleCampaignAlarms="No")
    local.cycle()
    assert set(alarms()) == {LOW}


def test_b19_a_persons_muting_is_respected(local: Local, alarms: Alarms) -> None:
    """An alarm whose actions somebody disabled stays silent, and the summary says so."""
    fleet.add_campaign(local.world, "c", floor=4)
    local.at(local.now)
    assert alarms()[LOW]["ActionsEnabled"]
    local.client("cloudwatch").disable_alarm_actions(AlarmNames=[LOW])
    summaries = [local.cycle(20) for _ in range(8)]
    assert not alarms()[LOW]["ActionsEnabled"]
    assert any(any(LOW in muted for muted in s["muted_alarms"]) for s in summaries)


def test_b20_abandoned_since_birth_is_noticed(local: Local, alarms: Alarms) -> None:
    """An alarm that is in ALARM already when its actions are switched on is made to fire anew."""
    from aws_sandbox import cloudwatch

    mails: list[str] = []
    cloudwatch.set_publisher(lambda topic, title, text: mails.append(title))
    try:
        fleet.add_campaign(local.world, "c", floor=1, age=timedelta(minutes=30))
        for _ in range(64):
            local.cycle(30)
            cloudwatch.evaluate(local.now)
    finally:
        cloudwatch.set_publisher(None)
    assert alarms()[IDLE]["ActionsEnabled"]
    assert [title for title in mails if IDLE in title]


@pytest.mark.parametrize("value", ["5", 100_000, 0, -3, 2.5, True])
def test_b21_a_floor_is_checked_before_anything(local: Local, value: Any) -> None:
    """What is not a whole number from 1 to 10,000 is refused; a Reason is optional."""
    member = fleet.add_campaign(local.world, "c", floor=10)
    with pytest.raises(InvalidRequest, match="1 to 10000"):
        update.handler({"detail": {"ARN": member.arn, "NewMinTPS": value}}, None)
    late = {"ARN": member.arn, "NewMinTPS": 9, "CurrentMinTPS": 40}
    assert update.handler({"id": "e", "detail": late}, None)["outcome"] == "no longer true"
    fine = {"ARN": member.arn, "NewMinTPS": 9}
    assert update.handler({"id": "f", "detail": fine}, None)["outcome"] == "done"


def test_b22_a_recommenders_configuration_survives(local: Local) -> None:
    """Nothing but the floor changes, and only of an ACTIVE recommender."""
    config = {"enableMetadataWithRecommendations": True}
    member = fleet.add_recommender(local.world, "r", floor=9, config=config)
    request = {"id": "e", "detail": {"ARN": member.arn, "NewMinTPS": 2}}
    assert update.handler(request, None)["outcome"] == "done"
    (call,) = local.calls("UpdateRecommender")
    assert call.params["recommenderConfig"] == {**config, "minRecommendationRequestsPerSecond": 2}
    local.world.clock.advance(timedelta(hours=1))
    local.client("personalize").stop_recommender(recommenderArn=member.arn)
    local.world.clock.advance(timedelta(hours=1))
    again = {"id": "f", "detail": {"ARN": member.arn, "NewMinTPS": 5}}
    assert update.handler(again, None)["outcome"] == "no change needed"
    assert len(local.calls("UpdateRecommender")) == 1


def test_b23_uninstall_removes_everything_everywhere(local: Local, alarms: Alarms) -> None:
    """130 alarms, topics and dashboards of two regions go, also when no resource is left."""
    local.env(Regions="us-east-1,eu-west-1")
    members = [fleet.add_campaign(local.world, f"c{n}") for n in range(65)]
    members.append(fleet.add_campaign(local.world, "far", region="eu-west-1"))
    local.at(local.now)
    local.cycle()
    lifecycle.handler({"RequestType": "Create", "time": local.now.isoformat()}, None)
    assert len(alarms()) == 130
    for member in members:
        local.client("personalize", member.region).delete_campaign(campaignArn=member.arn)
    local.world.clock.advance(timedelta(hours=1))
    answer = lifecycle.handler({"RequestType": "Delete", "time": local.now.isoformat()}, None)
    assert answer["Status"] == "SUCCESS"
    for region in ("us-east-1", "eu-west-1"):
        assert alarms(region) == {}
    assert local.client("sns", "eu-west-1").list_topics()["Topics"] == []
    assert local.client("cloudwatch").list_dashboards()["DashboardEntries"] == []


def test_b24_a_region_that_is_no_longer_watched_is_left_clean(local: Local, alarms: Alarms) -> None:
    """`all` is a list of real regions, and what was made where nobody looks any more goes."""
    assert "all" not in read({"Regions": "all"}).regions_to_watch(HOME)
    local.env(Regions="us-east-1,eu-west-1")
    fleet.add_campaign(local.world, "far", region="eu-west-1")
    fleet.add_campaign(local.world, "c")
    local.at(local.now)
    assert alarms("eu-west-1")
    local.env(Regions="us-east-1")
    local.sweeping = True
    for _ in range(12):  # one region a cycle, so all of them within an hour
        local.cycle()
    assert alarms("eu-west-1") == {}
    assert local.client("sns", "eu-west-1").list_topics()["Topics"] == []
    assert set(alarms()) == {LOW, IDLE}


def test_b25_alarms_go_with_resources_that_others_delete(local: Local, alarms: Alarms) -> None:
    """A campaign deleted in the console takes its alarms with it at the next cycle."""
    member = fleet.add_campaign(local.world, "c")
    fleet.add_campaign(local.world, "other")
    local.at(local.now)
    local.client("personalize").delete_campaign(campaignArn=member.arn)
    local.cycle(20)
    assert not [name for name in alarms() if name.endswith("-c")]
    assert len(alarms()) == 2


@pytest.mark.parametrize("code", ["AccessDeniedException", "UnrecognizedClientException"])
def test_b26_a_refused_region_is_a_problem_and_nothing_more(local: Local, code: str) -> None:
    """Another region's refusal costs no datapoint and no alarm here."""
    local.env(Regions="us-east-1,eu-west-1")
    member = fleet.add_campaign(local.world, "c", shape=every_window(30))
    local.fail(region="eu-west-1", code=code)
    summary = local.at(local.now)
    assert list(local.points("averageTPS", member.arn).values()) == [0.1]
    assert any("eu-west-1" in problem and code in problem for problem in summary["problems"])


def test_b27_a_late_schedule_skips_no_hour(local: Local) -> None:
    """Whenever the cycle runs, each resource is decided about once in every hour."""
    arns = {fleet.add_campaign(local.world, f"c{n}", floor=1).arn for n in range(6)}
    local.at(local.now)
    seen: list[str] = []
    for minutes in (7, 23, 5, 5, 14, 31, 5, 2, 28):  # two hours, badly kept
        seen += [d["arn"] for d in local.cycle(minutes)["decisions"]]
    assert {arn: seen.count(arn) for arn in arns} == dict.fromkeys(arns, 2)


def test_b28_a_datapoint_is_stamped_with_its_window_and_zero_is_said(local: Local) -> None:
    """The window has had time to arrive, carries its own start, and an idle one has a zero."""
    live = fleet.add_campaign(local.world, "live", shape=Steady(0.5, noise=0.0))
    idle = fleet.add_campaign(local.world, "idle")
    for _ in range(3):
        local.cycle()
    for member, value in ((live, 0.5), (idle, 0.0)):
        points = local.points("averageTPS", member.arn)
        assert set(points.values()) == {value}
        last = max(points)
        assert (last.minute % 5, last.second) == (0, 0)
        assert timedelta(minutes=10) <= local.now - last < timedelta(minutes=15)


@pytest.mark.parametrize(("minutes_before", "kept"), [(1, True), (1440, True), (1441, False)])
def test_b29_the_idle_window_has_exact_ends(local: Local, minutes_before: int, kept: bool) -> None:
    """A request in the first or last minute of the threshold's hours counts, one before not."""
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    member = fleet.add_campaign(local.world, "c")
    end = local.window() + timedelta(minutes=5)
    moment = end - timedelta(minutes=minutes_before)
    start = datetime.fromtimestamp(0, moment.tzinfo)
    minute = int((moment - start).total_seconds()) // 60
    local.world.metrics.count(member.arn, "GetRecommendations")
    counted = local.world.metrics._calls[member.arn, "GetRecommendations"]
    counted.clear()
    counted[minute] = 1
    local.at(local.now, AutoDeleteIdleCampaigns="Yes")
    assert (local.sent("DeletePersonalizeCampaign") == []) is kept


def test_b30_many_queries_in_few_calls(local: Local) -> None:
    """A fleet of 60 costs one list each, one question and one PutMetricData per region."""
    fleet.build(local.world, 60, recommender_every=4)
    local.env(
        AutoCreateCampaignUtilizationAlarms="No",
        AutoCreateIdleCampaignAlarms="No",
        AutoAdjustCampaignMinProvisionedTPS="No",
    )
    local.at(local.now)
    local.cycle()  # the dashboard
    summary = local.cycle()
    assert summary["measured"] == summary["resources"] > 25
    calls = summary["calls"]
    assert (calls["cloudwatch:GetMetricData"], calls["cloudwatch:PutMetricData"]) == (1, 2)
    assert sum(calls.values()) <= 12


def test_b31_errors_can_be_alarmed(local: Local, alarms: Alarms) -> None:
    """Throttling and failures, the signs of too little capacity, have alarms when wanted."""
    fleet.add_campaign(local.world, "c")
    local.env(AutoCreateErrorAlarms="Yes")
    local.at(local.now)
    names = set(alarms())
    assert {
        "PersonalizeMonitor-CampaignClientErrors-c",
        "PersonalizeMonitor-CampaignServerErrors-c",
    } <= names


def test_b32_two_deployments_do_not_fight(local: Local, alarms: Alarms) -> None:
    """Uninstalling one deployment leaves the other's alarms alone."""
    fleet.add_campaign(local.world, "c", region="eu-west-1")
    local.env(Regions="eu-west-1", STACK_NAME="first")
    local.at(local.now)
    before = alarms("eu-west-1")
    assert before
    local.env(STACK_NAME="second", Regions="us-east-1")
    lifecycle.handler({"RequestType": "Delete", "time": local.now.isoformat()}, None)
    assert set(alarms("eu-west-1")) == set(before)


def test_b33_a_users_topic_policy_is_kept(local: Local) -> None:
    """The topic's policy is limited to this account when it is made, and never overwritten."""
    local.env(Regions="us-east-1,eu-west-1")
    fleet.add_campaign(local.world, "c", region="eu-west-1")
    local.at(local.now)
    sns = local.client("sns", "eu-west-1")
    arn = f"arn:aws:sns:eu-west-1:{ACCOUNT}:PersonalizeMonitorNotifications"
    policy = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    alarm = next(s for s in policy["Statement"] if "cloudwatch" in json.dumps(s["Principal"]))
    assert alarm["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}
    mine = {"Version": "2012-10-17", "Statement": policy["Statement"][:1]}
    sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=json.dumps(mine))
    local.env()
    local.cycle(65)
    after = json.loads(sns.get_topic_attributes(TopicArn=arn)["Attributes"]["Policy"])
    assert after == mine


def test_b34_least_privilege_and_a_watched_watcher() -> None:
    """Wildcards only where AWS knows nothing else; dead letters, retries and self-alarms exist."""
    unavoidable = {
        "personalize:ListCampaigns",
        "personalize:ListDatasetGroups",
        "personalize:ListRecommenders",
        "personalize:ListSolutions",
        "personalize:ListTagsForResource",
        "personalize:TagResource",
        "cloudwatch:GetMetricData",
        "cloudwatch:PutMetricData",
        "cloudwatch:DescribeAlarms",
        "cloudwatch:ListDashboards",
        "sns:Unsubscribe",
    }
    functions = {
        name: r["Properties"]
        for name, r in resources().items()
        if r["Type"] == "AWS::Serverless::Function"
    }
    for name, function in functions.items():
        role = resources()[function["Role"]["Fn::GetAtt"][0]]["Properties"]
        assert "ManagedPolicyArns" not in role, name
        for policy in role["Policies"]:
            for statement in policy["PolicyDocument"]["Statement"]:
                actions = statement["Action"]
                actions = [actions] if isinstance(actions, str) else actions
                assert not [a for a in actions if a.endswith("*")], name
                if statement["Resource"] == "*":
                    assert set(actions) <= unavoidable, name
        if name != "LifecycleFunction":
            assert function["EventInvokeConfig"]["DestinationConfig"]["OnFailure"]
    alarms = {n for n, r in resources().items() if r["Type"] == "AWS::CloudWatch::Alarm"}
    assert {"MonitorErrors", "MonitorMissed", "MonitorOverrun", "DeadLettersArrived"} <= alarms
    assert "arn:aws:" not in (ROOT / "template.yaml").read_text().replace(
        "arn:aws:iam::", ""
    ).replace('Split ["arn:aws:personalize:"', "").replace("Default: arn:aws:", "")


def test_b35_an_event_is_small_and_a_lost_one_is_found(local: Local) -> None:
    """The evidence is a day of hours, and an entry that a 200 hides as failed is sent again."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    local.at(local.now)
    (detail,) = local.sent(UPDATE)
    assert len(json.dumps(detail)) < 4000


def test_b36_rules_are_the_templates_own() -> None:
    """No rule is made at run time, so none can be left half made."""
    source = "".join(p.read_text() for p in (ROOT / "src").rglob("*.py"))
    assert "put_rule" not in source
    assert "put_targets" not in source


def test_b37_kinds_can_be_left_out_and_resources_exempted(local: Local) -> None:
    """`none` watches nothing of a kind, and tags set a resource's own threshold or exempt it."""
    campaign = fleet.add_campaign(local.world, "c", tags={"PersonalizeMonitor:IdleHours": "240"})
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    fleet.add_recommender(local.world, "r")
    local.env(RecommenderARNs="none", AutoDeleteIdleCampaigns="Yes")
    assert local.at(local.now)["resources"] == 2
    (detail,) = local.sent("DeletePersonalizeCampaign")
    assert (detail["ARN"], detail["IdleThresholdHours"]) == (campaign.arn, 240)


def test_b38_the_dashboard_keeps_its_limits(local: Local) -> None:
    """No graph has over 500 metrics, no dashboard over 2,500 or over 500 widgets."""
    fleet.build(local.world, 40)
    lifecycle.handler({"RequestType": "Create", "time": local.now.isoformat()}, None)
    client = local.client("cloudwatch")
    body = json.loads(
        client.get_dashboard(DashboardName="Amazon-Personalize-Monitor")["DashboardBody"]
    )
    sizes = [len(w["properties"].get("metrics", ())) for w in body["widgets"]]
    assert max(sizes) <= 500
    assert sum(sizes) <= 2500
    assert len(sizes) <= 500
    assert any(w["type"] == "alarm" for w in body["widgets"])


def test_b39_a_dry_run_changes_nothing(local: Local) -> None:
    """Right-sizing can be looked at before it is allowed: decisions, but no request."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    summary = local.at(local.now, DryRun="Yes")
    assert [(d["action"], d["to_floor"]) for d in summary["decisions"]] == [("set-floor", 5)]
    assert (summary["dry_run"], summary["requests_sent"], local.sent()) == (True, 0, [])


def test_b40_the_log_is_one_json_object_a_cycle(local: Local, caplog: Any) -> None:
    """The summary is logged once, as data, and not with each event."""
    fleet.add_campaign(local.world, "c")
    caplog.set_level("INFO", logger="personalize_monitor")
    summary = local.at(local.now)
    logged = [r.__dict__["summary"] for r in caplog.records if r.message == "cycle"]
    assert logged == [summary]
