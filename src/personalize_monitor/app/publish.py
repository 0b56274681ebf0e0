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
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample
from personalize_monitor.model.window import Window

_RATE = "Count/Second"


def datums(samples: Mapping[Resource, Sample], window: Window) -> list[Datum]:
    """Datapoints of one place. What is unknown has no datapoint; what is idle has a zero."""
    return [
        datum for resource, sample in samples.items() for datum in _of(resource, sample, window)
    ]


def _of(resource: Resource, sample: Sample, window: Window) -> Iterable[Datum]:
    dimension = (DIMENSION[resource.kind], str(resource.arn))

    def datum(metric: str, value: float, unit: str) -> Datum:
        if not isfinite(value):
            raise ValueError(f"{metric} is {value}")
        return Datum(metric, value, unit, window.start, dimension)

    yield datum(FLOOR_METRIC[resource.kind], resource.floor, _RATE)
    average, utilization = sample.average, sample.utilization(resource.floor)
    if average is not None and utilization is not None:
        yield datum(AVERAGE_METRIC[resource.kind], average, _RATE)
        yield datum(UTILIZATION_METRIC[resource.kind], utilization, "Percent")


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
