"""Metrics within CloudWatch's limits: whatever the fleet and the span, and whatever it answers."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, refused
from tests.support import BEGIN, HOME

from personalize_monitor.aws.metrics import Datum, Metrics, Query

START = BEGIN.replace(minute=0)


def at(**answers: Any) -> tuple[Metrics, Script]:
    """CloudWatch, answered by script."""
    client = Script(**answers)
    return Metrics(Scripted({"cloudwatch": client}), HOME), client


def query(number: int = 0) -> Query:
    """One of many questions."""
    return Query("AWS/Personalize", "GetRecommendations", ("CampaignArn", f"c-{number}"))


def result(name: str, points: dict[datetime, float], status: str = "Complete") -> dict[str, Any]:
    """One metric's part of a page."""
    return {
        "Id": name,
        "Timestamps": list(points),
        "Values": list(points.values()),
        "StatusCode": status,
    }


def complete(**arguments: Any) -> dict[str, Any]:
    """Every metric is answered, with its own number as the only value."""
    return {
        "MetricDataResults": [
            result(
                asked["Id"],
                {
                    arguments["StartTime"]: float(
                        asked["MetricStat"]["Metric"]["Dimensions"][0]["Value"].split("-")[1]
                    )
                },
            )
            for asked in arguments["MetricDataQueries"]
        ]
    }


@settings(max_examples=12)
@given(st.integers(0, 1100), st.integers(1, 40 * 288))
@example(501, 1)
@example(26, 4032)
@example(1, 200_000)
def test_no_question_is_larger_than_cloudwatch_answers(count: int, points: int) -> None:
    """500 metrics and 100,800 datapoints a call; each question once, each answer its own."""
    metrics, client = at(get_metric_data=complete)
    end = START + timedelta(seconds=300 * points)
    answers = metrics.read([query(n) for n in range(count)], start=START, end=end, period=300)
    calls = [call["MetricDataQueries"] for call in client.asked("get_metric_data")]
    assert all(1 <= len(call) <= 500 for call in calls)
    assert all(len(call) * points <= 100_800 for call in calls if len(call) > 1)
    assert metrics.requested == sum(map(len, calls)) == len(answers) == count
    first = int(START.timestamp())
    assert all(answers[query(n)].points == ((first, float(n)),) for n in range(count))


def test_what_is_asked_is_what_cloudwatch_wants() -> None:
    """Ids are valid, the period is the caller's, the oldest point comes first."""
    metrics, client = at(get_metric_data=complete)
    metrics.read([query()], start=START, end=START + timedelta(hours=2), period=3600)
    (asked,) = client.asked("get_metric_data")
    assert (asked["StartTime"], asked["EndTime"]) == (START, START + timedelta(hours=2))
    assert asked["ScanBy"] == "TimestampAscending"
    (one,) = asked["MetricDataQueries"]
    assert one["Id"][0].islower()
    assert one["Id"].isalnum()
    assert (one["MetricStat"]["Period"], one["MetricStat"]["Stat"]) == (3600, "Sum")


@pytest.mark.parametrize("minutes", [-5, 10, 15])
def test_a_point_outside_of_the_span_is_not_counted(minutes: int) -> None:
    """CloudWatch may answer a little more; a request belongs to exactly one window."""
    outside = START + timedelta(minutes=minutes)
    metrics, _ = at(
        get_metric_data={"MetricDataResults": [result("q0", {START: 1.0, outside: 99.0})]}
    )
    end = START + timedelta(minutes=10)
    series = metrics.read([query()], start=START, end=end, period=300)[query()]
    assert series.points == ((int(START.timestamp()), 1.0),)


