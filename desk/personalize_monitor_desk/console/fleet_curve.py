"""The whole fleet's day as one drawing: what was asked for, and what was kept ready for it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime
from math import isnan

from personalize_monitor.model.floors import floor_at
from personalize_monitor.model.resource import State
from personalize_monitor.plan.snapshot import Seen, Snapshot
from personalize_monitor_desk.console.sparkline import resampled

WIDTH, HEIGHT = 1152, 120
_STEPS = 144
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Curve:
    """Paths in a box of WIDTH by HEIGHT, its top in requests per second, and marks on its axis."""

    served: str
    ready: str
    top: float
    marks: tuple[tuple[int, str], ...]
    width: int = WIDTH
    height: int = HEIGHT


def fleet_curve(look: Snapshot) -> Curve | None:
    """The last 24 hours of all that serve; None for an empty fleet."""
    end = int(look.window.end.timestamp())
    begin = end - _DAY
    serving = [one for one in look.serving if one.demand.sums]
    if not serving:
        return None
    served, ready = [0.0] * _STEPS, [0.0] * _STEPS
    for one in serving:
        for index, (asked, kept) in enumerate(_of(one, begin, end)):
            served[index] += asked
            ready[index] += max(asked, kept)
    top = max(*ready, 1.0) * 1.06
    return Curve(_path(served, top), _path(ready, top), top, _marks(begin, end))


def _of(one: Seen, begin: int, end: int) -> list[tuple[float, float]]:
    step = (end - begin) // _STEPS
    rates = resampled(one.demand, begin, end, _STEPS)
    born = one.resource.created.timestamp()
    found: list[tuple[float, float]] = []
    for index, rate in enumerate(rates):
        at = begin + index * step
        there = one.resource.state is State.ACTIVE and at >= born
        found.append((0.0 if isnan(rate) else rate, floor_at(one.floors, at) if there else 0))
    return found


def _path(values: list[float], top: float) -> str:
    width = WIDTH / (_STEPS - 1)
    points = " ".join(
        f"{round(i * width)} {round(HEIGHT - v / top * HEIGHT, 1):g}" for i, v in enumerate(values)
    )
    return f"M0 {HEIGHT}L{points} {WIDTH} {HEIGHT}z"


def _marks(begin: int, end: int) -> tuple[tuple[int, str], ...]:
    """Every six hours of the clock: (place, ``18:00``)."""
    first = -(begin // -21_600) * 21_600
    return tuple(
        (round((at - begin) / _DAY * WIDTH), f"{datetime.fromtimestamp(at, UTC):%H:%M}")
        for at in range(first, end, 21_600)
        if 0.03 < (at - begin) / _DAY < 0.97
    )
