"""Time series of metric math and what an expression sees of them."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field

from aws_sandbox.cloudwatch.expression import ExpressionError


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


def lines_of(values: Iterable[Value], scope: Scope) -> list[Line]:
    """Values as lines: lists are taken apart, numbers become constant lines."""
    lines: list[Line] = []
    for value in values:
        if isinstance(value, list):
            lines.extend(value)
        elif isinstance(value, Line):
            lines.append(value)
        else:
            lines.append(constant(scalar(value), scope))
    return lines


def scalar(value: Value) -> float:
    """A value that must be a number."""
    if isinstance(value, int | float):
        return float(value)
    raise ExpressionError(f"expected a number, got {type(value).__name__}")


def line_of(value: Value) -> Line:
    """A value that must be one line."""
    if isinstance(value, Line):
        return value
    raise ExpressionError("expected a time series")


def constant(value: float, scope: Scope) -> Line:
    """The same number at every period of the range."""
    return Line(dict.fromkeys(range(scope.start, scope.end, scope.period), value), scope.period)


_BADNESS = ("Complete", "PartialData", "InternalError", "Forbidden")


def worst(*lines: Line) -> str:
    """The worst status among the lines that a result was computed from."""
    return max((line.status for line in lines), key=_BADNESS.index, default="Complete")
