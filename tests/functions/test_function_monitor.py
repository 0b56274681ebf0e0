"""The monitor function in the sandbox: exact datapoints for known traffic, and what is left out."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from tests.support import ACCOUNT, HOME, Local, every_window

from personalize_monitor.errors import Blind, InvalidRequest
from personalize_monitor.functions import dashboard, runtime

from personalize_monitor.model.recipe import RECIPES
from personalize_monitor.sandbox import fleet
from personalize_monitor.sandbox.personalize.recipes import ALL
from personalize_monitor.sandbox.personalize.responses import store_of
from personalize_monitor.sandbox.traffic.shapes import BusinessHours, Steady

CUSTOM = [r.name for r in ALL.values() if r.api and r.domain is None]
DOMAIN = [r.name for r in ALL.values() if r.domain is not None]


def test_every_recipe_of_a_campaign_is_measured_exactly(local: Local) -> None:
    """AverageTPS is requests / 300 and utilization its share of the floor, whatever the recipe."""
    expected = {}
    for nth, recipe in enumerate(CUSTOM):
        requests = 37 + 11 * nth
        member = fleet.add_campaign(
            local.world, f"c-{nth}", recipe=recipe, floor=nth + 1, shape=every_window(requests)
        )
        expected[member.arn] = (requests, nth + 1)
    summary = local.at(local.now)
    at = local.window()
    assert summary["window"] == at.isoformat()
    assert (summary["measured"], summary["unknown"], summary["problems"]) == (len(CUSTOM), 0, [])
    for arn, (requests, floor) in expected.items():
        assert local.points("averageTPS", arn) == {at: requests / 300}
        assert local.points("minProvisionedTPS", arn) == {at: float(floor)}
        found = local.points("campaignUtilization", arn)
        assert found == {at: pytest.approx(requests / 300 / floor * 100, abs=1e-9)}


def test_every_recipe_of_a_recommender_is_measured_exactly(local: Local) -> None:
    """Recommenders have the same three metrics under their own names."""
    expected = {}
    for nth, recipe in enumerate(DOMAIN):
        member = fleet.add_recommender(
            local.world,
            f"r-{nth}",
            recipe=recipe,
            floor=nth + 1,
            shape=every_window(90 + nth),
            group=recipe.split("-")[1],
        )
        expected[member.arn] = (90 + nth, nth + 1)
    local.at(local.now)
    at = local.window()
    for arn, (requests, floor) in expected.items():
        assert local.points("averageRPS", arn) == {at: requests / 300}
        assert local.points("minRecommendationRequestsPerSecond", arn) == {at: float(floor)}
        found = local.points("recommenderUtilization", arn)
        assert found == {at: pytest.approx(requests / 300 / floor * 100, abs=1e-9)}


def test_our_recipes_are_the_recipes_that_serve(local: Local) -> None:
    """We know each real-time recipe of the service, with the API that the service gives it."""
    assert {r.name: r.api for r in ALL.values() if r.api} == {
        name: str(recipe.api) for name, recipe in RECIPES.items()
    }


@pytest.mark.parametrize("api", ["GetRecommendations", "GetActionRecommendations"])
def test_an_unknown_recipe_is_measured_on_all_request_metrics(local: Local, api: str) -> None:
    """A recipe that nobody knows yet is measured on whichever metric its requests appear."""
    member = fleet.add_campaign(local.world, "new", floor=2, shape=every_window(150))
    store = store_of(ACCOUNT, "us-east-1")
    for solution in store.solutions.values():
        solution.recipe_arn = "arn:aws:personalize:::recipe/aws-of-next-year"
    store.campaigns[member.arn].serving.api = api
    local.at(local.now)
    assert local.points("averageTPS", member.arn) == {local.window(): 0.5}


def test_the_chosen_recipe_of_automl_counts(local: Local) -> None:
    """A solution whose recipe the list does not tell is described, and measured on all metrics."""
    member = fleet.add_campaign(local.world, "auto", floor=2, shape=every_window(150))
    for solution in store_of(ACCOUNT, "us-east-1").solutions.values():
        solution.recipe_arn = None
    summary = local.at(local.now)
    assert local.points("averageTPS", member.arn) == {local.window(): 0.5}
    assert summary["calls"]["personalize:DescribeSolution"] == 1


def test_no_traffic_is_a_zero_and_not_a_gap(local: Local) -> None:
    """An idle resource has an average of 0 and a utilization of 0 in every window."""
    campaign = fleet.add_campaign(local.world, "idle", floor=3)
    recommender = fleet.add_recommender(local.world, "idle-too", floor=3)
    local.at(local.now)
    at = local.window()
    assert local.points("averageTPS", campaign.arn) == {at: 0.0}
    assert local.points("campaignUtilization", campaign.arn) == {at: 0.0}
    assert local.points("averageRPS", recommender.arn) == {at: 0.0}


def test_datapoints_are_in_the_region_of_the_resource(local: Local) -> None:
    """A resource's metrics are where it serves; the counts of all are at home."""
    local.env(Regions="us-east-1,eu-west-1")
    here = fleet.add_campaign(local.world, "here", shape=every_window(30))
    there = fleet.add_campaign(local.world, "there", region="eu-west-1", shape=every_window(60))
    fleet.add_recommender(local.world, "films", region="eu-west-1")
    local.at(local.now)
    at = local.window()
    assert local.points("averageTPS", here.arn) == {at: 0.1}
    assert local.points("averageTPS", there.arn, region="eu-west-1") == {at: 0.2}
    assert local.points("averageTPS", there.arn) == {}
    assert local.points("averageTPS", here.arn, region="eu-west-1") == {}
    assert local.points("monitoredCampaignCount") == {at: 2}
    assert local.points("monitoredResourceCount") == {at: 3}
    assert local.points("monitoredResourceCount", region="eu-west-1") == {}


