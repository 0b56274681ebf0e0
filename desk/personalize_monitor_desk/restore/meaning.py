"""What restoring one resource means, by the journal: make it again, start it, or set its floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any

from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    FLOOR_UPDATED_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    RESTORED_EVENT,
)
from personalize_monitor.model.entry import INTENT, Entry

_UPDATED = frozenset(FLOOR_UPDATED_EVENT.values())
_NOT_OURS_TO_UNDO = frozenset({"restore", "prewarm"})


@dataclass(frozen=True, slots=True)
class Deletion:
    """A deletion of ours: when, why, and everything that is needed to make the campaign again.

    ``announced`` is False when only the intent is there: the function died in between.
    """

    time: datetime
    reason: str
    recipe: Mapping[str, Any]
    announced: bool
    request_id: str = field(default="", compare=False)


@dataclass(frozen=True, slots=True)
class FloorBefore:
    """The floor before a change of ours, and the change itself."""

    floor: int
    change: Entry


def last_deletion(entries: Iterable[Entry]) -> Deletion | None:
    """The latest deletion with a recipe, announced or only intended.

    The recipe is the one that the deleting function wrote beforehand: an event could be anybody's.
    """
    found: Deletion | None = None
    for entry in entries:
        if entry.name == CAMPAIGN_DELETED_EVENT and found is not None:
            if entry.request_id == found.request_id:
                found = replace(found, announced=True)
        elif entry.own and entry.name in (INTENT, CAMPAIGN_DELETED_EVENT):
            found = _deletion(entry) or found
    return found


def _deletion(entry: Entry) -> Deletion | None:
    recipe, said = entry.detail.get("Restore"), entry.detail
    if entry.name == INTENT:
        announced = entry.detail.get("AnnouncementDetail")
        said = announced if isinstance(announced, Mapping) else {}
        if entry.detail.get("Announcement") != CAMPAIGN_DELETED_EVENT:
            return None
    if not isinstance(recipe, Mapping) or not isinstance(recipe.get("solutionVersionArn"), str):
        return None
    told = entry.name == CAMPAIGN_DELETED_EVENT
    return Deletion(entry.time, str(said.get("Reason", "")), recipe, told, entry.request_id)


def last_stop(entries: Iterable[Entry]) -> Entry | None:
    """The latest stop of a recommender by us, announced or only intended."""
    found = None
    for entry in entries:
        intended = entry.name == INTENT and entry.detail.get("Announcement")
        if RECOMMENDER_STOPPED_EVENT in (entry.name, intended):
            found = entry
    return found


def restored_since(entries: Iterable[Entry], moment: datetime) -> bool:
    """Whether it was restored at or after ``moment``."""
    return any(entry.name == RESTORED_EVENT and entry.time >= moment for entry in entries)


def floor_before(entries: Sequence[Entry], *, first: bool) -> FloorBefore | None:
    """The floor before our last change; with ``first``, before the first one we decided ourselves.

    Restorations and pre-warms are not changes to undo: the ones are undone already, and the others
    end by themselves.
    """
    changes = [
        entry
        for entry in entries
        if entry.name in _UPDATED
        and entry.previous_floor is not None
        and entry.detail.get("RequestedBy") not in _NOT_OURS_TO_UNDO
    ]
    if not changes:
        return None
    decided = [entry for entry in changes if entry.by_monitor]
    change = (decided or changes)[0] if first else changes[-1]
    assert change.previous_floor is not None
    return FloorBefore(change.previous_floor, change)
