"""Changes that the monitor asked for: one mail about all of a cycle."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from personalize_monitor.model.counted import counted
from personalize_monitor.model.entry import Entry, entries_in
from personalize_monitor.notify.compose import compose
from personalize_monitor.notify.facts import (
    REMOVED,
    Home,
    account_and_region,
    estimate,
    floors_of,
    name_of,
    saves,
    saving_of,
    undo_of,
    why_of,
)
from personalize_monitor.notify.letter import Letter, letter, one_line

_IN_A_MAIL = 100
"""SNS takes 256 KB."""
Change = Mapping[str, Any]
"""The announcement of what was changed, as EventBridge delivers it."""


@dataclass(frozen=True, slots=True)
class Gathered:
    """One mail, and the changes that it tells."""

    letter: Letter | None
    changes: tuple[Change, ...]


def gather(changes: Iterable[Change], home: Home) -> list[Gathered]:
    """One letter for these changes; more where a mail has no room.

    A change that came twice counts once. ``letter`` is None for what cannot be understood.
    """
    once = list({mark_of(change): change for change in changes}.values())
    return [
        Gathered(_letter(part, home), tuple(part))
        for at in range(0, len(once), _IN_A_MAIL)
        if (part := once[at : at + _IN_A_MAIL])
    ]


def mark_of(change: Change) -> str:
    """What tells a change from others: its request, resource and floor.

    An announcement that was made again after a doubt has the same; an event that somebody else put
    on the bus cannot stand for ours unless it tells the very same.
    """
    detail = change.get("detail")
    told = detail if isinstance(detail, Mapping) else {}
    request = told.get("RequestId") or change.get("id")
    return " ".join(str(one) for one in (request, told.get("ARN"), told.get("NewMinTPS")))


def _letter(changes: Sequence[Change], home: Home) -> Letter | None:
    if len(changes) == 1:
        return compose(changes[0], home)
    entries = entries_in(changes)
    return _together(entries, home) if entries else None


def _together(entries: Sequence[Entry], home: Home) -> Letter:
    times = [entry.time for entry in entries]
    entries = sorted(entries, key=lambda entry: (-(saving_of(entry) or 0.0), name_of(entry)))
    savings = [saving for entry in entries if (saving := saving_of(entry))]
    known = counted(len(savings), "change")
    part = "" if len(savings) == len(entries) else f" ({known} of {len(entries)} counted)"
    names = ", ".join(name_of(entry) for entry in entries)
    first, last = min(times), max(times)
    told = letter(
        f"{_what(entries)}{saves(sum(savings))}: {names}",
        f"{_what(entries)} from {home.when(first)} to {home.when(last)}. The old capacity "
        "serves until each update is done; there is no interruption.",
        estimate(sum(savings), part),
        *(_one(entry) for entry in entries),
        home.dashboard,
    )
    about = tuple(dict.fromkeys(one_line(entry.arn) for entry in entries))
    return replace(told, kind="changes", resources=about)


def _what(entries: Sequence[Entry]) -> str:
    done = Counter(map(_sort, entries))
    return ", ".join(f"{counted(done[sort], noun)} {sort}" for sort, noun in _SORTS if done[sort])


_SORTS = (
    ("lowered", "floor"),
    ("raised", "floor"),
    ("deleted", "campaign"),
    ("stopped", "recommender"),
)


def _sort(entry: Entry) -> str:
    if entry.name in REMOVED:
        return REMOVED[entry.name]
    return "raised" if (entry.floor or 0) > (entry.previous_floor or 0) else "lowered"


def _one(entry: Entry) -> str:
    account, region = account_and_region(entry)
    removed = REMOVED.get(entry.name)
    what = f"idle, {removed}" if removed else floors_of(entry)
    what += saves(saving_of(entry))
    lines = (
        f"{name_of(entry)} ({account or '?'}, {region or '?'}): {what}",
        why_of(entry),
        undo_of(entry),
    )
    return "\n".join(line for line in lines if line)
