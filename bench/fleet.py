"""The fleet that is watched in the bench: as many resources as wanted, all answers computed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

ACCOUNT = "123456789012"
REGIONS = ("us-east-1", "eu-west-1", "ap-northeast-1")
BEGIN = datetime(2026, 11, 16, 10, 2, tzinfo=UTC)
_RECIPES = {
    "aws-user-personalization-v2": "GetRecommendations",
    "aws-personalized-ranking-v2": "GetPersonalizedRanking",
    "aws-similar-items": "GetRecommendations",
    "aws-next-best-action": "GetActionRecommendations",
}
_PER_GROUP = 5


@dataclass(slots=True)
class Member:
    """One resource: ``sum`` are its requests in five minutes, ``api`` the metric they are in."""

    arn: str
    name: str
    region: str
    group: str
    recipe: str
    api: str
    floor: int
    sum: float
    created: float
    updated: float

    @property
    def is_campaign(self) -> bool:
        """Whether it is a campaign; otherwise it is a recommender."""
        return ":campaign/" in self.arn


def arn(region: str, what: str) -> str:
    """An ARN of the bench's account."""
    return f"arn:aws:personalize:{region}:{ACCOUNT}:{what}"


def members(
    size: int,
    regions: int,
    *,
    recommender_every: int = 10,
    age_days: int = 60,
    over_provisioned_every: int = 50,
) -> list[Member]:
    """``size`` resources dealt out over the first ``regions`` regions.

    Each tenth is a recommender (none with 0); each fiftieth, or with 1 each one, has a floor of
    twice what it needs.
    """
    created = (BEGIN - timedelta(days=age_days)).timestamp()
    return [
        _member(index, REGIONS[index % regions], recommender_every, created, over_provisioned_every)
        for index in range(size)
    ]


def _member(
    index: int, region: str, recommender_every: int, created: float, over_every: int
) -> Member:
    recommender = bool(recommender_every) and index % recommender_every == recommender_every - 1
    recipe = list(_RECIPES)[index % len(_RECIPES)]
    api = "GetRecommendations" if recommender else _RECIPES[recipe]
    kind = "recommender" if recommender else "campaign"
    floor = 2 + index * 7 % 23
    over = index % over_every == over_every - 1
    rate = floor / 2 if over else floor - 0.3
    return Member(
        arn=arn(region, f"{kind}/{kind}-{index:05d}"),
        name=f"{kind}-{index:05d}",
        region=region,
        group=arn(region, f"dataset-group/group-{index // _PER_GROUP:05d}"),
        recipe="aws-ecomm-recommended-for-you" if recommender else recipe,
        api=api,
        floor=floor,
        sum=rate * 300,
        created=created,
        updated=created + 3600,
    )
