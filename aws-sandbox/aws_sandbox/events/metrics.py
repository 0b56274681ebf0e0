"""The metrics that Lambda, EventBridge and SQS publish: a source for the sandbox's CloudWatch."""

from __future__ import annotations

import threading
from bisect import bisect_left
from collections.abc import Iterator
from datetime import datetime

from aws_sandbox.asked import Asked, Dimensions, Points

_Key = tuple[str, str, str, str, Dimensions]
_MINUTE = 60


class ServiceMetrics:
    """Samples by account, region, namespace, name and dimensions, in order of time."""

    def __init__(self) -> None:
        self._times: dict[_Key, list[int]] = {}
        self._values: dict[_Key, list[float]] = {}
        self._levels: dict[_Key, list[tuple[int, float]]] = {}
        self._lock = threading.Lock()

    def count(
        self,
        where: tuple[str, str],
        namespace: str,
        name: str,
        *,
        dimension: tuple[str, str],
        now: datetime,
        value: float = 1.0,
    ) -> None:
        """Add a sample at this minute. `where` is (account, region)."""
        key, minute = (*where, namespace, name, frozenset({dimension})), _minute(now)
        with self._lock:
            self._times.setdefault(key, []).append(minute)
            self._values.setdefault(key, []).append(value)

    def level(
        self,
        where: tuple[str, str],
        namespace: str,
        name: str,
        *,
        dimension: tuple[str, str],
        now: datetime,
        value: float,
    ) -> None:
        """From this minute on the metric has this value, every minute, until told otherwise."""
        key, minute = (*where, namespace, name, frozenset({dimension})), _minute(now)
        with self._lock:
            steps = self._levels.setdefault(key, [])
            if not steps or steps[-1][1] != value:
                steps.append((minute, value))

    def points(self, asked: Asked) -> Points:
        """Samples of the span."""
        key, start, end = asked[:5], asked.start, asked.end
        with self._lock:
            times, values = self._times.get(key), self._values.get(key)
            if times and values:
                first, last = bisect_left(times, start), bisect_left(times, end)
                return list(zip(times[first:last], values[first:last], strict=True))
            return list(_every_minute(self._levels.get(key, []), start, end))

    def metrics(self, account: str, region: str) -> list[tuple[str, str, Dimensions]]:
        """(namespace, metric name, dimensions) of everything that has data."""
        with self._lock:
            keys = [*self._times, *self._levels]
        return [key[2:] for key in keys if key[:2] == (account, region)]


def _minute(now: datetime) -> int:
    return int(now.timestamp()) // _MINUTE * _MINUTE


def _every_minute(
    steps: list[tuple[int, float]], start: int, end: int
) -> Iterator[tuple[int, float]]:
    """The step function's value at each minute of [start, end); nothing before the first step."""
    for index, (since, value) in enumerate(steps):
        until = steps[index + 1][0] if index + 1 < len(steps) else end
        first = max(since, -(-start // _MINUTE) * _MINUTE)
        for minute in range(first, min(until, end), _MINUTE):
            yield minute, value
