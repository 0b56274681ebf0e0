"""Personalize's answers as our own values: every status, update and missing member."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, in_pages, refused
from tests.support import ACCOUNT, BEGIN, HOME, Local

from aws_sandbox import fleet
from personalize_monitor.aws.personalize import (
    LATEST,
    Personalize,
    PersonalizeActions,
    Solution,
    _members,
)
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, State

BASE = f"arn:aws:personalize:{HOME}:{ACCOUNT}"
CAMPAIGN = Arn(f"{BASE}:campaign/shoes")
RECOMMENDER = Arn(f"{BASE}:recommender/shoes")
SOLUTION = f"{BASE}:solution/shoes"


def at(**answers: Any) -> tuple[Personalize, Script]:
    """Personalize in one region, answered by script."""
    client = Script(**answers)
    return Personalize(Scripted({"personalize": client}), HOME), client


def campaign(**more: Any) -> dict[str, Any]:
    """DescribeCampaign's answer for a campaign with a floor of 10."""
    found = {
        "campaignArn": str(CAMPAIGN),
        "name": "shoes",
        "status": "ACTIVE",
        "minProvisionedTPS": 10,
        "creationDateTime": BEGIN,
        "lastUpdatedDateTime": BEGIN + timedelta(hours=1),
        "solutionVersionArn": f"{SOLUTION}/1",
        **more,
    }
    return {"campaign": {key: value for key, value in found.items() if value is not None}}


def recommender(**more: Any) -> dict[str, Any]:
    """DescribeRecommender's answer for a recommender with a floor of 10."""
    found = {
        "recommenderArn": str(RECOMMENDER),
        "name": "shoes",
        "status": "ACTIVE",
        "recommenderConfig": {"minRecommendationRequestsPerSecond": 10},
        "creationDateTime": BEGIN,
        "lastUpdatedDateTime": BEGIN,
        **more,
    }
    return {"recommender": {key: value for key, value in found.items() if value is not None}}


def test_a_campaign_as_it_is() -> None:
    """Floor, times, status and solution version; the recipe is its solution's to tell."""
    personalize, _ = at(describe_campaign=campaign())
    found = personalize.resource(CAMPAIGN)
    assert (found.arn, found.name, found.kind) == (CAMPAIGN, "shoes", Kind.CAMPAIGN)
    assert (found.floor, found.state) == (10, State.ACTIVE)
    assert (found.created, found.updated) == (BEGIN, BEGIN + timedelta(hours=1))
    assert found.solution_version_arn == f"{SOLUTION}/1"
    assert (found.recipe_arn, found.dataset_group_arn) == (None, None)
    assert (found.update_pending, found.pending_floor, found.stale) == (False, None, False)


@pytest.mark.parametrize(
    ("status", "pending"),
    [
        ("CREATE PENDING", True),
        ("CREATE IN_PROGRESS", True),
        ("create_in_progress", True),
        ("ACTIVE", False),
        ("active", False),
        ("CREATE FAILED", False),
        ("UPDATE_FAILED", False),
        ("", False),
    ],
)
@pytest.mark.parametrize("kind", list(Kind))
def test_an_update_counts_while_it_runs(kind: Kind, status: str, pending: bool) -> None:
    """The floor on its way is known while the update runs, and forgotten when it failed."""
    if kind is Kind.CAMPAIGN:
        update = {"status": status, "minProvisionedTPS": 4}
        personalize, _ = at(describe_campaign=campaign(latestCampaignUpdate=update))
        found = personalize.resource(CAMPAIGN)
    else:
        config = {"minRecommendationRequestsPerSecond": 4}
        update = {"status": status, "recommenderConfig": config}
        personalize, _ = at(describe_recommender=recommender(latestRecommenderUpdate=update))
        found = personalize.resource(RECOMMENDER)
    assert found.floor == 10
    assert (found.update_pending, found.pending_floor) == (pending, 4 if pending else None)


def test_an_update_of_something_else_has_no_floor_on_its_way() -> None:
    """A new solution version leaves the floor; the campaign is changing all the same."""
    update = {"status": "CREATE IN_PROGRESS", "solutionVersionArn": f"{SOLUTION}/2"}
    personalize, _ = at(describe_campaign=campaign(latestCampaignUpdate=update))
    found = personalize.campaign(CAMPAIGN)
    assert (found.update_pending, found.pending_floor) == (True, None)


@pytest.mark.parametrize("floor", [None, 0, 1])
def test_without_a_floor_it_is_one(floor: int | None) -> None:
    """The service's own lowest, whatever it leaves out; utilization never divides by zero."""
    personalize, _ = at(describe_campaign=campaign(minProvisionedTPS=floor))
    assert personalize.campaign(CAMPAIGN).floor == 1
    config = {} if floor is None else {"minRecommendationRequestsPerSecond": floor}
    personalize, _ = at(describe_recommender=recommender(recommenderConfig=config))
    assert personalize.recommender(RECOMMENDER).floor == 1
    personalize, _ = at(describe_recommender=recommender(recommenderConfig=None))
    assert personalize.recommender(RECOMMENDER).floor == 1


