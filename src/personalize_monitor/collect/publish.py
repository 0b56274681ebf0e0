"""Publish what was measured: floor, average and utilization of each resource, and the counts."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from math import isfinite

from personalize_monitor.aws.metrics import Datum
from personalize_monitor.contract import (
    AVERAGE_METRIC,
    CAMPAIGN_COUNT_METRIC,
    DIMENSION,
    FLOOR_METRIC,
    PROBLEM_COUNT_METRIC,
    RESOURCE_COUNT_METRIC,
    UTILIZATION_METRIC,
)
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window

_RATE = "Count/Second"


def datums(samples: Mapping[Resource, Sample], window: Window) -> list[Datum]:
    """Datapoints of one place. What is unknown has no datapoint; what is idle has a zero."""
    return [
        datum for resource, sample in samples.items() for datum in _of(resource, sample, window)
    ]


def _of(resource: Resource, sample: Sample, window: Window) -> Iterable[Datum]:
    yield _datum(FLOOR_METRIC, resource, resource.floor, _RATE, window)
    yield from averages(resource, window, sample)


def averages(resource: Resource, window: Window, sample: Sample) -> Iterable[Datum]:
    """What depends on the requests of a window: average and utilization, if they are known."""
    average, utilization = sample.average, sample.utilization(resource.floor)
    if average is not None and utilization is not None:
        yield _datum(AVERAGE_METRIC, resource, average, _RATE, window)
        yield _datum(UTILIZATION_METRIC, resource, utilization, "Percent", window)


def _datum(
    metrics: Mapping[Kind, str], resource: Resource, value: float, unit: str, window: Window
) -> Datum:
    dimension = (DIMENSION[resource.kind], str(resource.arn))
    if not isfinite(value):
        raise ValueError(f"{metrics[resource.kind]} is {value}")
    return Datum(metrics[resource.kind], value, unit, window.start, dimension)


def counts(campaigns: int, recommenders: int, window: Window) -> list[Datum]:
    """How many campaigns, and how many resources of both kinds, are monitored."""
    return [
        Datum(CAMPAIGN_COUNT_METRIC, campaigns, "Count", window.start),
        Datum(RESOURCE_COUNT_METRIC, campaigns + recommenders, "Count", window.start),
    ]


def problem_count(problems: int, window: Window) -> list[Datum]:
    """How many problems a cycle met; nothing for none, so that a healthy cycle costs nothing."""
    if not problems:
        return []
    return [Datum(PROBLEM_COUNT_METRIC, problems, "Count", window.start)]
