"""The changes of floors that the journal tells of, and the case of each: what the desk shows.

Whoever changed a floor through this application left an intent in the journal; what the monitor
found out is a record in a stream of its own. Where nothing is deployed there are no such records,
and a case has no verdict until somebody looks at what callers got.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.entry import CASE, Entry, changes_of_ours
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.harm import By, Case, open_case

_BY = {"monitor": By.MONITOR, "prewarm": By.PREWARM, "restore": By.RESTORE}


@dataclass(frozen=True, slots=True)
class FloorMove:
    """A floor that went from one value to another; ``opened`` and ``landed`` in epoch seconds."""

    from_floor: int
    floor: int
    by: By
    opened: int
    landed: int


def floor_changes(reader: JournalReader, *, now: datetime, hours: float) -> list[Entry]:
    """Announcements of new floors, as our functions wrote them; raises JournalUnavailable."""
    return [
        entry
        for name in FLOOR_UPDATED_EVENT.values()
        for entry in changes_of_ours(reader.about(name, now=now, hours=hours))
        if entry.name == name
    ]


def in_force(entries: Iterable[Entry], floor: int) -> list[Entry]:
    """Those changes that came into force: the next began from it, or ``floor`` is it."""
    found: list[Entry] = []
    wanted = floor
    for entry in sorted(entries, key=lambda e: e.time, reverse=True):
        if entry.floor is None or entry.previous_floor is None:
            continue
        # A change that nobody announced lies between; before it, all is as it was announced.
        failed = entry.floor != wanted and entry.previous_floor == wanted
        if not failed:
            found.append(entry)
            wanted = entry.previous_floor
    return found[::-1]


def moves(entries: Iterable[Entry], floor: int, resource: Resource | None) -> list[FloorMove]:
    """The changes that came into force, the oldest first; ``floor`` is the one in force now.

    The last one did when ``resource`` was updated, if that was later than its announcement.
    """
    found = in_force(entries, floor)
    return [_move(e, resource if e is found[-1] else None) for e in found]


def _move(entry: Entry, resource: Resource | None) -> FloorMove:
    assert entry.previous_floor is not None
    assert entry.floor is not None
    by = _BY.get(str(entry.detail.get("RequestedBy")), By.PERSON)
    landed = entry.time
    if resource is not None and entry.floor == resource.floor:
        landed = max(landed, resource.updated)
    return FloorMove(
        entry.previous_floor,
        entry.floor,
        by,
        int(entry.time.timestamp()),
        _next_window(int(landed.timestamp())),
    )


def by_hand(resource: Resource, floor: int) -> FloorMove:
    """A change from ``floor`` to the one in force that our journal knows nothing of."""
    at = int(resource.updated.timestamp())
    return FloorMove(floor, resource.floor, By.PERSON, at, _next_window(at))


def _next_window(at: int) -> int:
    return (at // SECONDS + 1) * SECONDS


def cases_in(
    reader: JournalReader, resources: Mapping[str, Resource], *, now: datetime, hours: float
) -> dict[str, list[Case]]:
    """The cases of the last ``hours`` by ARN, the oldest first; raises JournalUnavailable.

    ``resources`` are those that are there now. A case with a record of the monitor is as recorded.
    """
    recorded: dict[str, dict[int, Case]] = defaultdict(dict)
    for entry in reader.about(CASE, now=now, hours=hours):
        case = _recorded(entry) if entry.time <= now else None
        if case is not None and case.opened >= now.timestamp() - hours * 3600:
            recorded[case.arn][case.opened] = case
    changes: dict[str, dict[str, Entry]] = defaultdict(dict)
    for entry in floor_changes(reader, now=now, hours=hours):
        if entry.time > now:
            continue  # a look at the past does not know it
        # Of several attempts at one request the last one counts.
        changes[entry.arn][entry.request_id or entry.time.isoformat()] = entry
    found = {
        arn: _in_order(
            arn,
            list(changes.get(arn, {}).values()),
            recorded.get(arn, {}),
            resources.get(arn),
        )
        for arn in sorted({*recorded, *changes})
    }
    return {arn: cases for arn, cases in found.items() if cases}


def _recorded(entry: Entry) -> Case | None:
    if entry.name != CASE or not entry.own:
        return None
    try:
        return Case.from_dict(entry.detail["Case"])
    except (KeyError, TypeError, ValueError):
        return None  # of another version


def _in_order(
    arn: str,
    changes: Sequence[Entry],
    recorded: Mapping[int, Case],
    resource: Resource | None,
) -> list[Case]:
    last = max(changes, key=lambda entry: entry.time, default=None)
    floor = resource.floor if resource else (last.floor if last else None)
    moved = {move.opened: move for move in moves(changes, floor or 1, resource)}
    found: list[Case] = []
    for opened in sorted({*moved, *recorded}):
        case = recorded.get(opened)
        change = case or moved[opened]
        opens, ended = open_case(
            arn,
            from_floor=change.from_floor,
            floor=change.floor,
            by=change.by,
            opened=opened,
            landed=change.landed,
            cases=found[-1:],
        )
        if ended:
            found[-1] = replace(found[-1], state=ended[0].state, closed=ended[0].closed)
        found.append(case or opens)
    return found


def last_lowering(cases: Iterable[Case]) -> Case | None:
    """The case that people ask about: the last one that took something away."""
    return max((c for c in cases if c.is_lowering), key=lambda c: c.opened, default=None)
