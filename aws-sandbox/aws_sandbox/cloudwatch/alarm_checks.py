"""The rules of PutMetricAlarm: what AWS refuses, in AWS's words where they are known."""

from __future__ import annotations

import re
from collections.abc import Sequence

from aws_sandbox.cloudwatch.alarm import ACTION_LISTS, Rule
from aws_sandbox.cloudwatch.errors import ValidationError, constraint
from aws_sandbox.cloudwatch.keys import Params, check_unit, metric_of
from aws_sandbox.cloudwatch.moment import DAY, HOUR, MINUTE, WEEK
from aws_sandbox.cloudwatch.queries import Query, queries_of
from aws_sandbox.cloudwatch.stats import BASIC, is_percentile, is_statistic

MAX_ACTIONS = 5
MAX_METRICS = 10
MAX_TAGS = 50
COMPARISONS = (
    "GreaterThanOrEqualToThreshold",
    "GreaterThanThreshold",
    "LessThanThreshold",
    "LessThanOrEqualToThreshold",
)
MISSING = ("breaching", "notBreaching", "ignore", "missing")
_SHORT = frozenset({10, 20, 30})
_WALL_CLOCK = frozenset({MINUTE, 300, HOUR, DAY, WEEK})
_CONTROL = re.compile(r"[\x00-\x1f\x7f]")
_SINGLE = (
    "MetricName", "Namespace", "Dimensions", "Period", "Unit", "Statistic", "ExtendedStatistic",
)  # fmt: skip


def check_name(name: object) -> str:
    """An alarm's name: 1 to 255 characters without control characters."""
    if not isinstance(name, str) or not name:
        raise ValidationError("The parameter AlarmName is required.")
    if len(name) > 255:
        raise constraint(name, "alarmName", "have length less than or equal to 255")
    if _CONTROL.search(name):
        raise ValidationError("The parameter AlarmName must not contain control characters.")
    return name


def check_common(params: Params, region: str) -> None:
    """Description, actions and tags, as of any alarm."""
    if len(params.get("AlarmDescription") or "") > 1024:
        raise constraint("...", "alarmDescription", "have length less than or equal to 1024")
    for name in ACTION_LISTS.values():
        check_actions(params.get(name) or [], name, region)
    check_tags(params.get("Tags") or [])


def check_actions(actions: Sequence[str], name: str, region: str) -> None:
    """At most five actions, each an ARN of the alarm's own region."""
    at = name[0].lower() + name[1:] if not name.startswith("OK") else "oKActions"
    if len(actions) > MAX_ACTIONS:
        raise constraint(list(actions), at, f"have length less than or equal to {MAX_ACTIONS}")
    if len(set(actions)) < len(actions):
        raise ValidationError(f"The parameter {name} has duplicate actions.")
    for action in actions:
        parts = action.split(":")
        if len(parts) < 6 or parts[0] != "arn":
            raise ValidationError(f"Invalid arn syntax: {action}")
        if parts[3] and parts[3] != region:
            raise ValidationError(
                f"Invalid region {parts[3]} specified. Only {region} is supported."
            )


def check_tags(tags: Sequence[Params]) -> None:
    """At most 50 tags with keys up to 128 and values up to 256 characters."""
    if len(tags) > MAX_TAGS:
        raise constraint(
            f"{len(tags)} tags", "tags", f"have length less than or equal to {MAX_TAGS}"
        )
    for tag in tags:
        key, value = tag.get("Key") or "", tag.get("Value")
        if not 1 <= len(key) <= 128 or value is None or len(value) > 256:
            raise ValidationError(f"The tag {key!r} is invalid: a key has 1 to 128 characters.")
        if key.lower().startswith("aws:"):
            raise ValidationError(f"The tag {key!r} is invalid: aws: is reserved.")


def rule_of(params: Params) -> Rule:
    """The checked rule of a metric alarm.

    Raises:
        ValidationError: any parameter that CloudWatch would refuse.
    """
    comparison = params.get("ComparisonOperator")
    if comparison not in COMPARISONS:
        raise constraint(
            comparison, "comparisonOperator", f"satisfy enum value set: [{', '.join(COMPARISONS)}]"
        )
    if params.get("ThresholdMetricId") is not None:
        raise ValidationError("Anomaly detection alarms do not exist in the sandbox.")
    if params.get("Threshold") is None:
        raise ValidationError("Exactly one of Threshold and ThresholdMetricId must be specified.")
    missing = params.get("TreatMissingData") or "missing"
    if missing not in MISSING:
        raise ValidationError(
            f"The value {missing} for parameter TreatMissingData is invalid: {', '.join(MISSING)}."
        )
    queries = _queries(params)
    returned = next(query for query in queries if query.returned)
    period = max(query.period for query in queries if query.key is not None)
    periods, needed = _counts(params)
    _check_window(period, periods)
    wall_clock, timezone = _evaluation_window(params, period)
    return Rule(
        queries=tuple(queries),
        returned=returned.id,
        period=period,
        periods=periods,
        needed=needed,
        threshold=float(params["Threshold"]),
        comparison=comparison,
        missing=missing,
        keep_on_low_samples=_keeps_on_low_samples(params),
        wall_clock=wall_clock,
        timezone=timezone,
    )


