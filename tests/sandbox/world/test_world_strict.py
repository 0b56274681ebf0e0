"""What AWS refuses, the sandbox refuses: what is on its way, or contradicts itself, or is not."""

from __future__ import annotations

import json
import urllib.error
import urllib.request
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError

from aws_sandbox.server import Server
from aws_sandbox.world import World

MINUTE = timedelta(minutes=1)
RECIPE = "arn:aws:personalize:::recipe/aws-user-personalization-v2"


def refused(code: str) -> Any:
    """Expect an error answer with this code."""
    return pytest.raises(ClientError, match=f"\\({code}\\)")


def test_a11_a_dataset_group_on_its_way_takes_nothing(world: World, personalize: Any) -> None:
    """While it is made or deleted nobody can build on it or delete it."""
    group = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
    vod = personalize.create_dataset_group(name="films", domain="VIDEO_ON_DEMAND")
    films = {
        "name": "top",
        "datasetGroupArn": vod["datasetGroupArn"],
        "recipeArn": "arn:aws:personalize:::recipe/aws-vod-top-picks",
    }
    wanted = {"name": "liked", "datasetGroupArn": group, "recipeArn": RECIPE}
    with refused("ResourceInUseException"):
        personalize.create_solution(**wanted)
    with refused("ResourceInUseException"):
        personalize.create_recommender(**films)
    with refused("ResourceInUseException"):
        personalize.delete_dataset_group(datasetGroupArn=group)
    world.clock.advance(11 * MINUTE)
    personalize.delete_dataset_group(datasetGroupArn=group)
    with refused("ResourceInUseException"):
        personalize.delete_dataset_group(datasetGroupArn=group)
    with refused("ResourceInUseException"):
        personalize.create_solution(**wanted)


def test_a11_a_solution_on_its_way_is_not_deleted(world: World, personalize: Any) -> None:
    """Neither while it is made, nor while a version of it is trained."""
    group = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
    world.clock.advance(11 * MINUTE)
    made = personalize.create_solution(name="liked", datasetGroupArn=group, recipeArn=RECIPE)
    solution = made["solutionArn"]
    with refused("ResourceInUseException"):
        personalize.delete_solution(solutionArn=solution)
    world.clock.advance(11 * MINUTE)
    personalize.create_solution_version(solutionArn=solution)
    with refused("ResourceInUseException"):
        personalize.delete_solution(solutionArn=solution)
    world.clock.advance(60 * MINUTE)
    personalize.delete_solution(solutionArn=solution)
    with refused("ResourceInUseException"):
        personalize.delete_solution(solutionArn=solution)


def test_a11_to_follow_the_latest_version_is_said_with_latest(
    world: World, personalize: Any
) -> None:
    """A concrete version and syncWithLatestSolutionVersion contradict each other."""
    group = personalize.create_dataset_group(name="shop")["datasetGroupArn"]
    world.clock.advance(11 * MINUTE)
    made = personalize.create_solution(name="liked", datasetGroupArn=group, recipeArn=RECIPE)
    world.clock.advance(11 * MINUTE)
    solution = made["solutionArn"]
    version = personalize.create_solution_version(solutionArn=solution)["solutionVersionArn"]
    world.clock.advance(60 * MINUTE)
    sync = {"syncWithLatestSolutionVersion": True}
    with refused("InvalidInputException"):
        personalize.create_campaign(name="c", solutionVersionArn=version, campaignConfig=sync)
    latest = f"{solution}/$LATEST"
    arn = personalize.create_campaign(name="c", solutionVersionArn=latest, campaignConfig=sync)
    world.clock.advance(11 * MINUTE)
    with refused("InvalidInputException"):
        personalize.update_campaign(
            campaignArn=arn["campaignArn"], solutionVersionArn=version, campaignConfig=sync
        )
    personalize.update_campaign(campaignArn=arn["campaignArn"], minProvisionedTPS=2)


@pytest.mark.parametrize("http", [False, True])
def test_a11_an_action_that_is_not_there_is_an_error_of_its_protocol(
    world: World, http: bool
) -> None:
    """NotImplemented, in JSON or XML, not a page in HTML."""
    with Server(world) as served:
        more: dict[str, Any] = {"endpoint_url": served.url} if http else {}
        make: Any = boto3.client
        with refused("NotImplemented"):
            make("personalize", region_name="us-east-1", **more).list_filters()
        with refused("NotImplemented"):
            make("sns", region_name="us-east-1", **more).list_origination_numbers()


def test_a11_the_answer_can_be_read_by_any_client(world: World) -> None:
    """Over HTTP it is 501, with JSON in it."""
    with Server(world) as served:
        asked = urllib.request.Request(
            served.url,
            b"{}",
            {
                "X-Amz-Target": "AmazonPersonalize.ListFilters",
                "Content-Type": "application/x-amz-json-1.1",
                "Authorization": "AWS4-HMAC-SHA256 Credential=A/20260302/us-east-1/personalize/"
                "aws4_request, SignedHeaders=host, Signature=0",
            },
        )
        with pytest.raises(urllib.error.HTTPError) as caught:
            urllib.request.urlopen(asked, timeout=10)
    assert caught.value.code == 501
    assert "NotImplemented" in json.dumps(json.load(caught.value))
