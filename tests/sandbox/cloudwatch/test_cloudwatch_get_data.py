"""GetMetricData: ranges, order, pages and limits."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError


def refused(bench: Any, *queries: dict[str, Any], **more: Any) -> str:
    """The code of the error that such a call gets."""
    with pytest.raises(ClientError) as caught:
        bench.read(*queries, **more)
    return str(caught.value.response["Error"]["Code"])


def test_the_range_includes_its_start_and_excludes_its_end(bench: Any, query: Any) -> None:
    """StartTime is inclusive, EndTime exclusive."""
    bench.put("m", 1.0, 2.0, 3.0)
    start = bench.now() - timedelta(minutes=15)
    result = bench.read(query("m"), StartTime=start, EndTime=bench.now() - timedelta(minutes=5))
    assert result["MetricDataResults"][0]["Values"] == [1.0, 2.0]
    assert result["MetricDataResults"][0]["Timestamps"][0] == start


def test_newest_comes_first_unless_asked_otherwise(bench: Any, query: Any) -> None:
    """The default order is TimestampDescending."""
    bench.put("m", 1.0, 2.0, 3.0)
    start = bench.now() - timedelta(hours=1)
    answer = bench.cw.get_metric_data(
        StartTime=start, EndTime=bench.now(), MetricDataQueries=[query("m")]
    )
    assert answer["MetricDataResults"][0]["Values"] == [3.0, 2.0, 1.0]
    assert answer["MetricDataResults"][0]["StatusCode"] == "Complete"


def test_a_period_without_data_has_no_point(bench: Any, query: Any) -> None:
    """Missing is missing: there are no zeros in the answer."""
    bench.put("m", 1.0)
    bench.wait(minutes=15)
    bench.put("m", 2.0)
    assert bench.values(query("m")) == {"m": [1.0, 2.0]}
    assert bench.values(query("never")) == {"never": []}


def test_periods_count_from_the_rounded_start(bench: Any, query: Any) -> None:
    """StartTime is rounded down to the minute, and periods begin there."""
    bench.put("m", *[1.0] * 10, step=60)
    start = bench.now() - timedelta(minutes=9, seconds=30)
    result = bench.read(query("m"), StartTime=start)["MetricDataResults"][0]
    assert result["Timestamps"][0] == bench.now() - timedelta(minutes=10)
    assert result["Values"] == [5.0, 5.0]


def test_older_data_answers_to_longer_periods_only(bench: Any, query: Any) -> None:
    """After 15 days the period must be a multiple of 300, after 63 days of 3,600 seconds."""
    bench.put("m", 1.0)
    bench.wait(days=16)
    short, five = query("m", "a", period=60), query("m", "b", period=300)
    assert bench.values(short, minutes=17 * 1440) == {"a": []}
    assert bench.values(five, minutes=17 * 1440) == {"b": [1.0]}
    bench.wait(days=50)
    hour = query("m", "c", period=3600)
    assert bench.values(five, minutes=67 * 1440) == {"b": []}
    assert bench.values(hour, minutes=67 * 1440) == {"c": [1.0]}


def test_five_hundred_queries_fit_and_one_more_does_not(bench: Any, query: Any) -> None:
    """A call takes 500 queries."""
    queries = [query("m", f"q{index}") for index in range(501)]
    assert len(bench.read(*queries[:500])["MetricDataResults"]) == 500
    assert refused(bench, *queries) == "ValidationError"


def test_more_than_100800_points_come_in_pages(bench: Any, query: Any) -> None:
    """A page ends in the middle of a result, which says PartialData until its rest has come."""
    bench.put("m", *[1.0] * 4000, step=60)
    queries = [query("m", f"q{index}", period=60) for index in range(26)]
    first = bench.read(*queries, minutes=4000)
    assert sum(len(r["Values"]) for r in first["MetricDataResults"]) == 100_800
    assert first["MetricDataResults"][-1]["StatusCode"] == "PartialData"
    second = bench.read(*queries, minutes=4000, NextToken=first["NextToken"])
    assert "NextToken" not in second
    assert second["MetricDataResults"][0]["Id"] == first["MetricDataResults"][-1]["Id"]
    assert {r["StatusCode"] for r in second["MetricDataResults"]} == {"Complete"}
    total = sum(len(r["Values"]) for p in (first, second) for r in p["MetricDataResults"])
    assert total == 26 * 4000


def test_the_paginator_brings_everything_once(bench: Any, query: Any) -> None:
    """boto3's paginator over small pages gives each point exactly once."""
    bench.put("a", *map(float, range(7)))
    bench.put("b", *map(float, range(7)))
    pages = bench.cw.get_paginator("get_metric_data").paginate(
        MetricDataQueries=[query("a"), query("never"), query("b")],
        StartTime=bench.now() - timedelta(hours=1),
        EndTime=bench.now(),
        ScanBy="TimestampAscending",
        MaxDatapoints=3,
    )
    found: dict[str, list[float]] = {}
    for page in pages:
        for result in page["MetricDataResults"]:
            found.setdefault(result["Id"], []).extend(result["Values"])
    whole = list(map(float, range(7)))
    assert found == {"a": whole, "never": [], "b": whole}


def test_a_token_belongs_to_its_request(bench: Any, query: Any) -> None:
    """A NextToken that is not of this request is refused."""
    bench.put("m", 1.0, 2.0)
    token = bench.read(query("m"), MaxDatapoints=1)["NextToken"]
    assert refused(bench, query("other"), NextToken=token) == "InvalidNextToken"
    assert refused(bench, query("m"), NextToken="nonsense") == "InvalidNextToken"


@pytest.mark.parametrize(
    "change",
    [
        {"Id": "Capital"},
        {"Id": ""},
        {"MetricStat": None},
        {"Expression": "1"},
        {"ReturnData": False},
    ],
)
def test_a_bad_query_is_a_validation_error(bench: Any, query: Any, change: Any) -> None:
    """Ids begin with a small letter; a query is a metric or an expression; one is returned."""
    bad = {name: value for name, value in (query("m") | change).items() if value is not None}
    assert refused(bench, bad) == "ValidationError"


@pytest.mark.parametrize("period", [0, 7, 90, -60])
def test_periods_are_short_ones_or_whole_minutes(bench: Any, query: Any, period: int) -> None:
    """1, 5, 10, 20, 30 or a multiple of 60 seconds."""
    assert refused(bench, query("m", period=period)) == "ValidationError"


def test_ids_are_unique_and_the_range_goes_forward(bench: Any, query: Any) -> None:
    """Two queries with one Id, an unknown statistic and an empty range are refused."""
    assert refused(bench, query("m"), query("m")) == "ValidationError"
    assert refused(bench, query("m", stat="Median")) == "ValidationError"
    assert refused(bench, query("m"), EndTime=bench.now() - timedelta(hours=2)) == "ValidationError"
    assert refused(bench) == "ValidationError"


def test_regions_and_accounts_do_not_mix(bench: Any, query: Any) -> None:
    """A metric exists only in the region where it was put."""
    bench.put("m", 1.0)
    other = bench.client("cloudwatch", "eu-west-1")
    answer = other.get_metric_data(
        StartTime=bench.now() - timedelta(hours=1),
        EndTime=bench.now(),
        MetricDataQueries=[query("m")],
    )
    assert answer["MetricDataResults"][0]["Values"] == []
