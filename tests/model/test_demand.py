"""Demand: what is known, what is zero, and what is unknown."""

from __future__ import annotations

import gzip
import math
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor_desk.backtest.trace import read_trace

NOON = 1_700_049_600 // 3600 * 3600


def test_points_in_any_order_leave_gaps_unknown() -> None:
    """An interval without a point is unknown unless the caller says that it was zero."""
    points = [(NOON + 900, 3.0), (NOON, 1.0)]
    demand = Demand.from_points(points)
    assert (demand.start, demand.end, demand.known) == (NOON, NOON + 1200, 2)
    assert math.isnan(demand.sums[1])
    complete = Demand.from_points(points, start=NOON - 300, end=NOON + 1500, missing=0.0)
    assert complete.sums == (0.0, 1.0, 0.0, 0.0, 3.0, 0.0)
    assert Demand.from_points([]).sums == ()


def test_hour_with_one_unknown_interval_is_unknown() -> None:
    """Only whole hours that are known in full count towards the watermark."""
    sums = [3600.0] * 12 + [300.0] * 11 + [UNKNOWN] + [1800.0] * 12 + [0.0] * 5
    demand = Demand(NOON, tuple(sums))
    hours = demand.hourly()
    assert [start for start, _ in hours] == [NOON, NOON + 3600, NOON + 7200]
    assert hours[0][1] == 12
    assert math.isnan(hours[1][1])
    assert demand.low_watermark() == 6
    assert demand.peak() == 12


def test_hours_are_clock_hours() -> None:
    """A partial first hour is left out."""
    assert Demand(NOON + 600, (300.0,) * 22).hourly() == [(NOON + 3600, 1.0)]
    assert Demand(NOON + 600, (300.0,) * 21).low_watermark() is None


@given(begin=st.integers(-20, 20), end=st.integers(-20, 40), size=st.integers(0, 20))
def test_between_takes_the_intervals_that_start_inside(begin: int, end: int, size: int) -> None:
    """``between`` keeps exactly the intervals that start in the span."""
    demand = Demand(NOON, tuple(float(i) for i in range(size)))
    cut = demand.between(NOON + begin * 100, NOON + end * 100)
    assert list(cut.sums) == [i for i in range(size) if begin * 100 <= i * 300 < end * 100]
    if cut.sums:
        assert cut.start == NOON + int(cut.sums[0]) * 300


def test_last_request() -> None:
    """The last request is at most at the end of the last interval that has one."""
    assert Demand(NOON, (0.0, 2.0, 0.0, UNKNOWN)).last_request() == NOON + 600
    assert Demand(NOON, (0.0, UNKNOWN)).last_request() is None


def test_trace_files(tmp_path: Path) -> None:
    """CSV with and without gzip; an empty field and a missing line are unknown."""
    text = "timestamp,requests\n2025-01-06T00:00:00Z,5\n2025-01-06T00:05:00Z,\n"
    text += "2025-01-06T00:15:00Z,7\n"
    plain, packed = tmp_path / "a.csv", tmp_path / "a.csv.gz"
    plain.write_text(text)
    packed.write_bytes(gzip.compress(text.encode()))
    for path in (plain, packed):
        demand = read_trace(path).demand
        assert demand.sums[0::3] == (5.0, 7.0)
        assert demand.known == 2
        assert demand.start == 1736121600


@pytest.mark.parametrize(
    ("line", "wrong"),
    [("soon,3", "soon"), ("2025-01-06T00:00:00Z,-1", "-1"), ("2025-01-06T00:00:00Z,many", "many")],
)
def test_bad_trace_names_file_and_line(tmp_path: Path, line: str, wrong: str) -> None:
    """A trace that cannot be meant is refused with its file, line and value."""
    path = tmp_path / "bad.csv"
    path.write_text(f"timestamp,requests\n{line}\n")
    with pytest.raises(InvalidRequest, match=rf"bad.csv, line 2.*{wrong}"):
        read_trace(path)
    path.write_text("a,b\n1,2\n")
    with pytest.raises(InvalidRequest, match="columns timestamp and requests"):
        read_trace(path)


def test_start_must_be_on_the_grid() -> None:
    """Intervals are five minutes on the clock."""
    with pytest.raises(InvalidRequest, match="five-minute mark"):
        Demand(NOON + 1, (1.0,))
