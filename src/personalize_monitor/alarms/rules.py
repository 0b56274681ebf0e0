"""When each sort of alarm fires, as members of PutMetricAlarm, and what it tells people.

CloudWatch allows periods that add up to a day, or to a week when each is an hour at least; so
the idle alarm counts in hours, and every threshold up to a week gives a valid alarm. A longer wish
is watched as far as CloudWatch looks, and the alarm says so.
"""

from __future__ import annotations

from typing import Any

from personalize_monitor.contract import (
    AWS_NAMESPACE,
    DIMENSION,
    IDLE_HOURS_TAG,
    NAMESPACE,
    UTILIZATION_METRIC,
)
from personalize_monitor.model.recipe import ALL_APIS, Api
from personalize_monitor.model.resource import Kind, Resource

Rule = dict[str, Any]
"""Members of PutMetricAlarm that say when an alarm fires."""

_FIVE_MINUTES = 300
_HOUR = 3600
_A_WEEK = 7 * 24
BY_TAG = f"by its tag {IDLE_HOURS_TAG}"
"""In the text of an idle alarm whose hours are the resource's own."""
# Errors in five minutes. A caller's single mistake stays below; a resource that is throttled at
# one request a second in thirty is above.
_CLIENT_ERRORS = 10
_SERVER_ERRORS = 5


def idle(resource: Resource, hours: int, *, own: bool = False) -> tuple[str, Rule]:
    """No request for ``hours`` hours; CloudWatch has no datapoint for an hour without requests.

    ``own`` says that the resource's tag asks for these hours.
    """
    periods = min(hours, _A_WEEK)
    cure = {
        Kind.CAMPAIGN: "delete it when it is no longer needed",
        Kind.RECOMMENDER: "stop it when it is not needed",
    }[resource.kind]
    text = (
        f"The {resource.kind} {resource.name} had no request for {periods} hours"
        f"{_whose(hours) if own else ''}. It is billed for its floor all the same: {cure}."
    )
    return text, {
        **_sum_of(resource, [api.value for api in _apis(resource)], _HOUR),
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": periods,
        "Threshold": 1.0,
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "breaching",
    }


def _whose(hours: int) -> str:
    if hours <= _A_WEEK:
        return f" ({BY_TAG})"
    return f", the longest that an alarm can look back ({BY_TAG} asks for {hours})"


def low_utilization(resource: Resource, percent: int) -> tuple[str, Rule]:
    """Utilization below ``percent`` in nine of the last twelve windows of five minutes."""
    text = (
        f"The {resource.kind} {resource.name} used less than {percent} percent of its floor in "
        "9 of the last 12 windows of five minutes. The floor is billed whether it is used or "
        "not: lower it, or leave that to the monitor."
    )
    return text, {
        "Namespace": NAMESPACE,
        "MetricName": UTILIZATION_METRIC[resource.kind],
        "Dimensions": _dimensions(resource),
        "Statistic": "Average",
        "Period": _FIVE_MINUTES,
        "EvaluationPeriods": 12,
        "DatapointsToAlarm": 9,
        "Threshold": float(percent),
        "ComparisonOperator": "LessThanThreshold",
        "TreatMissingData": "missing",
    }


def client_errors(resource: Resource) -> tuple[str, Rule]:
    """Requests refused with 4xx in two of the last three windows of five minutes."""
    text = (
        f"The {resource.kind} {resource.name} refused requests (4xx), {_CLIENT_ERRORS} or more in "
        "five minutes. When the callers see ThrottlingException, it is under-provisioned: raise "
        "its floor before the next peak. Otherwise the requests themselves are wrong, for "
        "instance with an unknown user, filter or parameter: look at the callers' errors."
    )
    metrics = [api.error_metrics[0] for api in _apis(resource)]
    return text, _errors(resource, metrics, _CLIENT_ERRORS)


def server_errors(resource: Resource) -> tuple[str, Rule]:
    """Requests failed with 5xx in two of the last three windows of five minutes."""
    text = (
        f"The {resource.kind} {resource.name} failed to answer requests (5xx), {_SERVER_ERRORS} or "
        "more in five minutes. It may be overloaded (raise its floor before the next peak), or "
        "the service has a problem in this region: look at the AWS Health Dashboard, and let "
        "the callers retry."
    )
    metrics = [api.error_metrics[1] for api in _apis(resource)]
    return text, _errors(resource, metrics, _SERVER_ERRORS)


def _errors(resource: Resource, metrics: list[str], threshold: int) -> Rule:
    return {
        **_sum_of(resource, metrics, _FIVE_MINUTES),
        "EvaluationPeriods": 3,
        "DatapointsToAlarm": 2,
        "Threshold": float(threshold),
        "ComparisonOperator": "GreaterThanOrEqualToThreshold",
        "TreatMissingData": "notBreaching",
    }


def _apis(resource: Resource) -> tuple[Api, ...]:
    """The API that the resource serves; all of them when its recipe is unknown to us."""
    return (resource.recipe.api,) if resource.recipe else ALL_APIS


def _dimensions(resource: Resource) -> list[dict[str, str]]:
    return [{"Name": DIMENSION[resource.kind], "Value": str(resource.arn)}]


def _sum_of(resource: Resource, metrics: list[str], period: int) -> Rule:
    """One metric as it is, or the sum of several: an API without requests has no datapoints."""
    if len(metrics) == 1:
        return {
            "Namespace": AWS_NAMESPACE,
            "MetricName": metrics[0],
            "Dimensions": _dimensions(resource),
            "Statistic": "Sum",
            "Period": period,
        }
    parts = [_part(f"m{at}", resource, name, period) for at, name in enumerate(metrics, start=1)]
    filled = ", ".join(f"FILL({part['Id']}, 0)" for part in parts)
    total = {"Id": "total", "Expression": f"SUM([{filled}])", "Label": "total", "ReturnData": True}
    return {"Metrics": [*parts, total]}


def _part(query_id: str, resource: Resource, name: str, period: int) -> dict[str, Any]:
    metric = {
        "Namespace": AWS_NAMESPACE,
        "MetricName": name,
        "Dimensions": _dimensions(resource),
    }
    stat = {"Metric": metric, "Period": period, "Stat": "Sum"}
    return {"Id": query_id, "MetricStat": stat, "ReturnData": False}
