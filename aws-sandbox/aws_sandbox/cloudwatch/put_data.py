"""PutMetricData: the limits of the API, then the samples (documented, November 2026)."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from aws_sandbox.cloudwatch.errors import (
    InvalidParameterCombination,
    InvalidParameterValue,
    MissingParameter,
)
from aws_sandbox.cloudwatch.keys import (
    MetricKey,
    Params,
    check_unit,
    dimensions_of,
)
from aws_sandbox.cloudwatch.moment import DAY, HOUR, MINUTE, floor_to, to_epoch
from aws_sandbox.cloudwatch.series import Bucket, bucket_of
from aws_sandbox.cloudwatch.store import MetricStore

MAX_METRICS = 1_000
MAX_BYTES = 1_048_576
MAX_VALUES = 150
OLDEST = 14 * DAY
NEWEST = 2 * HOUR
LARGEST = 2.0**360


@dataclass(frozen=True, slots=True)
class Sample:
    """One checked entry of MetricData."""

    key: MetricKey
    unit: str | None
    time: int
    value: float | Bucket


def put(store: MetricStore, params: Params, now: float) -> None:
    """Check the whole request, then store it; a bad entry stores nothing."""
    namespace = params.get("Namespace")
    if not namespace:
        raise MissingParameter("The parameter Namespace is required.")
    if str(namespace).startswith(("AWS/", ":")):
        raise InvalidParameterValue(
            f"The value {namespace} for parameter Namespace is invalid: "
            "namespaces that begin with AWS/ are reserved."
        )
    data = params.get("MetricData") or []
    if not data:
        raise MissingParameter("The parameter MetricData is required.")
    if len(data) > MAX_METRICS:
        raise InvalidParameterValue(
            f"The collection MetricData must not have a size greater than {MAX_METRICS}."
        )
    samples = [
        sample(str(namespace), entry, f"MetricData.member.{index}", now)
        for index, entry in enumerate(data, 1)
    ]
    for one in samples:
        if isinstance(one.value, Bucket):
            store.add_bucket(one.key, one.unit, one.time, one.value)
        else:
            store.add(one.key, one.unit, one.time, one.value)


def sample(namespace: str, entry: Params, at: str, now: float) -> Sample:
    """Check one entry of MetricData."""
    name = entry.get("MetricName")
    if not name:
        raise MissingParameter(f"The parameter {at}.MetricName is required.")
    if len(name) > 255 or len(namespace) > 255:
        raise InvalidParameterValue(
            f"The parameter {at}.MetricName must be shorter than 256 characters."
        )
    check_unit(entry.get("Unit"))
    key = MetricKey(namespace, name, dimensions_of(entry.get("Dimensions"), at))
    return Sample(key, entry.get("Unit"), _time_of(entry, at, now), _value_of(entry, at))


def _time_of(entry: Params, at: str, now: float) -> int:
    resolution = entry.get("StorageResolution", MINUTE)
    if resolution not in {1, MINUTE}:
        raise InvalidParameterValue(
            f"The value {resolution} for parameter {at}.StorageResolution is invalid."
        )
    time = to_epoch(entry["Timestamp"]) if entry.get("Timestamp") is not None else now
    if not now - OLDEST <= time <= now + NEWEST:
        raise InvalidParameterValue(
            f"The parameter {at}.Timestamp must specify a time no more than two weeks in the past "
            "and no more than two hours in the future."
        )
    return floor_to(time, resolution)


def _value_of(entry: Params, at: str) -> float | Bucket:
    given = [name for name in ("Value", "StatisticValues", "Values") if entry.get(name) is not None]
    if not given:
        raise MissingParameter(
            f"At least one of the parameters must be specified: {at}.Value, {at}.Values, "
            f"{at}.StatisticValues."
        )
    if len(given) > 1:
        raise InvalidParameterCombination(
            f"The parameters {at}.{given[0]} and {at}.{given[1]} are mutually exclusive and you "
            "have specified both."
        )
    if given[0] == "Value":
        return _number(entry["Value"], f"{at}.Value")
    if given[0] == "Values":
        return _values(entry, at)
    return _statistic_set(entry["StatisticValues"], f"{at}.StatisticValues")


def _values(entry: Params, at: str) -> Bucket:
    values: Sequence[float] = entry["Values"]
    counts: Sequence[float] = entry.get("Counts") or [1.0] * len(values)
    for collection, name in ((values, "Values"), (counts, "Counts")):
        if len(collection) > MAX_VALUES:
            raise InvalidParameterValue(
                f"The collection {at}.{name} must not have a size greater than {MAX_VALUES}."
            )
    if not values or len(values) != len(counts):
        raise InvalidParameterValue(
            f"The parameters {at}.Values and {at}.Counts must be of the same size."
        )
    checked = [_number(count, f"{at}.Counts") for count in counts]
    if min(checked) < 0:
        raise InvalidParameterValue(f"The parameter {at}.Counts must be positive or zero.")
    return bucket_of([_number(value, f"{at}.Values") for value in values], checked)


def _statistic_set(stats: Params, at: str) -> Bucket:
    names = ("SampleCount", "Sum", "Minimum", "Maximum")
    for name in names:
        if stats.get(name) is None:
            raise MissingParameter(f"The parameter {at}.{name} is required.")
    count, total, low, high = (_number(stats[name], f"{at}.{name}") for name in names)
    if low > high:
        raise InvalidParameterValue(
            f"The parameter {at}.Maximum must be greater than or equal to {at}.Minimum."
        )
    if count < 0:
        raise InvalidParameterValue(f"The parameter {at}.SampleCount must be positive or zero.")
    return Bucket(count, total, low, high, [(total, 1.0)] if count == 1 else None)


def _number(value: float | str, at: str) -> float:
    """A finite number within +-2^360; text such as "NaN" is how JSON writes what is not one."""
    number = float(value)
    if not math.isfinite(number):
        raise InvalidParameterValue(f"The value {value} for parameter {at} is invalid.")
    if abs(number) > LARGEST:
        raise InvalidParameterValue(
            f"The value {value} for parameter {at} is not between -2^360 and 2^360."
        )
    return number
