"""Once a day for mode follow: what each resource's own ramps and raises give evidence of."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import UTC, datetime, timedelta
from math import nan
from types import MappingProxyType

from personalize_monitor.aws.metrics import POINTS_PER_CALL, Metrics, Query
from personalize_monitor.aws.series import Series
from personalize_monitor.collect.measure import apis_of, request_query
from personalize_monitor.context.memory import Memory
from personalize_monitor.contract import DIMENSION, FLOOR_METRIC, NAMESPACE
from personalize_monitor.decide.history import SPAN
from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, Window
from personalize_monitor.policy.follow.headroom import Headroom, Met, observe
from personalize_monitor.policy.follow.record import record_of

NOTHING: Mapping[Resource, Headroom] = MappingProxyType({})
_DAY = PER_DAY * SECONDS
_SERIES = 4  # of a resource with one operation: two kinds of failures, latency, floor


def headrooms(
    metrics: Metrics,
    histories: Mapping[Resource, Demand],
    memory: Memory,
    window: Window,
    *,
    learned: Mapping[Resource, Headroom] = NOTHING,
    assumed: float = 0.0,
) -> dict[Resource, Headroom]:
    """The headroom of each resource of which two weeks up to the last midnight (UTC) tell.

    The evidence ends at midnight so that a function that remembers and one that does not agree.
    What is ``learned`` elsewhere stands above it. The records of raises go to ``memory``, at
    that headroom, or the ``assumed`` one.
    """
    midnight = int(window.end.timestamp()) // _DAY * _DAY
    asked = [r for r in histories if memory.headrooms.get(str(r.arn), (0, None))[0] != midnight]
    for batch in _batches(asked):
        for resource, met in _read(metrics, batch, histories, midnight).items():
            if met is not None:
                seen = observe(met)
                kept = learned.get(resource, seen)
                share = kept.share if kept else assumed
                memory.headrooms[str(resource.arn)] = midnight, seen
                memory.records[str(resource.arn)] = record_of(
                    met.demand, met.floors, headroom=share
                )
    found = {}
    for resource in histories:
        day, headroom = memory.headrooms.get(str(resource.arn), (0, None))
        if day == midnight and headroom is not None:
            found[resource] = headroom
    return found | dict(learned)


def _batches(resources: Sequence[Resource]) -> Iterable[Sequence[Resource]]:
    """As many as fit one call, so that only one answer is in memory at a time."""
    points = SPAN // timedelta(seconds=SECONDS)
    size = max(1, POINTS_PER_CALL // points // _SERIES)
    for at in range(0, len(resources), size):
        yield resources[at : at + size]


def _read(
    metrics: Metrics,
    batch: Sequence[Resource],
    histories: Mapping[Resource, Demand],
    midnight: int,
) -> dict[Resource, Met | None]:
    """What each resource met until midnight; None where CloudWatch did not answer completely."""
    begin = midnight - int(SPAN.total_seconds())
    demands = {r: histories[r].between(begin, midnight) for r in batch}
    demands = {resource: demand for resource, demand in demands.items() if len(demand)}
    if not demands:
        return {}
    answers = metrics.read(
        [query for resource in demands for query in _queries(resource)],
        start=datetime.fromtimestamp(min(demand.start for demand in demands.values()), UTC),
        end=datetime.fromtimestamp(midnight, UTC),
        period=SECONDS,
    )
    return {resource: _met(resource, demand, answers) for resource, demand in demands.items()}


def _queries(resource: Resource) -> list[Query]:
    return [*_failures(resource), *_latencies(resource), _floor(resource)]


def _failures(resource: Resource) -> list[Query]:
    return [request_query(resource, m) for api in apis_of(resource) for m in api.error_metrics]


def _latencies(resource: Resource) -> list[Query]:
    return [request_query(resource, api.latency_metric, "Average") for api in apis_of(resource)]


def _floor(resource: Resource) -> Query:
    dimension = (DIMENSION[resource.kind], str(resource.arn))
    return Query(NAMESPACE, FLOOR_METRIC[resource.kind], dimension, "Maximum")


def _met(resource: Resource, demand: Demand, answers: Mapping[Query, Series]) -> Met | None:
    """Failures that CloudWatch has no point of were none; of latency and floor nobody knows."""
    if not all(answers[query].known for query in _queries(resource)):
        return None
    failures = [0.0] * len(demand)
    for query in _failures(resource):
        for index, value in _inside(demand, answers[query]):
            failures[index] += value
    latency = [nan] * len(demand)
    for query in _latencies(resource):
        for index, value in _inside(demand, answers[query]):
            # The slower one of several operations; max() would keep the NaN.
            latency[index] = value if not latency[index] >= value else latency[index]
    floors = [nan] * len(demand)
    for index, value in _inside(demand, answers[_floor(resource)]):
        floors[index] = value
    return Met(demand, failures, latency, floors)


def _inside(demand: Demand, series: Series) -> Iterable[tuple[int, float]]:
    for epoch, value in series.points:
        index = (epoch - demand.start) // SECONDS
        if 0 <= index < len(demand):
            yield index, value
