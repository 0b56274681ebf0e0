"""Every sign of life of a resource over some hours: requests, and errors that callers got."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime, timedelta

from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.collect.measure import request_query
from personalize_monitor.model.recipe import ALL_APIS
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import SECONDS, floor_to

_LONGEST = timedelta(days=455)
"""CloudWatch keeps no metric for longer."""
_SIGNS = tuple(name for api in ALL_APIS for name in (str(api), *api.error_metrics))


def signs_of_life(
    metrics: Metrics, resources: Iterable[Resource], *, end: datetime, hours: float
) -> dict[Resource, Sample]:
    """Requests and errors of all operations in the ``hours`` before ``end``, summed.

    Whatever the recipe: a caller who gets errors is not idle, and a metric that we did not expect
    still counts. Unknown as soon as one of the answers is not complete.
    """
    end = floor_to(end, SECONDS)
    # Compared as numbers: hours that people wrote may be more than time has.
    span = timedelta(hours=hours) if hours < _LONGEST / timedelta(hours=1) else _LONGEST
    start = floor_to(end - span, SECONDS)
    asked = {r: [request_query(r, metric) for metric in _SIGNS] for r in resources}
    answers = metrics.read(
        (query for queries in asked.values() for query in queries),
        start=start,
        end=end,
        period=SECONDS,
    )

    def count(query: Query) -> Sample:
        series = answers[query]
        if not series.known:
            return unknown(series.why_unknown)
        return Sample.total(Sample(value) for _, value in series.points)

    return {r: Sample.total(count(query) for query in queries) for r, queries in asked.items()}
