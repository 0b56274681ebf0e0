"""The monitor function in the sandbox: exact datapoints for known traffic, and what is left out."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest
from tests.support import ACCOUNT, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.personalize.recipes import ALL
from aws_sandbox.personalize.responses import store_of
from aws_sandbox.traffic.shapes import BusinessHours, Steady
from personalize_monitor.model.recipe import RECIPES

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
