"""Which state an alarm enters: M of N, and the four ways to treat missing data.

The datapoints lie in the past, one a minute, so one evaluation tells. A row is written as in the
user guide: oldest first, X breaching, 0 not breaching, - missing.
"""

from __future__ import annotations

import time
from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from crosscheck.checks import Answer, Check, Round
from crosscheck.cloud import Cloud

GUIDE = "CloudWatch user guide, Configuring how CloudWatch alarms treat missing data"
NEWEST = "CloudWatch user guide, Alarm evaluation: only the most recent N datapoints count"
PREMATURE = "CloudWatch user guide, Avoiding premature transitions to alarm state"
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")
_KEPT = "INSUFFICIENT_DATA"  # what a new alarm is in: "retain current state"
_OK, _ALARM = "OK", "ALARM"
_EARLY = (_OK, _KEPT)  # the guide says only that it does not go to ALARM

# (M, row, source, what each of the four treatments gives)
_ROWS: tuple[tuple[int, str, str, tuple[tuple[str, ...], ...]], ...] = (
    (3, "0-X-X", GUIDE, ((_OK,), (_OK,), (_OK,), (_OK,))),
    (3, "----0", GUIDE, ((_OK,), (_OK,), (_OK,), (_OK,))),
    (3, "-----", GUIDE, ((_KEPT,), (_KEPT,), (_ALARM,), (_OK,))),
    (3, "0XX-X", GUIDE, ((_ALARM,), (_ALARM,), (_ALARM,), (_ALARM,))),
    (3, "--X--", GUIDE, ((_ALARM,), (_KEPT,), (_ALARM,), (_OK,))),
    (2, "0-X-X", GUIDE, ((_ALARM,), (_ALARM,), (_ALARM,), (_ALARM,))),
    (2, "00X0X", GUIDE, ((_ALARM,), (_ALARM,), (_ALARM,), (_ALARM,))),
    (2, "0-X--", GUIDE, ((_OK,), (_OK,), (_ALARM,), (_OK,))),
    (2, "----0", GUIDE, ((_OK,), (_OK,), (_ALARM,), (_OK,))),
    (2, "---X-", GUIDE, ((_ALARM,), (_KEPT,), (_ALARM,), (_OK,))),
    (3, "----X", PREMATURE, (_EARLY, _EARLY, (_ALARM,), (_OK,))),
    (3, "---X-", PREMATURE, (_EARLY, _EARLY, (_ALARM,), (_OK,))),
    (3, "---X0", PREMATURE, ((_OK,), (_OK,), (_OK,), (_OK,))),
    (1, "XX000", NEWEST, ((_OK,), (_OK,), (_OK,), (_OK,))),
    (2, "XX00X", NEWEST, ((_OK,), (_OK,), (_OK,), (_OK,))),
    (1, "0000X", NEWEST, ((_ALARM,), (_ALARM,), (_ALARM,), (_ALARM,))),
)
_N = 3
_PERIOD = 60


def _name(needed: int, row: str, treatment: str) -> str:
    return f"{needed} of {_N}, {row}, {treatment}"


def _checks() -> list[Check]:
    return [
        Check(_name(needed, row, treatment), allowed, source)
        for needed, row, source, states in _ROWS
        for treatment, allowed in zip(TREATMENTS, states, strict=True)
    ]


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """Datapoints, then alarms, all within one minute; the states before that minute ends."""
    cloudwatch = cloud.client("cloudwatch")
    cloudwatch.describe_alarms()  # services start at their first call
    begin = _early_in_a_minute()
    for needed, row, _, _ in _ROWS:
        _put_row(cloudwatch, f"{needed}{row}", row, begin)
    names = {}
    for needed, row, _, _ in _ROWS:
        for treatment in TREATMENTS:
            name = f"state-{needed}-{row}-{treatment}"
            names[name] = _name(needed, row, treatment)
            _put_alarm(cloudwatch, name, f"{needed}{row}", needed, treatment)
    time.sleep(max(0.0, begin + 45 - time.time()))
    alarms = cloudwatch.describe_alarms(AlarmNamePrefix="state-", MaxRecords=100)["MetricAlarms"]
    answers = {names[alarm["AlarmName"]]: alarm["StateValue"] for alarm in alarms}
    cloudwatch.delete_alarms(AlarmNames=list(names))
    return answers


def _early_in_a_minute() -> int:
    """Wait for the third second of a minute; the minute's beginning."""
    now = time.time()
    second = now % 60
    if not 2 <= second <= 8:
        time.sleep((62.5 - second) % 60)
    return int(time.time() // 60) * 60


def _put_row(cloudwatch: Any, metric: str, row: str, begin: int) -> None:
    data = [
        {
            "MetricName": metric,
            "Timestamp": datetime.fromtimestamp(begin - 30 - 60 * age, UTC),
            "Value": 10.0 if sign == "X" else 1.0,
        }
        for age, sign in enumerate(reversed(row))
        if sign != "-"
    ]
    if data:
        cloudwatch.put_metric_data(Namespace="Crosscheck", MetricData=data)


def _put_alarm(cloudwatch: Any, name: str, metric: str, needed: int, treatment: str) -> None:
    cloudwatch.put_metric_alarm(
        AlarmName=name,
        Namespace="Crosscheck",
        MetricName=metric,
        Statistic="Maximum",
        Period=_PERIOD,
        EvaluationPeriods=_N,
        DatapointsToAlarm=needed,
        Threshold=5.0,
        ComparisonOperator="GreaterThanThreshold",
        TreatMissingData=treatment,
    )


ROUND = Round("Alarm states", _checks(), ask)
