"""The whole fleet's day as one drawing: what was asked for, and what was kept ready."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.console.byhand.front import Front
from tests.console.byhand.values import WINDOW, a_day, look, seen

from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor_desk.console.fleet_curve import HEIGHT, WIDTH, fleet_curve


def corners(path: str) -> list[tuple[float, float]]:
    """Points of a path of M, L and z."""
    numbers = [float(n) for n in re.findall(r"-?[\d.]+", path)]
    return list(zip(numbers[::2], numbers[1::2], strict=True))


@given(
    st.lists(
        st.tuples(
            st.lists(st.one_of(st.just(UNKNOWN), st.integers(0, 10**6).map(float)), max_size=300),
            st.integers(1, 500),
            st.sampled_from(["ACTIVE", "INACTIVE"]),
        ),
        max_size=4,
    )
)
@settings(max_examples=25)
def test_what_is_kept_ready_is_never_below_what_is_served(
    fleet: list[tuple[list[float], int, str]],
) -> None:
    """Both lines stay in the box, and the demand never sticks out of what stands ready for it."""
    end = int(WINDOW.end.timestamp())
    found = look(
        *(
            seen(
                f"r{nth}",
                demand=Demand(end - 300 * len(sums), tuple(sums)),
                floor=floor,
                status=status,
            )
            for nth, (sums, floor, status) in enumerate(fleet)
        )
    )
    curve = fleet_curve(found)
    if not any(sums and status == "ACTIVE" for sums, _, status in fleet):
        assert curve is None
        return
    assert curve is not None
    for (x, ready), (also, served) in zip(corners(curve.ready), corners(curve.served), strict=True):
        assert x == also
        assert 0 <= x <= WIDTH
        assert 0 <= ready <= served <= HEIGHT


def test_the_curve_of_a_steady_fleet_is_flat_at_its_rate() -> None:
    """Two resources of 1 and 3 requests a second are one line at 4, with 10 kept ready each."""
    curve = fleet_curve(look(seen("a", requests=300.0), seen("b", requests=900.0)))
    assert curve is not None
    assert curve.top == pytest.approx(20 * 1.06)
    inner = corners(curve.served)[1:-1]
    assert {y for _, y in inner} == {round(HEIGHT - 4 / curve.top * HEIGHT, 1)}


def test_capacity_of_what_is_new_begins_with_it() -> None:
    """Nothing was kept ready before a resource was created."""
    young = seen(created=WINDOW.end - timedelta(hours=6), requests=0.0)
    curve = fleet_curve(look(young))
    assert curve is not None
    levels = [y for _, y in corners(curve.ready)[1:-1]]
    assert levels[0] == HEIGHT
    assert levels[-1] < HEIGHT
    assert 105 <= sum(level == HEIGHT for level in levels) <= 109  # 18 of 24 hours


def test_marks_are_hours_of_the_clock_in_utc() -> None:
    """Under the curve stand midnight, six, noon and eighteen, wherever the day begins."""
    curve = fleet_curve(look(seen(), now=datetime(2026, 3, 2, 21, 2, tzinfo=UTC)))
    assert curve is not None
    assert [text for _, text in curve.marks] == ["00:00", "06:00", "12:00", "18:00"]
    assert [x for x, _ in curve.marks] == sorted(x for x, _ in curve.marks)


def test_a_day_of_unknown_demand_draws_its_floor_only(front: Front) -> None:
    """Where demand is unknown nothing is drawn as served, and the rate is not shown as zero."""
    front.show(seen(demand=a_day(None)))
    curve = fleet_curve(look(seen(demand=a_day(None))))
    assert curve is not None
    assert {y for _, y in corners(curve.served)} == {HEIGHT}
    assert "served" in front.words("/")
