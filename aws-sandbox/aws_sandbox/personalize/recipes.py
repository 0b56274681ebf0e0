"""The recipes of Amazon Personalize and the runtime API that each one serves.

Source: the developer guide's pages on custom recipes and domain use cases.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

PREFIX: Final = "arn:aws:personalize:::recipe/"
RELEASED: Final = 1_700_000_000.0
"""One date for all recipes: nobody looks at it."""


@dataclass(frozen=True, slots=True)
class Recipe:
    """A recipe; `api` is the runtime API (None: batch only), `domain` that of recommenders."""

    name: str
    type: str
    api: str | None
    domain: str | None = None

    @property
    def arn(self) -> str:
        """The same in every region and account."""
        return PREFIX + self.name

    def summary(self) -> dict[str, object]:
        """As ListRecipes shows it."""
        shown: dict[str, object] = {
            "name": self.name,
            "recipeArn": self.arn,
            "status": "ACTIVE",
            "creationDateTime": RELEASED,
            "lastUpdatedDateTime": RELEASED,
        }
        if self.domain:
            shown["domain"] = self.domain
        return shown

    def description(self) -> dict[str, object]:
        """As DescribeRecipe shows it."""
        algorithm = f"arn:aws:personalize:::algorithm/{self.name}"
        transformation = "arn:aws:personalize:::feature-transformation/JSON-percentile-filtering"
        shown = {name: value for name, value in self.summary().items() if name != "domain"}
        return {
            **shown,
            "algorithmArn": algorithm,
            "featureTransformationArn": transformation,
            "description": f"The recipe {self.name}.",
            "recipeType": self.type,
        }


_RECOMMEND: Final = "GetRecommendations"
_RANK: Final = "GetPersonalizedRanking"
_ACT: Final = "GetActionRecommendations"


def _custom() -> list[Recipe]:
    user, ranking, related = "USER_PERSONALIZATION", "PERSONALIZED_RANKING", "RELATED_ITEMS"
    return [
        Recipe("aws-user-personalization-v2", user, _RECOMMEND),
        Recipe("aws-user-personalization", user, _RECOMMEND),
        Recipe("aws-personalized-ranking-v2", ranking, _RANK),
        Recipe("aws-personalized-ranking", ranking, _RANK),
        Recipe("aws-next-best-action", "PERSONALIZED_ACTIONS", _ACT),
        Recipe("aws-popularity-count", user, _RECOMMEND),
        Recipe("aws-trending-now", user, _RECOMMEND),
        Recipe("aws-similar-items", related, _RECOMMEND),
        Recipe("aws-sims", related, _RECOMMEND),
        Recipe("aws-semantic-similarity", related, _RECOMMEND),
        Recipe("aws-hrnn", user, _RECOMMEND),
        Recipe("aws-hrnn-metadata", user, _RECOMMEND),
        Recipe("aws-hrnn-coldstart", user, _RECOMMEND),
        Recipe("aws-item-affinity", "USER_SEGMENTATION", None),
        Recipe("aws-item-attribute-affinity", "USER_SEGMENTATION", None),
    ]


def _domain() -> list[Recipe]:
    shop = (
        "popular-items-by-views",
        "popular-items-by-purchases",
        "frequently-bought-together",
        "customers-who-viewed-x-also-viewed",
        "recommended-for-you",
    )
    video = ("because-you-watched-x", "more-like-x", "most-popular", "trending-now", "top-picks")
    kind = "DOMAIN_RECOMMENDER"
    return [Recipe(f"aws-ecomm-{name}", kind, _RECOMMEND, "ECOMMERCE") for name in shop] + [
        Recipe(f"aws-vod-{name}", kind, _RECOMMEND, "VIDEO_ON_DEMAND") for name in video
    ]


ALL: Final = {recipe.arn: recipe for recipe in [*_custom(), *_domain()]}


def named(name: str) -> Recipe:
    """A recipe by its short name.

    Raises:
        KeyError: there is no such recipe.
    """
    return ALL[PREFIX + name]
