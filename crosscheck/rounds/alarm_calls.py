"""What the alarm calls accept, refuse and keep.

Asked last: LocalStack evaluates all alarms in one thread, and the long windows of these hold it up.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from crosscheck.checks import Answer, Check, Round, When, code_of
from crosscheck.cloud import ACCOUNT, Cloud

API = "API reference, PutMetricAlarm"
TAGS = "API reference, PutMetricAlarm: tags are set on creation only"
_REFUSED = ("ValidationError", "ValidationException", "InvalidParameterValue")
_BASE: dict[str, Any] = {
    "Namespace": "Crosscheck",
    "MetricName": "nothing",
    "Statistic": "Sum",
    "Period": 300,
    "EvaluationPeriods": 1,
    "Threshold": 1.0,
    "ComparisonOperator": "LessThanThreshold",
}
_WRONG: dict[str, dict[str, Any]] = {
    "a period of 7 seconds": {"Period": 7},
    "a period of 90 seconds": {"Period": 90},
    "more datapoints to alarm than periods": {"EvaluationPeriods": 2, "DatapointsToAlarm": 3},
    "26 hours in five-minute periods": {"EvaluationPeriods": 312},
    "8 days in hourly periods": {"Period": 3600, "EvaluationPeriods": 192},
    "no periods": {"EvaluationPeriods": 0},
    "an unknown comparison": {"ComparisonOperator": "Unlike"},
    "an unknown treatment of missing data": {"TreatMissingData": "guess"},
    "statistic and percentile together": {"ExtendedStatistic": "p90"},
    "a description of 1,025 characters": {"AlarmDescription": "x" * 1025},
    "a name of 256 characters": {"AlarmName": "x" * 256},
    "six actions": {
        "AlarmActions": [f"arn:aws:sns:us-east-1:{ACCOUNT}:t{index}" for index in range(6)]
    },
    "a topic of another region": {"AlarmActions": [f"arn:aws:sns:eu-west-1:{ACCOUNT}:far"]},
}
_RIGHT: dict[str, dict[str, Any]] = {
    "48 hours in hourly periods": {"Period": 3600, "EvaluationPeriods": 48},
    "7 days in hourly periods": {"Period": 3600, "EvaluationPeriods": 168},
    "24 hours in five-minute periods": {"EvaluationPeriods": 288},
}

NEW_STATE = "state of a new alarm without data"
KEPT = "an update keeps the state"
TAGS_KEPT = "tags given with an update"
UNKNOWN_STATE = "SetAlarmState of an alarm that does not exist"
BAD_STATE = "SetAlarmState to a state that does not exist"
DELETED = "DeleteAlarms of an alarm that does not exist"
PAGES = "DescribeAlarms pages: names with MaxRecords 1, then all"
PREFIX = "DescribeAlarms by prefix and by state"

CHECKS = [
    *(Check(f"refuses {name}", _REFUSED, API) for name in _WRONG),
    *(Check(f"accepts {name}", ("accepted",), API) for name in _RIGHT),
    Check(NEW_STATE, ("INSUFFICIENT_DATA",), API),
    Check(KEPT, ("ALARM",), API),
    Check(TAGS_KEPT, ({"made": "first"},), TAGS),
    Check(UNKNOWN_STATE, ("ResourceNotFound",), "API reference, SetAlarmState"),
    Check(BAD_STATE, _REFUSED, "API reference, SetAlarmState"),
    Check(DELETED),
    Check(PAGES, ([1, True, 3],), "API reference, DescribeAlarms"),
    Check(PREFIX, ([3, 1],), "API reference, DescribeAlarms"),
]


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """A few dozen calls; nothing here waits for an evaluation."""
    cloudwatch = cloud.client("cloudwatch")
    answers: dict[str, Answer] = {}
    for verb, cases in (("refuses", _WRONG), ("accepts", _RIGHT)):
        for index, (name, change) in enumerate(cases.items()):
            wanted = {"AlarmName": f"{verb}-{index}", **_BASE, **change}
            answers[f"{verb} {name}"] = code_of(cloudwatch.put_metric_alarm, **wanted)
    return answers | _life(cloudwatch) | _lists(cloudwatch)


def _one(cloudwatch: Any, name: str) -> dict[str, Any]:
    alarm: dict[str, Any] = cloudwatch.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]
    return alarm


def _life(cloudwatch: Any) -> dict[str, Answer]:
    name = "calls-life"
    tags = [{"Key": "made", "Value": "first"}]
    # "ignore" keeps the state that is set by hand, whatever evaluation comes between.
    wanted = {"AlarmName": name, **_BASE, "TreatMissingData": "ignore"}
    cloudwatch.put_metric_alarm(**wanted, Tags=tags)
    new = _one(cloudwatch, name)
    cloudwatch.set_alarm_state(AlarmName=name, StateValue="ALARM", StateReason="test")
    later = [{"Key": "made", "Value": "later"}, {"Key": "more", "Value": "yes"}]
    cloudwatch.put_metric_alarm(**wanted | {"Threshold": 2.0}, Tags=later)
    changed = _one(cloudwatch, name)
    kept = cloudwatch.list_tags_for_resource(ResourceARN=changed["AlarmArn"])["Tags"]
    return {
        NEW_STATE: new["StateValue"],
        KEPT: changed["StateValue"],
        TAGS_KEPT: {tag["Key"]: tag["Value"] for tag in kept},
        UNKNOWN_STATE: code_of(
            cloudwatch.set_alarm_state,
            AlarmName="never-made",
            StateValue="OK",
            StateReason="test",
        ),
        BAD_STATE: code_of(
            cloudwatch.set_alarm_state, AlarmName=name, StateValue="FINE", StateReason="test"
        ),
        DELETED: code_of(cloudwatch.delete_alarms, AlarmNames=["never-made"]),
    }


def _lists(cloudwatch: Any) -> dict[str, Answer]:
    names = [f"calls-list-{index}" for index in range(3)]
    for name in names:
        cloudwatch.put_metric_alarm(AlarmName=name, **{**_BASE, "TreatMissingData": "ignore"})
    cloudwatch.set_alarm_state(AlarmName=names[0], StateValue="OK", StateReason="test")
    first = cloudwatch.describe_alarms(AlarmNamePrefix="calls-list-", MaxRecords=1)
    token = first.get("NextToken")
    every = list(first["MetricAlarms"])
    if token:
        every += cloudwatch.describe_alarms(AlarmNamePrefix="calls-list-", NextToken=token)[
            "MetricAlarms"
        ]
    by_prefix = cloudwatch.describe_alarms(AlarmNamePrefix="calls-list-")["MetricAlarms"]
    by_state = cloudwatch.describe_alarms(AlarmNamePrefix="calls-list-", StateValue="OK")
    return {
        PAGES: [len(first["MetricAlarms"]), token is not None, len(every)],
        PREFIX: [len(by_prefix), len(by_state["MetricAlarms"])],
    }


ROUND = Round("Alarm calls", CHECKS, ask, When.LAST)
