"""GetMetricStatistics: one metric, up to 1,440 datapoints, ascending (AWS promises no order)."""

from __future__ import annotations

import math
from typing import Any

from aws_sandbox.cloudwatch.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from aws_sandbox.cloudwatch.keys import Params, check_unit, metric_of
from aws_sandbox.cloudwatch.moment import MINUTE
from aws_sandbox.cloudwatch.queries import check_period
from aws_sandbox.cloudwatch.ranges import readable_from, round_start, time_range
from aws_sandbox.cloudwatch.stats import BASIC, is_statistic, statistic_of
from aws_sandbox.cloudwatch.store import MetricStore, buckets_of

MAX_POINTS = 1_440


def get(store: MetricStore, params: Params, now: float) -> dict[str, Any]:
    """Answer one GetMetricStatistics request.

    Raises:
        InvalidParameterCombination: no statistics, or more than 1,440 datapoints asked for.
        InvalidParameterValue: a statistic that is not one, or more than ten of them.
    """
    key = metric_of(params, "GetMetricStatistics")
    start, end = time_range(params)
    if params.get("Period") is None:
        raise MissingParameter("The parameter Period is required.")
    period = check_period(params["Period"], "Period")
    basic, extended = _statistics(params)
    check_unit(params.get("Unit"))
    begin, stop = round_start(start, now, min(period, MINUTE)), math.ceil(end)
    asked = math.ceil((stop - begin) / period)
    if asked > MAX_POINTS:
        raise InvalidParameterCombination(
            f"You have requested up to {asked:,} datapoints, which exceeds the limit of 1,440. "
            "You may reduce the datapoints requested by increasing Period, or decreasing the "
            "time range."
        )
    begin = readable_from(begin, now, period)
    series = store.collect(key, params.get("Unit"), begin, stop)
    units = {one.unit for one in series}
    points = []
    for time, bucket in sorted(buckets_of(series, begin, stop, period).items()):
        point: dict[str, Any] = {"Timestamp": time, "Unit": _unit(units)}
        for stat in basic:
            point[stat] = statistic_of(bucket, stat)
        values = {stat: statistic_of(bucket, stat) for stat in extended}
        if extended:
            point["ExtendedStatistics"] = {k: v for k, v in values.items() if v is not None}
        points.append(point)
    return {"Label": key.name, "Datapoints": points}


def _unit(units: set[str | None]) -> str:
    """The unit of the data; several, or none, show as None."""
    return next(iter(units)) or "None" if len(units) == 1 else "None"


def _statistics(params: Params) -> tuple[list[str], list[str]]:
    basic, extended = params.get("Statistics") or [], params.get("ExtendedStatistics") or []
    if not basic and not extended:
        raise InvalidParameterCombination("Must specify either Statistics or ExtendedStatistics")
    if len(basic) > 5 or len(extended) > 10:
        raise InvalidParameterValue(
            "At most 5 Statistics and 10 ExtendedStatistics can be asked for at once."
        )
    for stat in basic:
        if stat not in BASIC:
            raise InvalidParameterValue(f"The value {stat} for parameter Statistics is invalid.")
    for stat in extended:
        if stat in BASIC or not is_statistic(stat):
            raise InvalidParameterValue(
                f"The value {stat} for parameter ExtendedStatistics is invalid."
            )
    return list(basic), list(extended)
