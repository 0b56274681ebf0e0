"""Alarms on the sandbox's clock: states, reasons, actions, events."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest

from aws_sandbox import cloudwatch
from aws_sandbox.asked import Asked
from aws_sandbox.cloudwatch import sources

ACCOUNT = "123456789012"
TOPIC = f"arn:aws:sns:us-east-1:{ACCOUNT}:alarms"


class Requests:
    """A source with one metric whose minutes a test sets, counting how much is asked of it."""

    def __init__(self) -> None:
        self.minutes: dict[int, float] = {}
        self.asked = 0

    def points(self, asked: Asked) -> list[tuple[int, float]]:
        """The minutes set by the test."""
        if asked[2:4] != ("AWS/Test", "Requests"):
            return []
        assert (*asked[:2], asked.dimensions) == (ACCOUNT, "us-east-1", frozenset())
        self.asked += (asked.end - asked.start) // 60
        return [(t, v) for t, v in sorted(self.minutes.items()) if asked.start <= t < asked.end]

    def metrics(self, account: str, region: str) -> list[Any]:
        """One metric."""
        return [("AWS/Test", "Requests", frozenset())]


@pytest.fixture
def requests() -> Iterator[Requests]:
    """A registered source."""
    source = Requests()
    remove = sources.register(source)
    yield source
    remove()


@pytest.fixture
def sent() -> Iterator[list[tuple[str, str, Any]]]:
    """What alarm actions publish: topic, subject, parsed message."""
    found: list[tuple[str, str, Any]] = []
    cloudwatch.set_publisher(lambda arn, title, text: found.append((arn, title, json.loads(text))))
    yield found
    cloudwatch.set_publisher(None)


def put(bench: Any, name: str = "low", **change: Any) -> None:
    """An alarm that fires when m is below 100 in 9 of 12 periods of 5 minutes."""
    asked = {
        "AlarmName": name,
        "Namespace": "App",
        "MetricName": "m",
        "Statistic": "Average",
        "Period": 300,
        "EvaluationPeriods": 12,
        "DatapointsToAlarm": 9,
        "Threshold": 100.0,
        "ComparisonOperator": "LessThanThreshold",
        "AlarmActions": [TOPIC],
        "OKActions": [TOPIC],
    } | change
    bench.cw.put_metric_alarm(**{k: v for k, v in asked.items() if v is not None})


def idle(bench: Any, hours: int, **change: Any) -> None:
    """The idle alarm of the contract on the source's metric."""
    asked = {
        "Namespace": "AWS/Test",
        "MetricName": "Requests",
        "Statistic": "Sum",
        "Period": 3600,
        "EvaluationPeriods": hours,
        "DatapointsToAlarm": hours,
        "Threshold": 1.0,
        "TreatMissingData": "breaching",
    }
    put(bench, "idle", **(asked | change))


def state(bench: Any, name: str = "low") -> Any:
    """The alarm's state now, after an evaluation."""
    cloudwatch.evaluate(bench.now())
    return bench.cw.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]["StateValue"]


def test_nine_of_twelve_low_periods_are_an_alarm_and_eight_are_not(bench: Any) -> None:
    """M of N counts bad periods among the newest N."""
    put(bench)
    bench.put("m", *[150.0] * 4, *[50.0] * 8)
    assert state(bench) == "OK"
    bench.wait(minutes=5)
    bench.put("m", 50.0)
    assert state(bench) == "ALARM"
    for _ in range(4):
        bench.wait(minutes=5)
        bench.put("m", 150.0)
    assert state(bench) == "OK"


def test_a_late_datapoint_counts_in_its_own_period(bench: Any) -> None:
    """Data that arrives ten minutes late still completes the window."""
    put(bench, DatapointsToAlarm=12)
    bench.put("m", *[50.0] * 12)
    bench.wait(minutes=10)
    assert state(bench) == "ALARM"


def test_no_data_at_all_is_insufficient_data(bench: Any) -> None:
    """With missing data treated as missing an alarm falls back when the metric stops."""
    put(bench)
    bench.put("m", *[150.0] * 12)
    assert state(bench) == "OK"
    bench.wait(minutes=65)
    assert state(bench) == "OK"
    bench.wait(minutes=10)
    assert state(bench) == "INSUFFICIENT_DATA"


