"""PutMetricData: what is stored, and what is refused."""

from __future__ import annotations

import random
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError


def datum(**more: Any) -> dict[str, Any]:
    """One entry of MetricData."""
    return {"MetricName": "m", "Value": 1.0, **more}


def refused(bench: Any, *data: dict[str, Any], namespace: str = "App") -> str:
    """The code of the error that such a call gets."""
    with pytest.raises(ClientError) as caught:
        bench.cw.put_metric_data(Namespace=namespace, MetricData=list(data))
    return str(caught.value.response["Error"]["Code"])


def test_two_samples_of_one_moment_are_both_kept(bench: Any, query: Any) -> None:
    """Putting a datapoint twice adds a sample; it does not replace the first."""
    bench.put("m", 4.0)
    bench.put("m", 6.0)
    stats = ("SampleCount", "Sum", "Average", "Minimum", "Maximum")
    values = bench.values(*(query("m", f"q{i}", stat) for i, stat in enumerate(stats)))
    assert values == {"q0": [2.0], "q1": [10.0], "q2": [5.0], "q3": [4.0], "q4": [6.0]}


def test_values_with_counts_are_many_samples(bench: Any, query: Any) -> None:
    """Values and Counts stand for each value as often as its count says."""
    at = bench.now() - timedelta(minutes=5)
    bench.cw.put_metric_data(
        Namespace="App",
        MetricData=[
            {"MetricName": "m", "Timestamp": at, "Values": [1.0, 2.0, 9.0], "Counts": [1, 2, 1]}
        ],
    )
    values = bench.values(
        query("m", "n", "SampleCount"),
        query("m", "s"),
        query("m", "p", "p50"),
        query("m", "t", "p99"),
    )
    assert (values["n"], values["s"], values["p"]) == ([4.0], [14.0], [2.0])
    assert 8.0 < values["t"][0] <= 9.0


def test_a_statistic_set_has_no_percentiles(bench: Any, query: Any) -> None:
    """From a statistic set of several samples CloudWatch cannot tell a percentile."""
    stats = {"SampleCount": 3, "Sum": 12.0, "Minimum": 1.0, "Maximum": 9.0}
    at = bench.now() - timedelta(minutes=5)
    bench.cw.put_metric_data(
        Namespace="App", MetricData=[{"MetricName": "m", "Timestamp": at, "StatisticValues": stats}]
    )
    values = bench.values(query("m", "a", "Average"), query("m", "p", "p90"))
    assert values == {"a": [4.0], "p": []}


def test_statistics_add_up_whatever_way_they_came(bench: Any, query: Any) -> None:
    """Single values, statistic sets and late data of one period are one statistic."""
    at = bench.now() - timedelta(minutes=5)
    stats = {"SampleCount": 2, "Sum": 10.0, "Minimum": 4.0, "Maximum": 6.0}
    later = {"MetricName": "m", "Timestamp": at + timedelta(minutes=2), "Value": 8.0}
    sets = {"MetricName": "m", "Timestamp": at, "StatisticValues": stats}
    early = {"MetricName": "m", "Timestamp": at + timedelta(minutes=1), "Value": 2.0}
    same = {"MetricName": "m", "Timestamp": at, "Value": 0.0}
    for datum_ in (later, sets, early, same):
        bench.cw.put_metric_data(Namespace="App", MetricData=[datum_])
    names = ("SampleCount", "Sum", "Minimum", "Maximum", "Average")
    values = bench.values(*(query("m", f"q{i}", stat) for i, stat in enumerate(names)))
    assert [value for (value,) in values.values()] == [5.0, 20.0, 0.0, 8.0, 4.0]


def test_trimmed_means_leave_the_largest_out(bench: Any, query: Any) -> None:
    """tm80 of five samples is the mean of the four smallest; a lone statistic set has none."""
    at = bench.now() - timedelta(minutes=5)
    many = {"MetricName": "m", "Timestamp": at, "Values": [9.0, 1.0, 2.0, 3.0, 2.0]}
    stats = {"SampleCount": 2, "Sum": 10.0, "Minimum": 4.0, "Maximum": 6.0}
    flat = {"SampleCount": 2, "Sum": 10.0, "Minimum": 5.0, "Maximum": 5.0}
    sets = [
        {"MetricName": name, "Timestamp": at, "StatisticValues": one}
        for name, one in (("set", stats), ("flat", flat))
    ]
    bench.cw.put_metric_data(Namespace="App", MetricData=[many, *sets])
    values = bench.values(*(query(name, stat="tm80") for name in ("m", "set", "flat")))
    assert values == {"m": [2.0], "set": [], "flat": [5.0]}


def test_dimensions_tell_metrics_apart(bench: Any, query: Any) -> None:
    """The same name with other dimensions, or with none, is another metric."""
    one = [{"Name": "Arn", "Value": "one"}]
    bench.put("m", 1.0)
    bench.put("m", 2.0, Dimensions=one)
    assert bench.values(query("m")) == {"m": [1.0]}
    assert bench.values(query("m", Dimensions=one)) == {"m": [2.0]}