def test_what_was_never_updated_was_updated_when_it_was_made() -> None:
    """A list without the second time is read like one with it."""
    personalize, _ = at(describe_campaign=campaign(lastUpdatedDateTime=None))
    assert personalize.campaign(CAMPAIGN).updated == BEGIN
    item = campaign(lastUpdatedDateTime=None, status=None)["campaign"]
    personalize, _ = at(list_campaigns={"campaigns": [item]})
    (summary,), _ = personalize.campaigns()
    assert (summary.updated, summary.status) == (BEGIN, "")


def test_a_recommender_knows_its_recipe_and_group_itself() -> None:
    """No second question is needed to measure it or to show it."""
    personalize, _ = at(describe_recommender=recommender(recipeArn="r", datasetGroupArn="g"))
    found = personalize.resource(RECOMMENDER)
    assert (found.kind, found.recipe_arn, found.dataset_group_arn) == (Kind.RECOMMENDER, "r", "g")
    assert found.solution_version_arn is None


@given(st.integers(0, 320))
def test_campaigns_of_all_pages(count: int) -> None:
    """A hundred a page, the most that Personalize gives, and no describe for any of them."""
    items = [campaign(campaignArn=f"{BASE}:campaign/c-{n}")["campaign"] for n in range(count)]
    personalize, client = at(list_campaigns=in_pages("campaigns", items, 100))
    summaries, listing = personalize.campaigns()
    assert [s.arn.name for s in summaries] == [f"c-{n}" for n in range(count)]
    assert listing.complete
    assert {call["maxResults"] for call in client.asked("list_campaigns")} == {100}
    assert set(client.operations) == {"list_campaigns"}


@pytest.mark.parametrize("kind", list(Kind))
def test_a_list_that_breaks_off_says_so(kind: Kind) -> None:
    """What came is handed out, with the error that says that it is not all."""
    if kind is Kind.CAMPAIGN:
        page = {"campaigns": [campaign()["campaign"]], "nextToken": "1"}
        personalize, _ = at(list_campaigns=[page, refused("ThrottlingException")])
        found, listing = personalize.campaigns()
    else:
        page = {"recommenders": [recommender()["recommender"]], "nextToken": "1"}
        personalize, _ = at(list_recommenders=[page, refused("ThrottlingException")])
        found, listing = personalize.recommenders()  # type: ignore[assignment]
    assert (len(found), listing.complete) == (1, False)


def test_every_describe_of_a_campaign_waits_its_turn() -> None:
    """Describes throttle early, so all threads share one pace; lists do not need it."""
    client = Script(describe_campaign=campaign(), list_campaigns={"campaigns": []})
    access = Scripted({"personalize": client})
    personalize = Personalize(access, HOME)
    personalize.campaigns()
    for _ in range(5):
        personalize.campaign(CAMPAIGN)
    assert access.paced["DescribeCampaign", HOME].waited == 5


def test_solutions_of_a_group_know_their_group() -> None:
    """The list of one group tells it; the list of all leaves it open."""
    items = [{"solutionArn": f"{SOLUTION}-{n}", "recipeArn": "r"} for n in range(3)]
    items.append({"solutionArn": f"{SOLUTION}-auto"})
    personalize, client = at(list_solutions={"solutions": items})
    found, listing = personalize.solutions("group")
    assert found[f"{SOLUTION}-0"] == Solution("r", "group")
    assert found[f"{SOLUTION}-auto"] == Solution(None, "group")
    assert listing.complete
    assert personalize.solutions()[0][f"{SOLUTION}-1"] == Solution("r", None)
    first, second = client.asked("list_solutions")
    assert (first["datasetGroupArn"], "datasetGroupArn" in second) == ("group", False)


@pytest.mark.parametrize(
    ("told", "recipe"),
    [
        ({"recipeArn": "asked"}, "asked"),
        ({"recipeArn": "asked", "autoMLResult": {"bestRecipeArn": "best"}}, "asked"),
        ({"autoMLResult": {"bestRecipeArn": "best"}}, "best"),
        ({"autoMLResult": {}}, None),
        ({}, None),
    ],
)
def test_a_solutions_recipe(told: dict[str, Any], recipe: str | None) -> None:
    """The one that was asked for, else the one that AutoML chose, else unknown for now."""
    personalize, _ = at(describe_solution={"solution": {"datasetGroupArn": "g", **told}})
    assert personalize.solution(SOLUTION) == Solution(recipe, "g")


def test_dataset_groups_of_all_pages() -> None:
    """Their ARNs, and whether they are all."""
    items = [{"datasetGroupArn": f"g-{n}"} for n in range(5)]
    personalize, _ = at(list_dataset_groups=in_pages("datasetGroups", items, 2))
    listing = personalize.dataset_groups()
    assert (listing.items, listing.complete) == (tuple(f"g-{n}" for n in range(5)), True)
    personalize, _ = at(list_dataset_groups=refused("AccessDeniedException"))
    assert not personalize.dataset_groups().complete