def test_actions_run_on_changes_only(bench: Any, sent: list[Any]) -> None:
    """A state that stays sends nothing, and each change sends once."""
    put(bench)
    bench.put("m", *[50.0] * 12)
    for _ in range(3):
        assert state(bench) == "ALARM"
    assert len(sent) == 1
    topic, title, message = sent[0]
    assert topic == TOPIC
    assert title == 'ALARM: "low" in US East (N. Virginia)'
    assert message["NewStateValue"] == "ALARM"
    assert message["OldStateValue"] == "INSUFFICIENT_DATA"
    assert message["Trigger"]["MetricName"] == "m"
    assert message["Trigger"]["Statistic"] == "AVERAGE"
    assert message["StateChangeTime"] == "2026-03-02T10:00:00.000+0000"
    bench.wait(minutes=5)
    bench.put("m", *[150.0] * 4)
    assert state(bench) == "OK"
    assert [message["NewStateValue"] for _, _, message in sent] == ["ALARM", "OK"]


def test_disabled_actions_stay_silent_even_when_enabled_later(bench: Any, sent: list[Any]) -> None:
    """Enabling actions while the alarm is in ALARM sends nothing."""
    put(bench, ActionsEnabled=False)
    bench.put("m", *[50.0] * 12)
    assert state(bench) == "ALARM"
    bench.cw.enable_alarm_actions(AlarmNames=["low"])
    assert state(bench) == "ALARM"
    assert sent == []


def test_the_reason_names_the_datapoints(bench: Any) -> None:
    """StateReason and StateReasonData tell what was evaluated, as CloudWatch words it."""
    put(bench, EvaluationPeriods=1, DatapointsToAlarm=1)
    bench.put("m", 50.0)
    cloudwatch.evaluate(bench.now())
    alarm = bench.cw.describe_alarms()["MetricAlarms"][0]
    assert alarm["StateReason"] == (
        "Threshold Crossed: 1 datapoint [50.0 (02/03/26 09:55:00)] was less than the threshold "
        "(100.0)."
    )
    data = json.loads(alarm["StateReasonData"])
    assert data["recentDatapoints"] == [50.0]
    assert data["evaluatedDatapoints"][0]["timestamp"] == "2026-03-02T09:55:00.000+0000"


def test_moto_delivers_to_the_topic_of_the_region(bench: Any) -> None:
    """Without a publisher the action goes to moto's SNS, and history says how it went."""
    arn = bench.client("sns").create_topic(Name="alarms")["TopicArn"]
    sqs = bench.client("sqs")
    queue = sqs.create_queue(QueueName="q")["QueueUrl"]
    queue_arn = f"arn:aws:sqs:us-east-1:{ACCOUNT}:q"
    bench.client("sns").subscribe(TopicArn=arn, Protocol="sqs", Endpoint=queue_arn)
    gone = f"arn:aws:sns:us-east-1:{ACCOUNT}:gone"
    put(bench, AlarmActions=[arn, gone])
    bench.put("m", *[50.0] * 12)
    assert state(bench) == "ALARM"
    body = json.loads(sqs.receive_message(QueueUrl=queue)["Messages"][0]["Body"])
    assert json.loads(body["Message"])["AlarmName"] == "low"
    items = bench.cw.describe_alarm_history(AlarmName="low", HistoryItemType="Action")
    summaries = sorted(item["HistorySummary"] for item in items["AlarmHistoryItems"])
    assert summaries == [
        f"Failed to execute action {gone}",
        f"Successfully executed action {arn}",
    ]


def test_every_change_is_told_to_callbacks_as_an_event(bench: Any) -> None:
    """on_state_change hears each change once, with the EventBridge entry, actions or not."""
    heard: list[cloudwatch.StateChange] = []
    stop = cloudwatch.on_state_change(heard.append)
    put(bench, ActionsEnabled=False)
    bench.put("m", *[50.0] * 12)
    changes = cloudwatch.evaluate(bench.now())
    stop()
    bench.cw.set_alarm_state(AlarmName="low", StateValue="OK", StateReason="by hand")
    assert changes == heard
    (change,) = heard
    assert (change.alarm_name, change.old, change.new) == ("low", "INSUFFICIENT_DATA", "ALARM")
    event = change.event
    assert event["Source"] == "aws.cloudwatch"
    assert event["DetailType"] == "CloudWatch Alarm State Change"
    assert event["Resources"] == [change.alarm_arn]
    detail = json.loads(event["Detail"])
    assert detail["state"]["value"] == "ALARM"
    assert detail["configuration"]["metrics"][0]["metricStat"]["metric"]["name"] == "m"


def test_a_state_set_by_hand_lasts_until_the_next_evaluation(bench: Any, sent: list[Any]) -> None:
    """SetAlarmState runs the actions, and the evaluation sets the alarm back."""
    put(bench)
    bench.put("m", *[150.0] * 12)
    assert state(bench) == "OK"
    bench.cw.set_alarm_state(AlarmName="low", StateValue="ALARM", StateReason="try")
    assert state(bench) == "OK"
    assert [message["NewStateValue"] for _, _, message in sent] == ["OK", "ALARM", "OK"]


