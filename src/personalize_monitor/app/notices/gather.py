"""Changes of floors that the monitor asked for: one mail an hour about all of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from personalize_monitor.app.notices.compose import compose
from personalize_monitor.app.notices.facts import (
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
from personalize_monitor.app.notices.letter import Letter, letter
from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.model.counted import counted
from personalize_monitor.model.entry import Entry, entries_in

_IN_A_MAIL = 100
"""SNS takes 256 KB."""
_CHANGES = frozenset(FLOOR_UPDATED_EVENT.values())


def gather(events: Iterable[Mapping[str, Any]], home: Home) -> list[Letter]:
    """Letters about these events: the changes of floors together, everything else by itself.

    An event that came twice counts once.
    """
    once = {str(event.get("id") or number): event for number, event in enumerate(events)}
    changes = [event for event in once.values() if event.get("detail-type") in _CHANGES]
    alone = [event for event in once.values() if event not in changes or len(changes) == 1]
    letters = [told for event in alone if (told := compose(event, home)) is not None]
    entries = entries_in(changes) if len(changes) > 1 else []
    parts = range(0, len(entries), _IN_A_MAIL)
    return letters + [_together(entries[at : at + _IN_A_MAIL], home) for at in parts]


def _together(entries: Sequence[Entry], home: Home) -> Letter:
    savings = [saving for entry in entries if (saving := saving_of(entry))]
    known = counted(len(savings), "change")
    part = "" if len(savings) == len(entries) else f" ({known} of {len(entries)} counted)"
    names = ", ".join(name_of(entry) for entry in entries)
    first, last = entries[0].time, entries[-1].time
    return letter(
        f"{_what(entries)}{saves(sum(savings))}: {names}",
        f"{_what(entries)} from {first:%Y-%m-%d %H:%M} to {last:%H:%M} UTC. The old capacity "
        "serves until each update is done; there is no interruption.",
        estimate(sum(savings), part),
        *(_one(entry) for entry in entries),
        home.dashboard,
    )


def _what(entries: Sequence[Entry]) -> str:
    up = sum((entry.floor or 0) > (entry.previous_floor or 0) for entry in entries)
    down = len(entries) - up
    told = [f"{counted(down, 'floor')} lowered"] if down else []
    told += [f"{counted(up, 'floor')} raised"] if up else []
    return ", ".join(told)


def _one(entry: Entry) -> str:
    account, region = account_and_region(entry)
    what = f"{floors_of(entry)}{saves(saving_of(entry))}"
    lines = (
        f"{name_of(entry)} ({account or '?'}, {region or '?'}): {what}",
        why_of(entry),
        undo_of(entry),
    )
    return "\n".join(line for line in lines if line)
