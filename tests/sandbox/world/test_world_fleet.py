"""The demo's fleet and fleets of any size."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from typing import Any

import boto3

from aws_sandbox import fleet
from aws_sandbox.personalize.recipes import named
from aws_sandbox.world import World


def test_the_demo_fleet_is_as_promised(world: World) -> None:
    """12 campaigns, 3 recommenders, 3 dataset groups, 2 regions; all ACTIVE; all three APIs."""
    members = fleet.demo(world)
    kinds = Counter(member.kind for member in members)
    assert kinds == {"campaign": 12, "recommender": 3}
    assert {member.region for member in members} == {"us-east-1", "eu-west-1"}
    groups = 0
    for region in ("us-east-1", "eu-west-1"):
        client = boto3.client("personalize", region_name=region)
        groups += len(client.list_dataset_groups()["datasetGroups"])
        campaigns = client.list_campaigns()["campaigns"]
        assert {c["status"] for c in campaigns} <= {"ACTIVE"}
        expected = {m.arn for m in members if m.kind == "campaign" and m.region == region}
        assert {c["campaignArn"] for c in campaigns} == expected
    assert groups == 3
    apis = {named(member.recipe).api for member in members}
    assert apis == {"GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations"}


def test_the_demo_fleet_has_stories(world: World) -> None:
    """Over-provisioned, idle since birth, abandoned, and busy ones are all there."""
    members = {member.arn.rsplit("/", 1)[1]: member for member in fleet.demo(world)}
    now = world.clock.now()

    def mean(name: str, days: int, until: int = 0) -> float:
        span = (now - timedelta(days=days), now - timedelta(days=until))
        asked = world.requests_between(members[name].arn, *span)
        return asked / (span[1] - span[0]).total_seconds()

    assert mean("pilot-test-2024", 30) == 0
    assert mean("spring-launch", 30, 10) > 1
    assert mean("spring-launch", 5) == 0
    assert mean("similar-products", 7) < members["similar-products"].floor / 10
    assert mean("home-page-for-you", 7) > 3


def test_big_fleets_are_dealt_out_evenly(world: World) -> None:
    """Regions, accounts, shapes and recipes take turns; five campaigns to a dataset group."""
    members = fleet.build(
        world, 120, regions=("us-east-1", "eu-west-1"), accounts=("111111111111", "222222222222")
    )
    places = Counter((member.account, member.region) for member in members)
    assert set(places.values()) == {30}
    assert len({type(member.shape) for member in members}) == 8
    assert len({member.recipe for member in members}) == 7
    client = boto3.client(
        "personalize",
        region_name="eu-west-1",
        aws_access_key_id="222222222222",
        aws_secret_access_key="x",
    )
    solutions = Counter(
        client.describe_solution(solutionArn=s["solutionArn"])["solution"]["datasetGroupArn"]
        for s in client.list_solutions()["solutions"]
    )
    assert set(solutions.values()) == {5}


def test_recommenders_can_be_mixed_in(world: World) -> None:
    """Every fourth is a recommender; a fleet of recommenders alone works too."""
    members = fleet.build(world, 8, recommender_every=4)
    assert [m.kind for m in members].count("recommender") == 2
    alone = fleet.build(world, 3, regions=("eu-west-1",), recommender_every=1)
    assert {m.kind for m in alone} == {"recommender"}


def test_auto_sync_updates_without_a_call(world: World) -> None:
    """The service trains and updates by itself: the date moves, an update runs, the floor stays."""
    member = fleet.add_campaign(world, "c", floor=4)
    client = boto3.client("personalize", region_name="us-east-1")
    before = client.describe_campaign(campaignArn=member.arn)["campaign"]
    fleet.autosync(world, member.arn)
    during = client.describe_campaign(campaignArn=member.arn)["campaign"]
    assert during["latestCampaignUpdate"]["status"] == "CREATE PENDING"
    assert during["lastUpdatedDateTime"] > before["lastUpdatedDateTime"]
    world.clock.advance(timedelta(minutes=15))
    after = client.describe_campaign(campaignArn=member.arn)["campaign"]
    assert after["solutionVersionArn"] != before["solutionVersionArn"]
    assert after["minProvisionedTPS"] == 4
    assert [call.action for call in world.gate.calls] == ["DescribeCampaign"] * 3


def test_a_recipe_of_the_future_serves_what_one_says(world: World) -> None:
    """A recipe that is on no list can be deployed, with the API it is said to serve."""
    fleet.add_campaign(world, "c", recipe="aws-brand-new", api="GetPersonalizedRanking")
    client = boto3.client("personalize", region_name="us-east-1")
    (solution,) = client.list_solutions()["solutions"]
    assert solution["recipeArn"] == "arn:aws:personalize:::recipe/aws-brand-new"


def test_a_recommender_may_lack_its_floor(world: World) -> None:
    """Any member of recommenderConfig may be absent, the floor included."""
    fleet.add_recommender(world, "r", floor=None)
    client = boto3.client("personalize", region_name="us-east-1")
    (shown,) = client.list_recommenders()["recommenders"]
    assert shown["recommenderConfig"] == {}


def test_an_update_may_lose_what_it_is_told_to_lose(world: World, personalize: Any) -> None:
    """A member of a configuration, or a recommender's training; other updates lose nothing."""
    config = {"itemExplorationConfig": {"explorationWeight": "0.3"}}
    arn = fleet.add_campaign(world, "home", floor=20, config=config).arn
    other = fleet.add_recommender(world, "for-you", floor=20).arn

    def updated(floor: int) -> tuple[Any, Any]:
        personalize.update_campaign(campaignArn=arn, minProvisionedTPS=floor)
        asked = {"minRecommendationRequestsPerSecond": floor}
        personalize.update_recommender(recommenderArn=other, recommenderConfig=asked)
        world.clock.advance(timedelta(minutes=15))
        campaign = personalize.describe_campaign(campaignArn=arn)["campaign"]
        recommender = personalize.describe_recommender(recommenderArn=other)["recommender"]
        return campaign.get("campaignConfig"), recommender["modelMetrics"]

    kept, trained = updated(5)
    assert kept == config
    world.habits.loses = {"itemExplorationConfig", "modelMetrics"}
    lost, again = updated(4)
    assert lost is None
    assert again != trained