def test_an_idle_day_is_noticed_when_the_range_holds_no_request(
    bench: Any, requests: Requests
) -> None:
    """24 hours of missing data breach once the evaluation range of 26 hours is empty."""
    last = int(bench.now().timestamp()) - 60
    requests.minutes = {last: 7.0}
    idle(bench, 24)
    assert state(bench, "idle") == "OK"
    bench.wait(hours=25, minutes=50)
    assert state(bench, "idle") == "OK"
    bench.wait(minutes=15)
    assert state(bench, "idle") == "ALARM"
    requests.minutes[int(bench.now().timestamp()) - 120] = 1.0
    assert state(bench, "idle") == "OK"


def test_a_filled_expression_knows_an_idle_day_to_the_hour(bench: Any, requests: Requests) -> None:
    """FILL(m, 0) leaves nothing missing: the alarm fires after exactly N hours."""
    requests.minutes = {int(bench.now().timestamp()) - 60: 7.0}
    query = {"Metric": {"Namespace": "AWS/Test", "MetricName": "Requests"}}
    stat = query | {"Period": 3600, "Stat": "Sum"}
    metrics = [
        {"Id": "r", "MetricStat": stat, "ReturnData": False},
        {"Id": "e", "Expression": "FILL(r, 0)"},
    ]
    single = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))
    idle(bench, 24, **single, Metrics=metrics)
    bench.wait(hours=23, minutes=55)
    assert state(bench, "idle") == "OK"
    bench.wait(minutes=5)
    assert state(bench, "idle") == "ALARM"


def test_windows_over_a_day_are_evaluated_once_an_hour(bench: Any, requests: Requests) -> None:
    """A 48-hour alarm notices a request only at its next hourly evaluation."""
    idle(bench, 48)
    assert state(bench, "idle") == "ALARM"
    bench.wait(minutes=10)
    requests.minutes[int(bench.now().timestamp()) - 120] = 1.0
    assert state(bench, "idle") == "ALARM"
    bench.wait(minutes=50)
    assert state(bench, "idle") == "OK"


def test_a_computed_metric_is_asked_only_for_what_is_new(bench: Any, requests: Requests) -> None:
    """After the first evaluation a day's alarm reads minutes, not the whole day."""
    idle(bench, 24)
    state(bench, "idle")
    requests.asked = 0
    for _ in range(12):
        bench.wait(minutes=5)
        state(bench, "idle")
    assert requests.asked <= 12 * 25


def test_windows_slide_with_the_minute(bench: Any) -> None:
    """Periods end at the minute of the evaluation, wherever that is."""
    put(bench, EvaluationPeriods=1, DatapointsToAlarm=1, Statistic="SampleCount", Threshold=5.0,
        ComparisonOperator="GreaterThanOrEqualToThreshold")  # fmt: skip
    bench.wait(minutes=2)
    bench.put("m", *[1.0] * 5, step=60)
    assert state(bench) == "ALARM"


def test_a_wall_clock_window_stays_on_the_hour(bench: Any) -> None:
    """WallClockWindow evaluates whole clock hours, and only N of them."""
    put(bench, Period=3600, EvaluationPeriods=1, DatapointsToAlarm=1, Statistic="Sum",
        Threshold=1.0, TreatMissingData="breaching",
        EvaluationWindow={"WallClockWindow": {"Timezone": "Asia/Kolkata"}})  # fmt: skip
    bench.put("m", 5.0)
    assert state(bench) == "ALARM"
    bench.wait(minutes=30)
    assert state(bench) == "OK"


def test_low_samples_keep_the_state_of_a_percentile_alarm_on_wish(bench: Any) -> None:
    """EvaluateLowSampleCountPercentile=ignore: p90 on few samples changes nothing."""
    change = {"Statistic": None, "ExtendedStatistic": "p90", "EvaluationPeriods": 1,
              "DatapointsToAlarm": 1}  # fmt: skip
    put(bench, "ignores", EvaluateLowSampleCountPercentile="ignore", **change)
    put(bench, "evaluates", **change)
    bench.put("m", 50.0)
    assert state(bench, "ignores") == "INSUFFICIENT_DATA"
    assert state(bench, "evaluates") == "ALARM"


