"""The metric store of one account and region, and reading from it and from computed sources."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, field

from aws_sandbox.cloudwatch import sources
from aws_sandbox.cloudwatch.keys import MetricKey
from aws_sandbox.cloudwatch.series import Bucket, Series
from aws_sandbox.cloudwatch.stats import (
    Point,
    aggregate,
    bucket_between,
    spans,
    statistic_of,
)


@dataclass(frozen=True, slots=True)
class Ask:
    """What to read: [start, end) in epoch seconds, periods counted from start, one statistic."""

    start: int
    end: int
    period: int
    stat: str
    unit: str | None = None


@dataclass(slots=True)
class MetricStore:
    """Published samples by metric and unit; AWS's own metrics come from `sources` as well."""

    account: str
    region: str
    _series: dict[MetricKey, dict[str | None, Series]] = field(default_factory=dict)

    def series(self, key: MetricKey, unit: str | None) -> Series:
        """The series to write to, made on first use."""
        units = self._series.setdefault(key, {})
        if unit not in units:
            units[unit] = Series(unit)
        return units[unit]

    def add(self, key: MetricKey, unit: str | None, time: int, value: float) -> None:
        """Store one sample."""
        self.series(key, unit).add(time, value)

    def add_bucket(self, key: MetricKey, unit: str | None, time: int, bucket: Bucket) -> None:
        """Store several samples of one moment."""
        self.series(key, unit).add_bucket(time, bucket)

    def published(self, key: MetricKey, unit: str | None) -> list[Series]:
        """The published series of a metric; all units when none is asked for."""
        units = self._series.get(key)
        if not units:
            return []
        if unit is None:
            return list(units.values())
        return [units[unit]] if unit in units else []

    def computed(self, key: MetricKey, unit: str | None, start: int, end: int) -> Series | None:
        """The samples that a source computes for this metric in [start, end)."""
        return sources.read(self.account, self.region, key, unit=unit, start=start, end=end)

    def collect(self, key: MetricKey, unit: str | None, start: int, end: int) -> list[Series]:
        """Every series with data of this metric in [start, end)."""
        found = [s for s in self.published(key, unit) if len(set(s.span(start, end))) == 2]
        computed = self.computed(key, unit, start, end)
        return [*found, computed] if computed is not None else found

    def read(self, key: MetricKey, ask: Ask) -> list[Point]:
        """One value per period with data, ascending."""
        published = self.published(key, ask.unit)
        if not published and ask.unit is None and ask.stat == "Sum":
            sums = sources.sums(
                self.account, self.region, key, start=ask.start, end=ask.end, period=ask.period
            )
            if sums is not None:
                return sums
        return read_series(self.collect(key, ask.unit, ask.start, ask.end), ask)

    def metrics(self) -> Iterator[tuple[MetricKey, int]]:
        """Each published metric and when it last had a sample."""
        for key, units in self._series.items():
            newest = max((s.times[-1] for s in units.values() if s.times), default=0)
            yield key, newest


def read_series(series: list[Series], ask: Ask) -> list[Point]:
    """Aggregate one or more series (several units) as one metric."""
    if not series:
        return []
    if len(series) == 1:
        return aggregate(series[0], ask.start, ask.end, ask.period, ask.stat)
    return [
        (begin, value)
        for begin, bucket in sorted(buckets_of(series, ask.start, ask.end, ask.period).items())
        if (value := statistic_of(bucket, ask.stat)) is not None
    ]


def buckets_of(series: list[Series], start: int, end: int, period: int) -> dict[int, Bucket]:
    """All samples per period, over all series."""
    merged: dict[int, Bucket] = {}
    for one in series:
        for begin, first, last in spans(one, start, end, period):
            bucket = bucket_between(one, first, last)
            merged[begin] = merged[begin].merged(bucket) if begin in merged else bucket
    return merged
