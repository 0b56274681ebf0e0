"""Who changed a floor when, and what the floor would have been without us.

Without us it is the floor before our first change, until a person sets another: that setting
would be in force without us as well.
"""

from __future__ import annotations

import enum
from collections.abc import Iterable
from dataclasses import dataclass

from personalize_monitor.model.floors import Floors


class ChangeKind(enum.StrEnum):
    """What a change of the floor was; all but PERSON are ours."""

    LOWERED = "lowered"
    RAISED = "raised"
    DELETED = "deleted"
    STOPPED = "stopped"
    RESTORED = "restored"
    PERSON = "person"


_SEEN = -1
"""In place of the floor before: only the floor after the change was seen."""


@dataclass(frozen=True, slots=True)
class FloorChange:
    """The floor went from ``before`` to ``after`` (0: not there) at epoch second ``at``."""

    at: int
    before: int
    after: int
    kind: ChangeKind


@dataclass(frozen=True, slots=True)
class FloorHistory:
    """The floor that was in force, the floor without us, and (begin, end) where nobody knows.

    Nobody knows where one of our changes found another floor than the one before it left: a
    person had changed it in between, and it is not on record when.
    """

    actual: Floors
    without_us: Floors
    blind: tuple[tuple[int, int], ...]


def floor_history(observed: Floors, changes: Iterable[FloorChange]) -> FloorHistory:
    """Both floors over time, from what was seen and from our journal.

    ``observed`` starts with the floor at creation. Later entries in it are settings by people,
    unless they show a floor that ``changes`` already account for.
    """
    ours = sorted(changes, key=lambda change: change.at)
    start, seen = observed[0], observed[1:]
    if ours and ours[0].at < start[0]:
        # Recreated since: the journal remembers a life before this creation.
        start, seen = (ours[0].at, ours[0].before), observed
    settings = [FloorChange(at, _SEEN, value, ChangeKind.PERSON) for at, value in seen]
    # At the same second the journal goes first: what was seen then is the change it tells of.
    events = sorted([*ours, *settings], key=lambda change: (change.at, change.before == _SEEN))
    actual, without_us = [start], [start]
    blind: list[tuple[int, int]] = []
    sure = start[0]
    for event in events:
        now = actual[-1][1]
        if event.before not in (_SEEN, now):
            blind.append((sure, event.at))
            without_us.append((event.at, event.before))
        sure = event.at
        if event.before == _SEEN and event.after == now:
            continue
        if event.kind is ChangeKind.PERSON:
            without_us.append((event.at, event.after))
        actual.append((event.at, event.after))
    return FloorHistory(tuple(actual), tuple(without_us), tuple(blind))
