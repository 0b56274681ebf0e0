"""Metrics that AWS services publish, computed on demand instead of stored."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Protocol

from aws_sandbox.asked import Asked, Dimensions, Points
from aws_sandbox.cloudwatch.keys import MetricKey
from aws_sandbox.cloudwatch.series import Series


class Source(Protocol):
    """A service's metrics.

    A source may also have `unit(namespace, metric_name) -> str | None`, and
    `sums(asked, period)`: the sums by periods of that many seconds, without
    points; None where it cannot.
    """

    def points(self, asked: Asked) -> Points:
        """The samples of the span; a minute without data has none."""
        ...

    def metrics(self, account: str, region: str) -> Iterable[tuple[str, str, Dimensions]]:
        """(namespace, metric name, dimensions) of everything that has data."""
        ...


_sources: list[Source] = []


def register(source: Source) -> Callable[[], None]:
    """Add a source; call the answer to take it away again."""
    _sources.append(source)

    def remove() -> None:
        if source in _sources:
            _sources.remove(source)

    return remove


def clear() -> None:
    """Forget all sources."""
    _sources.clear()


def read(
    account: str, region: str, key: MetricKey, *, unit: str | None, start: int, end: int
) -> Series | None:
    """The computed samples of a metric, or None when no source has any."""
    if not _sources or not key.namespace.startswith("AWS/"):
        return None
    asked = Asked(account, region, key.namespace, key.name, key.dimensions, start, end)
    series: Series | None = None
    for source in _sources:
        points = source.points(asked)
        if not points or not _unit_fits(source, key, unit):
            continue
        series = series or Series(unit)
        series.extend(points)
    return series


def sums(
    account: str, region: str, key: MetricKey, *, start: int, end: int, period: int
) -> Points | None:
    """The Sum statistic by aligned periods from sources that can do it faster than by points.

    None when it cannot be had this way: the caller reads points instead.
    """
    if start % period or end % period or not key.namespace.startswith("AWS/"):
        return None
    totals: Points = []
    asked = Asked(account, region, key.namespace, key.name, key.dimensions, start, end)
    for source in _sources:
        fast = getattr(source, "sums", None)
        if fast is not None:
            found: Points | None = fast(asked, period)
            if found is None:
                return None
        elif source.points(asked):
            return None
        else:
            continue
        if found and totals:
            return None
        totals = totals or found
    return totals


def _unit_fits(source: Source, key: MetricKey, unit: str | None) -> bool:
    if unit is None:
        return True
    unit_of = getattr(source, "unit", None)
    return unit_of is None or unit_of(key.namespace, key.name) in {None, unit}


def metrics(account: str, region: str) -> set[MetricKey]:
    """Everything the sources have, for ListMetrics."""
    return {
        MetricKey(namespace, name, frozenset(dimensions))
        for source in _sources
        for namespace, name, dimensions in source.metrics(account, region)
    }
