"""Metric math: computes an expression over lines (time series) of one request.

A point is missing where an operand is missing; aggregation over a list uses what is there; a
division by zero has no point. FILL fills the whole requested range, as CloudWatch does.
"""

from __future__ import annotations

import math
import operator
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from itertools import accumulate, pairwise
from statistics import pstdev

from personalize_monitor.sandbox.cloudwatch.expression import (
    Binary,
    Call,
    ExpressionError,
    Listing,
    Name,
    Node,
    Number,
    Text,
    parse,
)


@dataclass(slots=True)
class Line:
    """A time series: epoch seconds -> value, ascending, and its period in seconds."""

    points: dict[int, float]
    period: int
    label: str = ""
    status: str = "Complete"


Value = float | str | Line | list[Line]


@dataclass(slots=True)
class Scope:
    """What an expression sees: the request's range and the other queries by Id."""

    start: int
    end: int
    period: int
    lookup: Callable[[str], Value]
    metrics: Callable[[str | None], list[Line]] = field(default=lambda _: [])


def compute(text: str, scope: Scope) -> Value:
    """The value of an expression: a number, a line or a list of lines.

    Raises:
        ExpressionError: unknown function or Id, or operands that do not fit.
    """
    return _value(parse(text), scope)


def _value(node: Node, scope: Scope) -> Value:
    match node:
        case Number(value):
            return value
        case Text(text):
            return text
        case Name(name):
            return scope.lookup(name)
        case Listing(items):
            return _lines_of([_value(item, scope) for item in items], scope)
        case Binary(sign, left, right):
            return _both(_OPERATORS[sign], _value(left, scope), _value(right, scope))
        case Call(function, arguments):
            return _call(function, arguments, scope)


def _lines_of(values: Iterable[Value], scope: Scope) -> list[Line]:
    lines: list[Line] = []
    for value in values:
        if isinstance(value, list):
            lines.extend(value)
        elif isinstance(value, Line):
            lines.append(value)
        else:
            lines.append(_constant(_scalar(value), scope))
    return lines


def _scalar(value: Value) -> float:
    if isinstance(value, int | float):
        return float(value)
    raise ExpressionError(f"expected a number, got {type(value).__name__}")


def _line(value: Value) -> Line:
    if isinstance(value, Line):
        return value
    raise ExpressionError("expected a time series")


def _constant(value: float, scope: Scope) -> Line:
    return Line(dict.fromkeys(range(scope.start, scope.end, scope.period), value), scope.period)


def _divide(left: float, right: float) -> float | None:
    return None if right == 0 else left / right


def _power(left: float, right: float) -> float | None:
    try:
        return float(left**right)
    except (OverflowError, ZeroDivisionError):
        return None


_Operation = Callable[[float, float], float | None]
_OPERATORS: dict[str, _Operation] = {
    "+": operator.add,
    "-": operator.sub,
    "*": operator.mul,
    "/": _divide,
    "^": _power,
    "==": lambda a, b: float(a == b),
    "!=": lambda a, b: float(a != b),
    "<": lambda a, b: float(a < b),
    ">": lambda a, b: float(a > b),
    "<=": lambda a, b: float(a <= b),
    ">=": lambda a, b: float(a >= b),
    "&&": lambda a, b: float(bool(a) and bool(b)),
    "||": lambda a, b: float(bool(a) or bool(b)),
}


def _both(operation: _Operation, left: Value, right: Value) -> Value:
    """Apply an operator to numbers, lines and lists in any mix."""
    if isinstance(left, list):
        if isinstance(right, list):
            if len(left) != len(right):
                raise ExpressionError("two arrays of different length cannot be combined")
            return [_pair(operation, a, b) for a, b in zip(left, right, strict=True)]
        return [_pair(operation, item, right) for item in left]
    if isinstance(right, list):
        return [_pair(operation, left, item) for item in right]
    if isinstance(left, Line) or isinstance(right, Line):
        return _pair(operation, left, right)
    result = operation(_scalar(left), _scalar(right))
    if result is None:
        raise ExpressionError("division by zero")
    return result


