"""Metric math: computes an expression over lines (time series) of one request.

A point is missing where an operand is missing; aggregation over a list uses what is there; a
division by zero has no point. FILL fills the whole requested range, as CloudWatch does.
"""

from __future__ import annotations

import operator
from collections.abc import Callable

from aws_sandbox.cloudwatch.expression import (
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
from aws_sandbox.cloudwatch.filling import fill
from aws_sandbox.cloudwatch.functions import FUNCTIONS
from aws_sandbox.cloudwatch.lines import (
    Line,
    Scope,
    Value,
    line_of,
    lines_of,
    scalar,
    worst,
)


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
            return lines_of([_value(item, scope) for item in items], scope)
        case Binary(sign, left, right):
            return _both(_OPERATORS[sign], _value(left, scope), _value(right, scope))
        case Call(function, arguments):
            return _call(function, arguments, scope)


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
    result = operation(scalar(left), scalar(right))
    if result is None:
        raise ExpressionError("division by zero")
    return result


def _pair(operation: _Operation, left: Value, right: Value) -> Line:
    if isinstance(left, Line) and isinstance(right, Line):
        period = max(left.period, right.period)
        pairs = [(t, v, right.points[t]) for t, v in left.points.items() if t in right.points]
        status = worst(left, right)
    elif isinstance(left, Line):
        number = scalar(right)
        period, pairs, status = (
            left.period,
            [(t, v, number) for t, v in left.points.items()],
            left.status,
        )
    else:
        line, number = line_of(right), scalar(left)
        period, pairs, status = (
            line.period,
            [(t, number, v) for t, v in line.points.items()],
            line.status,
        )
    points = {t: r for t, a, b in pairs if (r := operation(a, b)) is not None}
    return Line(points, period, "", status)


def _call(function: str, arguments: tuple[Node, ...], scope: Scope) -> Value:
    if function == "FILL":
        return _fill_call(arguments, scope)
    handler = FUNCTIONS.get(function)
    if handler is None:
        raise ExpressionError(f"unknown function {function}")
    try:
        return handler([_value(item, scope) for item in arguments], scope)
    except (IndexError, ValueError, ArithmeticError) as error:
        raise ExpressionError(f"{function}: {error}") from error


def _fill_call(arguments: tuple[Node, ...], scope: Scope) -> Value:
    """FILL(metric, value | REPEAT | LINEAR); the keywords are not Ids, so they are seen here."""
    if len(arguments) != 2:
        raise ExpressionError("FILL needs a metric and what to fill with")
    value, how = _value(arguments[0], scope), arguments[1]
    if isinstance(how, Name) and how.value.upper() in {"REPEAT", "LINEAR"}:
        return fill(value, how.value.upper(), scope)
    return fill(value, _value(how, scope), scope)