def test_an_empty_fleet_is_a_fine_fleet(local: Local) -> None:
    """No resource at all is counted as 0 and is no problem."""
    summary = local.at(local.now)
    assert (summary["resources"], summary["problems"]) == (0, [])
    assert local.points("monitoredResourceCount") == {local.window(): 0}


def test_recommenders_alone_are_a_fine_fleet(local: Local) -> None:
    """Nothing needs a campaign to be there."""
    fleet.add_recommender(local.world, "alone", shape=every_window(30))
    summary = local.at(local.now)
    assert (summary["resources"], summary["measured"], summary["problems"]) == (1, 1, [])
    assert local.points("monitoredCampaignCount") == {local.window(): 0}
    assert local.points("monitoredResourceCount") == {local.window(): 1}


def test_what_does_not_serve_is_left_out_and_named(local: Local) -> None:
    """Creating, failed, deleting and stopped resources have no datapoint; the summary says why."""
    version = fleet.add_campaign(local.world, "good")
    model = local.client("personalize").describe_campaign(campaignArn=version.arn)["campaign"]
    local.world.habits.failing = {"failed"}
    arns = {}
    for name in ("failed", "creating"):
        answer = local.client("personalize").create_campaign(
            name=name, solutionVersionArn=model["solutionVersionArn"]
        )
        arns[name] = answer["campaignArn"]
        if name == "failed":
            local.world.clock.advance(timedelta(hours=1))
    arns["deleting"] = fleet.add_campaign(local.world, "deleting").arn
    local.client("personalize").delete_campaign(campaignArn=arns["deleting"])
    arns["stopping"] = fleet.add_recommender(local.world, "stopping").arn
    local.client("personalize").stop_recommender(recommenderArn=arns["stopping"])
    summary = local.at(local.now)
    assert {one["arn"]: one["why"] for one in summary["left_out"]} == {
        arns["failed"]: "its status is CREATE FAILED",
        arns["creating"]: "its status is CREATE PENDING",
        arns["deleting"]: "its status is DELETE PENDING",
        arns["stopping"]: "its status is STOP PENDING",
    }
    assert (summary["resources"], summary["problems"]) == (1, [])
    assert local.points("averageTPS", version.arn)
    for arn in arns.values():
        assert not local.points("averageTPS", arn)
        assert not local.points("averageRPS", arn)
    assert local.points("monitoredResourceCount") == {local.window(): 1}


