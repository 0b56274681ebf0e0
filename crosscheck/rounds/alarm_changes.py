"""What happens when an alarm changes: actions on change only, messages, history, events.

A metric flows in real time, is good, bad, good, and ends; ten-second alarms watch it.
"""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime
from typing import Any

from crosscheck.checks import Answer, Check, Round, When
from crosscheck.cloud import ACCOUNT, REGION, Cloud, Queue

ACTIONS = "CloudWatch user guide, Using alarms: actions run on sustained state changes only"
TREATED = "CloudWatch user guide, Configuring how CloudWatch alarms treat missing data"
TEST = "API reference, SetAlarmState: temporary, sends the actions"
EVENT = "CloudWatch user guide, Alarm events and EventBridge"
_PHASES = ((25, 1.0), (40, 9.0), (45, 1.0))
"""(seconds, value); after them nothing comes for `_SILENCE` seconds."""
_SILENCE = 50
_ONCE = ("INSUFFICIENT_DATA > OK", "OK > ALARM", "ALARM > OK")
_TREATMENTS = {
    "missing": (*_ONCE, "OK > INSUFFICIENT_DATA"),
    "ignore": _ONCE,
    "notBreaching": _ONCE,
    "breaching": (*_ONCE, "OK > ALARM"),
}

FLOWS = "notices when data is good, bad, good and ends"
SILENT = f"{FLOWS}: actions disabled"
ONLY = f"{FLOWS}: AlarmActions only"
FIELDS = "notice: its fields"
SUBJECT = "notice: its subject"
TRIGGER = "notice: metric, statistic, threshold, period"
HISTORY = "history of the changes"
BY_HAND = "SetAlarmState sends the actions, the next evaluation sets it back"
TOLD = "event of a change: detail-type, source, resources"
STATES = "event of a change: previous and new state"
CHECKS = [
    *(
        Check(f"{FLOWS}: {name}", (list(told),), TREATED) for name, told in _TREATMENTS.items()
    ),
    Check(SILENT, ([],), ACTIONS),
    Check(ONLY, (["OK > ALARM"],), ACTIONS),
    Check(FIELDS),
    Check(SUBJECT, ('ALARM: "change-missing" in US East (N. Virginia)',),
          "CloudWatch user guide, Notifying users on alarm changes"),
    Check(TRIGGER,
          ({"MetricName": "flow", "Statistic": "MAXIMUM", "Threshold": 5.0, "Period": 10},),
          "CloudWatch user guide, Notifying users on alarm changes"),
    Check(HISTORY, (list(_TREATMENTS["missing"]),),
          "API reference, DescribeAlarmHistory"),
    Check(BY_HAND, (["OK > ALARM", "ALARM > OK"],), TEST),
    Check(TOLD,
          (["CloudWatch Alarm State Change", "aws.cloudwatch",
            [f"arn:aws:cloudwatch:{REGION}:{ACCOUNT}:alarm:change-missing"]],), EVENT),
    Check(STATES, (["OK", "ALARM"],), EVENT),
]  # fmt: skip


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """About three minutes of real time."""
    cloudwatch, sns = cloud.client("cloudwatch"), cloud.client("sns")
    queue, heard = cloud.queue("change-notices"), cloud.queue("change-events")
    topic = cloud.topic("change-topic")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=queue.arn)
    cloud.rule("change-rule", heard, {"source": ["aws.cloudwatch"]})
    with _flowing(cloudwatch) as flow:
        time.sleep(12)  # so that the first evaluation finds data
        _put_alarms(cloudwatch, topic)
        flow.join()
        notices = _notices(queue)
        time.sleep(_SILENCE)
    notices += _notices(queue)
    answers = _told(notices)
    answers |= _message(notices)
    answers[HISTORY] = _history(cloudwatch)
    answers |= _events(heard)
    answers[BY_HAND] = _by_hand(cloudwatch, queue)
    return answers


@contextlib.contextmanager
def _flowing(cloudwatch: Any) -> Iterator[threading.Thread]:
    thread = threading.Thread(target=_flow, args=(cloudwatch,), daemon=True)
    thread.start()
    yield thread


def _flow(cloudwatch: Any) -> None:
    """Two datapoints for each period, at the pace of the clock."""
    begin = time.monotonic()
    end = begin
    for seconds, value in _PHASES:
        end += seconds
        while time.monotonic() < end:
            _put(cloudwatch, "flow", value)
            time.sleep(4)