def test_composite_alarms_follow_their_children(bench: Any, sent: list[Any]) -> None:
    """A composite alarm is evaluated after the metric alarms and acts on its own changes."""
    put(bench, "low", AlarmActions=[])
    bench.cw.put_composite_alarm(
        AlarmName="any", AlarmRule='ALARM("low") AND NOT OK(low)', AlarmActions=[TOPIC]
    )
    with pytest.raises(bench.cw.exceptions.ClientError, match="do not exist"):
        bench.cw.put_composite_alarm(AlarmName="x", AlarmRule="ALARM(never)")
    with pytest.raises(bench.cw.exceptions.ClientError, match="ValidationError"):
        bench.cw.put_composite_alarm(AlarmName="x", AlarmRule="ALARM(low) OR")
    bench.put("m", *[50.0] * 12)
    cloudwatch.evaluate(bench.now())
    shown = bench.cw.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"][0]
    assert (shown["AlarmName"], shown["StateValue"]) == ("any", "ALARM")
    assert [title for _, title, _ in sent] == ['ALARM: "any" in US East (N. Virginia)']
    assert bench.cw.describe_alarms()["CompositeAlarms"] == []


@pytest.mark.parametrize(
    ("rule", "expected"),
    [
        ("TRUE", "ALARM"),
        ("FALSE OR ALARM(low)", "ALARM"),
        ("NOT (ALARM(low) OR INSUFFICIENT_DATA(low))", "OK"),
        ('(ALARM("low") AND TRUE) OR FALSE', "ALARM"),
        ("INSUFFICIENT_DATA(low)", "OK"),
    ],
)
def test_rules_of_composite_alarms_are_logic(bench: Any, rule: str, expected: str) -> None:
    """AND binds stronger than OR, NOT strongest; parentheses group."""
    put(bench)
    bench.cw.set_alarm_state(AlarmName="low", StateValue="ALARM", StateReason="test")
    bench.cw.put_composite_alarm(AlarmName="any", AlarmRule=rule)
    bench.put("m", *[50.0] * 12)
    cloudwatch.evaluate(bench.now())
    (shown,) = bench.cw.describe_alarms(AlarmTypes=["CompositeAlarm"])["CompositeAlarms"]
    assert shown["StateValue"] == expected


@pytest.mark.parametrize("rule", ["", "low", "(ALARM(low)", "ALARM(low))", "AND TRUE", "NOT"])
def test_a_bad_rule_of_a_composite_alarm_is_refused(bench: Any, rule: str) -> None:
    """What is not a rule is a ValidationError."""
    put(bench)
    with pytest.raises(bench.cw.exceptions.ClientError, match="ValidationError"):
        bench.cw.put_composite_alarm(AlarmName="any", AlarmRule=rule)


def test_a_long_window_tells_its_newest_datapoints(bench: Any) -> None:
    """StateReasonData stays within the API's 4,000 characters."""
    put(bench, EvaluationPeriods=100, DatapointsToAlarm=100)
    bench.put("m", *[50.123456789] * 102)
    cloudwatch.evaluate(bench.now())
    data = bench.cw.describe_alarms()["MetricAlarms"][0]["StateReasonData"]
    assert len(data) <= 4000
    assert len(json.loads(data)["evaluatedDatapoints"]) == 20


def test_accounts_and_regions_are_evaluated_apart(bench: Any) -> None:
    """The same alarm in another region sees the metrics of that region only."""
    put(bench)
    other = bench.client("cloudwatch", "eu-west-1")
    other.put_metric_alarm(AlarmName="low", Namespace="App", MetricName="m", Statistic="Sum",
                           Period=300, EvaluationPeriods=1, Threshold=1.0,
                           ComparisonOperator="LessThanThreshold")  # fmt: skip
    bench.put("m", *[50.0] * 12)
    assert state(bench) == "ALARM"
    assert other.describe_alarms()["MetricAlarms"][0]["StateValue"] == "INSUFFICIENT_DATA"


def test_a_sequence_of_ticks_tells_the_same_story_as_one_look(bench: Any) -> None:
    """Evaluating every five minutes or only at the end gives the same final state."""
    put(bench, "often")
    for index in range(30):
        bench.wait(minutes=5)
        if index % 3:
            bench.put("m", 50.0 if index % 2 else 150.0)
        cloudwatch.evaluate(bench.now())
    put(bench, "once")
    assert state(bench, "often") == state(bench, "once")


def test_evaluation_takes_the_clock_by_itself(bench: Any) -> None:
    """Without an argument the sandbox's own time counts."""
    put(bench, EvaluationPeriods=1, DatapointsToAlarm=1)
    bench.put("m", 50.0)
    bench.world.clock.advance(timedelta(seconds=30))
    assert [change.new for change in cloudwatch.evaluate()] == ["ALARM"]
