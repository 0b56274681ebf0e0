"""The default quotas of Personalize per region, held only when the world's habits say so."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from aws_sandbox.personalize.errors import LimitExceededException
from aws_sandbox.personalize.store import Store

CAMPAIGNS_PER_GROUP: Final = 5
RECOMMENDERS_PER_GROUP: Final = 5
RECOMMENDERS: Final = 15
SOLUTIONS_PER_GROUP: Final = 10
GROUPS: Final = 5


def campaigns(store: Store, group_arn: str) -> None:
    """Room for one more campaign in a dataset group."""
    groups = (
        store.versions[campaign.version_arn].group_arn
        for campaign in store.present(store.campaigns)
        if campaign.version_arn in store.versions
    )
    _room(store, "campaign", CAMPAIGNS_PER_GROUP, (group == group_arn for group in groups))


def recommenders(store: Store, group_arn: str) -> None:
    """Room for one more recommender in a dataset group and in the region."""
    present = store.present(store.recommenders)
    _room(store, "recommender", RECOMMENDERS, (True for _ in present))
    in_group = (recommender.group_arn == group_arn for recommender in present)
    _room(store, "recommender", RECOMMENDERS_PER_GROUP, in_group)


def solutions(store: Store, group_arn: str) -> None:
    """Room for one more solution in a dataset group."""
    present = store.present(store.solutions)
    in_group = (solution.group_arn == group_arn for solution in present)
    _room(store, "solution", SOLUTIONS_PER_GROUP, in_group)


def groups(store: Store) -> None:
    """Room for one more dataset group in the region."""
    _room(store, "dataset group", GROUPS, (True for _ in store.present(store.groups)))


def _room(store: Store, kind: str, most: int, counted: Iterable[bool]) -> None:
    if store.world.habits.quotas and sum(counted) >= most:
        raise LimitExceededException(
            f"Cannot create a {kind}. More than {most} resources in ACTIVE state. "
            "Please delete some and try again."
        )
