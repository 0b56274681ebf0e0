"""Rates that AWS allows an account in a region, as token buckets of one second."""

from __future__ import annotations

import time
from collections.abc import Callable

PER_SECOND = {
    "PutMetricAlarm": 3.0,
    "DeleteAlarms": 3.0,
    "DescribeAlarms": 9.0,
    "DescribeAlarmsForMetric": 9.0,
    "GetMetricData": 50.0,
    "PutMetricData": 500.0,
    "DescribeCampaign": 10.0,
    "DescribeRecommender": 10.0,
    "DescribeSolution": 10.0,
    "DescribeSolutionVersion": 10.0,
}


class Limits:
    """Whether a call is within its rate; all are when ``on`` is False."""

    def __init__(self, clock: Callable[[], float] = time.monotonic) -> None:
        self.on = True
        self._clock = clock
        self._buckets: dict[tuple[str, str], tuple[float, float]] = {}

    def allow(self, action: str, region: str) -> bool:
        """Take one token, if there is one."""
        rate = PER_SECOND.get(action)
        if rate is None or not self.on:
            return True
        now = self._clock()
        tokens, last = self._buckets.get((action, region), (rate, now))
        tokens = min(rate, tokens + (now - last) * rate)
        self._buckets[action, region] = (max(0.0, tokens - 1) if tokens >= 1 else tokens, now)
        return tokens >= 1
