"""Statistics over periods: the five basic ones, percentiles and the trimmed mean."""

from __future__ import annotations

import math
import re
from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from functools import lru_cache
from itertools import pairwise

from aws_sandbox.cloudwatch.series import Bucket, Series

Point = tuple[int, float]
"""Start of a period in epoch seconds, and the statistic's value there."""

BASIC = ("SampleCount", "Average", "Sum", "Minimum", "Maximum")
_EXTENDED = re.compile(r"^(p|tm)(\d{1,2}(?:\.\d{1,10})?|100)$")

_FAST: dict[str, Callable[[Sequence[float]], float]] = {
    "Sum": sum,
    "Average": lambda values: sum(values) / len(values),
    "Minimum": min,
    "Maximum": max,
    "SampleCount": lambda values: float(len(values)),
}
_FROM_BUCKET: dict[str, Callable[[Bucket], float]] = {
    "Sum": lambda bucket: bucket.total,
    "Average": lambda bucket: bucket.total / bucket.count,
    "Minimum": lambda bucket: bucket.low,
    "Maximum": lambda bucket: bucket.high,
    "SampleCount": lambda bucket: bucket.count,
}


def is_statistic(name: str) -> bool:
    """Whether we can compute it: the five basic ones, pNN.N and tmNN."""
    return name in _FAST or _EXTENDED.match(name) is not None


def is_percentile(name: str) -> bool:
    """Whether it is pNN (and not a basic statistic)."""
    return name.startswith("p") and is_statistic(name)


@lru_cache(maxsize=256)
def _extended(name: str) -> Callable[[Bucket], float | None]:
    match = _EXTENDED.match(name)
    assert match is not None, name
    share = float(match.group(2)) / 100
    if match.group(1) == "tm":
        return lambda bucket: _trimmed_mean(bucket, share)
    return lambda bucket: _percentile(bucket, share)


def _percentile(bucket: Bucket, share: float) -> float | None:
    """Linear interpolation between samples; no answer from a statistic set of several samples."""
    if bucket.values is None:
        return bucket.low if bucket.low == bucket.high else None
    ordered = sorted(bucket.values)
    position = share * (bucket.count - 1)
    seen, ranks = 0.0, []
    for value, count in ordered:
        ranks.append((seen, value))
        seen += count
        ranks.append((seen - 1, value))
    for (left, low), (right, high) in pairwise(ranks):
        if left <= position <= right:
            return low if right == left else low + (high - low) * (position - left) / (right - left)
    return ordered[-1][0]


@lru_cache(maxsize=256)
def _plain_percentile(name: str) -> Callable[[Sequence[float]], float] | None:
    """`_percentile` of samples that came once each; None for other statistics."""
    if not is_percentile(name):
        return None
    share = float(name[1:]) / 100

    def of(values: Sequence[float]) -> float:
        ordered = sorted(values)
        position = share * (len(ordered) - 1)
        left = max(0, math.ceil(position) - 1)
        if position == left:
            return ordered[left]
        low, high = ordered[left], ordered[left + 1]
        return low + (high - low) * (position - left)

    return of


def _trimmed_mean(bucket: Bucket, share: float) -> float | None:
    """Mean of the samples up to the percentile."""
    if bucket.values is None:
        return bucket.low if bucket.low == bucket.high else None
    left, total, used = bucket.count * share, 0.0, 0.0
    for value, count in sorted(bucket.values):
        take = min(count, left - used)
        if take <= 0:
            break
        total, used = total + value * take, used + take
    return total / used if used else None


def spans(series: Series, start: int, end: int, period: int) -> Iterator[tuple[int, int, int]]:
    """(start of period, first index, last index + 1) of each period with data.

    Periods are counted from `start`, as CloudWatch does after rounding StartTime.
    """
    times = series.times
    index, stop = series.span(start, end)
    while index < stop:
        begin = start + (times[index] - start) // period * period
        limit, last = begin + period, index + 1
        if last < stop and times[last] < limit:
            last = bisect_left(times, limit, last + 1, stop)
        yield begin, index, last
        index = last


def aggregate(series: Series, start: int, end: int, period: int, stat: str) -> list[Point]:
    """One value per period that has data, ascending."""
    fast = None if series.rich else _FAST.get(stat) or _plain_percentile(stat)
    if fast is None:
        return _aggregate_buckets(series, start, end, period, stat)
    totals = series.totals
    return [
        (begin, fast(totals[first:last]))
        for begin, first, last in spans(series, start, end, period)
    ]


def _aggregate_buckets(series: Series, start: int, end: int, period: int, stat: str) -> list[Point]:
    points = []
    for begin, first, last in spans(series, start, end, period):
        value = statistic_of(bucket_between(series, first, last), stat)
        if value is not None:
            points.append((begin, value))
    return points


def bucket_between(series: Series, first: int, last: int) -> Bucket:
    """All samples of an index range together."""
    bucket = series.bucket_at(first)
    for index in range(first + 1, last):
        bucket = bucket.merged(series.bucket_at(index))
    return bucket


def statistic_of(bucket: Bucket, stat: str) -> float | None:
    """A statistic of one bucket; None where it cannot be known."""
    if bucket.count <= 0:
        return None
    if stat in _FROM_BUCKET:
        return _FROM_BUCKET[stat](bucket)
    return _extended(stat)(bucket)
