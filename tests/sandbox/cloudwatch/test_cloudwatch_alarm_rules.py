"""PutMetricAlarm and its family: what is refused, kept, listed and tagged."""

from __future__ import annotations

from typing import Any

import pytest
from botocore.exceptions import ClientError

TOPIC = "arn:aws:sns:us-east-1:123456789012:topic"


def put(bench: Any, name: str = "low", **change: Any) -> None:
    """Put an alarm on metric m below 100; None removes a parameter."""
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
    } | change
    bench.cw.put_metric_alarm(**{k: v for k, v in asked.items() if v is not None})


def metrics(count: int = 1, **more: Any) -> list[dict[str, Any]]:
    """Metrics of a math alarm: so many metrics and their sum."""
    parts = [
        {
            "Id": f"m{index}",
            "ReturnData": False,
            "MetricStat": {
                "Metric": {"Namespace": "App", "MetricName": f"m{index}"},
                "Period": 300,
                "Stat": "Sum",
            },
        }
        for index in range(count)
    ]
    return [*parts, {"Id": "e", "Expression": "FILL(SUM(METRICS()), 0)"} | more]


MATH: dict[str, Any] = dict.fromkeys(("Namespace", "MetricName", "Statistic", "Period"))


def described(bench: Any, name: str = "low") -> Any:
    """The alarm as DescribeAlarms shows it."""
    return bench.cw.describe_alarms(AlarmNames=[name])["MetricAlarms"][0]


def refused(bench: Any, **change: Any) -> str:
    """The message of the ValidationError that such an alarm gets."""
    with pytest.raises(ClientError) as caught:
        put(bench, **change)
    assert caught.value.response["Error"]["Code"] == "ValidationError"
    assert bench.cw.describe_alarms()["MetricAlarms"] == []
    return str(caught.value.response["Error"]["Message"])


def test_a_new_alarm_has_no_data_yet(bench: Any) -> None:
    """A new alarm is INSUFFICIENT_DATA, its actions enabled, and its tags as given."""
    put(bench, Tags=[{"Key": "CreatedBy", "Value": "test"}], AlarmActions=[TOPIC])
    alarm = described(bench)
    assert alarm["StateValue"] == "INSUFFICIENT_DATA"
    assert alarm["StateReason"] == "Unchecked: Initial alarm creation"
    assert alarm["ActionsEnabled"] is True
    assert alarm["TreatMissingData"] == "missing"
    assert alarm["AlarmActions"] == [TOPIC]
    tags = bench.cw.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "CreatedBy", "Value": "test"}]


def test_an_update_overwrites_everything_but_state_and_tags(bench: Any) -> None:
    """PutMetricAlarm on an existing name keeps the state, ignores tags and forgets old settings."""
    put(bench, AlarmDescription="old", Tags=[{"Key": "a", "Value": "1"}], AlarmActions=[TOPIC])
    bench.cw.set_alarm_state(AlarmName="low", StateValue="ALARM", StateReason="test")
    put(bench, Threshold=50.0, Tags=[{"Key": "b", "Value": "2"}], ActionsEnabled=False)
    alarm = described(bench)
    assert (alarm["StateValue"], alarm["Threshold"]) == ("ALARM", 50.0)
    assert "AlarmDescription" not in alarm
    assert alarm["AlarmActions"] == []
    assert alarm["ActionsEnabled"] is False
    tags = bench.cw.list_tags_for_resource(ResourceARN=alarm["AlarmArn"])["Tags"]
    assert tags == [{"Key": "a", "Value": "1"}]


@pytest.mark.parametrize(
    ("period", "periods", "valid"),
    [
        (300, 288, True),
        (300, 289, False),
        (3540, 25, False),
        (3600, 24, True),
        (3600, 168, True),
        (3600, 169, False),
        (86_400, 7, True),
        (604_800, 1, True),
        (604_800, 2, False),
    ],
)
def test_the_window_is_a_day_below_an_hours_period_and_a_week_from_there(
    bench: Any, period: int, periods: int, valid: bool
) -> None:
    """Period x EvaluationPeriods: 86,400 s below an hour's period, 604,800 s from an hour on."""
    change: dict[str, Any] = {
        "Period": period,
        "EvaluationPeriods": periods,
        "DatapointsToAlarm": None,
    }
    if valid:
        put(bench, **change)
    else:
        assert "Metrics cannot be checked across more than" in refused(bench, **change)