def _pair(operation: _Operation, left: Value, right: Value) -> Line:
    if isinstance(left, Line) and isinstance(right, Line):
        period = max(left.period, right.period)
        pairs = [(t, v, right.points[t]) for t, v in left.points.items() if t in right.points]
        status = worst(left, right)
    elif isinstance(left, Line):
        number = _scalar(right)
        period, pairs, status = (
            left.period,
            [(t, v, number) for t, v in left.points.items()],
            left.status,
        )
    else:
        line, number = _line(right), _scalar(left)
        period, pairs, status = (
            line.period,
            [(t, number, v) for t, v in line.points.items()],
            line.status,
        )
    points = {t: r for t, a, b in pairs if (r := operation(a, b)) is not None}
    return Line(points, period, "", status)


_BADNESS = ("Complete", "PartialData", "InternalError", "Forbidden")


def worst(*lines: Line) -> str:
    """The worst status among the lines that a result was computed from."""
    return max((line.status for line in lines), key=_BADNESS.index, default="Complete")


def _call(function: str, arguments: tuple[Node, ...], scope: Scope) -> Value:
    if function == "FILL":
        return _fill(arguments, scope)
    handler = _FUNCTIONS.get(function)
    if handler is None:
        raise ExpressionError(f"unknown function {function}")
    try:
        return handler([_value(item, scope) for item in arguments], scope)
    except (IndexError, ValueError, ArithmeticError) as error:
        raise ExpressionError(f"{function}: {error}") from error


def _fill(arguments: tuple[Node, ...], scope: Scope) -> Value:
    if len(arguments) != 2:
        raise ExpressionError("FILL needs a metric and what to fill with")
    value, how = _value(arguments[0], scope), arguments[1]
    if isinstance(how, Name) and how.value.upper() in {"REPEAT", "LINEAR"}:
        filler: Value = how.value.upper()
    else:
        filler = _value(how, scope)
    if isinstance(value, list):
        return [_filled(line, filler, scope) for line in value]
    return _filled(_line(value), filler, scope)


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
    number, known = _scalar(filler), line.points
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


def _aggregator(combine: Callable[[list[float]], float]) -> Callable[[list[Value], Scope], Value]:
    """SUM and its like: a list of lines gives a line, one line gives a number."""

    def run(values: list[Value], scope: Scope) -> Value:
        if len(values) == 1 and isinstance(values[0], Line):
            return combine(list(values[0].points.values())) if values[0].points else 0.0
        lines = _lines_of(values, scope)
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
    scalar: Callable[[float], float] | None,
) -> Value:
    if isinstance(value, list):
        return [Line(change(line), line.period, line.label, line.status) for line in value]
    if isinstance(value, Line):
        return Line(change(value), value.period, value.label, value.status)
    if scalar is None:
        raise ExpressionError("expected a time series")
    return scalar(_scalar(value))


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
        chosen = then if _scalar(condition) else otherwise
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
    return value.points.get(time) if isinstance(value, Line) else _scalar(value)


def _metrics(values: list[Value], scope: Scope) -> Value:
    return scope.metrics(str(values[0]) if values else None)


def _series(values: list[Value], scope: Scope) -> Value:
    return _constant(_scalar(values[0]), scope)


def _end(values: list[Value], index: int) -> Value:
    value = values[0]
    if isinstance(value, list):
        return value[index]
    points = list(_line(value).points.values())
    return points[index] if points else 0.0


_FUNCTIONS: dict[str, Callable[[list[Value], Scope], Value]] = {
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
    "METRIC_COUNT": lambda values, scope: float(len(_lines_of(values, scope))),
    "DATAPOINT_COUNT": lambda values, _: float(len(_line(values[0]).points)),
    "PERIOD": lambda values, _: float(_line(values[0]).period),
    "TIME_SERIES": _series,
    "FIRST": lambda values, _: _end(values, 0),
    "LAST": lambda values, _: _end(values, -1),
}

FUNCTIONS = frozenset({*_FUNCTIONS, "FILL"})
"""The functions of metric math that the sandbox knows."""
