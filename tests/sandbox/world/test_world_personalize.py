"""The control plane of Personalize, through boto3."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError, EndpointConnectionError

from aws_sandbox import fleet
from aws_sandbox.world import World

MINUTE = timedelta(minutes=1)
RECIPE = "arn:aws:personalize:::recipe/"


def refused(code: str) -> Any:
    """Expect an error answer with this code."""
    return pytest.raises(ClientError, match=f"\\({code}\\)")


def version(world: World, personalize: Any, recipe: str = "aws-user-personalization-v2") -> str:
    """A trained solution version, made by the API alone."""
    group = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
    world.clock.advance(11 * MINUTE)
    solution = personalize.create_solution(
        name="liked", datasetGroupArn=group, recipeArn=RECIPE + recipe
    )["solutionArn"]
    world.clock.advance(11 * MINUTE)
    made: str = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    world.clock.advance(46 * MINUTE)
    return made


def status(personalize: Any, arn: str) -> str:
    """A campaign's status."""
    shown: str = personalize.describe_campaign(campaignArn=arn)["campaign"]["status"]
    return shown


def test_a_campaign_becomes_active_in_ten_minutes(world: World, personalize: Any) -> None:
    """CREATE PENDING, CREATE IN_PROGRESS, ACTIVE, each visible to Describe and List."""
    trained = version(world, personalize)
    arn = personalize.create_campaign(name="home", solutionVersionArn=trained)["campaignArn"]
    assert arn == "arn:aws:personalize:us-east-1:123456789012:campaign/home"
    assert status(personalize, arn) == "CREATE PENDING"
    world.clock.advance(MINUTE)
    assert status(personalize, arn) == "CREATE IN_PROGRESS"
    created = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert created["creationDateTime"] == created["lastUpdatedDateTime"]
    world.clock.advance(9 * MINUTE)
    shown = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert shown["status"] == "ACTIVE"
    assert shown["minProvisionedTPS"] == 1
    assert shown["solutionVersionArn"] == trained
    assert "latestCampaignUpdate" not in shown
    assert shown["lastUpdatedDateTime"] == created["creationDateTime"] + 10 * MINUTE
    (summary,) = personalize.list_campaigns()["campaigns"]
    assert "minProvisionedTPS" not in summary
    assert summary["status"] == "ACTIVE"


def test_a_creation_that_fails_says_so(world: World, personalize: Any) -> None:
    """CREATE FAILED carries a reason, and the campaign can be deleted or updated into life."""
    trained = version(world, personalize)
    world.habits.failing.add("home")
    arn = personalize.create_campaign(name="home", solutionVersionArn=trained)["campaignArn"]
    world.clock.advance(10 * MINUTE)
    shown = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert shown["status"] == "CREATE FAILED"
    assert shown["failureReason"]
    personalize.update_campaign(campaignArn=arn, minProvisionedTPS=2)
    world.clock.advance(15 * MINUTE)
    shown = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert shown["status"] == "ACTIVE"
    assert shown["minProvisionedTPS"] == 2


def test_the_old_floor_serves_until_the_update_is_active(world: World, personalize: Any) -> None:
    """Status stays ACTIVE, latestCampaignUpdate has the new floor, a second update is in use."""
    arn = fleet.add_campaign(world, "home", floor=20, config={"itemExplorationConfig": {}}).arn
    personalize.update_campaign(campaignArn=arn, minProvisionedTPS=5)
    shown = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert (shown["status"], shown["minProvisionedTPS"]) == ("ACTIVE", 20)
    assert shown["latestCampaignUpdate"]["minProvisionedTPS"] == 5
    assert shown["latestCampaignUpdate"]["status"] == "CREATE PENDING"
    world.clock.advance(5 * MINUTE)
    with refused("ResourceInUseException"):
        personalize.update_campaign(campaignArn=arn, minProvisionedTPS=7)
    with refused("ResourceInUseException"):
        personalize.delete_campaign(campaignArn=arn)
    world.clock.advance(10 * MINUTE)
    shown = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert shown["minProvisionedTPS"] == 5
    assert shown["latestCampaignUpdate"]["status"] == "ACTIVE"
    personalize.update_campaign(campaignArn=arn, minProvisionedTPS=7)