@pytest.mark.parametrize(
    "change",
    [
        {"AlarmName": None},
        {"AlarmName": "x" * 256},
        {"AlarmDescription": "x" * 1025},
        {"Period": 45},
        {"Period": None},
        {"EvaluationPeriods": 0},
        {"DatapointsToAlarm": 13},
        {"DatapointsToAlarm": 0},
        {"Threshold": None},
        {"ComparisonOperator": "Below"},
        {"Statistic": "Median"},
        {"Statistic": None},
        {"ExtendedStatistic": "p90"},
        {"TreatMissingData": "bad"},
        {"MetricName": None},
        {"AlarmActions": [f"{TOPIC}{index}" for index in range(6)]},
        {"AlarmActions": [TOPIC, TOPIC]},
        {"OKActions": ["not-an-arn"]},
        {"Tags": [{"Key": f"k{index}", "Value": "v"} for index in range(51)]},
        {"Tags": [{"Key": "aws:x", "Value": "v"}]},
        {"Metrics": metrics()},
        MATH | {"Metrics": metrics(11)},
        MATH | {"Metrics": metrics(1, ReturnData=False)},
        MATH | {"Metrics": metrics(1, Expression="SUM(")},
        MATH | {"Metrics": metrics(0)},
        MATH | {"Metrics": [*metrics(2), {"Id": "f", "Expression": "e"}]},
        MATH | {"Metrics": metrics(2)[:1] + metrics(2)},
        {"AlarmName": "tab\there"},
        {"ThresholdMetricId": "m1"},
        {"Statistic": None, "ExtendedStatistic": "median"},
        {"EvaluationWindow": {"WallClockWindow": {}, "SlidingWindow": {}}},
        {"EvaluateLowSampleCountPercentile": "maybe"},
        {"EvaluationWindow": {"WallClockWindow": {}}, "Period": 600},
    ],
)
def test_a_bad_alarm_is_refused(bench: Any, change: dict[str, Any]) -> None:
    """Every rule of PutMetricAlarm has its refusal, and nothing is stored."""
    assert refused(bench, **change)


def test_actions_are_of_the_alarms_own_region(bench: Any) -> None:
    """A topic of another region is refused in AWS's words."""
    other = TOPIC.replace("us-east-1", "eu-west-1")
    message = refused(bench, AlarmActions=[other])
    assert message == "Invalid region eu-west-1 specified. Only us-east-1 is supported."


def test_math_alarms_may_have_ten_metrics(bench: Any) -> None:
    """Ten metrics and their sum are a valid alarm."""
    put(bench, **MATH, Metrics=metrics(10))
    shown = described(bench)["Metrics"]
    assert [metric["ReturnData"] for metric in shown] == [False] * 10 + [True]
    assert shown[0]["MetricStat"]["Metric"]["Dimensions"] == []


def test_alarms_come_a_hundred_a_page(bench: Any) -> None:
    """DescribeAlarms gives at most 100, sorted, and a token for the rest."""
    for index in range(150):
        put(bench, f"pm-{index:03d}")
    put(bench, "other")
    first = bench.cw.describe_alarms(AlarmNamePrefix="pm-")
    assert len(first["MetricAlarms"]) == 100
    rest = bench.cw.describe_alarms(AlarmNamePrefix="pm-", NextToken=first["NextToken"])
    names = [a["AlarmName"] for page in (first, rest) for a in page["MetricAlarms"]]
    assert names == [f"pm-{index:03d}" for index in range(150)]
    with pytest.raises(ClientError, match="ValidationError"):
        bench.cw.describe_alarms(MaxRecords=101)
    with pytest.raises(ClientError, match="ValidationError"):
        bench.cw.describe_alarms(AlarmNames=[str(index) for index in range(101)])
    with pytest.raises(ClientError, match="mutually exclusive"):
        bench.cw.describe_alarms(AlarmNames=["x"], AlarmNamePrefix="x")


