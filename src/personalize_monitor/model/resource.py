"""A campaign or a recommender: what is billed by its floor."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from personalize_monitor.model.arn import Arn
from personalize_monitor.model.recipe import Recipe, recipe_of


class Kind(enum.StrEnum):
    """The two kinds of resource; the value is the word used in ARNs."""

    CAMPAIGN = "campaign"
    RECOMMENDER = "recommender"


class State(enum.StrEnum):
    """What a resource's status means for us."""

    ACTIVE = "active"
    """Serves and is billed."""
    CHANGING = "changing"
    """On its way into or out of service; its next status decides."""
    STOPPED = "stopped"
    """A recommender that neither serves nor is billed."""
    FAILED = "failed"
    GOING = "going"
    """Being deleted."""

    @classmethod
    def of_status(cls, status: str) -> State:
        """Read a Personalize status; documentation spells some with and some without ``_``."""
        words = status.upper().replace("_", " ")
        if words == "ACTIVE":
            return cls.ACTIVE
        if words == "INACTIVE":
            return cls.STOPPED
        if words.startswith("DELETE"):
            return cls.GOING
        if "FAILED" in words:
            return cls.FAILED
        return cls.CHANGING


@dataclass(frozen=True, slots=True)
class Resource:
    """One campaign or recommender as last seen.

    ``floor`` is the provisioned minimum in force, in requests per second. ``recipe_arn`` and
    ``dataset_group_arn`` are None while unknown. ``update_pending`` says that a change is
    running, ``update_begun`` when the last one began, and ``update_failed`` why it failed, empty
    when it did not. ``stale`` marks a value kept from an earlier cycle because AWS did not answer.
    ``besides`` is what a change of the floor must leave as it is, by AWS's own names, such as
    ``campaignConfig.syncWithLatestSolutionVersion``, as far as AWS told.
    """

    arn: Arn
    name: str
    kind: Kind
    status: str
    floor: int
    created: datetime
    updated: datetime
    recipe_arn: str | None = None
    dataset_group_arn: str | None = None
    solution_version_arn: str | None = None
    update_pending: bool = False
    pending_floor: int | None = None
    update_begun: datetime | None = None
    update_failed: str = ""
    stale: bool = False
    besides: Mapping[str, Any] = field(default_factory=dict, compare=False)

    @property
    def state(self) -> State:
        """What the status means for us."""
        return State.of_status(self.status)

    @property
    def next_floor(self) -> int:
        """The floor that it has, or is about to have while an update runs."""
        return self.pending_floor or self.floor

    @property
    def changed(self) -> datetime:
        """When somebody last began to change it: its creation, or its last update's beginning."""
        return max(self.created, self.update_begun or self.created)

    @property
    def region(self) -> str:
        """The region that serves it and holds its metrics."""
        return self.arn.region

    @property
    def account(self) -> str:
        """The account that owns and pays it."""
        return self.arn.account

    @property
    def recipe(self) -> Recipe | None:
        """What is known of its recipe; None when the recipe is unknown to us."""
        return recipe_of(self.recipe_arn)

    def age_hours(self, now: datetime) -> float:
        """Hours since creation."""
        return (now - self.created).total_seconds() / 3600

    def settled_hours(self, now: datetime) -> float:
        """Hours since it was last created, updated or restarted."""
        return (now - max(self.created, self.updated)).total_seconds() / 3600


@dataclass(frozen=True, slots=True)
class Fleet:
    """All resources seen in one account and region.

    ``complete`` is False when a list could not be read to its end: absence then means nothing.
    """

    account: str
    region: str
    resources: tuple[Resource, ...]
    complete: bool
    complete_kinds: frozenset[Kind] = frozenset(Kind)

    @property
    def monitored(self) -> tuple[Resource, ...]:
        """Those that serve now."""
        return tuple(r for r in self.resources if r.state is State.ACTIVE)
