"""What each recipe serves: which request metric its traffic appears in, and how it is priced.

Source: the Personalize developer guide's lists of recipes and of CloudWatch metrics. The metric
of action recipes is named by analogy and not documented, so whoever must be sure asks all.
"""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Api(enum.StrEnum):
    """The real-time operations; each value is also its request metric in ``AWS/Personalize``."""

    RECOMMENDATIONS = "GetRecommendations"
    RANKING = "GetPersonalizedRanking"
    ACTIONS = "GetActionRecommendations"

    @property
    def latency_metric(self) -> str:
        """Milliseconds per successful request."""
        return f"{self.value}Latency"

    @property
    def error_metrics(self) -> tuple[str, str]:
        """Requests refused by the service: client side (throttling too) and server side."""
        return f"{self.value}4xxErrors", f"{self.value}5xxErrors"


ALL_APIS = tuple(Api)


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe that we know: its short name and the API it serves."""

    name: str
    api: Api


_RANKING = ("aws-personalized-ranking", "aws-personalized-ranking-v2")
_ACTIONS = ("aws-next-best-action",)
_RECOMMENDATIONS = (
    "aws-user-personalization",
    "aws-user-personalization-v2",
    "aws-popularity-count",
    "aws-trending-now",
    "aws-similar-items",
    "aws-sims",
    "aws-semantic-similarity",
    "aws-hrnn",
    "aws-hrnn-metadata",
    "aws-hrnn-coldstart",
    "aws-ecomm-popular-items-by-views",
    "aws-ecomm-popular-items-by-purchases",
    "aws-ecomm-frequently-bought-together",
    "aws-ecomm-customers-who-viewed-x-also-viewed",
    "aws-ecomm-recommended-for-you",
    "aws-vod-because-you-watched-x",
    "aws-vod-more-like-x",
    "aws-vod-most-popular",
    "aws-vod-trending-now",
    "aws-vod-top-picks",
)

RECIPES: dict[str, Recipe] = {
    name: Recipe(name, api)
    for names, api in (
        (_RANKING, Api.RANKING),
        (_ACTIONS, Api.ACTIONS),
        (_RECOMMENDATIONS, Api.RECOMMENDATIONS),
    )
    for name in names
}
"""Every real-time recipe known, by its short name."""


def recipe_of(recipe_arn: str | None) -> Recipe | None:
    """The known recipe behind an ARN such as ``arn:aws:personalize:::recipe/aws-sims``, or None."""
    if not recipe_arn:
        return None
    return RECIPES.get(recipe_arn.rpartition("/")[2])
