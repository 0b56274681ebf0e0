"""What to do about one resource, or why to leave it alone."""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, field

from personalize_monitor.model.resource import Resource

Evidence = str | int | float | bool | None


class Action(enum.StrEnum):
    """What a decision asks for."""

    LEAVE = "leave"
    SET_FLOOR = "set-floor"
    DELETE = "delete"
    STOP = "stop"


@dataclass(frozen=True, slots=True)
class Decision:
    """One resource's decision with its reason, also when the decision is to leave it alone.

    ``to_floor`` is set for SET_FLOOR. ``evidence`` holds the numbers behind the reason.
    ``held_by`` names the guard that turned an action into LEAVE; empty when nothing was held.
    """

    resource: Resource
    action: Action
    reason: str
    to_floor: int | None = None
    evidence: Mapping[str, Evidence] = field(default_factory=dict)
    held_by: str = ""

    @property
    def acts(self) -> bool:
        """Whether something would be changed."""
        return self.action is not Action.LEAVE


def leave(
    resource: Resource,
    reason: str,
    *,
    held_by: str = "",
    evidence: Mapping[str, Evidence] | None = None,
) -> Decision:
    """The decision to change nothing, and why."""
    return Decision(resource, Action.LEAVE, reason, held_by=held_by, evidence=evidence or {})
