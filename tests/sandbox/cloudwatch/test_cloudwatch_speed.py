"""Speed that the demo and the soak tests live on, with room for a slow machine."""

from __future__ import annotations

import sys
import time
from datetime import timedelta
from typing import Any

from personalize_monitor.sandbox import cloudwatch
from personalize_monitor.sandbox.cloudwatch.get_data import get
from personalize_monitor.sandbox.cloudwatch.keys import MetricKey

FLEET = 500
LIMIT = 0.3 if sys.gettrace() is None else 3.0
"""Seconds; a coverage run traces every line and measures something else."""


def key(index: int) -> MetricKey:
    """The utilization metric of one resource."""
    return MetricKey("App", "m", frozenset({("Arn", f"arn:{index}")}))


def seconds(run: Any) -> float:
    """The quickest of three runs."""
    times = []
    for _ in range(3):
        begin = time.perf_counter()
        run()
        times.append(time.perf_counter() - begin)
    return min(times)


def test_a_thousand_alarms_are_evaluated_in_a_fraction_of_a_second(bench: Any) -> None:
    """Two alarms for each of 500 resources, when nothing changes."""
    backend = cloudwatch.backend("123456789012", "us-east-1")
    now = bench.now().timestamp()
    for index in range(FLEET):
        for name, period, periods in (("low", 300, 12), ("idle", 3600, 24)):
            params = {
                "AlarmName": f"{name}-{index}",
                "Namespace": "App",
                "MetricName": "m",
                "Dimensions": [{"Name": "Arn", "Value": f"arn:{index}"}],
                "Statistic": "Average",
                "Period": period,
                "EvaluationPeriods": periods,
                "Threshold": 1.0,
                "ComparisonOperator": "LessThanThreshold",
            }
            backend.alarms.put_metric(params, now)
        for step in range(1, 289):
            backend.store.add(key(index), None, int(now) - 300 * (289 - step), 5.0)
    assert len(cloudwatch.evaluate(bench.now())) == 2 * FLEET
    assert seconds(lambda: cloudwatch.evaluate(bench.wait(minutes=5))) < LIMIT


def test_a_day_of_a_hundred_resources_is_read_at_once(bench: Any, query: Any) -> None:
    """100 queries over 24 hours of 5-minute data out of two weeks."""
    backend = cloudwatch.backend("123456789012", "us-east-1")
    now = int(bench.now().timestamp())
    for index in range(100):
        for step in range(4032):
            backend.store.add(key(index), None, now - 300 * (4032 - step), 1.0)
    queries = [
        query("m", f"q{index}", Dimensions=[{"Name": "Arn", "Value": f"arn:{index}"}])
        for index in range(100)
    ]
    params = {
        "MetricDataQueries": queries,
        "StartTime": (bench.now() - timedelta(days=1)).timestamp(),
        "EndTime": now,
    }
    answer = get(backend.store, params, now)
    assert sum(len(r["Values"]) for r in answer["MetricDataResults"]) == 28_800
    assert seconds(lambda: get(backend.store, params, now)) < LIMIT