def test_a_thousand_metrics_fit_and_one_more_does_not(bench: Any) -> None:
    """A call takes 1,000 metrics; more is refused and nothing of it is stored."""
    bench.cw.put_metric_data(Namespace="App", MetricData=[datum()] * 1000)
    assert refused(bench, *[datum(MetricName="n")] * 1001) == "InvalidParameterValue"
    assert bench.cw.list_metrics(MetricName="n")["Metrics"] == []


@pytest.mark.parametrize(
    ("entry", "code"),
    [
        (datum(Value=float("nan")), "InvalidParameterValue"),
        (datum(Value=float("inf")), "InvalidParameterValue"),
        (datum(Value=2.0**361), "InvalidParameterValue"),
        (datum(Unit="Requests"), "InvalidParameterValue"),
        (datum(StorageResolution=5), "InvalidParameterValue"),
        (datum(Dimensions=[{"Name": f"d{i}", "Value": "v"} for i in range(31)]),
         "InvalidParameterValue"),
        (datum(Dimensions=[{"Name": "d", "Value": ""}]), "MissingParameter"),
        (datum(Values=[1.0]), "InvalidParameterCombination"),
        ({"MetricName": "m"}, "MissingParameter"),
        ({"Value": 1.0}, "MissingParameter"),
        ({"MetricName": "m", "Values": [1.0] * 151}, "InvalidParameterValue"),
        ({"MetricName": "m", "Values": [1.0, 2.0], "Counts": [1.0]}, "InvalidParameterValue"),
        ({"MetricName": "m", "Values": [1.0], "Counts": [-1.0]}, "InvalidParameterValue"),
        ({"MetricName": "m", "StatisticValues": {"SampleCount": 2, "Sum": 3}}, "MissingParameter"),
        ({"MetricName": "m",
          "StatisticValues": {"SampleCount": -2, "Sum": 3, "Minimum": 1, "Maximum": 2}},
         "InvalidParameterValue"),
        (datum(MetricName="m" * 256), "InvalidParameterValue"),
        (datum(Dimensions=[{"Name": ":d", "Value": "v"}]), "InvalidParameterValue"),
        (datum(Dimensions=[{"Name": "d", "Value": "v"}] * 2), "InvalidParameterValue"),
        ({"MetricName": "m",
          "StatisticValues": {"SampleCount": 2, "Sum": 3, "Minimum": 2, "Maximum": 1}},
         "InvalidParameterValue"),
    ],
)  # fmt: skip
def test_a_bad_datum_refuses_the_whole_call(bench: Any, entry: dict[str, Any], code: str) -> None:
    """One wrong entry, and nothing of the call is stored."""
    assert refused(bench, datum(MetricName="good"), entry) == code
    assert bench.cw.list_metrics()["Metrics"] == []


def test_timestamps_are_taken_from_two_weeks_back_to_two_hours_ahead(bench: Any) -> None:
    """Data outside of -2 weeks .. +2 hours of the sandbox's clock is refused."""
    now = bench.now()
    for good in (now - timedelta(days=14), now + timedelta(hours=2)):
        bench.cw.put_metric_data(Namespace="App", MetricData=[datum(Timestamp=good)])
    for bad in (now - timedelta(days=14, seconds=1), now + timedelta(hours=2, seconds=1)):
        assert refused(bench, datum(Timestamp=bad)) == "InvalidParameterValue"


def test_namespaces_of_aws_are_reserved(bench: Any) -> None:
    """Nobody but AWS publishes to AWS/..."""
    assert refused(bench, datum(), namespace="AWS/Personalize") == "InvalidParameterValue"


def test_a_request_of_more_than_a_megabyte_is_refused(bench: Any) -> None:
    """The body of a request is at most 1 MB, even with few metrics."""
    dice = random.Random(1)
    noise = ["".join(chr(dice.randrange(33, 126)) for _ in range(1024)) for _ in range(1500)]
    data = [
        datum(Dimensions=[{"Name": f"d{i}", "Value": noise[30 * n + i]} for i in range(30)])
        for n in range(50)
    ]
    assert refused(bench, *data) == "RequestEntityTooLarge"


def test_a_unit_asked_for_must_be_the_unit_published(bench: Any, query: Any) -> None:
    """A query with another unit than the published one finds nothing; without one, everything."""
    bench.put("m", 1.0, Unit="Count")
    bench.put("m", 2.0, Unit="Seconds")
    wrong, right, every = query("m", "w"), query("m", "r"), query("m", "e")
    wrong["MetricStat"]["Unit"], right["MetricStat"]["Unit"] = "Percent", "Count"
    assert bench.values(wrong, right, every) == {"w": [], "r": [1.0], "e": [3.0]}


def test_high_resolution_data_answers_to_short_periods(bench: Any, query: Any) -> None:
    """StorageResolution 1 keeps the second; standard resolution only the minute."""
    at = bench.now() - timedelta(seconds=55)
    data = [datum(Timestamp=at + timedelta(seconds=10 * i), StorageResolution=1) for i in range(3)]
    bench.cw.put_metric_data(Namespace="App", MetricData=data)
    bench.cw.put_metric_data(Namespace="App", MetricData=[datum(MetricName="std", Timestamp=at)])
    values = bench.values(query("m", period=10), query("std", period=10), minutes=1)
    assert values == {"m": [1.0, 1.0, 1.0], "std": [1.0]}
