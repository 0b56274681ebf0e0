"""Which floors of a resource are known to carry, which are known to hurt, and for how long.

Rule. A floor that hurt, and every floor below it, is closed while both of this holds:

* the pause is not over: ``PAUSE`` after a hurt, twice as long after each further one at this floor
  or above it, at most ``LONGEST``; half of it once another solution version is served (a version
  that nobody knows counts as the same);
* demand is not clearly lower: the highest rate of a wholly known fortnight is not below
  ``CLEARLY_LOWER`` of the lowest load that was hurt.

Above a closed floor, a floor is open if it is known to carry all loads that were hurt, or if
nothing came faster than it for a fortnight, the loads that were hurt included. For ``REST`` after a
hurt, nothing is lowered at all.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import asdict, dataclass, replace
from math import ceil
from typing import Any

from personalize_monitor.policy.harm.reserve import Reserve

DAY = 24 * 3600
REST = 7 * DAY
"""A week."""
PAUSE = 28 * DAY
"""Four weeks, then eight, sixteen ..."""
LONGEST = 365 * DAY
"""A year."""
CLEARLY_LOWER = 0.5
"""Half."""
KEPT = 24
"""Floors remembered of each kind; of more, the oldest are forgotten, never the last hurt."""


@dataclass(frozen=True, slots=True)
class Carried:
    """``floor`` carried loads up to ``load`` TPS; last seen at ``at`` (epoch seconds)."""

    floor: int
    load: float
    at: int
    solution_version: str | None = None


@dataclass(frozen=True, slots=True)
class Hurt:
    """``floor`` hurt at loads from ``low`` to ``high`` TPS, told at ``at``; ``back_to`` was set.

    ``times`` counts the hurts at this floor or above it so far, this one included.
    """

    floor: int
    low: float
    high: float
    at: int
    back_to: int
    times: int = 1
    solution_version: str | None = None

    def until(self, world: World) -> int:
        """When the pause is over, in epoch seconds."""
        pause = min(LONGEST, PAUSE << min(self.times - 1, 10))
        return self.at + (pause if _same(self, world) else pause // 2)


@dataclass(frozen=True, slots=True)
class World:
    """What may have changed: the version served, and the highest rate (TPS) of a fortnight.

    ``highest`` is None unless all of the fortnight is known.
    """

    solution_version: str | None = None
    highest: float | None = None


@dataclass(frozen=True, slots=True)
class Allowed:
    """The lowest floor that may be set, and why it is not as low as wanted (or nothing)."""

    floor: int
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Memory:
    """What is remembered of one resource."""

    carried: tuple[Carried, ...] = ()
    hurts: tuple[Hurt, ...] = ()
    reserve: Reserve | None = None
    """What its cases have shown of the service's own reserve."""

    def with_carried(self, found: Carried) -> Memory:
        """With one more floor known to carry; of one floor and version the highest load counts."""
        same = [
            one
            for one in self.carried
            if (one.floor, one.solution_version) == (found.floor, found.solution_version)
        ]
        best = Carried(
            found.floor,
            max(found.load, *(one.load for one in same)) if same else found.load,
            max(found.at, *(one.at for one in same)) if same else found.at,
            found.solution_version,
        )
        others = tuple(one for one in self.carried if one not in same)
        kept = sorted((*others, best), key=lambda one: one.at)[-KEPT:]
        return replace(self, carried=tuple(kept))

    def with_hurt(self, found: Hurt) -> Memory:
        """With one more floor known to hurt; what it was thought to carry is forgotten."""
        before = [h for h in self.hurts if h.floor >= found.floor]
        found = Hurt(
            found.floor,
            found.low,
            found.high,
            found.at,
            found.back_to,
            1 + max((h.times for h in before), default=0),
            found.solution_version,
        )
        carried = tuple(
            one
            for one in self.carried
            if one.floor > found.floor or one.solution_version != found.solution_version
        )
        return replace(self, carried=carried, hurts=(*self.hurts, found)[-KEPT:])

    def to_dict(self) -> dict[str, Any]:
        """Plain values, for the journal."""
        return {
            "carried": [asdict(one) for one in self.carried],
            "hurts": [asdict(one) for one in self.hurts],
            "reserve": asdict(self.reserve) if self.reserve else None,
        }

    @classmethod
    def from_dict(cls, value: dict[str, Any]) -> Memory:
        """What ``to_dict`` made."""
        reserve = value.get("reserve")
        return cls(
            tuple(Carried(**one) for one in value.get("carried", ())),
            tuple(Hurt(**one) for one in value.get("hurts", ())),
            Reserve(**reserve) if reserve else None,
        )


def _same(one: Hurt | Carried, other: Hurt | World) -> bool:
    """Whether both serve the same version, as far as known."""
    a, b = one.solution_version, other.solution_version
    return a is None or b is None or a == b


def standing(memory: Memory, now: int, world: World) -> list[Hurt]:
    """The hurts that still close their floors at ``now`` (epoch seconds)."""
    return [hurt for hurt in memory.hurts if _stands(hurt, now, world)]


def _stands(hurt: Hurt, now: int, world: World) -> bool:
    lower = world.highest is not None and world.highest < CLEARLY_LOWER * hurt.low
    return now < hurt.until(world) and not lower


def lowest_allowed(memory: Memory, target: int, now: int, world: World) -> Allowed:
    """The lowest floor at or above ``target`` that may be set by ``lower`` or ``follow``.

    More hurts never allow a lower floor.
    """
    allowed = Allowed(target)
    for hurt in standing(memory, now, world):
        floor = _above(hurt, memory, now, world)
        if allowed.floor < floor:
            allowed = Allowed(floor, _because(hurt))
    return allowed


def _above(hurt: Hurt, memory: Memory, now: int, world: World) -> int:
    """The lowest floor that is open above a floor that hurt."""
    if now < hurt.at + REST:
        return max(hurt.back_to, hurt.floor + 1)
    known = [
        one.floor
        for one in memory.carried
        if one.floor > hurt.floor and one.load >= hurt.high and _same(one, world)
    ]
    if world.highest is not None:
        known.append(max(hurt.floor + 1, ceil(max(world.highest, hurt.high) - 1e-9)))
    return min(known, default=max(hurt.back_to, hurt.floor + 1))


def _because(hurt: Hurt) -> str:
    return (
        f"A floor of {hurt.floor} hurt at {hurt.low:.2f} to {hurt.high:.2f} TPS "
        f"({hurt.times} time{'s' if hurt.times > 1 else ''})"
    )


def step_back_to(
    memory: Memory, *, floor: int, from_floor: int, high: float, now: int, world: World
) -> int:
    """The lowest floor above ``floor`` known to carry ``high`` TPS; else the floor before."""
    closed = max((hurt.floor for hurt in standing(memory, now, world)), default=0)
    known: Iterable[int] = (
        one.floor
        for one in memory.carried
        if max(floor, closed) < one.floor <= from_floor and one.load >= high and _same(one, world)
    )
    return min(known, default=max(from_floor, floor))
