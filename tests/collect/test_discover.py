"""Discovery: cheap lists each cycle, describes only where something may have moved."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from datetime import timedelta

import pytest
from tests.support import HOME, Local, with_parameters

from aws_sandbox import fleet
from personalize_monitor.collect.discover import Discovery, Found
from personalize_monitor.context.memory import Memory
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import Window


class Eyes:
    """Discovers one region again and again with one memory."""

    def __init__(self, local: Local, pool: Executor) -> None:
        self.local, self.pool, self.memory = local, pool, Memory()
        self.settings = with_parameters()

    def look(self, minutes: float = 5) -> Found:
        """What is found after so many minutes."""
        self.local.world.clock.advance(timedelta(minutes=minutes))
        window = Window(self.local.window())
        target = self.local.target(HOME)
        return Discovery(target, self.settings, self.memory, window, self.pool).run()

    def one(self, minutes: float = 5) -> Resource:
        """The only resource."""
        (resource,) = self.look(minutes).resources
        return resource


@pytest.fixture
def eyes(local: Local) -> Iterator[Eyes]:
    """Eyes on the home region."""
    with ThreadPoolExecutor(4) as pool:
        yield Eyes(local, pool)


def describes(local: Local) -> int:
    """DescribeCampaign calls until now."""
    return len(local.calls("DescribeCampaign"))


def test_a_campaign_is_described_once_and_then_remembered(local: Local, eyes: Eyes) -> None:
    """A campaign that does not move costs no describe in the same look."""
    fleet.add_campaign(local.world, "c", floor=7, recipe="aws-sims")
    found = eyes.one()
    assert (found.floor, found.kind, found.stale) == (7, Kind.CAMPAIGN, False)
    assert (found.recipe_arn or "").endswith("/aws-sims")
    assert describes(local) == 1
    assert eyes.one(0) == found
    assert describes(local) == 1
    assert len(local.calls("ListSolutions")) == 1


@pytest.mark.parametrize("touch", ["start", "end", "both"])
def test_a_new_floor_is_seen_when_it_is_in_force(local: Local, eyes: Eyes, touch: str) -> None:
    """Whenever AWS moves its date, the floor is the one that serves, and updates are known."""
    local.world.habits.touch = touch  # type: ignore[assignment]
    member = fleet.add_campaign(local.world, "c", floor=7)
    eyes.look()
    local.client("personalize").update_campaign(campaignArn=member.arn, minProvisionedTPS=3)
    if touch != "end":
        during = eyes.one()
        assert (during.floor, during.update_pending, during.pending_floor) == (7, True, 3)
    assert eyes.one(30).floor == 3


def test_every_campaign_is_described_once_an_hour(local: Local) -> None:
    """Their list does not tell of every change, so each is looked at hourly, spread out."""
    for n in range(24):
        fleet.add_campaign(local.world, f"c-{n}")
    local.cycle()
    assert describes(local) == 24
    per_cycle = []
    for _ in range(12):
        before = describes(local)
        local.cycle()
        per_cycle.append(describes(local) - before)
    assert sum(per_cycle) == 24
    assert max(per_cycle) <= 8


def test_a_recommender_comes_whole_in_its_list(local: Local, eyes: Eyes) -> None:
    """No describe, floor and recipe included."""
    fleet.add_recommender(local.world, "r", floor=4)
    found = eyes.one()
    assert (found.floor, found.kind) == (4, Kind.RECOMMENDER)
    assert found.recipe is not None
    assert not local.calls("DescribeRecommender")


def test_a_describe_that_fails_uses_the_last_known_value_and_says_so(
    local: Local, eyes: Eyes
) -> None:
    """The resource is kept, marked as stale, with a problem that names it."""
    member = fleet.add_campaign(local.world, "c", floor=7)
    eyes.look()
    local.client("personalize").update_campaign(campaignArn=member.arn, minProvisionedTPS=3)
    local.fail(action="DescribeCampaign", code="ThrottlingException")
    found = eyes.look()
    (resource,) = found.resources
    assert (resource.floor, resource.stale) == (7, True)
    assert member.arn in found.problems[0]
    local.heal()
    assert not eyes.one().stale


def test_a_campaign_deleted_between_list_and_describe_is_not_there(
    local: Local, eyes: Eyes
) -> None:
    """ResourceNotFound is no problem."""
    fleet.add_campaign(local.world, "c")
    local.fail(action="DescribeCampaign", code="ResourceNotFoundException")
    found = eyes.look()
    assert (found.resources, found.problems) == ((), [])


def test_a_campaign_made_anew_under_its_name_is_a_new_one(local: Local, eyes: Eyes) -> None:
    """The ARN is the same, the floor is not."""
    member = fleet.add_campaign(local.world, "c", floor=7)
    eyes.look()
    client = local.client("personalize")
    version = client.describe_campaign(campaignArn=member.arn)["campaign"]["solutionVersionArn"]
    client.delete_campaign(campaignArn=member.arn)
    local.world.clock.advance(timedelta(hours=1))
    client.create_campaign(name="c", solutionVersionArn=version, minProvisionedTPS=2)
    assert eyes.one(30).floor == 2


def test_a_broken_list_is_not_complete(local: Local, eyes: Eyes) -> None:
    """What was known of the kind stays, stale; the other kind is not touched."""
    fleet.add_campaign(local.world, "c")
    fleet.add_recommender(local.world, "r")
    eyes.look()
    local.fail(action="ListCampaigns", code="AccessDeniedException")
    found = eyes.look()
    assert found.complete == {Kind.RECOMMENDER}
    assert {r.name: r.stale for r in found.resources} == {"c": True, "r": False}
    local.heal()
    assert eyes.look().complete == set(Kind)


def test_what_nobody_wants_is_not_asked_for(local: Local, eyes: Eyes) -> None:
    """A kind that is `none` costs no call and is complete."""
    fleet.add_campaign(local.world, "c")
    eyes.settings = with_parameters(CampaignARNs="none")
    found = eyes.look()
    assert found.resources == ()
    assert found.complete == set(Kind)
    assert not local.calls("ListCampaigns")


def test_what_is_asked_for_and_missing_is_named(local: Local, eyes: Eyes) -> None:
    """An ARN of the parameter that does not exist is a problem with its cure."""
    member = fleet.add_campaign(local.world, "c")
    missing = member.arn + "x"
    eyes.settings = with_parameters(CampaignARNs=f"{member.arn},{missing}")
    found = eyes.look()
    assert [r.name for r in found.resources] == ["c"]
    assert found.problems == [
        f"{missing} was asked for but does not exist; correct the parameter, or create it."
    ]


def test_a_solution_that_cannot_be_read_leaves_the_recipe_unknown(local: Local, eyes: Eyes) -> None:
    """The campaign is watched all the same, on all metrics; the recipe is learnt later."""
    fleet.add_campaign(local.world, "c")
    local.fail(action="*Solution*", code="InternalServerError", status=500)
    found = eyes.look()
    assert [r.recipe_arn for r in found.resources] == [None]
    assert found.problems
    local.heal()
    assert eyes.one().recipe_arn


def test_resources_come_in_order(local: Local, eyes: Eyes) -> None:
    """Sorted by ARN, so that two looks at one fleet are equal."""
    for name in ("zebra", "ant", "bee"):
        fleet.add_campaign(local.world, name)
    assert [r.name for r in eyes.look().resources] == ["ant", "bee", "zebra"]
