"""What the world hears of a state change: the SNS message and the EventBridge event."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Any

import botocore.session

from aws_sandbox.cloudwatch.alarm import ACTION_LISTS, Alarm, State
from aws_sandbox.cloudwatch.moment import iso_millis

_STATISTICS = {"SampleCount": "SAMPLE_COUNT"}


@dataclass(frozen=True, slots=True)
class StateChange:
    """An alarm went from one state to another; `actions_enabled` tells whether actions ran."""

    account: str
    region: str
    alarm_name: str
    alarm_arn: str
    old: str
    new: str
    reason: str
    time: datetime
    actions_enabled: bool
    event: dict[str, Any]
    """The PutEvents entry of "CloudWatch Alarm State Change": Source, DetailType, Resources, ..."""


@lru_cache(maxsize=64)
def region_name(region: str) -> str:
    """The region as people read it: "US East (N. Virginia)"; from botocore's endpoint data."""
    partitions: Any = botocore.session.get_session().get_data("endpoints")["partitions"]
    for partition in partitions:
        if region in partition["regions"]:
            return str(partition["regions"][region]["description"])
    return region


def change_of(account: str, region: str, alarm: Alarm, old: State) -> StateChange:
    """The change that has just happened to an alarm."""
    time = datetime.fromtimestamp(alarm.state.since, UTC)
    detail: dict[str, Any] = {
        "alarmName": alarm.name,
        "state": _state(alarm.state),
        "previousState": _state(old),
        "configuration": _configuration(alarm),
    }
    event = {
        "Source": "aws.cloudwatch",
        "DetailType": "CloudWatch Alarm State Change",
        "Resources": [alarm.arn],
        "Time": time,
        "Detail": json.dumps(detail),
    }
    return StateChange(
        account=account,
        region=region,
        alarm_name=alarm.name,
        alarm_arn=alarm.arn,
        old=old.value,
        new=alarm.state.value,
        reason=alarm.state.reason,
        time=time,
        actions_enabled=alarm.actions_enabled,
        event=event,
    )


def _state(state: State) -> dict[str, Any]:
    shown = {
        "value": state.value,
        "reason": state.reason,
        "reasonData": state.reason_data,
        "timestamp": iso_millis(state.since),
    }
    return {name: value for name, value in shown.items() if value}


def _configuration(alarm: Alarm) -> dict[str, Any]:
    description = alarm.config.get("AlarmDescription")
    base = {"description": description} if description else {}
    if alarm.rule is None:
        return base | {"alarmRule": alarm.expression}
    metrics = []
    for query in alarm.rule.queries:
        one: dict[str, Any] = {"id": query.id, "returnData": query.returned}
        if query.key is None:
            one |= {"expression": query.expression, "label": query.label or query.id}
        else:
            one["metricStat"] = {
                "metric": {
                    "namespace": query.key.namespace,
                    "name": query.key.name,
                    "dimensions": dict(sorted(query.key.dimensions)),
                },
                "period": query.period,
                "stat": query.stat,
            }
        metrics.append(one)
    return base | {"metrics": metrics}


def subject(alarm: Alarm, region: str) -> str:
    """The subject of the SNS message, at most 100 characters."""
    return f'{alarm.state.value}: "{alarm.name}" in {region_name(region)}'[:100]


def message(account: str, region: str, alarm: Alarm, old: State) -> str:
    """The SNS message: JSON, as e-mail subscribers of AWS know it."""
    body: dict[str, Any] = {
        "AlarmName": alarm.name,
        "AlarmDescription": alarm.config.get("AlarmDescription"),
        "AWSAccountId": account,
        "AlarmConfigurationUpdatedTimestamp": iso_millis(alarm.configured),
        "NewStateValue": alarm.state.value,
        "NewStateReason": alarm.state.reason,
        "StateChangeTime": iso_millis(alarm.state.since),
        "Region": region_name(region),
        "AlarmArn": alarm.arn,
        "OldStateValue": old.value,
        **{name: list(alarm.config.get(name) or []) for name in ACTION_LISTS.values()},
    }
    if alarm.rule is None:
        body["AlarmRule"] = alarm.expression
    else:
        body["Trigger"] = _trigger(alarm)
    return json.dumps(body)


def _trigger(alarm: Alarm) -> dict[str, Any]:
    rule = alarm.rule
    assert rule is not None
    common = {
        "Period": rule.period,
        "EvaluationPeriods": rule.periods,
        "DatapointsToAlarm": rule.needed,
        "ComparisonOperator": rule.comparison,
        "Threshold": rule.threshold,
        "TreatMissingData": rule.missing,
        "EvaluateLowSampleCountPercentile": alarm.config.get(
            "EvaluateLowSampleCountPercentile", ""
        ),
    }
    if alarm.config.get("Metrics"):
        return common | {"Metrics": alarm.config["Metrics"]}
    query = rule.queries[0]
    assert query.key is not None
    extended = alarm.config.get("ExtendedStatistic") is not None
    return {
        "MetricName": query.key.name,
        "Namespace": query.key.namespace,
        "StatisticType": "ExtendedStatistic" if extended else "Statistic",
        "Statistic": query.stat if extended else _STATISTICS.get(query.stat, query.stat.upper()),
        "Unit": query.unit,
        "Dimensions": [{"value": v, "name": n} for n, v in sorted(query.key.dimensions)],
        **common,
    }
