"""Metrics that answer wrongly on demand."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest

from aws_sandbox.cloudwatch import MetricFault, faults


@pytest.fixture(autouse=True)
def _healthy_afterwards() -> Iterator[None]:
    yield
    faults.clear()


def results(bench: Any, *queries: Any) -> dict[str, Any]:
    """The results by Id."""
    return {r["Id"]: r for r in bench.read(*queries)["MetricDataResults"]}


def test_only_the_chosen_metric_fails(bench: Any, query: Any) -> None:
    """A fault hits the queries that it names and no other."""
    bench.put("a", 1.0, 2.0)
    bench.put("b", 1.0, 2.0)
    faults.add(MetricFault("InternalError", metric="a"))
    found = results(bench, query("a"), query("b"))
    assert (found["a"]["StatusCode"], found["a"]["Values"]) == ("InternalError", [])
    assert found["a"]["Messages"][0]["Code"] == "InternalError"
    assert (found["b"]["StatusCode"], found["b"]["Values"]) == ("Complete", [1.0, 2.0])


def test_partial_data_keeps_the_older_part(bench: Any, query: Any) -> None:
    """PartialData loses the newest datapoints and says so."""
    bench.put("a", 1.0, 2.0, 3.0, 4.0)
    faults.add(MetricFault("PartialData", namespace="App"))
    found = results(bench, query("a"))["a"]
    assert (found["StatusCode"], found["Values"]) == ("PartialData", [1.0, 2.0])


def test_empty_lies_with_a_straight_face(bench: Any, query: Any) -> None:
    """Empty answers Complete and nothing."""
    bench.put("a", 1.0)
    off = faults.add(MetricFault("Empty", region="us-east-1"))
    assert results(bench, query("a"))["a"]["StatusCode"] == "Complete"
    assert results(bench, query("a"))["a"]["Values"] == []
    off()
    assert results(bench, query("a"))["a"]["Values"] == [1.0]


def test_an_expression_is_as_bad_as_its_worst_metric(bench: Any, query: Any) -> None:
    """A sum over a forbidden metric is not Complete."""
    bench.put("a", 1.0)
    bench.put("b", 1.0)
    faults.add(MetricFault("Forbidden", metric="b"))
    found = results(bench, query("a"), query("b"), {"Id": "e", "Expression": "SUM([a, b])"})
    assert found["e"]["StatusCode"] == "Forbidden"


def test_a_fault_of_one_dimension_or_another_region_leaves_the_rest(bench: Any, query: Any) -> None:
    """Dimension value, region and time span narrow a fault down."""
    arn = [{"Name": "Arn", "Value": "x"}]
    bench.put("a", 1.0)
    bench.put("a", 2.0, Dimensions=arn)
    faults.add(MetricFault("InternalError", dimension="x"))
    faults.add(MetricFault("InternalError", region="eu-west-1"))
    faults.add(MetricFault("InternalError", start=bench.now().timestamp() + 1))
    faults.add(MetricFault("InternalError", end=bench.now().timestamp()))
    found = results(bench, query("a"), query("a", "x", Dimensions=arn))
    assert [found[i]["StatusCode"] for i in ("a", "x")] == ["Complete", "InternalError"]


def test_a_probability_is_seeded(bench: Any, query: Any) -> None:
    """The same seed gives the same failures, about as many as the probability says."""
    queries = [query(f"m{index}") for index in range(200)]

    def failing() -> list[bool]:
        off = faults.add(MetricFault("InternalError", probability=0.3, seed=7))
        found = results(bench, *queries)
        off()
        return [found[q["Id"]]["StatusCode"] != "Complete" for q in queries]

    first = failing()
    assert first == failing()
    assert 35 <= sum(first) <= 85
