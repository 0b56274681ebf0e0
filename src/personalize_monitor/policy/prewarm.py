"""Pre-warms of one resource: which floor to set when one begins or ends, from what was recorded.

Overlapping ones take the higher floor. When one ends, the floor goes back to what the others still
ask for, or to what it was before the first of them; but what a person set meanwhile stays.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from personalize_monitor.contract import (
    END_PREWARM_KEY,
    FLOOR_UPDATED_EVENT,
    PREWARM_KEY,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.model.entry import Entry

_REQUESTS = frozenset(UPDATE_FLOOR_EVENT.values())
_DONE = frozenset(FLOOR_UPDATED_EVENT.values())


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the pre-warms of a resource stand.

    ``active`` has the floor that each running one asks for, by its id. ``before`` is the floor
    before the first of them, ``last`` the one that a pre-warm set last; None when none set any.
    """

    active: Mapping[str, int] = field(default_factory=dict)
    before: int | None = None
    last: int | None = None


@dataclass(frozen=True, slots=True)
class Step:
    """The floor to set, or None to leave it, with the reason in a sentence."""

    floor: int | None
    why: str


def standing(entries: Iterable[Entry], now: datetime) -> Standing:
    """Read the journal's entries about one resource, in time order, up to before ``now``."""
    active: dict[str, tuple[int, datetime]] = {}
    before: int | None = None
    last: int | None = None
    for entry in entries:
        name = str(entry.detail.get(PREWARM_KEY) or "")
        if not name or entry.time >= now:
            continue
        if entry.name in _REQUESTS:
            _asked(entry, name, active)
        elif entry.name in _DONE:
            if before is None or entry.previous_floor != last:
                before = entry.previous_floor
            last = entry.floor
            running = any(until > entry.time for _, until in active.values())
            if entry.detail.get(END_PREWARM_KEY) is True and not running:
                before = last = None
    asked = {name: floor for name, (floor, until) in active.items() if until > now}
    return Standing(asked, before, last)


def _asked(entry: Entry, name: str, active: dict[str, tuple[int, datetime]]) -> None:
    if entry.detail.get(END_PREWARM_KEY) is True:
        active.pop(name, None)
    elif entry.floor is not None and (until := _until(entry)) is not None:
        active[name] = (entry.floor, until)


def _until(entry: Entry) -> datetime | None:
    """When the pre-warm is over at the latest, even if its end never arrives."""
    minutes = entry.detail.get("HoldMinutes")
    if isinstance(minutes, int):
        return entry.time + timedelta(minutes=minutes)
    try:
        return datetime.fromisoformat(str(entry.detail.get("HoldUntil")))
    except ValueError:
        return None


def begin(stand: Standing, name: str, floor: int, in_force: int) -> Step:
    """What the beginning of pre-warm ``name`` asks for, while ``in_force`` is the floor."""
    if in_force >= floor:
        return Step(None, f"The floor already is {in_force}, and pre-warm {name} asks for {floor}.")
    if name in stand.active and stand.last is not None and in_force != stand.last:
        return Step(
            None,
            f"Pre-warm {name} set the floor to {stand.last} before, and somebody changed it to "
            f"{in_force} since; that is left alone.",
        )
    return Step(floor, f"Pre-warm {name} begins.")


def end(stand: Standing, name: str, in_force: int) -> Step:
    """What the end of pre-warm ``name`` asks for, while ``in_force`` is the floor."""
    if stand.before is None or stand.last is None:
        return Step(None, f"Pre-warm {name} raised nothing, or has been ended already.")
    if in_force != stand.last:
        return Step(
            None,
            f"Somebody changed the floor from {stand.last} to {in_force} during pre-warm {name}; "
            "that is left alone.",
        )
    others = {other: floor for other, floor in stand.active.items() if other != name}
    floor = max(stand.before, *others.values(), 0)
    if floor >= in_force:
        return Step(None, f"Pre-warm {name} ends, and the floor stays {in_force} for another one.")
    kept = f", which pre-warm {max(others, key=others.__getitem__)} asks for" if others else ""
    back = kept if floor > stand.before else ", what it was before"
    return Step(floor, f"Pre-warm {name} has ended: the floor returns to {floor}{back}.")
