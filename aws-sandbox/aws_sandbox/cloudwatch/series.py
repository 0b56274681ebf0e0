"""One metric's samples: two sorted arrays, and details only where a moment has several samples.

A point with a single sample costs 16 bytes, so that weeks of a large fleet fit into memory.
"""

from __future__ import annotations

from array import array
from bisect import bisect_left
from collections.abc import Sequence
from dataclasses import dataclass, field
from operator import lt


@dataclass(slots=True)
class Bucket:
    """Several samples at one moment: statistics and, unless a statistic set was put, values."""

    count: float
    total: float
    low: float
    high: float
    values: list[tuple[float, float]] | None = field(default=None)
    """(value, how often); None when only statistics were published."""

    def merged(self, other: Bucket) -> Bucket:
        """Both together; the values survive only if both have them."""
        values = None
        if self.values is not None and other.values is not None:
            values = [*self.values, *other.values]
        return Bucket(
            self.count + other.count,
            self.total + other.total,
            min(self.low, other.low),
            max(self.high, other.high),
            values,
        )


def bucket_of(values: Sequence[float], counts: Sequence[float]) -> Bucket:
    """A bucket of distinct values and how often each occurred."""
    pairs = [(value, count) for value, count in zip(values, counts, strict=True) if count > 0]
    if not pairs:
        return Bucket(0.0, 0.0, 0.0, 0.0, [])
    return Bucket(
        sum(count for _, count in pairs),
        sum(value * count for value, count in pairs),
        min(value for value, _ in pairs),
        max(value for value, _ in pairs),
        pairs,
    )


class Series:
    """The samples of one metric and unit, ascending by time (epoch seconds)."""

    __slots__ = ("rich", "times", "totals", "unit")

    def __init__(self, unit: str | None) -> None:
        self.unit = unit
        self.times: array[int] = array("q")
        self.totals: array[float] = array("d")
        self.rich: dict[int, Bucket] = {}

    def add(self, time: int, value: float) -> None:
        """Add one sample; a second one at the same moment is kept beside the first."""
        times = self.times
        if not times or time > times[-1]:
            times.append(time)
            self.totals.append(value)
            return
        index = bisect_left(times, time)
        if times[index] != time:
            times.insert(index, time)
            self.totals.insert(index, value)
            return
        self._merge(index, Bucket(1.0, value, value, value, [(value, 1.0)]))

    def extend(self, points: Sequence[tuple[int, float]]) -> None:
        """Add a sample for each (time, value); fast when ascending and after all others."""
        times = [time for time, _ in points]
        behind = bool(self.times and times and times[0] <= self.times[-1])
        if behind or not all(map(lt, times, times[1:])):
            for time, value in points:
                self.add(time, value)
            return
        self.times.extend(times)
        self.totals.extend([value for _, value in points])

    def append_series(self, other: Series) -> None:
        """Add another series whose moments all come after this one's."""
        self.times.extend(other.times)
        self.totals.extend(other.totals)
        self.rich.update(other.rich)

    def add_bucket(self, time: int, bucket: Bucket) -> None:
        """Add several samples of one moment."""
        index = bisect_left(self.times, time)
        if index < len(self.times) and self.times[index] == time:
            self._merge(index, bucket)
            return
        self.times.insert(index, time)
        self.totals.insert(index, bucket.total)
        self.rich[time] = bucket

    def _merge(self, index: int, bucket: Bucket) -> None:
        time, old = self.times[index], self.totals[index]
        before = self.rich.get(time) or Bucket(1.0, old, old, old, [(old, 1.0)])
        self.rich[time] = before.merged(bucket)
        self.totals[index] = self.rich[time].total

    def bucket_at(self, index: int) -> Bucket:
        """Everything known about one point."""
        value = self.totals[index]
        return self.rich.get(self.times[index]) or Bucket(1.0, value, value, value, [(value, 1.0)])

    def span(self, start: int, end: int) -> tuple[int, int]:
        """Index range of the points with start <= time < end."""
        low = bisect_left(self.times, start)
        return low, bisect_left(self.times, end, low)

    def cut_before(self, time: int) -> None:
        """Forget everything before a moment."""
        index = bisect_left(self.times, time)
        for old in self.times[:index] if self.rich else ():
            self.rich.pop(old, None)
        del self.times[:index]
        del self.totals[:index]

    def cut_from(self, time: int) -> None:
        """Forget everything from a moment on."""
        index = bisect_left(self.times, time)
        for old in self.times[index:] if self.rich else ():
            self.rich.pop(old, None)
        del self.times[index:]
        del self.totals[index:]