def test_pages_of_one_series_are_one_series() -> None:
    """The points of all pages, in time order, and the last page's status."""
    later, latest = START + timedelta(minutes=5), START + timedelta(minutes=10)
    pages = [
        {"MetricDataResults": [result("q0", {latest: 3.0}, "PartialData")], "NextToken": "t"},
        {"MetricDataResults": [result("q0", {START: 1.0, later: 2.0})]},
    ]
    metrics, client = at(get_metric_data=pages)
    end = START + timedelta(minutes=15)
    series = metrics.read([query()], start=START, end=end, period=300)[query()]
    assert [value for _, value in series.points] == [1.0, 2.0, 3.0]
    assert series.known
    assert client.asked("get_metric_data")[1]["NextToken"] == "t"


def test_a_metric_that_is_not_in_the_answer_is_unknown() -> None:
    """Silence is not zero, however often it is asked; the others keep their answers."""

    def without_the_first(**arguments: Any) -> dict[str, Any]:
        page = complete(**arguments)
        found = [r for r in page["MetricDataResults"] if r["Values"] != [0.0]]
        return {"MetricDataResults": found}

    metrics, client = at(get_metric_data=without_the_first)
    answers = metrics.read(
        [query(0), query(1)], start=START, end=START + timedelta(minutes=5), period=300
    )
    assert (answers[query(0)].known, answers[query(1)].known) == (False, True)
    assert answers[query(0)].why_unknown == "CloudWatch answered no answer."
    asked = [len(call["MetricDataQueries"]) for call in client.asked("get_metric_data")]
    assert asked == [2, 1, 1]


def test_the_words_of_cloudwatch_go_along() -> None:
    """Why a series is unknown is told in CloudWatch's own message, too."""
    told = result("q0", {}, "InternalError") | {"Messages": [{"Code": "X", "Value": "Try later"}]}
    metrics, _ = at(get_metric_data={"MetricDataResults": [told]})
    end = START + timedelta(minutes=5)
    series = metrics.read([query()], start=START, end=end, period=300)[query()]
    assert series.why_unknown == "CloudWatch answered InternalError: Try later."
    assert series.points == ()


def test_a_message_beside_a_complete_answer_changes_nothing() -> None:
    """A hint about something else does not make a number doubtful."""
    told = result("q0", {START: 4.0}) | {"Messages": [{"Value": "A hint"}]}
    metrics, client = at(get_metric_data={"MetricDataResults": [told]})
    end = START + timedelta(minutes=5)
    series = metrics.read([query()], start=START, end=end, period=300)[query()]
    assert (series.known, len(series.points)) == (True, 1)
    assert len(client.calls) == 1


def test_a_better_answer_replaces_a_partial_one() -> None:
    """What was partial a moment ago is asked again, and counted once."""
    end = START + timedelta(minutes=5)
    partial = {"MetricDataResults": [result("q0", {START: 1.0}, "PartialData")]}
    whole = {"MetricDataResults": [result("q0", {START: 5.0})]}
    metrics, _ = at(get_metric_data=[partial, whole])
    series = metrics.read([query()], start=START, end=end, period=300)[query()]
    assert [value for _, value in series.points] == [5.0]


def test_a_page_token_that_expires_asks_anew() -> None:
    """The span is read from its beginning; nothing is counted twice."""
    end = START + timedelta(minutes=5)
    first = {"MetricDataResults": [result("q0", {START: 1.0})], "NextToken": "t"}
    whole = {"MetricDataResults": [result("q0", {START: 1.0})]}
    metrics, _ = at(get_metric_data=[first, refused("InvalidNextToken"), whole])
    series = metrics.read([query()], start=START, end=end, period=300)[query()]
    assert [value for _, value in series.points] == [1.0]