def test_alarms_are_found_by_state_action_and_metric(bench: Any) -> None:
    """StateValue, ActionPrefix and DescribeAlarmsForMetric narrow the list."""
    put(bench, "a", AlarmActions=[TOPIC])
    put(bench, "b", MetricName="n")
    bench.cw.set_alarm_state(AlarmName="b", StateValue="OK", StateReason="test")

    def names(**filters: Any) -> list[str]:
        return [a["AlarmName"] for a in bench.cw.describe_alarms(**filters)["MetricAlarms"]]

    assert names(StateValue="OK") == ["b"]
    assert names(ActionPrefix=TOPIC) == ["a"]
    found = bench.cw.describe_alarms_for_metric(Namespace="App", MetricName="n")["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in found] == ["b"]
    other = bench.client("cloudwatch", "eu-west-1")
    assert other.describe_alarms()["MetricAlarms"] == []


def test_deleting_takes_a_hundred_names_and_forgives_unknown_ones(bench: Any) -> None:
    """Unknown names do not hinder the others; 101 names do."""
    put(bench, "a")
    with pytest.raises(ClientError, match="ValidationError"):
        bench.cw.delete_alarms(AlarmNames=["a"] + [f"x{index}" for index in range(100)])
    bench.cw.delete_alarms(AlarmNames=["never", "a"])
    assert bench.cw.describe_alarms()["MetricAlarms"] == []
    summaries = [h["HistorySummary"] for h in history(bench, "a")]
    assert summaries == ['Alarm "a" deleted', 'Alarm "a" created']


def history(bench: Any, name: str, **filters: Any) -> Any:
    """The alarm's history, newest first."""
    return bench.cw.describe_alarm_history(AlarmName=name, **filters)["AlarmHistoryItems"]


def test_actions_are_switched_by_name(bench: Any) -> None:
    """Enable- and DisableAlarmActions change the flag, leave a trace, and ignore unknown names."""
    put(bench, "a")
    bench.cw.disable_alarm_actions(AlarmNames=["a", "never"])
    assert described(bench, "a")["ActionsEnabled"] is False
    bench.cw.enable_alarm_actions(AlarmNames=["a"])
    assert described(bench, "a")["ActionsEnabled"] is True
    assert len(history(bench, "a", HistoryItemType="ConfigurationUpdate")) == 3


def test_history_is_paged_ordered_and_forgotten_after_two_weeks(bench: Any) -> None:
    """DescribeAlarmHistory pages by MaxRecords in either order; old items vanish."""
    put(bench, "a")
    for index in range(5):
        bench.wait(minutes=1)
        state = ("ALARM", "OK")[index % 2]
        bench.cw.set_alarm_state(AlarmName="a", StateValue=state, StateReason=f"r{index}")
    newest = history(bench, "a", HistoryItemType="StateUpdate")
    assert newest[0]["HistorySummary"] == "Alarm updated from OK to ALARM"
    assert newest[-1]["HistorySummary"] == "Alarm updated from INSUFFICIENT_DATA to ALARM"
    pages = bench.cw.get_paginator("describe_alarm_history").paginate(
        AlarmName="a", ScanBy="TimestampAscending", PaginationConfig={"PageSize": 2}
    )
    items = [item for page in pages for item in page["AlarmHistoryItems"]]
    assert [item["Timestamp"] for item in items] == sorted(item["Timestamp"] for item in items)
    assert len(items) == 6
    bench.wait(days=15)
    assert history(bench, "a") == []


def test_tags_are_changed_by_arn(bench: Any) -> None:
    """TagResource and UntagResource change an alarm's tags; an unknown ARN is not found."""
    put(bench, "a", Tags=[{"Key": "x", "Value": "1"}])
    arn = described(bench, "a")["AlarmArn"]
    bench.cw.tag_resource(ResourceARN=arn, Tags=[{"Key": "y", "Value": "2"}])
    bench.cw.untag_resource(ResourceARN=arn, TagKeys=["x", "never"])
    assert bench.cw.list_tags_for_resource(ResourceARN=arn)["Tags"] == [{"Key": "y", "Value": "2"}]
    with pytest.raises(ClientError, match="ResourceNotFoundException"):
        bench.cw.list_tags_for_resource(ResourceARN=arn + "x")
    tags = [{"Key": f"k{index}", "Value": "v"} for index in range(50)]
    with pytest.raises(ClientError, match="ValidationError"):
        bench.cw.tag_resource(ResourceARN=arn, Tags=tags)


def test_setting_the_state_of_an_unknown_alarm_fails(bench: Any) -> None:
    """SetAlarmState: unknown alarms, bad JSON and unknown states are refused."""
    put(bench, "a")
    ask = {"AlarmName": "a", "StateValue": "OK", "StateReason": "r"}
    for change, code in (
        ({"AlarmName": "never"}, "ResourceNotFound"),
        ({"StateReasonData": "{"}, "InvalidFormat"),
        ({"StateValue": "FINE"}, "ValidationError"),
        ({"StateReason": ""}, "ValidationError"),
    ):
        with pytest.raises(ClientError) as caught:
            bench.cw.set_alarm_state(**(ask | change))
        assert caught.value.response["Error"]["Code"] == code
