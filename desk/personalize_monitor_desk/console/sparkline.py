"""Small drawings as SVG paths: a day's demand with its floor, in as few bytes as possible."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan

from personalize_monitor.model.demand import Demand
from personalize_monitor.model.floors import Floors, floor_at
from personalize_monitor.model.window import SECONDS

WIDTH, HEIGHT, STEPS = 96, 26, 24
_DAY = 86_400


@dataclass(frozen=True, slots=True)
class Spark:
    """Two paths in a box of WIDTH by HEIGHT: the area of demand and the line of the floor."""

    area: str
    floor: str


def spark(demand: Demand, floors: Floors) -> Spark:
    """The last day, drawn against the floor in force; a gap is where nothing is known."""
    begin = demand.end - _DAY
    means = resampled(demand, begin, demand.end, STEPS)
    step = _DAY // STEPS
    levels = [floor_at(floors, begin + step * i) if floors else 0 for i in range(STEPS)]
    top = max(1.0, max(levels, default=0), max((v for v in means if not isnan(v)), default=0.0))
    scale = (HEIGHT - 3) / top
    width = WIDTH // STEPS
    drawn = [None if isnan(v) else _pixel(v, scale) for v in means]
    return Spark(area(drawn, width), steps([_pixel(v, scale) for v in levels], width))


def resampled(demand: Demand, begin: int, end: int, count: int) -> list[float]:
    """Mean rates over ``count`` equal stretches; NaN where nothing in a stretch is known."""
    sums, first = demand.sums, (begin - demand.start) // SECONDS
    size = (end - begin) // SECONDS // count
    found = []
    for at in range(first, first + count * size, size):
        known = [v for v in sums[max(0, at) : max(0, at + size)] if not isnan(v)]
        found.append(sum(known) / len(known) / SECONDS if known else float("nan"))
    return found


def _pixel(value: float, scale: float) -> int:
    height = HEIGHT - round(value * scale)
    # Little traffic is never nothing.
    return min(height, HEIGHT - 1) if value > 0 else height


def area(points: Sequence[int | None], width: int) -> str:
    """Filled runs from the ground up, one for each stretch without gaps."""
    path, at = [], 0
    while at < len(points):
        run = 0
        while at + run < len(points) and points[at + run] is not None:
            run += 1
        if run:
            path.append(
                _run(at * width, [p for p in points[at : at + run] if p is not None], width)
            )
        at += max(1, run)
    return "".join(path)


def _run(left: int, points: Sequence[int], width: int) -> str:
    line, flat = "", 0
    for before, after in pairwise(points):
        if after == before:
            flat += width
            continue
        line += f"h{flat}" if flat else ""
        first = flat or not line
        line += f"{'l' if first else ' '}{width} {after - before}"
        flat = 0
    end = flat + width
    return f"M{left} {HEIGHT}V{points[0]}{line.replace(' -', '-')}h{end}V{HEIGHT}z"


def steps(points: Iterable[int], width: int) -> str:
    """A line that keeps its height until it changes."""
    path, last, run = "", None, 0
    for point in points:
        if point != last:
            path += f"h{run * width}" if run else ""
            path += f"M0 {point}" if last is None else f"V{point}"
            last, run = point, 0
        run += 1
    return f"{path}h{run * width}" if run else ""
