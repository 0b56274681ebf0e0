"""What identifies a metric: namespace, name and the exact set of dimensions."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from aws_sandbox.asked import Dimensions
from aws_sandbox.cloudwatch.errors import (
    InvalidParameterValue,
    MissingParameter,
    ValidationError,
)

Params = Mapping[str, Any]
"""One parsed request, or a part of it, as the wire has it."""

_SIZES = ("", "Kilo", "Mega", "Giga", "Tera")
_AMOUNTS = [f"{size}{kind}".capitalize() for size in _SIZES for kind in ("bytes", "bits")]
UNITS = frozenset(
    ["Seconds", "Microseconds", "Milliseconds", "Percent", "Count", "Count/Second", "None"]
    + _AMOUNTS
    + [f"{amount}/Second" for amount in _AMOUNTS]
)
"""The 27 units of the API's StandardUnit."""

MAX_DIMENSIONS = 30


@dataclass(frozen=True, slots=True)
class MetricKey:
    """A metric's identity; two metrics with different dimension sets are different metrics."""

    namespace: str
    name: str
    dimensions: Dimensions = frozenset()

    def dimension_list(self) -> list[dict[str, str]]:
        """The dimensions as the API writes them, in a fixed order."""
        return [{"Name": name, "Value": value} for name, value in sorted(self.dimensions)]


def dimensions_of(items: Iterable[Params] | None, at: str) -> Dimensions:
    """Parse and check a list of {Name, Value}; `at` names the parameter in the error."""
    pairs = [(str(item.get("Name", "")), str(item.get("Value", ""))) for item in items or ()]
    if len(pairs) > MAX_DIMENSIONS:
        raise InvalidParameterValue(
            f"The collection {at}.Dimensions must not have a size greater than {MAX_DIMENSIONS}."
        )
    for name, value in pairs:
        if not name or not value:
            what = "Name" if not name else "Value"
            raise MissingParameter(f"The parameter {at}.Dimensions.member.1.{what} is required.")
        if len(name) > 255 or len(value) > 1024 or name.startswith(":"):
            raise InvalidParameterValue(
                f"The value {name}={value} for parameter {at}.Dimensions is invalid."
            )
    if len({name for name, _ in pairs}) != len(pairs):
        raise InvalidParameterValue(f"The parameter {at}.Dimensions has duplicate names.")
    return frozenset(pairs)


def metric_of(item: Params, at: str) -> MetricKey:
    """The metric of a MetricStat.Metric or a PutMetricAlarm request."""
    namespace, name = item.get("Namespace"), item.get("MetricName")
    for value, what in ((namespace, "Namespace"), (name, "MetricName")):
        if not value:
            raise ValidationError(f"The parameter {at}.{what} is required.")
        if len(value) > 255:
            raise ValidationError(f"The parameter {at}.{what} must be shorter than 256 characters.")
    return MetricKey(str(namespace), str(name), dimensions_of(item.get("Dimensions"), at))


def check_unit(unit: str | None) -> None:
    """Refuse a unit that CloudWatch does not know."""
    if unit is not None and unit not in UNITS:
        raise InvalidParameterValue(f"The value {unit} for parameter Unit is invalid.")