def test_what_a_restored_campaign_needs() -> None:
    """Name, version, floor and configuration, and nothing that CreateCampaign does not take."""
    config = {"enableMetadataWithRecommendations": True}
    personalize, _ = at(describe_campaign=campaign(campaignConfig=config))
    assert personalize.recipe_for_restore(CAMPAIGN) == {
        "name": "shoes",
        "solutionVersionArn": f"{SOLUTION}/1",
        "minProvisionedTPS": 10,
        "campaignConfig": config,
    }
    personalize, _ = at(describe_campaign=campaign())
    assert "campaignConfig" not in personalize.recipe_for_restore(CAMPAIGN)


@pytest.mark.parametrize(
    ("answer", "status"),
    [({"latestSolutionVersion": {"status": "ACTIVE"}}, "ACTIVE"), ({}, "")],
)
def test_the_newest_version_is_the_solutions_to_tell(answer: dict[str, Any], status: str) -> None:
    """``SOLUTION/$LATEST`` is no version that could be described; one by number is."""
    personalize, client = at(
        describe_solution={"solution": answer},
        describe_solution_version={"solutionVersion": {"status": "CREATE FAILED"}},
    )
    assert personalize.version_status(SOLUTION + LATEST) == status
    assert personalize.version_status(f"{SOLUTION}/7") == "CREATE FAILED"
    assert client.calls == [
        ("describe_solution", {"solutionArn": SOLUTION}),
        ("describe_solution_version", {"solutionVersionArn": f"{SOLUTION}/7"}),
    ]


@pytest.mark.parametrize("tags", [{}, {"team": "shop", "cost": "4"}])
def test_creating_from_what_was_kept(tags: dict[str, str]) -> None:
    """Tags go in Personalize's spelling, and not at all when there are none."""
    client = Script(create_campaign={})
    actions = PersonalizeActions(Scripted({"personalize": client}), HOME)
    actions.create({"name": "shoes", "minProvisionedTPS": 7, "tags": tags})
    (request,) = client.asked("create_campaign")
    assert (request["name"], request["minProvisionedTPS"]) == ("shoes", 7)
    pairs = [{"tagKey": key, "tagValue": value} for key, value in tags.items()]
    assert request.get("tags", []) == pairs
    assert ("tags" in request) is bool(tags)


def test_each_deed_is_one_call_about_one_resource(local: Local) -> None:
    """Tagging leaves other tags, and removing a tag that is not there is no error."""
    stays = fleet.add_recommender(local.world, "r", tags={"team": "shop"})
    goes = fleet.add_campaign(local.world, "c")
    arn = Arn(stays.arn)
    actions, personalize = PersonalizeActions(local.access, HOME), Personalize(local.access, HOME)
    actions.tag(arn, {"PersonalizeMonitor:Exempt": "yes"})
    assert personalize.tags(arn) == {"team": "shop", "PersonalizeMonitor:Exempt": "yes"}
    actions.untag(arn, ["PersonalizeMonitor:Exempt", "never-there"])
    assert personalize.tags(arn) == {"team": "shop"}
    actions.stop(arn)
    local.world.clock.advance(timedelta(hours=1))
    assert personalize.recommender(arn).state is State.STOPPED
    actions.start(arn)
    local.world.clock.advance(timedelta(hours=1))
    assert personalize.recommender(arn).state is State.ACTIVE
    actions.delete(Arn(goes.arn))
    assert personalize.campaign(Arn(goes.arn)).state is State.GOING


def test_the_hook_that_reads_the_raw_answer_is_taken_off_again(local: Local) -> None:
    """A second update looks at its own answer, and a failed one leaves no hook behind."""
    member = fleet.add_recommender(local.world, "r", floor=9)
    actions, arn = PersonalizeActions(local.access, HOME), Arn(member.arn)
    local.fail(action="DescribeRecommender", code="ResourceNotFoundException", times=1)
    with pytest.raises(Exception, match="ResourceNotFound"):
        actions.set_floor(arn, 3)
    actions.set_floor(arn, 3)
    assert Personalize(local.access, HOME).recommender(arn).pending_floor == 3


@pytest.mark.parametrize(
    ("config", "members"),
    [
        ({}, set()),
        ({"a": 1, "b": {"c": 2}}, {"a", "b", "b.c"}),
        ({"a": {"b": {"c": 1}}}, {"a", "a.b", "a.b.c"}),
        ({"a": [{"b": 1}]}, {"a"}),
    ],
)
def test_members_of_a_configuration_at_every_depth(
    config: dict[str, Any], members: set[str]
) -> None:
    """A setting that boto3 does not know is found wherever it hides."""
    assert _members(config) == members