@settings(max_examples=12)
@given(st.sets(st.integers(0, 60)), st.integers(1, 61))
def test_refused_questions_cost_themselves_only(bad: set[int], count: int) -> None:
    """However many of a batch CloudWatch cannot take, exactly those are unknown."""

    def choosy(**arguments: Any) -> dict[str, Any]:
        page = complete(**arguments)
        if any(r["Values"][0] in bad for r in page["MetricDataResults"]):
            raise refused("ValidationError")
        return page

    metrics, _ = at(get_metric_data=choosy)
    answers = metrics.read(
        [query(n) for n in range(count)], start=START, end=START + timedelta(minutes=5), period=300
    )
    lost = {n for n in range(count) if not answers[query(n)].known}
    assert lost == bad & set(range(count))
    assert all("ValidationError" in answers[query(n)].why_unknown for n in lost)


def test_a_throttled_batch_is_not_cut_into_more_calls() -> None:
    """Botocore has tried already; a hundred calls more would make it worse."""
    metrics, client = at(get_metric_data=refused("Throttling"))
    end = START + timedelta(minutes=5)
    answers = metrics.read([query(n) for n in range(100)], start=START, end=end, period=300)
    assert len(client.calls) == 1
    assert not any(series.known for series in answers.values())


def datum(number: int, **more: Any) -> Datum:
    """One datapoint of many."""
    values: dict[str, Any] = {
        "metric": "averageTPS",
        "value": number,
        "unit": "Count/Second",
        "timestamp": datetime(2026, 3, 2, 10, 0, tzinfo=UTC),
        "dimension": ("CampaignArn", f"c-{number}"),
    }
    return Datum(**{**values, **more})


@settings(max_examples=12)
@given(st.integers(0, 2100))
@example(1000)
@example(1001)
def test_no_publication_is_larger_than_cloudwatch_takes(count: int) -> None:
    """A thousand datapoints a call, each once, in order."""
    metrics, client = at(put_metric_data={})
    assert metrics.publish("PersonalizeMonitor", [datum(n) for n in range(count)]) == {}
    calls = [call["MetricData"] for call in client.asked("put_metric_data")]
    assert all(1 <= len(call) <= 1000 for call in calls)
    assert [entry["Value"] for call in calls for entry in call] == [float(n) for n in range(count)]


def test_a_datapoint_as_cloudwatch_wants_it() -> None:
    """One dimension of its resource, or none for the counts; a whole number becomes a float."""
    metrics, client = at(put_metric_data={})
    metrics.publish("PersonalizeMonitor", [datum(7), datum(3, dimension=None, unit="Count")])
    (call,) = client.asked("put_metric_data")
    assert call["Namespace"] == "PersonalizeMonitor"
    one, count = call["MetricData"]
    assert one["Dimensions"] == [{"Name": "CampaignArn", "Value": "c-7"}]
    assert (one["Value"], type(one["Value"])) == (7.0, float)
    assert ("Dimensions" in count, count["Unit"]) == (False, "Count")


@settings(max_examples=12)
@given(st.sets(st.integers(0, 40)), st.integers(1, 41))
def test_refused_datapoints_cost_themselves_only(bad: set[int], count: int) -> None:
    """All others are published, each exactly once."""
    taken: list[float] = []

    def choosy(**arguments: Any) -> dict[str, Any]:
        values = [entry["Value"] for entry in arguments["MetricData"]]
        if bad.intersection(values):
            raise refused("InvalidParameterValue")
        taken.extend(values)
        return {}

    metrics, _ = at(put_metric_data=choosy)
    lost = metrics.publish("PersonalizeMonitor", [datum(n) for n in range(count)])
    assert {one.value for one in lost} == bad & set(range(count))
    assert sorted(taken) == [n for n in range(count) if n not in bad]


def test_datapoints_that_a_call_loses_are_all_named() -> None:
    """A call that failed as a whole is not cut: its thousand are lost, and each says why."""
    metrics, client = at(put_metric_data=[refused("InternalServiceFault"), {}])
    lost = metrics.publish("PersonalizeMonitor", [datum(n) for n in range(1500)])
    assert {one.value for one in lost} == set(range(1000))
    assert len(set(lost.values())) == 1
    assert len(client.calls) == 2