def test_a_failed_update_keeps_the_old_floor(world: World, personalize: Any) -> None:
    """The update ends in CREATE FAILED; the campaign stays ACTIVE as it was."""
    arn = fleet.add_campaign(world, "home", floor=20).arn
    world.habits.failing.add("home")
    personalize.update_campaign(campaignArn=arn, minProvisionedTPS=5)
    world.clock.advance(15 * MINUTE)
    shown = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert (shown["status"], shown["minProvisionedTPS"]) == ("ACTIVE", 20)
    assert shown["latestCampaignUpdate"]["status"] == "CREATE FAILED"
    assert shown["latestCampaignUpdate"]["failureReason"]


@pytest.mark.parametrize(
    ("touch", "moved"), [("start", (True, False)), ("end", (False, True)), ("both", (True, True))]
)
def test_when_the_date_moves_is_a_switch(
    world: World, personalize: Any, touch: Any, moved: tuple[bool, bool]
) -> None:
    """The summary's lastUpdatedDateTime moves at the update's start, at its end, or both."""
    world.habits.touch = touch
    arn = fleet.add_campaign(world, "home", floor=20).arn

    def date() -> Any:
        return personalize.list_campaigns()["campaigns"][0]["lastUpdatedDateTime"]

    before = date()
    personalize.update_campaign(campaignArn=arn, minProvisionedTPS=5)
    during = date()
    world.clock.advance(20 * MINUTE)
    assert (during != before, date() != during) == moved


def test_deleting_takes_minutes_and_keeps_the_version(world: World, personalize: Any) -> None:
    """DELETE PENDING, DELETE IN_PROGRESS, gone; the name is free then and makes the same ARN."""
    member = fleet.add_campaign(world, "home", floor=3)
    before = personalize.describe_campaign(campaignArn=member.arn)["campaign"]
    personalize.delete_campaign(campaignArn=member.arn)
    assert status(personalize, member.arn) == "DELETE PENDING"
    with refused("ResourceInUseException"):
        personalize.delete_campaign(campaignArn=member.arn)
    world.clock.advance(2 * MINUTE)
    assert status(personalize, member.arn) == "DELETE IN_PROGRESS"
    with refused("ResourceAlreadyExistsException"):
        personalize.create_campaign(
            name="home", solutionVersionArn=before["solutionVersionArn"], minProvisionedTPS=3
        )
    world.clock.advance(3 * MINUTE)
    assert personalize.list_campaigns()["campaigns"] == []
    with refused("ResourceNotFoundException"):
        personalize.describe_campaign(campaignArn=member.arn)
    again = personalize.create_campaign(
        name="home", solutionVersionArn=before["solutionVersionArn"], minProvisionedTPS=3
    )
    assert again["campaignArn"] == member.arn


def test_omitted_parts_of_an_update_stay(world: World, personalize: Any) -> None:
    """A floor alone changes the floor alone."""
    config = {"itemExplorationConfig": {"explorationWeight": "0.3"}}
    arn = fleet.add_campaign(world, "home", floor=20, config=config).arn
    before = personalize.describe_campaign(campaignArn=arn)["campaign"]
    personalize.update_campaign(campaignArn=arn, minProvisionedTPS=5)
    world.clock.advance(15 * MINUTE)
    after = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert after["campaignConfig"] == before["campaignConfig"] == config
    assert after["solutionVersionArn"] == before["solutionVersionArn"]


