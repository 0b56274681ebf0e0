"""Past days that resemble today so far, and how much each of them says about the next hours."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import exp, isnan, log

from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.model.window import SECONDS

DAYS = 28
"""Four times the same weekday; fewer days are used as they are."""
_PART = 6
"""Half hours are compared: long enough to average the noise of five minutes out."""
_PARTS = 4
_SHAPE = 0.08
"""Distance (log) over the last two hours at which a day counts 0.6; wider in noisy demand."""
_LEVEL = 0.15
_AGING = 0.04
_SAME_WEEKDAY = 3.0
OTHER_KIND = 0.02
"""A weekday says little about a weekend day, and the other way round."""
_MOST_RAISED = 0.25
"""Past days are scaled up to today's level, but a burst is not taken for the day's level."""
_MOST_LOWERED = 2.0
_LEAST_SHARE = 0.02
_AT_MOST = 12
_EPOCH_WEEKDAY = 3
"""1 January 1970 was a Thursday."""


@dataclass(frozen=True, slots=True)
class Analog:
    """A past day: ``offset`` is its index at today's clock time, ``level`` the log to scale by."""

    days_ago: int
    offset: int
    weight: float
    level: float


@dataclass(frozen=True, slots=True)
class Analogs:
    """The past days in use; ``like`` counts full past days of the kind of the coming hours.

    ``silent``: the last two hours had no request at all, and on most past days they had some.
    """

    days: tuple[Analog, ...]
    like: int
    mean: float
    silent: bool = False


def is_weekend(index: int) -> bool:
    """Whether the five-minute interval with this number since the epoch is on a weekend (UTC)."""
    return (index // PER_DAY + _EPOCH_WEEKDAY) % 7 >= 5


def find(demand: Demand) -> Analogs | None:
    """Weigh the past days of ``demand`` against its end; None when the last hours are unknown."""
    sums = demand.sums
    here = len(sums)
    today = _parts(sums, here)
    if today is None:
        return None
    mean = _mean(sums)
    small = 0.02 * mean * _PART + 1e-9
    soon = demand.end // SECONDS + _PARTS * _PART
    seen = []
    like = busy = 0
    for days_ago in range(1, min(DAYS, here // PER_DAY) + 1):
        offset = here - days_ago * PER_DAY
        parts = _parts(sums, offset)
        if parts is None:
            continue
        like += is_weekend(soon) == is_weekend(soon - days_ago * PER_DAY)
        busy += any(parts)
        logs = [log((a + small) / (b + small)) for a, b in zip(today, parts, strict=True)]
        level = logs[-1]
        shape = sum((one - level) ** 2 for one in logs[:-1]) / (_PARTS - 1)
        seen.append((days_ago, offset, level, shape))
    silent = not any(today) and 2 * busy > len(seen)
    return Analogs(_weigh(seen), like, mean / SECONDS, silent)


def _mean(sums: Sequence[float]) -> float:
    """The mean of the known sums."""
    mean = sum(sums) / len(sums)
    if not isnan(mean):
        return mean
    known = [value for value in sums if not isnan(value)]
    return sum(known) / len(known)


def _parts(sums: Sequence[float], end: int) -> list[float] | None:
    """Request sums of the half hours before ``end``, the latest last; None if not all known."""
    if end < _PARTS * _PART:
        return None
    parts = [sum(sums[i : i + _PART]) for i in range(end - _PARTS * _PART, end, _PART)]
    return None if isnan(sum(parts)) else parts


def _weigh(seen: list[tuple[int, int, float, float]]) -> tuple[Analog, ...]:
    """Kernel weights; the kernel widens with the distance of the nearest quarter of the days."""
    if not seen:
        return ()
    near = sorted(shape for *_, shape in seen)[: max(1, len(seen) // 4)]
    wider = 1 + sum(near) / len(near) / _SHAPE**2
    shape_scale, level_scale = 2 * _SHAPE**2 * wider, 2 * _LEVEL**2 * wider
    found = []
    for days_ago, offset, level, shape in seen:
        weight = exp(-shape / shape_scale - level * level / level_scale - _AGING * days_ago) + 1e-7
        if days_ago % 7 == 0:
            weight *= _SAME_WEEKDAY
        found.append(
            Analog(days_ago, offset, weight, max(-_MOST_LOWERED, min(_MOST_RAISED, level)))
        )
    found.sort(key=lambda analog: -analog.weight)
    least = found[0].weight * _LEAST_SHARE
    return tuple(analog for analog in found[:_AT_MOST] if analog.weight >= least)
