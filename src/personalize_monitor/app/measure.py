"""Measure one window: how many requests each resource served, or that this is unknown."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from personalize_monitor.aws.metrics import Metrics, Query, Series
from personalize_monitor.contract import AWS_NAMESPACE, DIMENSION
from personalize_monitor.model.recipe import ALL_APIS, Api
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import SECONDS, Window


def apis_of(resource: Resource) -> tuple[Api, ...]:
    """The operations it may serve: one for a known recipe, all when nobody can tell."""
    recipe = resource.recipe
    return ALL_APIS if recipe is None else (recipe.api,)


def request_query(resource: Resource, metric: str, stat: str = "Sum") -> Query:
    """The question for one of the service's own metrics of a resource."""
    return Query(AWS_NAMESPACE, metric, (DIMENSION[resource.kind], str(resource.arn)), stat)


def measure(
    metrics: Metrics, resources: Iterable[Resource], window: Window
) -> dict[Resource, Sample]:
    """Requests of each resource in the window."""
    asked = {r: [request_query(r, api) for api in apis_of(r)] for r in resources}
    answers = metrics.read(
        (query for queries in asked.values() for query in queries),
        start=window.start,
        end=window.end,
        period=SECONDS,
    )
    return {resource: _total(queries, answers) for resource, queries in asked.items()}


def _total(queries: Sequence[Query], answers: Mapping[Query, Series]) -> Sample:
    return Sample.total(_sample(answers[query]) for query in queries)


def _sample(series: Series) -> Sample:
    if not series.known:
        return unknown(series.why_unknown)
    return Sample(sum(value for _, value in series.points))