def test_a_campaign_may_follow_the_latest_version(world: World, personalize: Any) -> None:
    """`$LATEST` needs syncWithLatestSolutionVersion, and resolves to the newest trained version."""
    trained = version(world, personalize)
    latest = trained.rsplit("/", 1)[0] + "/$LATEST"
    with refused("InvalidInputException"):
        personalize.create_campaign(name="home", solutionVersionArn=latest)
    arn = personalize.create_campaign(
        name="home",
        solutionVersionArn=latest,
        campaignConfig={"syncWithLatestSolutionVersion": True},
    )["campaignArn"]
    shown = personalize.describe_campaign(campaignArn=arn)["campaign"]
    assert shown["solutionVersionArn"] == trained
    assert shown["campaignConfig"] == {"syncWithLatestSolutionVersion": True}


@pytest.mark.parametrize(
    ("params", "code"),
    [
        ({"name": "-x"}, "InvalidInputException"),
        ({"name": "a" * 64}, "InvalidInputException"),
        ({"name": "x", "minProvisionedTPS": 0}, "InvalidInputException"),
        ({"name": "x", "solutionVersionArn": "nonsense"}, "InvalidInputException"),
        ({"name": "x", "tags": [{"tagKey": "aws:x", "tagValue": ""}]}, "InvalidInputException"),
        (
            {"name": "x", "tags": [{"tagKey": f"k{i}", "tagValue": ""} for i in range(51)]},
            "TooManyTagsException",
        ),
        ({"name": "home"}, "ResourceAlreadyExistsException"),
    ],
)
def test_a_bad_creation_gets_its_declared_error(
    world: World, params: dict[str, Any], code: str
) -> None:
    """Names, floors, ARNs and tags are checked by the service, whatever the client lets through."""
    from botocore.config import Config

    lax = boto3.client(
        "personalize", region_name="us-east-1", config=Config(parameter_validation=False)
    )
    member = fleet.add_campaign(world, "home")
    trained = lax.describe_campaign(campaignArn=member.arn)["campaign"]["solutionVersionArn"]
    with refused(code):
        lax.create_campaign(**{"solutionVersionArn": trained, **params})


def test_lists_are_paged_with_opaque_tokens(world: World, personalize: Any) -> None:
    """No page is longer than asked for or than 100; the pages hold each resource once."""
    members = fleet.build(world, 130)
    first = personalize.list_campaigns()
    assert len(first["campaigns"]) == 100
    pages = personalize.get_paginator("list_campaigns").paginate(PaginationConfig={"PageSize": 17})
    found = [c["campaignArn"] for page in pages for c in page["campaigns"]]
    assert found == [member.arn for member in members]
    with refused("InvalidNextTokenException"):
        personalize.list_campaigns(nextToken="made-up")
    with refused("InvalidNextTokenException"):
        personalize.list_solutions(nextToken=first["nextToken"])
    with refused("InvalidInputException"):
        personalize.list_campaigns(maxResults=101)


def test_a_page_survives_a_deletion_between_pages(world: World, personalize: Any) -> None:
    """A resource that vanishes between two pages costs no other its place."""
    members = fleet.build(world, 12)
    page = personalize.list_campaigns(maxResults=5)
    personalize.delete_campaign(campaignArn=members[4].arn)
    world.clock.advance(10 * MINUTE)
    rest = personalize.list_campaigns(nextToken=page["nextToken"])["campaigns"]
    assert [c["campaignArn"] for c in rest] == [m.arn for m in members[5:]]


