"""CloudWatch metrics: series read in the largest allowed batches, datapoints put the same way.

A series that CloudWatch did not answer completely is *unknown*, never empty: its status code and
every failure of its batch are kept as the reason.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.problems import AWS_ERRORS, is_bad_token, is_invalid, sentence
from personalize_monitor.aws.series import Series, Span, as_numbers

QUERIES_PER_CALL = 500
POINTS_PER_CALL = 100_800
DATUMS_PER_CALL = 1000
_ODD = "without values"
_NOTHING = Series()
_TRIES = 3
"""How often a series is asked for before it counts as unknown in this cycle."""


@dataclass(frozen=True, slots=True)
class Query:
    """One metric of one resource: ``dimension`` is (name, value)."""

    namespace: str
    metric: str
    dimension: tuple[str, str]
    stat: str = "Sum"


@dataclass(frozen=True, slots=True)
class Datum:
    """One datapoint to publish; ``dimension`` is None for the fleet's counts."""

    metric: str
    value: float
    unit: str
    timestamp: datetime
    dimension: tuple[str, str] | None = None


class Metrics:
    """CloudWatch metrics of one region. ``requested`` counts billable metrics asked for."""

    def __init__(self, access: Access, region: str) -> None:
        self._client = access.client("cloudwatch", region)
        self.requested = 0

    def read(
        self, queries: Iterable[Query], *, start: datetime, end: datetime, period: int
    ) -> dict[Query, Series]:
        """Every query's series over ``start`` inclusive to ``end`` exclusive.

        ``start`` and ``end`` are multiples of ``period`` seconds. What CloudWatch answers only in
        part is asked again twice; what is still not complete then is unknown.
        """
        span = Span(start, end, period)
        wanted = list(dict.fromkeys(queries))
        answers: dict[Query, Series] = {}
        for _ in range(_TRIES):
            size = min(QUERIES_PER_CALL, max(1, POINTS_PER_CALL // span.points))
            for at in range(0, len(wanted), size):
                answers.update(self._batch(wanted[at : at + size], span))
            wanted = [query for query in wanted if answers[query].passing]
            if not wanted:
                break
        return answers

    def _batch(self, queries: Sequence[Query], span: Span) -> dict[Query, Series]:
        try:
            return self._pages(queries, span)
        except AWS_ERRORS as error:
            if not is_invalid(error) or len(queries) == 1:
                # botocore has retried already; only an expired token deserves another go.
                why = sentence("Reading metrics", error)
                return dict.fromkeys(queries, Series(why_unknown=why, passing=is_bad_token(error)))
        # One query that CloudWatch refuses fails its whole batch: halve until it is alone.
        middle = len(queries) // 2
        return self._batch(queries[:middle], span) | self._batch(queries[middle:], span)

    def _pages(self, queries: Sequence[Query], span: Span) -> dict[Query, Series]:
        self.requested += len(queries)
        by_id = {f"q{number}": query for number, query in enumerate(queries)}
        found: dict[str, Series] = {}
        status: dict[str, str] = {}
        request: dict[str, Any] = {
            "MetricDataQueries": [_as_query(name, q, span.period) for name, q in by_id.items()],
            "StartTime": span.start,
            "EndTime": span.end,
            "ScanBy": "TimestampAscending",
        }
        while True:
            with as_numbers():
                page = self._client.get_metric_data(**request)
            for result in page.get("MetricDataResults") or ():
                name = result.get("Id")
                if name not in by_id:
                    continue  # whose it is cannot be told; its question stays without an answer
                status[name] = _status(result)
                if status[name] != _ODD:
                    part = span.series(result["Timestamps"], result["Values"])
                    found[name] = found[name].and_more(part) if name in found else part
            if not page.get("NextToken"):
                break
            request["NextToken"] = page["NextToken"]
        return {
            query: _series(found.get(name, _NOTHING), status.get(name, "no answer"))
            for name, query in by_id.items()
        }

    def publish(self, namespace: str, datums: Sequence[Datum]) -> dict[Datum, str]:
        """Put all datapoints; what could not be put is returned with the reason."""
        lost: dict[Datum, str] = {}
        for at in range(0, len(datums), DATUMS_PER_CALL):
            lost.update(self._put(namespace, datums[at : at + DATUMS_PER_CALL]))
        return lost

    def _put(self, namespace: str, datums: Sequence[Datum]) -> dict[Datum, str]:
        try:
            self._client.put_metric_data(
                Namespace=namespace, MetricData=[_as_datum(datum) for datum in datums]
            )
        except AWS_ERRORS as error:
            if not is_invalid(error) or len(datums) == 1:
                return dict.fromkeys(datums, sentence("Publishing metrics", error))
        else:
            return {}
        middle = len(datums) // 2
        return self._put(namespace, datums[:middle]) | self._put(namespace, datums[middle:])


def _as_query(name: str, query: Query, period: int) -> dict[str, Any]:
    dimension, value = query.dimension
    metric = {
        "Namespace": query.namespace,
        "MetricName": query.metric,
        "Dimensions": [{"Name": dimension, "Value": value}],
    }
    return {
        "Id": name,
        "MetricStat": {"Metric": metric, "Period": period, "Stat": query.stat},
        "ReturnData": True,
    }


def _status(result: dict[str, Any]) -> str:
    # All members are optional in AWS's own description. What is not there is not a zero.
    times, values = result.get("Timestamps"), result.get("Values")
    if times is None or values is None or len(times) != len(values):
        return _ODD
    status = str(result.get("StatusCode") or "without a status")
    said = "; ".join(str(m.get("Value", "")) for m in result.get("Messages") or ())
    return status if status == "Complete" or not said else f"{status}: {said}"


def _series(found: Series, status: str) -> Series:
    if status == "Complete":
        return found
    if status.startswith("Forbidden"):
        return Series(why_unknown=f"CloudWatch answered {status}; permission to read is missing.")
    return Series(why_unknown=f"CloudWatch answered {status}.", passing=True)


def _as_datum(datum: Datum) -> dict[str, Any]:
    entry: dict[str, Any] = {
        "MetricName": datum.metric,
        "Timestamp": datum.timestamp,
        "Value": float(datum.value),
        "Unit": datum.unit,
    }
    if datum.dimension:
        name, value = datum.dimension
        entry["Dimensions"] = [{"Name": name, "Value": value}]
    return entry
