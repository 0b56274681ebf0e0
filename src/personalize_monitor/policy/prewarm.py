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
from personalize_monitor.model.moment import known_time, later

_REQUESTS = frozenset(UPDATE_FLOOR_EVENT.values())
_DONE = frozenset(FLOOR_UPDATED_EVENT.values())


_OURS = timedelta(minutes=2)
"""An update that began so long after our own at the latest is ours: the two clocks may differ."""


@dataclass(frozen=True, slots=True)
class Standing:
    """Where the pre-warms of a resource stand.

    ``active`` has the floor that each running one asks for, by its id, and ``ended`` the ids of
    those that were ended after the request was made. ``before`` is the floor before the first of
    them, ``last`` the one that a pre-warm set last, at ``set_at``; None when none set any.
    """

    active: Mapping[str, int] = field(default_factory=dict)
    before: int | None = None
    last: int | None = None
    set_at: datetime | None = field(default=None, compare=False)
    ended: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Step:
    """The floor to set, or None to leave it, with the reason in a sentence."""

    floor: int | None
    why: str


@dataclass(slots=True)
class _Reading:
    """What the entries have told so far."""

    active: dict[str, tuple[int, datetime]] = field(default_factory=dict)
    before: int | None = None
    last: int | None = None
    set_at: datetime | None = None

    def running(self, at: datetime) -> bool:
        return any(until > at for _, until in self.active.values())

    def forget(self) -> None:
        """All pre-warms are over: what they set, and what was before, is the past."""
        self.before = self.last = self.set_at = None


def standing(entries: Iterable[Entry], now: datetime, *, asked: datetime | None = None) -> Standing:
    """Read the journal's entries about one resource, in time order.

    Requests count as far as they were made before ``asked``, when the present one was.
    """
    asked = now if asked is None else asked
    reading = _Reading()
    ended: set[str] = set()
    for entry in entries:
        name = str(entry.detail.get(PREWARM_KEY) or "")
        if entry.time > now:
            continue
        if entry.name in _REQUESTS and not name:
            _wished(entry, reading)
        elif entry.name in _REQUESTS and entry.time >= asked:
            if entry.time > asked and entry.detail.get(END_PREWARM_KEY) is True:
                ended.add(name)
        elif entry.name in _REQUESTS:
            _asked(entry, name, reading)
        elif name and entry.name in _DONE:
            _done(entry, reading)
    live = {name: floor for name, (floor, until) in reading.active.items() if until > now}
    return Standing(live, reading.before, reading.last, reading.set_at, frozenset(ended))


def _wished(entry: Entry, reading: _Reading) -> None:
    """A person asks for the very floor that a pre-warm set: from then on it is theirs."""
    measured = any(key in entry.detail for key in ("CurrentProvisionedTPS", "CurrentMinTPS"))
    if not measured and entry.floor is not None and entry.floor == reading.last:
        reading.before = entry.floor


def _asked(entry: Entry, name: str, reading: _Reading) -> None:
    if entry.detail.get(END_PREWARM_KEY) is True:
        # Its end is sent several times: the last ones find nothing to end.
        reading.active.pop(name, None)
        return
    until = _until(entry)
    if entry.floor is None or until is None:
        return
    if reading.set_at is not None and not reading.running(entry.time):
        # The one before was ended or ran out without lowering anything, as somebody had changed
        # the floor: that is of another day.
        reading.forget()
    reading.active[name] = (entry.floor, until)


def _done(entry: Entry, reading: _Reading) -> None:
    if reading.before is None or entry.previous_floor != reading.last:
        reading.before = entry.previous_floor
    reading.last, reading.set_at = entry.floor, entry.time
    if entry.detail.get(END_PREWARM_KEY) is True and not reading.running(entry.time):
        reading.forget()


def _until(entry: Entry) -> datetime | None:
    """When the pre-warm is over at the latest, even if its end never arrives."""
    minutes = entry.detail.get("HoldMinutes")
    if minutes is not None:
        return later(entry.time, minutes)
    return known_time(entry.detail.get("HoldUntil"))


def begin(stand: Standing, name: str, floor: int, in_force: int) -> Step:
    """What the beginning of pre-warm ``name`` asks for, while ``in_force`` is the floor."""
    if name in stand.ended:
        return Step(None, f"Pre-warm {name} has been ended already; its beginning came too late.")
    if in_force >= floor:
        return Step(None, f"The floor already is {in_force}, and pre-warm {name} asks for {floor}.")
    if name in stand.active and stand.last is not None and in_force != stand.last:
        return Step(
            None,
            f"Pre-warm {name} set the floor to {stand.last} before, and somebody changed it to "
            f"{in_force} since; that is left alone.",
        )
    return Step(floor, f"Pre-warm {name} begins.")


def end(stand: Standing, name: str, in_force: int, changed: datetime | None = None) -> Step:
    """What the end of pre-warm ``name`` asks for, while ``in_force`` is the floor.

    ``changed`` is when somebody last began to change the resource.
    """
    if stand.before is None or stand.last is None:
        return Step(None, f"Pre-warm {name} raised nothing, or has been ended already.")
    if in_force != stand.last:
        return Step(
            None,
            f"Somebody changed the floor from {stand.last} to {in_force} during pre-warm {name}; "
            "that is left alone.",
        )
    if changed is not None and stand.set_at is not None and changed > stand.set_at + _OURS:
        return Step(
            None,
            f"Somebody set the floor to {in_force} anew during pre-warm {name}; that is left "
            "alone.",
        )
    others = {other: floor for other, floor in stand.active.items() if other != name}
    floor = max(stand.before, *others.values(), 0)
    if floor >= in_force:
        return Step(None, f"Pre-warm {name} ends, and the floor stays {in_force} for another one.")
    kept = f", which pre-warm {max(others, key=others.__getitem__)} asks for" if others else ""
    back = kept if floor > stand.before else ", what it was before"
    return Step(floor, f"Pre-warm {name} has ended: the floor returns to {floor}{back}.")
