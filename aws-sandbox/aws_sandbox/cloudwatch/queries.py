"""The queries of GetMetricData and of metric-math alarms: checked, then computed."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from math import isfinite

from aws_sandbox.cloudwatch.errors import ValidationError
from aws_sandbox.cloudwatch.expression import ExpressionError, names, parse
from aws_sandbox.cloudwatch.formulas import compute
from aws_sandbox.cloudwatch.keys import MetricKey, Params, check_unit, metric_of
from aws_sandbox.cloudwatch.lines import Line, Scope, Value
from aws_sandbox.cloudwatch.moment import MINUTE
from aws_sandbox.cloudwatch.stats import is_statistic

_ID = re.compile(r"^[a-z][a-zA-Z0-9_]*$")
_SHORT_PERIODS = frozenset({1, 5, 10, 20, 30})


@dataclass(frozen=True, slots=True)
class Query:
    """One checked MetricDataQuery: a metric with its statistic, or an expression."""

    id: str
    label: str | None
    returned: bool
    key: MetricKey | None = None
    stat: str = ""
    period: int = 0
    unit: str | None = None
    expression: str | None = None
    uses: frozenset[str] = field(default_factory=frozenset)


def check_period(period: object, at: str) -> int:
    """A period that CloudWatch accepts: 1, 5, 10, 20, 30 or a multiple of 60 seconds."""
    if not isinstance(period, int) or period < 1:
        raise ValidationError(f"The parameter {at} is required and must be a positive number.")
    if period % MINUTE and period not in _SHORT_PERIODS:
        raise ValidationError(
            f"The parameter {at} must be 1, 5, 10, 20, 30 or a multiple of 60, not {period}."
        )
    return period


def queries_of(items: Iterable[Params], at: str) -> list[Query]:
    """Check a list of MetricDataQuery; `at` names the parameter in errors.

    Raises:
        ValidationError: a query that CloudWatch would refuse.
    """
    queries = [_query(item, f"{at}.member.{index}") for index, item in enumerate(items, 1)]
    ids = [query.id for query in queries]
    for one in {name for name in ids if ids.count(name) > 1} if len(set(ids)) < len(ids) else ():
        raise ValidationError(f"The values for parameter id in {at} are not unique: {one}.")
    known = set(ids)
    for query in queries:
        for name in sorted(query.uses - known - {"REPEAT", "LINEAR"}):
            raise ValidationError(f"Error in expression '{query.id}': Unknown identifier: {name}.")
    return queries


def _query(item: Params, at: str) -> Query:
    name = item.get("Id") or ""
    if not _ID.match(name) or len(name) > 255:
        raise ValidationError(
            f"The value {name!r} for parameter {at}.Id is invalid: it must begin with a lowercase "
            "letter and contain only letters, digits and underscores."
        )
    stat, expression = item.get("MetricStat"), item.get("Expression")
    if (stat is None) == (expression is None):
        raise ValidationError(
            f"The parameter {at}.MetricStat is required.\n"
            if stat is None
            else f"The parameters {at}.MetricStat and {at}.Expression are mutually exclusive."
        )
    returned = item.get("ReturnData")
    returned = True if returned is None else str(returned).lower() == "true"
    if stat is None:
        return _expression(name, str(expression), item, returned, at)
    statistic = str(stat.get("Stat", ""))
    if not is_statistic(statistic):
        raise ValidationError(
            f"The value {statistic} for parameter {at}.MetricStat.Stat is not supported."
        )
    check_unit(stat.get("Unit"))
    return Query(
        id=name,
        label=item.get("Label"),
        returned=returned,
        key=metric_of(stat.get("Metric") or {}, f"{at}.MetricStat.Metric"),
        stat=statistic,
        period=check_period(stat.get("Period"), f"{at}.MetricStat.Period"),
        unit=stat.get("Unit"),
    )


def _expression(name: str, text: str, item: Params, returned: bool, at: str) -> Query:
    if len(text) > 2048:
        raise ValidationError(
            f"The parameter {at}.Expression must be shorter than 2049 characters."
        )
    try:
        uses = frozenset(names(parse(text)))
    except ExpressionError as error:
        raise ValidationError(f"Error in expression '{name}': {error}.") from error
    period = item.get("Period")
    if period is not None:
        check_period(period, f"{at}.Period")
    return Query(
        id=name,
        label=item.get("Label"),
        returned=returned,
        period=period or 0,
        expression=text,
        uses=uses,
    )


def _finite(line: Line) -> Line:
    """An overflow has no point: JSON cannot carry it and CloudWatch does not answer it."""
    if all(map(isfinite, line.points.values())):
        return line
    points = {time: value for time, value in line.points.items() if isfinite(value)}
    return Line(points, line.period, line.label, line.status)


Reader = Callable[[Query], Line]
"""Reads one metric query over the evaluation's range."""


class Evaluation:
    """Computes queries of one request over [start, end); every query at most once."""

    def __init__(self, queries: list[Query], start: int, end: int, read: Reader) -> None:
        self._queries = {query.id: query for query in queries}
        self._metrics = [query for query in queries if query.key is not None]
        self._start, self._end, self._read = start, end, read
        self._done: dict[str, Value] = {}
        self._open: set[str] = set()
        self._period = max((query.period for query in self._metrics), default=0) or MINUTE

    def value(self, name: str) -> Value:
        """The value of a query by its Id.

        Raises:
            ExpressionError: an unknown Id or a circle.
        """
        if name in self._done:
            return self._done[name]
        query = self._queries.get(name)
        if query is None:
            raise ExpressionError(f"Unknown identifier: {name}")
        if query.expression is None:
            self._done[name] = self._read(query)
            return self._done[name]
        if name in self._open:
            raise ExpressionError(f"{name} depends on itself")
        self._open.add(name)
        scope = Scope(
            self._start, self._end, query.period or self._period, self.value, self._matching
        )
        self._done[name] = compute(query.expression, scope)
        self._open.discard(name)
        return self._done[name]

    def lines(self, query: Query) -> list[Line]:
        """The result of a query as one or more lines.

        Raises:
            ValidationError: the expression cannot be computed, or is a bare number.
        """
        try:
            value = self.value(query.id)
        except ExpressionError as error:
            raise ValidationError(f"Error in expression '{query.id}': {error}.") from error
        if isinstance(value, Line | list):
            lines = [value] if isinstance(value, Line) else value
            return lines if query.expression is None else [_finite(line) for line in lines]
        raise ValidationError(
            f"Error in expression '{query.id}': the result of an expression must be a time series."
        )

    def _matching(self, text: str | None) -> list[Line]:
        """METRICS() and METRICS("text"): the metric queries whose Id contains the text."""
        chosen = [query for query in self._metrics if text is None or text in query.id]
        return [value for query in chosen if isinstance(value := self.value(query.id), Line)]