def _put(cloudwatch: Any, metric: str, value: float) -> None:
    point = {
        "MetricName": metric,
        "Timestamp": datetime.now(UTC),
        "Value": value,
        "StorageResolution": 1,
    }
    cloudwatch.put_metric_data(Namespace="Crosscheck", MetricData=[point])


def _put_alarms(cloudwatch: Any, topic: str) -> None:
    every = {name: [topic] for name in ("AlarmActions", "OKActions", "InsufficientDataActions")}
    for treatment in _TREATMENTS:
        _put_alarm(cloudwatch, f"change-{treatment}", TreatMissingData=treatment, **every)
    _put_alarm(cloudwatch, "change-silent", ActionsEnabled=False, **every)
    _put_alarm(cloudwatch, "change-only", AlarmActions=[topic])


def _put_alarm(cloudwatch: Any, name: str, **more: Any) -> None:
    wanted = {
        "AlarmName": name,
        "AlarmDescription": "What the metric does.",
        "Namespace": "Crosscheck",
        "MetricName": "flow",
        "Statistic": "Maximum",
        "Period": 10,
        "EvaluationPeriods": 1,
        "Threshold": 5.0,
        "ComparisonOperator": "GreaterThanThreshold",
    }
    cloudwatch.put_metric_alarm(**(wanted | more))


def _notices(queue: Queue) -> list[dict[str, Any]]:
    found = [json.loads(body) for body in queue.bodies()]
    for envelope in found:
        envelope["Message"] = json.loads(envelope["Message"])
    return sorted(found, key=lambda one: str(one["Message"]["StateChangeTime"]))


def _steps(notices: list[dict[str, Any]], name: str) -> list[str]:
    said = [one["Message"] for one in notices if one["Message"]["AlarmName"] == name]
    return [f"{one['OldStateValue']} > {one['NewStateValue']}" for one in said]


def _told(notices: list[dict[str, Any]]) -> dict[str, Answer]:
    names = {f"{FLOWS}: {one}": f"change-{one}" for one in _TREATMENTS}
    names |= {SILENT: "change-silent", ONLY: "change-only"}
    return {check: _steps(notices, name) for check, name in names.items()}


def _message(notices: list[dict[str, Any]]) -> dict[str, Answer]:
    for notice in notices:
        message = notice["Message"]
        if (message["AlarmName"], message["NewStateValue"]) == ("change-missing", "ALARM"):
            trigger = message.get("Trigger", {})
            wanted = ("MetricName", "Statistic", "Threshold", "Period")
            return {
                FIELDS: sorted(message),
                SUBJECT: notice.get("Subject"),
                TRIGGER: {key: trigger.get(key) for key in wanted},
            }
    return {}


def _history(cloudwatch: Any) -> list[str]:
    items = cloudwatch.describe_alarm_history(
        AlarmName="change-missing", HistoryItemType="StateUpdate", ScanBy="TimestampAscending"
    )["AlarmHistoryItems"]
    items.sort(key=lambda item: item["Timestamp"])
    data = [json.loads(item.get("HistoryData") or "{}") for item in items]
    states = [
        (one.get("oldState", {}).get("stateValue"), one.get("newState", {}).get("stateValue"))
        for one in data
    ]
    return [f"{old} > {new}" for old, new in states]


def _events(heard: Queue) -> dict[str, Answer]:
    for body in heard.bodies():
        event = json.loads(body)
        detail = event["detail"]
        state, before = detail["state"]["value"], detail["previousState"]["value"]
        if (detail["alarmName"], state) == ("change-missing", "ALARM"):
            shape = [event["detail-type"], event["source"], event["resources"]]
            return {TOLD: shape, STATES: [before, state]}
    return {}


def _by_hand(cloudwatch: Any, queue: Queue) -> list[str]:
    """An alarm that is OK by its missing data, set to ALARM by hand."""
    queue.bodies()
    cloudwatch.set_alarm_state(
        AlarmName="change-notBreaching", StateValue="ALARM", StateReason="by hand"
    )
    time.sleep(15)
    return _steps(_notices(queue), "change-notBreaching")


ROUND = Round("Alarm changes", CHECKS, ask, When.BESIDE)
