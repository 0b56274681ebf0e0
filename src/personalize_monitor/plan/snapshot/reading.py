"""Read one region: demand, floors and errors of its resources in as few calls as possible."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby

from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.aws.series import Series
from personalize_monitor.collect.measure import apis_of, request_query, requests_in
from personalize_monitor.contract import DIMENSION, FLOOR_METRIC, NAMESPACE
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.floors import Floors
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import SECONDS, Window, floor_to
from personalize_monitor.plan.snapshot.values import DAY, Errors

_HOUR = 3600


@dataclass(frozen=True, slots=True)
class Reading:
    """What CloudWatch says of one resource."""

    demand: Demand
    sample: Sample
    floors: Floors
    errors: Errors


def read(
    metrics: Metrics,
    resources: Sequence[Resource],
    window: Window,
    span: timedelta,
    demands: Mapping[Resource, Demand] | None = None,
) -> dict[Resource, Reading]:
    """Everything about ``resources`` over ``span``; ``demands`` are taken as known if given."""
    begin = max(window.end - span, min((r.created for r in resources), default=window.start))
    begin = floor_to(begin, SECONDS)
    queries = [_floor_query(resource) for resource in resources]
    if demands is None:
        queries += [request_query(r, api) for r in resources for api in apis_of(r)]
    answers = metrics.read(queries, start=begin, end=window.end, period=SECONDS)
    errors = _errors(metrics, resources, window.end)
    found: dict[Resource, Reading] = {}
    for resource in resources:
        demand = (
            demands[resource]
            if demands is not None
            else _demand(resource, answers, begin, window.end)
        )
        found[resource] = Reading(
            demand,
            _sample(demand),
            _floors(answers[_floor_query(resource)]),
            errors[resource],
        )
    return found


def _floor_query(resource: Resource) -> Query:
    dimension = (DIMENSION[resource.kind], str(resource.arn))
    return Query(NAMESPACE, FLOOR_METRIC[resource.kind], dimension, "Maximum")


def _demand(
    resource: Resource, answers: Mapping[Query, Series], begin: datetime, end: datetime
) -> Demand:
    start = max(int(begin.timestamp()), int(floor_to(resource.created, SECONDS).timestamp()))
    last = int(end.timestamp())
    asked = [answers[request_query(resource, api)] for api in apis_of(resource)]
    length = max(0, (last - start) // SECONDS)
    return Demand(start, requests_in(asked, start, length) or (UNKNOWN,) * length)


def _sample(demand: Demand) -> Sample:
    """The last settled window's requests."""
    last = demand.sums[-1] if demand.sums else UNKNOWN
    if last != last:  # noqa: PLR0124  NaN differs from itself
        return unknown("CloudWatch did not answer completely.")
    return Sample(last)


def _floors(series: Series) -> Floors:
    """Points of our floor metric as changes: (since when, floor)."""
    runs = groupby(series.points, key=lambda point: round(point[1]))
    return tuple((next(points)[0], floor) for floor, points in runs if floor > 0)


def _errors(
    metrics: Metrics, resources: Iterable[Resource], end: datetime
) -> dict[Resource, Errors]:
    asked = {
        resource: (
            [request_query(resource, api.error_metrics[0]) for api in apis_of(resource)],
            [request_query(resource, api.error_metrics[1]) for api in apis_of(resource)],
        )
        for resource in resources
    }
    until = floor_to(end, _HOUR) + timedelta(seconds=0 if end == floor_to(end, _HOUR) else _HOUR)
    answers = metrics.read(
        (query for pair in asked.values() for part in pair for query in part),
        start=until - DAY,
        end=until,
        period=_HOUR,
    )
    return {
        resource: Errors(_sum(answers, client), _sum(answers, server))
        for resource, (client, server) in asked.items()
    }


def _sum(answers: Mapping[Query, Series], queries: Iterable[Query]) -> float | None:
    parts = [answers[query] for query in queries]
    if not all(part.known for part in parts):
        return None
    return sum(value for part in parts for _, value in part.points)
