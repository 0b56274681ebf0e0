"""Recipes and what they serve."""

from __future__ import annotations

import pytest

from personalize_monitor.model.recipe import ALL_APIS, RECIPES, Api, recipe_of

PREFIX = "arn:aws:personalize:::recipe/"


@pytest.mark.parametrize(
    ("name", "api"),
    [
        ("aws-user-personalization-v2", "GetRecommendations"),
        ("aws-user-personalization", "GetRecommendations"),
        ("aws-personalized-ranking-v2", "GetPersonalizedRanking"),
        ("aws-personalized-ranking", "GetPersonalizedRanking"),
        ("aws-next-best-action", "GetActionRecommendations"),
        ("aws-popularity-count", "GetRecommendations"),
        ("aws-trending-now", "GetRecommendations"),
        ("aws-similar-items", "GetRecommendations"),
        ("aws-sims", "GetRecommendations"),
        ("aws-semantic-similarity", "GetRecommendations"),
        ("aws-hrnn", "GetRecommendations"),
        ("aws-hrnn-metadata", "GetRecommendations"),
        ("aws-hrnn-coldstart", "GetRecommendations"),
    ],
)
def test_each_recipe_has_its_request_metric(name: str, api: str) -> None:
    """The metric is chosen by what the recipe serves, v2 and action recipes included."""
    recipe = recipe_of(PREFIX + name)
    assert recipe is not None
    assert (recipe.name, str(recipe.api)) == (name, api)


@pytest.mark.parametrize("arn", [None, "", PREFIX + "aws-of-next-year", "nonsense"])
def test_an_unknown_recipe_is_nothing_we_know(arn: str | None) -> None:
    """No recipe is guessed from its name."""
    assert recipe_of(arn) is None


def test_batch_recipes_serve_no_campaign() -> None:
    """Recipes for segments are not among those with a real-time metric."""
    assert not {"aws-item-affinity", "aws-item-attribute-affinity"} & set(RECIPES)


def test_the_other_metrics_are_named_after_the_request_metric() -> None:
    """Latency and errors share the operation's name."""
    assert [api.value for api in ALL_APIS] == [
        "GetRecommendations",
        "GetPersonalizedRanking",
        "GetActionRecommendations",
    ]
    assert Api.RANKING.latency_metric == "GetPersonalizedRankingLatency"
    assert Api.ACTIONS.error_metrics == (
        "GetActionRecommendations4xxErrors",
        "GetActionRecommendations5xxErrors",
    )
