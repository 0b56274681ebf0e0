"""GetMetricData: up to 500 queries, 100,800 datapoints a page, a StatusCode for each result."""

from __future__ import annotations

import base64
import hashlib
import json
import math
from dataclasses import dataclass
from typing import Any

from aws_sandbox.cloudwatch import faults
from aws_sandbox.cloudwatch.errors import InvalidNextToken, ValidationError
from aws_sandbox.cloudwatch.keys import Params
from aws_sandbox.cloudwatch.lines import Line
from aws_sandbox.cloudwatch.moment import MINUTE
from aws_sandbox.cloudwatch.queries import Evaluation, Query, queries_of
from aws_sandbox.cloudwatch.ranges import readable_from, round_start, time_range
from aws_sandbox.cloudwatch.store import Ask, MetricStore

MAX_QUERIES = 500
MAX_POINTS = 100_800

_MESSAGES = {
    "InternalError": "An error occurred while retrieving the data of this metric. Try again.",
    "Forbidden": "You are not authorized to retrieve the data of this metric.",
}


@dataclass(slots=True)
class Result:
    """One entry of MetricDataResults, before paging; `times` in the order asked for."""

    id: str
    label: str
    times: list[int]
    values: list[float]
    status: str


def get(store: MetricStore, params: Params, now: float) -> dict[str, Any]:
    """Answer one GetMetricData request.

    Raises:
        ValidationError: more than 500 queries, a bad range, query or expression.
        InvalidNextToken: the token is not one of this request.
    """
    items = params.get("MetricDataQueries") or []
    if not items:
        raise ValidationError("The parameter MetricDataQueries is required.")
    if len(items) > MAX_QUERIES:
        raise ValidationError(
            f"The collection MetricDataQueries must not have a size greater than {MAX_QUERIES}."
        )
    queries = queries_of(items, "MetricDataQueries")
    limit = _limit(params.get("MaxDatapoints"))
    if not any(query.returned for query in queries):
        raise ValidationError("At least one query must have ReturnData set to true.")
    place = _place(params)
    results = _results(store, queries, params, now)
    page, token = _page(results, place, limit)
    answer: dict[str, Any] = {"MetricDataResults": page, "Messages": []}
    if token is not None:
        answer["NextToken"] = _token(params, *token)
    return answer


def _limit(given: int | None) -> int:
    if given is None:
        return MAX_POINTS
    if not 1 <= given <= MAX_POINTS:
        raise ValidationError(f"The parameter MaxDatapoints must be between 1 and {MAX_POINTS}.")
    return int(given)


def _results(store: MetricStore, queries: list[Query], params: Params, now: float) -> list[Result]:
    start, end = time_range(params)
    shortest = min((query.period for query in queries if query.period), default=MINUTE)
    begin, stop = round_start(start, now, shortest), math.ceil(end)
    descending = _scan_by(params) == "TimestampDescending"

    def read(query: Query) -> Line:
        return _read(store, query, begin, stop, now)

    evaluation = Evaluation(queries, begin, stop, read)
    results = []
    for query in queries:
        if not query.returned:
            continue
        for line in evaluation.lines(query):
            times, values = list(line.points), list(line.points.values())
            if descending:
                times.reverse()
                values.reverse()
            results.append(Result(query.id, _label(query, line), times, values, line.status))
    return results


def _scan_by(params: Params) -> str:
    order = params.get("ScanBy") or "TimestampDescending"
    if order not in {"TimestampDescending", "TimestampAscending"}:
        raise ValidationError(f"The value {order} for parameter ScanBy is invalid.")
    return str(order)


def _read(store: MetricStore, query: Query, start: int, end: int, now: float) -> Line:
    """One metric, or what a fault makes of it."""
    assert query.key is not None
    fault = faults.decide(store.account, store.region, query.key, now)
    if fault is not None and fault.kind in {"InternalError", "Forbidden"}:
        return Line({}, query.period, query.key.name, fault.kind)
    if fault is not None and fault.kind == "Empty":
        return Line({}, query.period, query.key.name)
    begin = readable_from(start, now, query.period)
    if fault is not None and fault.kind == "Lost":
        return Line(_spared(store, query, fault, begin, end), query.period, query.key.name)
    points = store.read(query.key, Ask(begin, end, query.period, query.stat, query.unit))
    if fault is None:
        return Line(dict(points), query.period, query.key.name)
    kept = points[: int(len(points) * fault.share)]
    return Line(dict(kept), query.period, query.key.name, "PartialData")


def _spared(
    store: MetricStore, query: Query, fault: faults.MetricFault, begin: int, end: int
) -> dict[int, float]:
    """What is left where minutes are lost: their sums, or for other statistics their last."""
    assert query.key is not None
    period = query.period
    whole = min(end, max(begin, int(fault.since) // period * period))  # nothing is lost before
    asked = Ask(begin, whole, period, query.stat, query.unit)
    left = dict(store.read(query.key, asked)) if begin < whole else {}
    rest = Ask(whole, end, MINUTE, query.stat, query.unit)
    for minute, value in store.read(query.key, rest) if whole < end else ():
        if fault.spares(query.key, minute):
            at = minute - minute % period
            left[at] = left.get(at, 0.0) + value if query.stat == "Sum" else value
    return left


def _label(query: Query, line: Line) -> str:
    return query.label or line.label or query.id


def _page(
    results: list[Result], place: tuple[int, int], limit: int
) -> tuple[list[dict[str, Any]], tuple[int, int] | None]:
    """The results from a place on, up to the limit, and where the next page begins."""
    page: list[dict[str, Any]] = []
    index, offset = place
    room = limit
    while index < len(results):
        result = results[index]
        stop = offset + room
        more = stop < len(result.times)
        if more and room == 0:
            return page, (index, offset)
        entry: dict[str, Any] = {
            "Id": result.id,
            "Label": result.label,
            "Timestamps": result.times[offset:stop],
            "Values": result.values[offset:stop],
            "StatusCode": "PartialData" if more else result.status,
        }
        if not more and result.status in _MESSAGES:
            entry["Messages"] = [{"Code": result.status, "Value": _MESSAGES[result.status]}]
        page.append(entry)
        if more:
            return page, (index, stop)
        room -= len(entry["Values"])
        index, offset = index + 1, 0
    return page, None


def _fingerprint(params: Params) -> str:
    asked = {name: params.get(name) for name in ("MetricDataQueries", "StartTime", "EndTime")}
    return hashlib.sha256(json.dumps(asked, sort_keys=True, default=str).encode()).hexdigest()[:16]


def _token(params: Params, index: int, offset: int) -> str:
    text = json.dumps([_fingerprint(params), index, offset])
    return base64.urlsafe_b64encode(text.encode()).decode()


def _place(params: Params) -> tuple[int, int]:
    token = params.get("NextToken")
    if token is None:
        return 0, 0
    try:
        fingerprint, index, offset = json.loads(base64.urlsafe_b64decode(str(token)))
    except ValueError as error:
        raise InvalidNextToken("The service cannot process the next token provided.") from error
    if fingerprint != _fingerprint(params):
        raise InvalidNextToken("The next token does not belong to this request.")
    return int(index), int(offset)
