"""Computed metrics: who is asked for what, and that the alarms' rolling copies tell the truth."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_sandbox.asked import Asked
from aws_sandbox.cloudwatch import sources
from aws_sandbox.cloudwatch.feeds import Feeds
from aws_sandbox.cloudwatch.keys import MetricKey
from aws_sandbox.cloudwatch.store import Ask, MetricStore, read_series

KEY = MetricKey("AWS/Test", "Requests", frozenset({("Arn", "x")}))


class Minutes:
    """A source of one metric; a minute is visible two minutes after its end."""

    def __init__(self, minutes: dict[int, float], now: float) -> None:
        self.minutes, self.now = minutes, now
        self.by_points = 0

    def points(self, asked: Asked) -> list[tuple[int, float]]:
        """The visible minutes of the range."""
        if asked[2:5] != (KEY.namespace, KEY.name, KEY.dimensions):
            return []
        self.by_points += 1
        begin, end = asked.start, min(asked.end, self.now - 120)
        return [(t, v) for t, v in sorted(self.minutes.items()) if begin <= t < end]

    def metrics(self, account: str, region: str) -> list[Any]:
        """The one metric."""
        return [(KEY.namespace, KEY.name, KEY.dimensions)]

    def unit(self, namespace: str, name: str) -> str:
        """Requests are counted."""
        return "Count"


class Quick(Minutes):
    """A source that can also sum by itself."""

    def sums(self, asked: Asked, period: int) -> list[tuple[int, float]] | None:
        """Sums by aligned periods."""
        totals: dict[int, float] = {}
        for time, value in super().points(asked):
            totals[time - time % period] = totals.get(time - time % period, 0.0) + value
        return sorted(totals.items())


@pytest.fixture
def minutes(bench: Any) -> Iterator[dict[int, float]]:
    """The last hour, one request in the first minute, two in the second, ..."""
    first = int((bench.now() - timedelta(hours=1)).timestamp())
    yield {first + 60 * index: float(index + 1) for index in range(60)}
    sources.clear()


def ask(stat: str = "Sum", period: int = 300, unit: str | None = None) -> dict[str, Any]:
    """A query for the computed metric."""
    dimensions = [{"Name": "Arn", "Value": "x"}]
    metric = {"Namespace": KEY.namespace, "MetricName": KEY.name, "Dimensions": dimensions}
    more = {"Unit": unit} if unit else {}
    stats = {"Metric": metric, "Period": period, "Stat": stat} | more
    return {"Id": "q", "MetricStat": stats}


@pytest.mark.parametrize("kind", [Minutes, Quick])
def test_computed_and_stored_metrics_answer_alike(
    bench: Any, minutes: dict[int, float], kind: type[Minutes]
) -> None:
    """Sums, maxima and percentiles of a source are those of its minutes."""
    sources.register(kind(minutes, bench.now().timestamp() + 600))
    values = list(minutes.values())
    sums = [sum(values[index : index + 5]) for index in range(0, 60, 5)]
    assert bench.values(ask())["q"] == sums
    assert bench.values(ask("Maximum"))["q"] == values[4::5]
    assert bench.values(ask("p50"))["q"] == values[2::5]
    assert bench.values(ask("SampleCount", 3600))["q"] == [60.0]


def test_sums_come_from_the_source_when_periods_are_aligned(
    bench: Any, minutes: dict[int, float]
) -> None:
    """Aligned sums need no points; unaligned ones and other statistics do."""
    source = Quick(minutes, bench.now().timestamp() + 600)
    sources.register(source)
    bench.values(ask())
    assert source.by_points == 1  # by sums() itself
    shifted = bench.now() - timedelta(minutes=58)
    assert bench.values(ask(), StartTime=shifted)["q"][0] == 3 + 4 + 5 + 6 + 7


def test_a_source_has_a_unit_and_can_be_taken_away(bench: Any, minutes: dict[int, float]) -> None:
    """A query for another unit finds nothing; an unregistered source is gone."""
    remove = sources.register(Minutes(minutes, bench.now().timestamp()))
    assert bench.values(ask(unit="Count"))["q"]
    assert bench.values(ask(unit="Seconds"))["q"] == []
    listed = bench.cw.list_metrics(Namespace="AWS/Test")["Metrics"]
    assert [metric["MetricName"] for metric in listed] == ["Requests"]
    remove()
    assert bench.values(ask())["q"] == []
    assert bench.cw.list_metrics(Namespace="AWS/Test")["Metrics"] == []


@given(
    st.dictionaries(st.integers(0, 600), st.floats(0, 100), max_size=60),
    st.lists(st.integers(1, 45), min_size=1, max_size=20),
    st.integers(10, 240),
)
def test_a_rolling_copy_equals_the_source(
    found: dict[int, float], steps: list[int], depth: int
) -> None:
    """However time proceeds, a feed shows what a fresh look at the source shows."""
    begin = 1_772_445_600
    source = Minutes({begin + 60 * minute: value for minute, value in found.items()}, 0.0)
    remove = sources.register(source)
    try:
        store = MetricStore("123456789012", "us-east-1")
        feeds = Feeds(store)
        now = begin + 3600
        for this_round, step in enumerate(steps):
            now += 60 * step
            source.now = now
            start = now - 60 * depth
            wanted = Ask(start, now, 60, "Sum")
            series = feeds.series(KEY, None, start=start, end=now, this_round=this_round)
            fresh = store.collect(KEY, None, start, now)
            assert read_series(series, wanted) == read_series(fresh, wanted)
    finally:
        remove()
