"""FILL of metric math: a value, another line, the last value or a straight line into the gaps."""

from __future__ import annotations

from itertools import pairwise

from aws_sandbox.cloudwatch.lines import (
    Line,
    Scope,
    Value,
    line_of,
    scalar,
    worst,
)


def fill(value: Value, filler: Value, scope: Scope) -> Value:
    """Fill a line, or each line of a list; `filler` may be "REPEAT" or "LINEAR"."""
    if isinstance(value, list):
        return [_filled(line, filler, scope) for line in value]
    return _filled(line_of(value), filler, scope)


def _filled(line: Line, filler: Value, scope: Scope) -> Line:
    times = range(scope.start, scope.end, line.period)
    if filler == "REPEAT":
        return _repeated(line, times)
    if filler == "LINEAR":
        return _interpolated(line, times)
    if isinstance(filler, Line):
        source = filler.points
        points = {t: v for t in times if (v := line.points.get(t, source.get(t))) is not None}
        return Line(points, line.period, line.label, worst(line, filler))
    number, known = scalar(filler), line.points
    return Line({t: known.get(t, number) for t in times}, line.period, line.label, line.status)


def _repeated(line: Line, times: range) -> Line:
    points: dict[int, float] = {}
    last: float | None = None
    for time in times:
        last = line.points.get(time, last)
        if last is not None:
            points[time] = last
    return Line(points, line.period, line.label, line.status)


def _interpolated(line: Line, times: range) -> Line:
    points = dict(line.points)
    for (left, low), (right, high) in pairwise(list(line.points.items())):
        for time in range(left + line.period, right, line.period):
            points[time] = low + (high - low) * (time - left) / (right - left)
    ordered = {t: points[t] for t in times if t in points}
    return Line(ordered, line.period, line.label, line.status)