def test_filters_narrow_the_lists(world: World, personalize: Any) -> None:
    """Campaigns by solution, solutions and recommenders by dataset group, versions by solution."""
    fleet.demo(world)
    groups = personalize.list_dataset_groups()["datasetGroups"]
    shop, domain = (group["datasetGroupArn"] for group in groups)
    solutions = personalize.list_solutions(datasetGroupArn=shop)["solutions"]
    assert len(solutions) == 8
    assert all(solution["recipeArn"].startswith(RECIPE) for solution in solutions)
    solution = solutions[0]["solutionArn"]
    (campaign,) = personalize.list_campaigns(solutionArn=solution)["campaigns"]
    assert campaign["name"] == solutions[0]["name"]
    assert len(personalize.list_recommenders(datasetGroupArn=domain)["recommenders"]) == 3
    assert personalize.list_recommenders(datasetGroupArn=shop)["recommenders"] == []
    (trained,) = personalize.list_solution_versions(solutionArn=solution)["solutionVersions"]
    described = personalize.describe_solution_version(
        solutionVersionArn=trained["solutionVersionArn"]
    )["solutionVersion"]
    assert described["datasetGroupArn"] == shop
    assert (
        personalize.describe_solution(solutionArn=solution)["solution"]["recipeArn"]
        == (described["recipeArn"])
    )
    recipe = personalize.describe_recipe(recipeArn=described["recipeArn"])["recipe"]
    assert recipe["recipeType"] == "USER_PERSONALIZATION"
    assert len(personalize.list_recipes(domain="ECOMMERCE")["recipes"]) == 5