@pytest.mark.parametrize("answer", ["PartialData", "InternalError", "Forbidden"])
def test_an_incomplete_answer_is_unknown(local: Local, answer: str) -> None:
    """Without a complete answer there is no average and no utilization, but a problem."""
    bad = fleet.add_campaign(local.world, "bad", floor=4, shape=every_window(300))
    good = fleet.add_campaign(local.world, "good", floor=4, shape=every_window(300))
    local.blind(answer, dimension=bad.arn)
    summary = local.at(local.now)
    at = local.window()
    assert (summary["measured"], summary["unknown"]) == (1, 1)
    assert [bad.arn in problem and answer in problem for problem in summary["problems"]] == [True]
    assert local.points("averageTPS", bad.arn) == {}
    assert local.points("campaignUtilization", bad.arn) == {}
    assert local.points("minProvisionedTPS", bad.arn) == {at: 4.0}
    assert local.points("averageTPS", good.arn) == {at: 1.0}


def test_a_passing_failure_is_asked_again_at_once(local: Local) -> None:
    """What CloudWatch answers completely at the second try is known."""
    member = fleet.add_campaign(local.world, "one", shape=every_window(30))
    # The seed lets the first question fail and the second succeed.
    seed = next(s for s in range(100) if _fails_once(s, member.arn))
    local.blind("InternalError", dimension=member.arn, probability=0.5, seed=seed)
    summary = local.at(local.now)
    assert (summary["measured"], summary["calls"]["cloudwatch:GetMetricData"]) == (1, 2)
    assert local.points("averageTPS", member.arn) == {local.window(): 0.1}


def _fails_once(seed: int, arn: str) -> bool:
    name = f"{ACCOUNT}|us-east-1|AWS/Personalize|GetRecommendations|{[('CampaignArn', arn)]}"
    first, second = (random.Random(f"{seed}|{name}|{n}").random() for n in (1, 2))
    return first < 0.5 <= second


def test_repeating_an_event_repeats_its_datapoints(local: Local) -> None:
    """The event's time decides, not the clock: a repeat or a late run describes the same window."""
    member = fleet.add_campaign(local.world, "one", floor=2, shape=Steady(1.0))
    moment = local.now
    first = local.at(moment)
    before = local.points("averageTPS", member.arn)
    local.world.clock.advance(timedelta(minutes=33))
    again = local.at(moment)
    assert again["window"] == first["window"]
    after = local.points("averageTPS", member.arn)
    assert after == before
    assert list(after) == [local.window(moment)]


def test_the_window_waits_for_late_data(local: Local) -> None:
    """A longer MetricDelayMinutes measures an older window; every window is measured once."""
    fleet.add_campaign(local.world, "one", shape=every_window(30))
    local.env(MetricDelayMinutes="20")
    starts = [local.cycle()["window"] for _ in range(4)]
    assert starts == [f"2026-03-02T09:{minute}:00+00:00" for minute in (40, 45, 50, 55)]


def test_consecutive_cycles_give_consecutive_datapoints(local: Local) -> None:
    """Each five minutes have one datapoint, equal to what was really served in them."""
    member = fleet.add_campaign(
        local.world, "busy", floor=10, shape=BusinessHours(8.0, 0.3, opens=8)
    )
    for _ in range(12):
        local.cycle()
    points = local.points("averageTPS", member.arn)
    assert len(points) == 12
    for start, value in points.items():
        served = local.world.served_between(member.arn, start, start + timedelta(minutes=5))
        assert value == pytest.approx(served / 300, abs=1e-12)


