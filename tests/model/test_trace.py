"""Traces as people's tools write them (D9): separators, columns, times, and other steps."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime
from math import isnan
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.demand import Demand
from personalize_monitor_desk.backtest.trace import Trace, parsed, read_trace

BEGIN = 1_767_571_200  # 5 January 2026, 00:00 UTC


def of(*lines: str) -> Trace:
    """A trace of these lines."""
    return parsed([f"{line}\n" for line in lines], "x.csv")


def iso(epoch: int) -> str:
    """The time as ISO text."""
    return datetime.fromtimestamp(epoch, UTC).isoformat()


SAME = Demand(BEGIN, (300.0, 600.5))
WAYS = {
    "plain": ("timestamp,requests", f"{iso(BEGIN)},300", f"{iso(BEGIN + 300)},600.5"),
    "semicolons, decimal commas": (
        "Time;Requests",
        f"{iso(BEGIN)};300",
        f"{iso(BEGIN + 300)};600,5",
    ),
    "tabs": ("timestamp\tsum", f"{iso(BEGIN)}\t300", f"{iso(BEGIN + 300)}\t600.5"),
    "a mark before": (
        "\ufefftimestamp,requests",
        f"{iso(BEGIN)},300",
        f"{iso(BEGIN + 300)},600.5",
    ),
    "epoch seconds": ("timestamp,value", f"{BEGIN},300", f"{BEGIN + 300},600.5"),
    "milliseconds": ("timestamp,value", f"{BEGIN}000,300", f"{BEGIN + 300}000,600.5"),
    "other columns first": (
        "arn,Timestamp,Requests",
        f"a,{iso(BEGIN)},300",
        f"a,{iso(BEGIN + 300)},600.5",
    ),
    "an empty line": ("timestamp,requests", "", f"{iso(BEGIN)},300", f"{iso(BEGIN + 300)},600.5"),
}


@pytest.mark.parametrize("lines", WAYS.values(), ids=WAYS)
def test_d9_one_trace_in_many_ways(lines: tuple[str, ...]) -> None:
    """The same demand, whoever wrote it."""
    found = of(*lines)
    assert found.demand == SAME
    assert found.note == ""


def test_d9_columns_by_name(tmp_path: Path) -> None:
    """Named ones count, compressed or not; one that is not there is told with those that are."""
    path = tmp_path / "x.csv.gz"
    path.write_bytes(gzip.compress(f"when,asked\n{BEGIN},300\n{BEGIN + 300},600.5\n".encode()))
    found = read_trace(path, time_column="When", requests_column="asked")
    assert found.demand == SAME
    with pytest.raises(InvalidRequest, match=r"no column hits; its first line names when, asked"):
        read_trace(path, time_column="when", requests_column="hits")
    with pytest.raises(InvalidRequest, match=r"--time-column and --requests-column"):
        read_trace(path)


def test_d9_an_hour_is_no_five_minutes() -> None:
    """It is spread evenly over its twelve, and what that leaves open is said."""
    found = of("timestamp,requests", *(f"{BEGIN + 3600 * i},1200" for i in range(4)))
    assert found.demand == Demand(BEGIN, (100.0,) * 48)
    assert "steps of an hour were spread evenly" in found.note
    assert "lower bound" in found.note


def test_d9_minutes_are_added_up() -> None:
    """Five of them are one step; four are not known to be."""
    lines = [f"{BEGIN + 60 * i},7" for i in range(14)]
    found = of("timestamp,requests", *lines)
    assert found.demand.sums[:2] == (35.0, 35.0)
    assert isnan(found.demand.sums[2])
    assert "steps of a minute were added up" in found.note


@given(st.sets(st.integers(0, 500), min_size=3, max_size=60))
def test_d9_left_out_lines_are_no_other_step(places: set[int]) -> None:
    """Tools leave out what had no requests: neighbours that are left tell the step."""
    steps = sorted({*places, *(place + 1 for place in places)})
    found = of("timestamp,requests", *(f"{BEGIN + 300 * i},3" for i in steps))
    assert found.step == 300
    assert found.demand.known == len(steps)


@given(st.integers(2, 40), st.sampled_from((60, 300, 900, 3600)))
def test_d9_no_request_is_lost_or_made(count: int, step: int) -> None:
    """Whatever the step, the sum of what is known is the sum of the lines."""
    whole = count if step >= 300 else count // 5 * 5
    found = of("timestamp,requests", *(f"{BEGIN + step * i},{i}" for i in range(whole)))
    known = [value for value in found.demand.sums if not isnan(value)]
    assert sum(known) == pytest.approx(sum(range(whole)))


@pytest.mark.parametrize(
    ("step", "said"), [(20, "20 seconds"), (1800, "30 minutes"), (7200, "2 hours")]
)
def test_d9_a_step_is_called_by_its_length(step: int, said: str) -> None:
    """In the largest unit that is whole."""
    assert f"its steps of {said} were" in Trace(Demand(BEGIN, (1.0,)), step).note
