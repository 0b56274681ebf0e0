"""The runtime: plausible answers, one API per recipe."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

from aws_sandbox import fleet
from aws_sandbox.world import World


def test_recommendations_are_plausible_and_repeatable(world: World, runtime: Any) -> None:
    """25 items unless asked otherwise, scores falling, the same for the same user."""
    arn = fleet.add_campaign(world, "c").arn
    one = runtime.get_recommendations(campaignArn=arn, userId="u")
    two = runtime.get_recommendations(campaignArn=arn, userId="u")
    other = runtime.get_recommendations(campaignArn=arn, userId="v", numResults=3)
    assert one["itemList"] == two["itemList"] != other["itemList"]
    assert len(one["itemList"]) == 25
    assert len(other["itemList"]) == 3
    scores = [item["score"] for item in one["itemList"]]
    assert scores == sorted(scores, reverse=True)
    assert one["recommendationId"].startswith("RID-")


def test_a_ranking_orders_what_it_is_given(world: World, runtime: Any) -> None:
    """GetPersonalizedRanking returns its input in another order."""
    arn = fleet.add_campaign(world, "c", recipe="aws-personalized-ranking-v2").arn
    given = [f"i{n}" for n in range(20)]
    answer = runtime.get_personalized_ranking(campaignArn=arn, inputList=given, userId="u")
    ranked = [item["itemId"] for item in answer["personalizedRanking"]]
    assert sorted(ranked) == sorted(given)
    assert ranked != given


def test_actions_are_recommended(world: World, runtime: Any) -> None:
    """GetActionRecommendations answers actions."""
    arn = fleet.add_campaign(world, "c", recipe="aws-next-best-action").arn
    answer = runtime.get_action_recommendations(campaignArn=arn, userId="u")
    assert len(answer["actionList"]) == 5


def test_wrong_questions_get_declared_errors(world: World, runtime: Any) -> None:
    """The wrong API, both or no ARN, too many results: invalid; a stranger: not found."""
    arn = fleet.add_campaign(world, "c").arn
    other = fleet.add_recommender(world, "r").arn
    wrong: list[dict[str, Any]] = [
        {"userId": "u"},
        {"campaignArn": arn, "recommenderArn": other},
        {"campaignArn": arn, "numResults": 501},
    ]
    for params in wrong:
        with pytest.raises(ClientError, match="InvalidInputException"):
            runtime.get_recommendations(**params)
    with pytest.raises(ClientError, match=r"InvalidInputException.*GetRecommendations"):
        runtime.get_personalized_ranking(campaignArn=arn, inputList=["a"], userId="u")
    with pytest.raises(ClientError, match="ResourceNotFoundException") as caught:
        runtime.get_recommendations(campaignArn=arn + "x", userId="u")
    assert caught.value.response["ResponseMetadata"]["HTTPStatusCode"] == 404


def test_a_stopped_recommender_does_not_answer(
    world: World, runtime: Any, personalize: Any
) -> None:
    """A recommender that is not ACTIVE serves nobody."""
    arn = fleet.add_recommender(world, "r").arn
    runtime.get_recommendations(recommenderArn=arn, userId="u")
    personalize.stop_recommender(recommenderArn=arn)
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        runtime.get_recommendations(recommenderArn=arn, userId="u")