def test_an_event_may_switch_things_off(local: Local) -> None:
    """Parameters in the event override the deployment's for what it decides, also to No."""
    fleet.add_campaign(local.world, "one", floor=20, shape=every_window(1500))
    assert local.at(local.now, AutoAdjustCampaignMinProvisionedTPS=False)["requests_sent"] == 0
    assert local.at(local.now)["requests_sent"] == 1


def test_arns_that_are_named_are_watched_alone(local: Local) -> None:
    """With ARNs given, only those are watched, in their own regions; a missing one is named."""
    wanted = fleet.add_campaign(local.world, "wanted", region="eu-west-1", shape=every_window(30))
    fleet.add_campaign(local.world, "other", region="eu-west-1")
    missing = wanted.arn.replace("wanted", "missing")
    local.env(CampaignARNs=f"{wanted.arn},{missing}", RecommenderARNs="none")
    summary = local.at(local.now)
    assert summary["resources"] == 1
    assert [missing in problem for problem in summary["problems"]] == [True]
    assert local.points("averageTPS", wanted.arn, region="eu-west-1")
    assert {call.region for call in local.calls("ListCampaigns")} == {"eu-west-1"}
    assert not local.calls("ListRecommenders")


OTHER = "eu-west-1"


def kept(local: Local) -> dict[str, object]:
    """All that outlives a run: alarms and topics of both regions, and the dashboards' names."""
    found: dict[str, object] = {}
    for region in (HOME, OTHER):
        client = local.client("cloudwatch", region)
        for alarm in client.describe_alarms()["MetricAlarms"]:
            found[region, alarm["AlarmName"]] = (alarm["Threshold"], alarm["ActionsEnabled"])
        for topic in local.client("sns", region).list_topics()["Topics"]:
            found[region, topic["TopicArn"]] = True
    for entry in local.client("cloudwatch").list_dashboards()["DashboardEntries"]:
        found[entry["DashboardName"]] = entry["Size"]
    return found


@pytest.fixture
def two_regions(local: Local) -> Local:
    """A deployment that watches two regions; an alarm is muted by a person."""
    local.env(Regions=f"{HOME},{OTHER}", NotificationEndpoint="team@example.com")
    for name in ("a", "b"):
        fleet.add_campaign(local.world, name, floor=3, shape=every_window(1200))
    fleet.add_campaign(local.world, "c", region=OTHER, floor=3, shape=every_window(1200))
    local.cycle()
    muted = "PersonalizeMonitor-LowCampaignUtilization-b"
    local.client("cloudwatch").disable_alarm_actions(AlarmNames=[muted])
    local.cycle()
    return local


ONLY_A = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/a"


@pytest.mark.parametrize(
    "override",
    [
        {"CampaignARNs": ONLY_A, "DryRun": "Yes"},
        {"CampaignARNs": ONLY_A},
        {"CampaignARNs": "none", "RecommenderARNs": "none"},
        {"Regions": HOME, "DryRun": "Yes"},
        {"Regions": f"{HOME},{OTHER},ap-south-1"},
        {"AutoCreateIdleCampaignAlarms": "No", "AutoCreateCampaignUtilizationAlarms": "No"},
        {"AutoCreateErrorAlarms": "Yes"},
        {"CampaignThresholdAlarmLowerBound": 50, "IdleCampaignThresholdHours": 2},
        {"NotificationEndpoint": "else@example.com"},
        {"MonitoredRoleARNs": "arn:aws:iam::222222222222:role/nobody"},
        {"MetricDelayMinutes": 60},
    ],
    ids=lambda override: "-".join(override),
)
def test_p6_an_override_changes_nothing_that_is_kept(
    two_regions: Local, override: dict[str, object]
) -> None:
    """Alarms, topics, dashboards and counts follow the deployment, in all of an hour's slots."""
    local = two_regions
    before = kept(local)
    mails = len(local.calls("Subscribe"))
    for _ in range(13):
        local.cycle()  # the schedule's own run
        local.sweeping = True
        local.at(local.now, **override)
        local.sweeping = False
        assert kept(local) == before
    assert not local.calls("DeleteAlarms")
    assert not local.calls("DeleteTopic")
    assert len(local.calls("Subscribe")) == mails
    assert set(local.points("monitoredResourceCount").values()) == {3.0}


