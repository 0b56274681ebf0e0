"""Measure one window: how many requests each resource served, or that this is unknown."""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta
from itertools import chain
from math import isfinite
from operator import add
from typing import Protocol

from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.aws.series import Series
from personalize_monitor.context.late import RECENT, Lateness
from personalize_monitor.contract import AWS_NAMESPACE, DIMENSION
from personalize_monitor.model.demand import UNKNOWN
from personalize_monitor.model.recipe import ALL_APIS, Api
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.sample import Sample, is_count, unknown
from personalize_monitor.model.window import SECONDS, Window


class Riders(Protocol):
    """Further questions about the hour that ends with a window, in the batch that measures it."""

    @property
    def queries(self) -> Sequence[Query]:
        """What is asked."""

    def take(self, answers: Mapping[Query, Series]) -> None:
        """Hear the answers."""


def apis_of(resource: Resource) -> tuple[Api, ...]:
    """The operations it may serve: one for a known recipe, all when nobody can tell."""
    recipe = resource.recipe
    return ALL_APIS if recipe is None else (recipe.api,)


def request_query(
    resource: Resource, metric: str, stat: str = "Sum", namespace: str = AWS_NAMESPACE
) -> Query:
    """The question for a metric of a resource, one of the service's own if not said otherwise."""
    return Query(namespace, metric, (DIMENSION[resource.kind], str(resource.arn)), stat)


def requests_in(
    answers: Sequence[Series], begin: int, length: int, period: int = SECONDS
) -> Sequence[float] | None:
    """The answers' sums in each of ``length`` periods from ``begin`` (epoch seconds) on.

    None when an answer is not complete. A period with a value that is no count is NaN.
    """
    if not all(series.known for series in answers):
        return None
    sums = array("d", bytes(8 * length))
    for series in answers:
        if _is_grid(series, begin, period) and _are_counts(series.values):
            _add(sums, series, (series.times[0] - begin) // period)
            continue
        for epoch, value in series.points:
            index = (epoch - begin) // period
            if 0 <= index < length:
                sums[index] += value if is_count(value) else UNKNOWN
    return sums


def _is_grid(series: Series, begin: int, period: int) -> bool:
    """Whether it has every period of its time, at marks that ``begin`` has too."""
    times = series.times
    whole = isinstance(times, range) and len(times) > 0 and times.step == period
    return whole and (times[0] - begin) % period == 0


def _are_counts(values: Sequence[float]) -> bool:
    # A NaN hides from min and max, and shows in the sum.
    return is_count(min(values)) and is_count(max(values)) and isfinite(sum(values))


def _add(sums: array[float], series: Series, at: int) -> None:
    """Add a series whose first value belongs to ``sums[at]``, as far as it is within them."""
    first, last = max(0, at), min(len(sums), at + len(series.values))
    if first >= last:
        return
    values = series.values[first - at : last - at]
    if any(sums[first:last]):
        values = list(map(add, sums[first:last], values))
    sums[first:last] = array("d", values)


def measure(
    metrics: Metrics,
    resources: Iterable[Resource],
    window: Window,
    lateness: Lateness | None = None,
    riders: Riders | None = None,
) -> dict[Resource, Sample]:
    """Requests of each resource in the window.

    The hour before is read with it, at no cost. It tells whether metrics arrive late: then the
    window is unknown, and ``lateness`` knows what is still to be published. ``riders`` have further
    questions about that hour.
    """
    asked = {r: [request_query(r, api) for api in apis_of(r)] for r in resources}
    begin = window.start - timedelta(seconds=SECONDS * (RECENT - 1))
    answers = metrics.read(
        chain(*asked.values(), riders.queries if riders else ()),
        start=begin,
        end=window.end,
        period=SECONDS,
    )
    if riders:
        riders.take(answers)
    samples: dict[Resource, Sample] = {}
    recent: dict[Resource, Sequence[float]] = {}
    for resource, queries in asked.items():
        sums = requests_in([answers[q] for q in queries], int(begin.timestamp()), RECENT)
        if sums is None:
            samples[resource] = _why(queries, answers)
        else:
            samples[resource] = Sample(sums[-1])
            recent[resource] = sums
    if lateness is not None:
        samples |= lateness.judged(recent, window)
    return samples


def _why(queries: Sequence[Query], answers: Mapping[Query, Series]) -> Sample:
    return unknown(next(answers[q].why_unknown for q in queries if not answers[q].known))