def _counts(params: Params) -> tuple[int, int]:
    periods = params.get("EvaluationPeriods")
    if not isinstance(periods, int) or periods < 1:
        raise constraint(periods, "evaluationPeriods", "have value greater than or equal to 1")
    needed = params.get("DatapointsToAlarm")
    needed = periods if needed is None else needed
    if not isinstance(needed, int) or needed < 1:
        raise constraint(needed, "datapointsToAlarm", "have value greater than or equal to 1")
    if needed > periods:
        raise ValidationError("DatapointsToAlarm must be less than or equal to EvaluationPeriods.")
    return periods, needed


def _check_window(period: int, periods: int) -> None:
    longest, name = (WEEK, "a week") if period >= HOUR else (DAY, "a day")
    if period * periods > longest:
        raise ValidationError(
            f"Metrics cannot be checked across more than {name} "
            f"(EvaluationPeriods * Period must be <= {longest})."
        )


def _keeps_on_low_samples(params: Params) -> bool:
    low = params.get("EvaluateLowSampleCountPercentile") or "evaluate"
    if low not in {"evaluate", "ignore"}:
        raise ValidationError(
            f"Option {low} is not supported for EvaluateLowSampleCountPercentile."
        )
    return low == "ignore" and is_percentile(params.get("ExtendedStatistic") or "")


def _evaluation_window(params: Params, period: int) -> tuple[bool, str | None]:
    window = params.get("EvaluationWindow") or {}
    if len(window) > 1:
        raise ValidationError("EvaluationWindow must have exactly one member.")
    if "WallClockWindow" not in window:
        return False, None
    if period not in _WALL_CLOCK:
        raise ValidationError(
            f"A wall clock window needs a period of 60, 300, 3600, 86400 or 604800, not {period}."
        )
    return True, (window["WallClockWindow"] or {}).get("Timezone")


def _queries(params: Params) -> list[Query]:
    if params.get("Metrics"):
        return _math_queries(params)
    if not params.get("MetricName"):
        raise ValidationError("Either MetricName or Metrics must be specified.")
    return [_single_query(params)]


def _single_query(params: Params) -> Query:
    statistic, extended = params.get("Statistic"), params.get("ExtendedStatistic")
    if (statistic is None) == (extended is None):
        raise ValidationError("Exactly one of Statistic and ExtendedStatistic must be specified.")
    if statistic is not None and statistic not in BASIC:
        raise constraint(statistic, "statistic", f"satisfy enum value set: [{', '.join(BASIC)}]")
    if extended is not None and not is_statistic(extended):
        raise ValidationError(f"The value {extended} for parameter ExtendedStatistic is invalid.")
    if params.get("Unit") is not None:
        check_unit(params["Unit"])
    return Query(
        id="m1",
        label=None,
        returned=True,
        key=metric_of(params, "PutMetricAlarm"),
        stat=str(statistic or extended),
        period=_period(params.get("Period"), "Period"),
        unit=params.get("Unit"),
    )


def _period(period: object, at: str) -> int:
    if not isinstance(period, int) or not (period in _SHORT or (period > 0 and period % 60 == 0)):
        raise ValidationError(
            f"The parameter {at} must be 10, 20, 30 or a multiple of 60, not {period}."
        )
    return period


def _math_queries(params: Params) -> list[Query]:
    for name in _SINGLE:
        if params.get(name):
            raise ValidationError(f"The parameters Metrics and {name} are mutually exclusive.")
    if len(params["Metrics"]) > MAX_METRICS * 2:
        raise ValidationError("An alarm must not have more than 20 entries in Metrics.")
    queries = queries_of(params["Metrics"], "Metrics")
    metrics = [query for query in queries if query.key is not None]
    if not metrics:
        raise ValidationError("Metrics must have at least one MetricStat.")
    if len(metrics) > MAX_METRICS:
        raise ValidationError(f"An alarm must not have more than {MAX_METRICS} metrics.")
    for query in metrics:
        _period(query.period, f"Metrics.{query.id}.MetricStat.Period")
    if len({query.period for query in metrics}) > 1:
        raise ValidationError("All metrics of an alarm must have the same period.")
    if sum(query.returned for query in queries) != 1:
        raise ValidationError("Exactly one element of Metrics must have ReturnData set to true.")
    return queries
