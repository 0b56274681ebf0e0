"""GetMetricStatistics and ListMetrics."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st

from aws_sandbox.cloudwatch.series import Series
from aws_sandbox.cloudwatch.stats import aggregate, bucket_between, statistic_of


def statistics(bench: Any, **change: Any) -> Any:
    """Ask for the last hour of metric m."""
    asked = {
        "Namespace": "App",
        "MetricName": "m",
        "StartTime": bench.now() - timedelta(hours=1),
        "EndTime": bench.now(),
        "Period": 300,
        "Statistics": ["Sum", "SampleCount"],
    } | change
    wanted = {name: value for name, value in asked.items() if value is not None}
    return bench.cw.get_metric_statistics(**wanted)


def test_statistics_come_side_by_side(bench: Any) -> None:
    """Basic and extended statistics of one period stand in one datapoint."""
    bench.put("m", 1.0, 2.0, Unit="Count")
    bench.put("m", 3.0, Unit="Count")
    answer = statistics(bench, ExtendedStatistics=["p50"], Period=600)
    assert answer["Label"] == "m"
    (point,) = answer["Datapoints"]
    assert point["Unit"] == "Count"
    assert (point["Sum"], point["SampleCount"]) == (6.0, 3.0)
    assert point["ExtendedStatistics"] == {"p50": 2.0}


@pytest.mark.parametrize(
    ("change", "code"),
    [
        ({"Statistics": None}, "InvalidParameterCombination"),
        ({"Statistics": ["Median"]}, "InvalidParameterValue"),
        ({"Statistics": None, "ExtendedStatistics": ["Sum"]}, "InvalidParameterValue"),
        ({"Period": 45}, "ValidationError"),
        ({"Period": None}, "MissingParameter"),
        ({"MetricName": None}, "ValidationError"),
    ],
)
def test_bad_questions_are_refused(bench: Any, change: Any, code: str) -> None:
    """A question without statistics or with an impossible period has no answer."""
    with pytest.raises(ClientError) as caught:
        statistics(bench, **change)
    assert caught.value.response["Error"]["Code"] == code


def test_1440_points_are_the_limit(bench: Any) -> None:
    """Five days by five minutes are exactly 1,440; a minute more is one too many."""
    now = bench.now()
    assert statistics(bench, StartTime=now - timedelta(days=5))["Datapoints"] == []
    with pytest.raises(ClientError, match="exceeds the limit of 1,440"):
        statistics(bench, StartTime=now - timedelta(days=5, minutes=1))


def test_metrics_are_listed_500_a_page(bench: Any) -> None:
    """ListMetrics pages by 500 and gives each metric once."""
    for index in range(0, 1200, 400):
        bench.cw.put_metric_data(
            Namespace="App",
            MetricData=[
                {"MetricName": "m", "Value": 1, "Dimensions": [{"Name": "Id", "Value": str(n)}]}
                for n in range(index, index + 400)
            ],
        )
    first = bench.cw.list_metrics(Namespace="App")
    assert len(first["Metrics"]) == 500
    pages = bench.cw.get_paginator("list_metrics").paginate(Namespace="App")
    ids = [m["Dimensions"][0]["Value"] for page in pages for m in page["Metrics"]]
    assert sorted(ids, key=int) == [str(n) for n in range(1200)]


def test_metrics_are_filtered_and_forgotten(bench: Any) -> None:
    """By name, by dimension with or without a value, and only what was active in two weeks."""
    arn = [{"Name": "Arn", "Value": "x"}]
    bench.put("old", 1.0, Dimensions=arn)
    bench.wait(hours=4)
    bench.put("new", 1.0, Dimensions=[*arn, {"Name": "Kind", "Value": "k"}])

    def listed(**filters: Any) -> list[str]:
        found = bench.cw.list_metrics(Namespace="App", **filters)["Metrics"]
        return [m["MetricName"] for m in found]

    assert listed() == ["new", "old"]
    assert listed(Dimensions=[{"Name": "Kind"}]) == ["new"]
    assert listed(Dimensions=arn) == ["new", "old"]
    assert listed(Dimensions=[{"Name": "Arn", "Value": "y"}]) == []
    assert listed(MetricName="old") == ["old"]
    assert listed(RecentlyActive="PT3H") == ["new"]
    bench.wait(days=14)
    assert listed() == []


def test_too_many_filters_are_refused(bench: Any) -> None:
    """ListMetrics takes ten dimension filters and only PT3H as RecentlyActive."""
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        bench.cw.list_metrics(Dimensions=[{"Name": f"d{i}"} for i in range(11)])
    with pytest.raises(ClientError, match="InvalidParameterValue"):
        bench.cw.list_metrics(RecentlyActive="PT1H")


@given(
    st.lists(st.floats(-1e6, 1e6), min_size=1, max_size=12),
    st.sampled_from(["0", "25", "90", "99.9", "100"]),
)
def test_a_percentile_of_single_samples_is_that_of_their_bucket(
    samples: list[float], share: str
) -> None:
    """The quick way over samples that came once each answers the very same number."""
    series = Series(None)
    series.extend([(60 * index, value) for index, value in enumerate(samples)])
    whole = bucket_between(series, 0, len(samples))
    ((_, quick),) = aggregate(series, 0, 3600, 3600, f"p{share}")
    assert quick == statistic_of(whole, f"p{share}")