def test_a_recommender_lives_stops_starts_and_goes(world: World, personalize: Any) -> None:
    """The recommender's own status machine, with its configuration in its list."""
    group = personalize.create_dataset_group(name="films", domain="VIDEO_ON_DEMAND")
    world.clock.advance(10 * MINUTE)
    with refused("InvalidInputException"):
        personalize.create_recommender(
            name="picks",
            datasetGroupArn=group["datasetGroupArn"],
            recipeArn=RECIPE + "aws-ecomm-recommended-for-you",
        )
    arn = personalize.create_recommender(
        name="picks",
        datasetGroupArn=group["datasetGroupArn"],
        recipeArn=RECIPE + "aws-vod-top-picks",
        recommenderConfig={"minRecommendationRequestsPerSecond": 4},
    )["recommenderArn"]

    def shown() -> Any:
        return personalize.describe_recommender(recommenderArn=arn)["recommender"]

    assert shown()["status"] == "CREATE PENDING"
    with refused("ResourceInUseException"):
        personalize.stop_recommender(recommenderArn=arn)
    world.clock.advance(10 * MINUTE)
    (summary,) = personalize.list_recommenders()["recommenders"]
    assert summary["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 4}
    personalize.update_recommender(
        recommenderArn=arn, recommenderConfig={"minRecommendationRequestsPerSecond": 2}
    )
    assert shown()["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 4}
    latest = shown()["latestRecommenderUpdate"]
    assert latest["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 2}
    with refused("ResourceInUseException"):
        personalize.stop_recommender(recommenderArn=arn)
    world.clock.advance(15 * MINUTE)
    assert shown()["recommenderConfig"] == {"minRecommendationRequestsPerSecond": 2}
    personalize.stop_recommender(recommenderArn=arn)
    assert shown()["status"] == "STOP PENDING"
    world.clock.advance(10 * MINUTE)
    assert shown()["status"] == "INACTIVE"
    with refused("ResourceInUseException"):
        personalize.stop_recommender(recommenderArn=arn)
    personalize.start_recommender(recommenderArn=arn)
    world.clock.advance(2 * MINUTE)
    assert shown()["status"] == "START IN_PROGRESS"
    world.clock.advance(8 * MINUTE)
    assert shown()["status"] == "ACTIVE"
    personalize.delete_recommender(recommenderArn=arn)
    world.clock.advance(5 * MINUTE)
    with refused("ResourceNotFoundException"):
        shown()


def test_tags_use_personalizes_own_spelling(world: World, personalize: Any) -> None:
    """Keys tagKey and tagValue; added, overwritten, removed, at most 50; on every kind."""
    arn = fleet.add_campaign(world, "home", tags={"team": "search"}).arn
    personalize.tag_resource(
        resourceArn=arn,
        tags=[{"tagKey": "team", "tagValue": "web"}, {"tagKey": "x", "tagValue": ""}],
    )
    personalize.untag_resource(resourceArn=arn, tagKeys=["x", "absent"])
    tags = personalize.list_tags_for_resource(resourceArn=arn)["tags"]
    assert tags == [{"tagKey": "team", "tagValue": "web"}]
    with refused("TooManyTagsException"):
        personalize.tag_resource(
            resourceArn=arn, tags=[{"tagKey": f"k{i}", "tagValue": ""} for i in range(50)]
        )
    group = personalize.list_dataset_groups()["datasetGroups"][0]["datasetGroupArn"]
    assert personalize.list_tags_for_resource(resourceArn=group)["tags"] == []
    with refused("ResourceNotFoundException"):
        personalize.list_tags_for_resource(resourceArn=arn + "x")


def test_quotas_hold_when_switched_on(world: World, personalize: Any) -> None:
    """The sixth campaign of a dataset group is LimitExceeded; without the switch it is made."""
    trained = version(world, personalize)
    for index in range(5):
        personalize.create_campaign(name=f"c{index}", solutionVersionArn=trained)
    world.habits.quotas = True
    with refused("LimitExceededException"):
        personalize.create_campaign(name="c5", solutionVersionArn=trained)
    world.habits.quotas = False
    personalize.create_campaign(name="c5", solutionVersionArn=trained)


def test_a_batch_recipe_has_no_campaigns(world: World, personalize: Any) -> None:
    """User segmentation is batch only."""
    trained = version(world, personalize, "aws-item-affinity")
    with refused("InvalidInputException"):
        personalize.create_campaign(name="home", solutionVersionArn=trained)


def test_what_stands_on_others_cannot_lose_them(world: World, personalize: Any) -> None:
    """A dataset group with solutions and a solution with campaigns are in use."""
    member = fleet.add_campaign(world, "home")
    solution = personalize.list_solutions()["solutions"][0]["solutionArn"]
    group = personalize.list_dataset_groups()["datasetGroups"][0]["datasetGroupArn"]
    with refused("ResourceInUseException"):
        personalize.delete_solution(solutionArn=solution)
    with refused("ResourceInUseException"):
        personalize.delete_dataset_group(datasetGroupArn=group)
    personalize.delete_campaign(campaignArn=member.arn)
    world.clock.advance(5 * MINUTE)
    personalize.delete_solution(solutionArn=solution)
    world.clock.advance(5 * MINUTE)
    personalize.delete_dataset_group(datasetGroupArn=group)
    world.clock.advance(5 * MINUTE)
    assert personalize.list_dataset_groups()["datasetGroups"] == []


def test_regions_and_accounts_are_worlds_apart(world: World, personalize: Any) -> None:
    """A resource is seen in its region and account only; elsewhere is no endpoint."""
    fleet.add_campaign(world, "home", region="eu-west-1", account="210987654321")
    assert personalize.list_campaigns()["campaigns"] == []
    there: dict[str, Any] = {"region_name": "eu-west-1"}
    assert boto3.client("personalize", **there).list_campaigns()["campaigns"] == []
    there |= {"aws_access_key_id": "210987654321", "aws_secret_access_key": "x"}
    assert len(boto3.client("personalize", **there).list_campaigns()["campaigns"]) == 1
    from botocore.config import Config

    nowhere = boto3.client(
        "personalize", region_name="sa-east-1", config=Config(retries={"max_attempts": 0})
    )
    with pytest.raises(EndpointConnectionError):
        nowhere.list_campaigns()


def test_motos_own_schemas_still_work(world: World, personalize: Any) -> None:
    """What moto has and we have not stays reachable."""
    arn = personalize.create_schema(name="events", schema="{}")["schemaArn"]
    assert personalize.list_schemas()["schemas"][0]["schemaArn"] == arn
