"""Choose the floors of the coming day: least expected cost, few updates, no raise in doubt."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import compress
from math import sqrt

from personalize_monitor.policy.follow.outlook import Outlook, Scene

TRIAL_SLOTS = 20
"""A raise must prove itself over the next eleven hours of the past days, slot by slot."""


@dataclass(frozen=True, slots=True)
class Path:
    """Level numbers by slot, the expected ``cost`` from here on, and how many changes it has."""

    levels: tuple[int, ...]
    changes: int


def cheapest(
    outlook: Outlook,
    *,
    start: int,
    price: float,
    update: float,
    allowed: Sequence[bool] | None = None,
) -> Path:
    """The path of least expected waste + ``price`` x exposure + ``update`` for every change.

    ``start`` is the level in force; ``allowed`` says which levels may be chosen, None
    means all. Dynamic programme from the last slot to the first. Ties keep the level.
    """
    ahead = [0.0] * len(outlook.levels)
    rows: list[tuple[list[float], float, int]] = []
    for waste, exposed in zip(reversed(outlook.waste), reversed(outlook.exposed), strict=True):
        row = [w + price * e + a for w, e, a in zip(waste, exposed, ahead, strict=True)]
        best = min(row if allowed is None else compress(row, allowed))
        limit = best + update
        rows.append((row, limit, row.index(best)))
        ahead = [cost if cost <= limit else limit for cost in row]
    level, levels, changes = start, [], 0
    for row, limit, best_level in reversed(rows):
        if row[level] > limit:
            level = best_level
            changes += 1
        levels.append(level)
    return Path(tuple(levels), changes)


def level_of(outlook: Outlook, floor: int) -> int:
    """The number of the highest level that ``floor`` covers."""
    return max(0, bisect_right(outlook.levels, floor) - 1)


@dataclass(frozen=True, slots=True)
class Trial:
    """What a path gains over floor 1 on the past days: weighted mean and its standard error."""

    gain: float
    error: float

    def convinces(self, doubt: float) -> bool:
        """Whether the gain exceeds ``doubt`` standard errors."""
        return self.gain > doubt * self.error


def trial(outlook: Outlook, path: Path, price: float) -> Trial:
    """Try the path on each past day by itself: days that disagree make a large error."""
    floors = [outlook.levels[level] for level in path.levels[:TRIAL_SLOTS]]
    total = squares = gained = gained_squares = 0.0
    for scene in outlook.scenes:
        weight = max(weight for weight, _ in scene.slots[:TRIAL_SLOTS])
        gain = _gain(outlook, scene, floors, price)
        total += weight
        squares += weight * weight
        gained += weight * gain
        gained_squares += weight * gain * gain
    if not total:
        return Trial(0.0, 0.0)
    mean = gained / total
    spread = max(0.0, gained_squares / total - mean * mean)
    independent = total * total / squares
    return Trial(mean, sqrt(spread / max(independent - 1.0, 0.3)))


def _gain(outlook: Outlook, scene: Scene, floors: Sequence[float], price: float) -> float:
    """What the floors save on one past day, in TPS x intervals of bill."""
    gain = 0.0
    for slot, floor, (_, samples) in zip(outlook.slots, floors, scene.slots, strict=False):
        if floor <= 1.0:
            continue
        part = 0.0
        for rate, cap in samples:
            have = cap if cap > 1.0 else 1.0
            if floor > rate:
                part -= floor - (rate if rate > 1.0 else 1.0)
                if rate > have:
                    part += price * (rate - have)
            elif floor > have:
                part += price * (floor - have)
        gain += part * slot.stride
    return gain
