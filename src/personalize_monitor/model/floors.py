"""How a resource's floor went over time, as the bill sees it."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Sequence

Floors = Sequence[tuple[int, int]]
"""(Epoch second from which it holds, floor), in order of time; a floor of 0: not there."""


def floor_at(floors: Floors, epoch: float) -> int:
    """The floor in force at ``epoch``; 0 before the first."""
    index = bisect_right(floors, epoch, key=lambda entry: entry[0]) - 1
    return floors[index][1] if index >= 0 else 0


def floor_seconds(floors: Floors, begin: int, end: int) -> tuple[int, int]:
    """(Floor times seconds, seconds with a floor above 0) between two epoch seconds."""
    index = bisect_right(floors, begin, key=lambda entry: entry[0]) - 1
    area = active = 0
    at = begin
    while at < end:
        until = min(end, floors[index + 1][0]) if index + 1 < len(floors) else end
        floor = floors[index][1] if index >= 0 else 0
        area += floor * (until - at)
        active += (until - at) if floor else 0
        at, index = until, index + 1
    return area, active