def test_p6_an_override_leaves_the_memory_of_the_schedule_alone(two_regions: Local) -> None:
    """The next run of the schedule knows what it knew: no describe, and its turns are its own."""
    local = two_regions
    memory = runtime.runtime().memory
    known = (dict(memory.turns), dict(memory.fleets), dict(memory.alarms), dict(memory.campaigns))
    local.at(local.now, CampaignARNs=ONLY_A, AdjustMinAgeHours=1, DryRun="Yes")
    assert known == (memory.turns, memory.fleets, memory.alarms, memory.campaigns)
    described = len(local.calls("DescribeCampaign"))
    local.cycle()
    assert len(local.calls("DescribeCampaign")) - described <= 1  # of the hour's slot


def test_p6_a_dry_run_takes_no_turn_from_the_schedule(local: Local) -> None:
    """What a dry run decided is still asked for by the next run."""
    fleet.add_campaign(local.world, "a", floor=20, shape=every_window(1500))
    assert local.at(local.now, DryRun="Yes")["requests_sent"] == 0
    assert local.at(local.now)["requests_sent"] == 1


@pytest.mark.parametrize("ahead", [timedelta(minutes=2), timedelta(hours=2), timedelta(days=27000)])
def test_p7_a_time_that_has_not_come_is_refused(local: Local, ahead: timedelta) -> None:
    """A local time without its zone must not measure what has not happened."""
    fleet.add_campaign(local.world, "shop", floor=20, shape=every_window(4500))
    with pytest.raises(InvalidRequest, match=r"nothing was done for a time that has not come"):
        local.at(local.now + ahead)
    with pytest.raises(InvalidRequest, match=r"nothing was done for a time that has not come"):
        dashboard.handler({"time": (local.now + ahead).isoformat()}, None)
    assert local.world.gate.calls == []
    assert local.at(local.now + timedelta(seconds=59))["requests_sent"] == 1


def test_p7_a_replay_of_the_past_only_publishes(local: Local) -> None:
    """What was idle or over-provisioned hours ago is measured, and nothing follows from it."""
    local.env(AutoDeleteIdleCampaigns="Yes")
    member = fleet.add_campaign(local.world, "a", floor=20, shape=every_window(1500))
    moment = local.now - timedelta(minutes=61)
    summary = local.at(moment)
    assert (summary["replay"], summary["requests_sent"], summary["decisions"]) == (True, 0, [])
    assert local.points("averageTPS", member.arn) == {local.window(moment): 5.0}
    assert not local.calls("PutMetricAlarm")
    assert not local.calls("PutDashboard")
    summary = local.at(local.now - timedelta(minutes=59))
    assert (summary["replay"], summary["requests_sent"]) == (False, 1)


def test_p7_a_delivery_out_of_order_neither_acts_nor_forgets(local: Local) -> None:
    """An older cycle after a newer one publishes its window, from what is known already."""
    member = fleet.add_campaign(local.world, "a", floor=20, shape=every_window(1500))
    local.cycle()
    newer = local.now
    memory = runtime.runtime().memory
    before = (dict(memory.turns), memory.now, memory.cycles)
    calls = len(local.calls("DescribeCampaign"))
    summary = local.at(newer - timedelta(minutes=5))
    assert (summary["replay"], summary["requests_sent"]) == (True, 0)
    assert set(local.points("averageTPS", member.arn)) == {
        local.window(newer),
        local.window(newer - timedelta(minutes=5)),
    }
    assert before == (memory.turns, memory.now, memory.cycles)
    assert len(local.calls("DescribeCampaign")) == calls
    assert local.at(newer)["replay"] is False  # the same once more is no replay


