"""The functions of metric math, but FILL: aggregation, rounding, running sums, IF."""

from __future__ import annotations

import math
from collections.abc import Callable
from itertools import accumulate, pairwise
from statistics import pstdev

from aws_sandbox.cloudwatch.expression import ExpressionError
from aws_sandbox.cloudwatch.lines import (
    Line,
    Scope,
    Value,
    constant,
    line_of,
    lines_of,
    scalar,
    worst,
)


def _aggregator(combine: Callable[[list[float]], float]) -> Callable[[list[Value], Scope], Value]:
    """SUM and its like: a list of lines gives a line, one line gives a number."""

    def run(values: list[Value], scope: Scope) -> Value:
        if len(values) == 1 and isinstance(values[0], Line):
            return combine(list(values[0].points.values())) if values[0].points else 0.0
        lines = lines_of(values, scope)
        columns: dict[int, list[float]] = {}
        for line in lines:
            for time, value in line.points.items():
                columns.setdefault(time, []).append(value)
        points = {time: combine(columns[time]) for time in sorted(columns)}
        period = max((line.period for line in lines), default=scope.period)
        return Line(points, period, "", worst(*lines))

    return run


def _each(change: Callable[[float], float]) -> Callable[[list[Value], Scope], Value]:
    """A function applied to every value."""

    def run(values: list[Value], _: Scope) -> Value:
        return _map(values[0], lambda line: {t: change(v) for t, v in line.points.items()}, change)

    return run


def _shaped(
    change: Callable[[Line], dict[int, float]],
) -> Callable[[list[Value], Scope], Value]:
    """A function of a whole line."""

    def run(values: list[Value], _: Scope) -> Value:
        return _map(values[0], change, None)

    return run


def _map(
    value: Value,
    change: Callable[[Line], dict[int, float]],
    of_number: Callable[[float], float] | None,
) -> Value:
    if isinstance(value, list):
        return [Line(change(line), line.period, line.label, line.status) for line in value]
    if isinstance(value, Line):
        return Line(change(value), value.period, value.label, value.status)
    if of_number is None:
        raise ExpressionError("expected a time series")
    return of_number(scalar(value))


def _differences(line: Line) -> dict[int, float]:
    return {t: v - before for (_, before), (t, v) in pairwise(list(line.points.items()))}


def _rates(line: Line) -> dict[int, float]:
    return {t: (v - b) / (t - s) for (s, b), (t, v) in pairwise(list(line.points.items()))}


def _running(line: Line) -> dict[int, float]:
    return dict(zip(line.points, accumulate(line.points.values()), strict=True))


def _choose(values: list[Value], _: Scope) -> Value:
    """IF(condition, then[, otherwise]); without the third, a false moment has no point."""
    if len(values) not in {2, 3}:
        raise ExpressionError("IF needs a condition and one or two values")
    condition, then = values[0], values[1]
    otherwise = values[2] if len(values) == 3 else None
    if not isinstance(condition, Line):
        chosen = then if scalar(condition) else otherwise
        if chosen is None:
            raise ExpressionError("IF has no value for a false condition")
        return chosen
    points: dict[int, float] = {}
    for time, truth in condition.points.items():
        value = _at(then if truth else otherwise, time)
        if value is not None:
            points[time] = value
    lines = [value for value in values if isinstance(value, Line)]
    return Line(points, condition.period, "", worst(*lines))


def _at(value: Value | None, time: int) -> float | None:
    if value is None:
        return None
    return value.points.get(time) if isinstance(value, Line) else scalar(value)


def _metrics(values: list[Value], scope: Scope) -> Value:
    return scope.metrics(str(values[0]) if values else None)


def _series(values: list[Value], scope: Scope) -> Value:
    return constant(scalar(values[0]), scope)


def _end(values: list[Value], index: int) -> Value:
    value = values[0]
    if isinstance(value, list):
        return value[index]
    points = list(line_of(value).points.values())
    return points[index] if points else 0.0


FUNCTIONS: dict[str, Callable[[list[Value], Scope], Value]] = {
    "SUM": _aggregator(math.fsum),
    "MIN": _aggregator(min),
    "MAX": _aggregator(max),
    "AVG": _aggregator(lambda values: math.fsum(values) / len(values)),
    "STDDEV": _aggregator(pstdev),
    "ABS": _each(abs),
    "CEIL": _each(lambda value: float(math.ceil(value))),
    "FLOOR": _each(lambda value: float(math.floor(value))),
    "LOG": _each(lambda value: math.log(value) if value > 0 else 0.0),
    "LOG10": _each(lambda value: math.log10(value) if value > 0 else 0.0),
    "DIFF": _shaped(_differences),
    "RATE": _shaped(_rates),
    "RUNNING_SUM": _shaped(_running),
    "IF": _choose,
    "METRICS": _metrics,
    "METRIC_COUNT": lambda values, scope: float(len(lines_of(values, scope))),
    "DATAPOINT_COUNT": lambda values, _: float(len(line_of(values[0]).points)),
    "PERIOD": lambda values, _: float(line_of(values[0]).period),
    "TIME_SERIES": _series,
    "FIRST": lambda values, _: _end(values, 0),
    "LAST": lambda values, _: _end(values, -1),
}
"""Each takes its computed arguments and the scope."""
