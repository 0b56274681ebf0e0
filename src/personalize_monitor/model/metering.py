"""Billable requests of one resource: max(floor, demand) over each of its billing windows.

Campaigns are averaged over 5 minutes, recommenders over an hour (API references of
CreateCampaign and CreateRecommender). All amounts here are *requests*: a floor of 1 is 300 in
5 minutes, so that whole request sums and whole floors are added up without any rounding.
"""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import fsum, isnan

from personalize_monitor.model.floors import Floors, floor_seconds
from personalize_monitor.model.metered import HOUR, Metered


@dataclass(frozen=True, slots=True)
class Quantity:
    """Billable requests over some time, and how much of that rests on unknown demand.

    ``billed`` counts an unknown window at its floor, a lower bound; ``of_gaps`` is that part.
    ``used`` is what the demand alone would have been billed. ``active`` are the seconds in which
    the resource existed, ``gaps`` those of them in windows whose demand is unknown.
    """

    billed: float = 0.0
    used: float = 0.0
    of_gaps: float = 0.0
    active: float = 0.0
    gaps: float = 0.0

    def __add__(self, other: Quantity) -> Quantity:
        return Quantity(
            self.billed + other.billed,
            self.used + other.used,
            self.of_gaps + other.of_gaps,
            self.active + other.active,
            self.gaps + other.gaps,
        )


@dataclass(frozen=True, slots=True)
class Windows:
    """Known requests in consecutive billing windows; ``gap[i]`` is 1 if some are unknown."""

    start: int
    seconds: int
    known: Sequence[float]
    gap: bytes

    @property
    def end(self) -> int:
        """The epoch second after the last window."""
        return self.start + self.seconds * len(self.known)


def windows_of(resource: Metered, since: int, until: int) -> Windows:
    """The whole billing windows within ``since`` to ``until``; outside the series all is unknown.

    A step in which the resource did not exist counts as zero: nobody can have asked it.
    """
    size, step = resource.window, resource.step
    begin = -(since // -size) * size
    count = max(0, until // size - begin // size)
    sums = _steps(resource, begin, begin + count * size)
    per = size // step
    if not isnan(sum(sums)):  # nearly always; then nothing is looked at one by one
        starts = range(0, len(sums), per)
        known = sums if per == 1 else [fsum(sums[at : at + per]) for at in starts]
        return Windows(begin, size, known, bytes(len(known)))
    gaps = [isnan(value) for value in sums]
    known = [0.0 if gap else value for value, gap in zip(sums, gaps, strict=True)]
    if per == 1:
        return Windows(begin, size, known, bytes(gaps))
    starts = range(0, len(sums), per)
    return Windows(
        begin,
        size,
        [fsum(known[at : at + per]) for at in starts],
        bytes(any(gaps[at : at + per]) for at in starts),
    )


def _steps(resource: Metered, begin: int, end: int) -> list[float]:
    """The request sums from ``begin`` to ``end``: NaN where unknown, 0 where it did not exist."""
    step, nan = resource.step, float("nan")
    offset = (begin - resource.start) // step
    count = (end - begin) // step
    inside = resource.requests[max(0, offset) : max(0, offset + count)]
    before = min(count, max(0, -offset))
    sums = [nan] * before
    if isinstance(inside, array):
        sums += inside
    else:
        sums += [nan if value is None else float(value) for value in inside]
    sums += [nan] * (count - len(sums))
    for away, back in _absences(resource.floors, begin, end):
        first, last = -((away - begin) // -step), min(count, (back - begin) // step)
        sums[first:last] = [0.0] * max(0, last - first)
    return sums


def _absences(floors: Floors, begin: int, end: int) -> list[tuple[int, int]]:
    """(From, to) of the times within ``begin`` to ``end`` in which the resource did not exist."""
    absences: list[tuple[int, int]] = []
    away: int | None = begin
    for at, floor in floors:
        if floor and away is not None:
            absences.append((away, min(at, end)))
            away = None
        elif not floor and away is None:
            away = max(at, begin)
    if away is not None:
        absences.append((away, end))
    return [(away, back) for away, back in absences if away < back]


def meter(windows: Windows, floors: Floors, included_per_hour: float = 0.0) -> Quantity:
    """Billable requests of ``windows`` under ``floors``, less those a fee includes.

    A floor that changes within a window counts by its time-weighted mean there.
    """
    parts = [
        _meter_stretch(windows, low, high, floors, included_per_hour)
        for low, high in pairwise(window_cuts(windows, floors))
    ]
    return Quantity(
        billed=fsum(part.billed for part in parts),
        used=fsum(part.used for part in parts),
        of_gaps=fsum(part.of_gaps for part in parts),
        active=fsum(part.active for part in parts),
        gaps=fsum(part.gaps for part in parts),
    )


def window_cuts(windows: Windows, floors: Floors) -> list[int]:
    """Window numbers between which the floor is one; a window with a change stands alone."""
    cuts = {0, len(windows.known)}
    for at, _ in floors:
        if windows.start < at < windows.end:
            number, within = divmod(at - windows.start, windows.seconds)
            cuts.add(number)
            if within:
                cuts.add(number + 1)
    return sorted(cuts)


def _meter_stretch(
    windows: Windows, low: int, high: int, floors: Floors, included_per_hour: float
) -> Quantity:
    """The windows from ``low`` to ``high``, whose floor is the same."""
    begin = windows.start + low * windows.seconds
    area, active = floor_seconds(floors, begin, begin + windows.seconds)
    if not active:
        return Quantity()
    free = included_per_hour * active / HOUR
    least = max(float(area), free)
    demand = windows.known[low:high]
    gap = windows.gap[low:high]
    count = high - low
    billed = fsum([value if value > least else least for value in demand]) - count * free
    used = fsum([value if value > free else free for value in demand] if free else demand)
    used -= count * free
    of_gaps = 0.0
    if 1 in gap:
        unknown = [value for value, missing in zip(demand, gap, strict=True) if missing]
        of_gaps = fsum(max(value, least) - free for value in unknown)
        used += of_gaps - fsum(max(value, free) - free for value in unknown)
    # Rounding must not make a waste of less than nothing.
    return Quantity(billed, min(used, billed), of_gaps, active * count, active * sum(gap))