@pytest.mark.parametrize("odd", ["campaignArn", "status"])
def test_k5_one_odd_item_of_a_list_costs_itself(local: Local, odd: str) -> None:
    """A poisoned campaign has no datapoint and a sentence; the others have all of theirs."""
    bad = fleet.add_campaign(local.world, "bad", floor=2, shape=every_window(30))
    good = fleet.add_campaign(local.world, "good", floor=20, shape=every_window(1500))
    local.world.gate.validate = False

    def poison(_: object, answer: dict[str, object]) -> dict[str, object]:
        items = answer.get("campaigns")
        for item in items if isinstance(items, list) else []:
            if item["campaignArn"] == bad.arn:
                item[odd] = {"what": "is this?"}
        return answer

    local.world.gate.alter.append(poison)
    summary = local.at(local.now)
    assert local.points("averageTPS", good.arn) == {local.window(): 5.0}
    assert summary["requests_sent"] == 1
    assert len(local.client("cloudwatch").describe_alarms()["MetricAlarms"]) >= 2
    assert not local.points("averageTPS", bad.arn)
    assert any("Reading the campaign" in problem for problem in summary["problems"])


def test_k5_one_odd_describe_answer_costs_itself(local: Local) -> None:
    """What cannot be read is a sentence about this campaign, and of no other."""
    bad = fleet.add_campaign(local.world, "bad", floor=2, shape=every_window(30))
    good = fleet.add_campaign(local.world, "good", floor=20, shape=every_window(1500))
    local.world.gate.validate = False

    def poison(_: object, answer: dict[str, object]) -> dict[str, object]:
        campaign = answer.get("campaign")
        if isinstance(campaign, dict) and campaign["campaignArn"] == bad.arn:
            campaign["minProvisionedTPS"] = 10**400
        return answer

    local.world.gate.alter.append(poison)
    summary = local.at(local.now)
    assert local.points("averageTPS", good.arn) == {local.window(): 5.0}
    assert summary["requests_sent"] == 1
    assert any(bad.arn in problem for problem in summary["problems"])
    assert not any(good.arn in problem for problem in summary["problems"])


def test_a1_a_cycle_that_can_publish_nothing_is_an_error(local: Local) -> None:
    """Denied everywhere, no metric of ours can tell: the invocation fails, and Lambda counts it."""
    fleet.add_campaign(local.world, "a")
    local.fail(code="AccessDeniedException")
    with pytest.raises(Blind, match=r"Nothing at all could be published\."):
        local.at(local.now)


def test_a1_problems_are_a_metric_and_lines_of_the_log(
    local: Local, caplog: pytest.LogCaptureFixture
) -> None:
    """A healthy cycle has no datapoint; each problem is a line of its own at level ERROR."""
    local.env(Regions=f"{HOME},{OTHER}")
    local.at(local.now)
    assert local.points("monitorProblemCount") == {}
    local.fail(region=OTHER, code="UnrecognizedClientException", status=403)
    summary = local.cycle()
    at = local.window()
    assert local.points("monitorProblemCount")[at] == len(summary["problems"]) > 0
    lines = [r for r in caplog.records if r.levelname == "ERROR" and r.message == "problem"]
    assert [vars(line)["problem"] for line in lines] == summary["problems"]


def test_a1_problems_that_last_are_told_once_a_day(local: Local) -> None:
    """After half an hour, with the cure; a cold start finds in the journal that they were told."""
    local.with_journal()
    local.env(Regions=f"{HOME},{OTHER}")
    local.fail(region=OTHER, code="UnrecognizedClientException", status=403)
    told: list[int] = []
    for _ in range(20):
        local.cycle()
        told.append(len(local.sent("PersonalizeMonitorNotice")))
    assert told == [0] * 6 + [1] * 14
    (notice,) = local.sent("PersonalizeMonitorNotice")
    assert notice["Kind"] == "problems"
    assert "enable it under Account > AWS Regions" in notice["Reason"]
