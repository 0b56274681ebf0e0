"""Reading and publishing metrics: batches, pages, status codes, and what is unknown."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support import BEGIN, HOME, Local, a_resource, every_window

from aws_sandbox import fleet
from personalize_monitor.aws.metrics import Datum, Metrics, Query
from personalize_monitor.collect.measure import request_query
from personalize_monitor.contract import NAMESPACE
from personalize_monitor.model.resource import Resource

START = BEGIN.replace(minute=0) - timedelta(hours=2)
END = BEGIN.replace(minute=0)


def query(resource: Resource) -> Query:
    """The question for its requests."""
    return request_query(resource, "GetRecommendations")


def test_a_series_has_exactly_the_points_of_its_span(local: Local) -> None:
    """Start inclusive, end exclusive, one point for each period with data, in time order."""
    fleet.add_campaign(local.world, "shoes", shape=every_window(30))
    metrics = Metrics(local.access, HOME)
    asked = query(a_resource())
    series = metrics.read([asked], start=START, end=END, period=300)[asked]
    first = int(START.timestamp())
    assert series.points == tuple((first + 300 * n, 30.0) for n in range(24))
    assert (series.known, metrics.requested) == (True, 1)


@pytest.mark.parametrize(("count", "calls"), [(1, 1), (500, 1), (501, 2), (1001, 3)])
def test_five_hundred_questions_are_one_call(local: Local, count: int, calls: int) -> None:
    """Each call takes as many as CloudWatch allows; no answer is lost at the seams."""
    resources = [a_resource(f"c-{n}") for n in range(count)]
    metrics = Metrics(local.access, HOME)
    answers = metrics.read(
        [query(r) for r in resources], start=START, end=START + timedelta(minutes=5), period=300
    )
    assert len(answers) == count
    assert all(series.known for series in answers.values())
    assert len(local.calls("GetMetricData")) == calls


def test_long_spans_share_the_points_of_a_call(local: Local) -> None:
    """Fourteen days of five minutes are 4,032 points: 25 series a call, read over all pages."""
    fleet.add_campaign(local.world, "c-7", shape=every_window(30))
    resources = [a_resource(f"c-{n}") for n in range(26)]
    answers = Metrics(local.access, HOME).read(
        [query(r) for r in resources], start=END - timedelta(days=14), end=END, period=300
    )
    assert len(answers[query(resources[7])].points) == 4032
    assert {len(c.params["MetricDataQueries"]) for c in local.calls("GetMetricData")} <= {25, 1}


def test_the_same_question_is_asked_once(local: Local) -> None:
    """Questions are a set: who asks twice pays once."""
    metrics = Metrics(local.access, HOME)
    asked = query(a_resource())
    metrics.read([asked, asked], start=START, end=END, period=300)
    assert metrics.requested == 1


@pytest.mark.parametrize(
    ("kind", "calls"), [("PartialData", 3), ("InternalError", 3), ("Forbidden", 1)]
)
def test_what_may_pass_is_asked_three_times(local: Local, kind: str, calls: int) -> None:
    """Only an answer that may be better a moment later is asked for again; then it is unknown."""
    bad, good = a_resource("bad"), a_resource("good")
    fleet.add_campaign(local.world, "good", shape=every_window(30))
    local.blind(kind, dimension=str(bad.arn))
    answers = Metrics(local.access, HOME).read(
        [query(bad), query(good)], start=START, end=END, period=300
    )
    assert not answers[query(bad)].known
    assert kind in answers[query(bad)].why_unknown
    assert answers[query(bad)].points == ()
    assert len(answers[query(good)].points) == 24
    sizes = [len(c.params["MetricDataQueries"]) for c in local.calls("GetMetricData")]
    assert sizes == [2, 1, 1][:calls]


def test_a_refused_question_fails_alone(local: Local) -> None:
    """One query that CloudWatch does not accept costs the others nothing."""
    resources = [a_resource(f"c-{n}") for n in range(9)]
    local.fail(
        action="GetMetricData", resource=str(resources[4].arn), code="ValidationError", status=400
    )
    answers = Metrics(local.access, HOME).read(
        [query(r) for r in resources], start=START, end=END, period=300
    )
    assert [r.name for r in resources if not answers[query(r)].known] == ["c-4"]
    assert "ValidationError" in answers[query(resources[4])].why_unknown


def test_an_error_makes_every_question_of_the_call_unknown(local: Local) -> None:
    """A call that failed says nothing about anything."""
    local.fail(action="GetMetricData", code="InternalServiceFault", status=500)
    asked = query(a_resource())
    series = Metrics(local.access, HOME).read([asked], start=START, end=END, period=300)[asked]
    assert not series.known


def datum(number: int) -> Datum:
    """One datapoint of many."""
    return Datum("averageTPS", float(number), "Count/Second", END, ("CampaignArn", f"c-{number}"))


def test_a_thousand_datapoints_are_one_call(local: Local) -> None:
    """2,500 datapoints take three calls."""
    lost = Metrics(local.access, HOME).publish(NAMESPACE, [datum(n) for n in range(2500)])
    assert lost == {}
    assert [len(c.params["MetricData"]) for c in local.calls("PutMetricData")] == [1000, 1000, 500]


def test_a_refused_datapoint_fails_alone(local: Local) -> None:
    """A value that CloudWatch does not accept is named with the reason; the rest is put."""
    local.fail(action="PutMetricData", resource="c-3", code="InvalidParameterValue", status=400)
    lost = Metrics(local.access, HOME).publish(NAMESPACE, [datum(n) for n in range(8)])
    assert list(lost) == [datum(3)]
    assert "InvalidParameterValue" in lost[datum(3)]
