"""The pictures of the report: what they show is what was measured, and nothing is invented."""

from __future__ import annotations

import re
from itertools import pairwise
from math import isnan

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st
from tests.report.test_report_page import Tags, ys

from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor_desk.report.chart import HEIGHT, WIDTH, chart, hours_of
from personalize_monitor_desk.report.trial_page import Dot, Week, as_page, scatter, week_picture

HOUR = 3600
DAY = 24 * HOUR
MONDAY = 1_772_409_600  # 2 March 2026, 00:00 UTC


def by_the_hour(*rates: float, start: int = MONDAY) -> Demand:
    """Hours of so many TPS each."""
    return Demand(start, tuple(rate * 300 for rate in rates for _ in range(12)))


def paths(drawn: str, kind: str) -> list[str]:
    """The paths of one kind."""
    return re.findall(rf'<path class="{kind}" d="([^"]*)"', drawn)


def top_of(drawn: str) -> float:
    """The number at the top of the scale."""
    return max(float(text) for text in re.findall(r'class="y"[^>]*>([\d.e+-]+)<', drawn))


def test_only_whole_clock_hours_are_drawn() -> None:
    """A demand that begins at twenty past has its first hour at the next full one."""
    past = Demand(MONDAY + 1200, tuple(300.0 for _ in range(8 + 12 + 12 + 11)))
    hours = hours_of(past)
    assert [hour.start for hour in hours] == [MONDAY + HOUR, MONDAY + 2 * HOUR]


def test_an_hour_with_a_gap_is_not_known() -> None:
    """Eleven known intervals say nothing certain about the hour: neither its mean nor its peak."""
    sums = [300.0] * 36
    sums[17] = UNKNOWN
    first, second, third = hours_of(Demand(MONDAY, tuple(sums)))
    assert (first.mean, first.peak) == (third.mean, third.peak) == (1.0, 1.0)
    assert isnan(second.mean)
    assert isnan(second.peak)


def test_mean_and_peak_of_an_hour() -> None:
    """The area is the mean; above it stands the highest five minutes."""
    sums = (0.0,) * 6 + (600.0,) * 6
    (hour,) = hours_of(Demand(MONDAY, sums))
    assert (hour.mean, hour.peak) == (1.0, 2.0)


def test_a_gap_parts_the_area() -> None:
    """Unknown hours are left blank: two areas, not one that bridges them."""
    drawn = chart(by_the_hour(1, 1, UNKNOWN, 1, 1), ((MONDAY, 2),), name="x")
    assert len(paths(drawn, "mean")) == len(paths(drawn, "peak")) == 2
    assert len(paths(chart(by_the_hour(1, 1, 1), ((MONDAY, 2),), name="x"), "mean")) == 1


def test_nothing_known_draws_no_area() -> None:
    """The floor is known all the same, and the label says that the demand is not."""
    drawn = chart(by_the_hour(UNKNOWN, UNKNOWN), ((MONDAY, 2),), name="x")
    assert paths(drawn, "mean") == []
    assert len(paths(drawn, "floor")) == 1
    assert "highest five minutes unknown TPS" in drawn


def test_too_young_for_a_picture() -> None:
    """Less than a whole hour is said in words."""
    drawn = chart(Demand(MONDAY, (300.0,) * 11), ((MONDAY, 2),), name="x")
    assert "<svg" not in drawn
    assert "Too young" in drawn


def test_the_floor_steps_when_it_changed() -> None:
    """From 8 to 4 at noon: the line is half as high from there on."""
    noon = MONDAY + 12 * HOUR
    drawn = chart(by_the_hour(*[1] * 24), ((MONDAY, 8), (noon, 4)), name="x")
    (line,) = paths(drawn, "floor")
    begin, end = ys(line)
    ground = HEIGHT - 22
    assert ground - begin == pytest.approx(2 * (ground - end), abs=0.2)
    at = float(re.findall(r"H([\d.]+)V", line)[0])
    assert at == pytest.approx((44 + WIDTH - 8) / 2, abs=0.2)
    assert line.endswith(f"H{WIDTH - 8}")
    assert "floor now 4" in drawn


def test_a_change_before_the_picture_is_at_its_edge() -> None:
    """What was in force before the first hour is drawn from the left edge on."""
    drawn = chart(by_the_hour(*[1] * 4), ((MONDAY - DAY, 8), (MONDAY - HOUR, 4)), name="x")
    (line,) = paths(drawn, "floor")
    assert set(re.findall(r"H([\d.]+)V", line)) == {"44.0"}


@pytest.mark.parametrize(
    ("highest", "top"),
    [(0.03, 0.03), (0.31, 0.4), (1, 1), (4.2, 5), (6.5, 8), (8.5, 10), (11, 20), (430, 500)],
)
def test_the_scale_ends_at_a_round_number(highest: float, top: float) -> None:
    """One that people read easily, and never below what is drawn."""
    drawn = chart(by_the_hour(highest), ((MONDAY, 0),), name="x")
    assert top_of(drawn) == top


@given(st.floats(0.001, 5000), st.integers(1, 500), st.integers(1, 500))
def test_nothing_is_higher_than_the_scale(rate: float, floor: int, proposed: int) -> None:
    """Demand, floor and proposal all lie within the picture, to a fraction of a pixel."""
    drawn = chart(by_the_hour(rate), ((MONDAY, floor),), name="x", proposed=proposed)
    assert top_of(drawn) >= max(rate, floor, proposed) * 0.99
    for kind in ("mean", "peak", "floor", "proposed"):
        for path in paths(drawn, kind):
            assert all(9.5 <= y <= HEIGHT - 21.9 for y in ys(path))


@given(st.floats(0.01, 100), st.floats(0.01, 100))
def test_twice_the_demand_is_twice_as_high(one: float, other: float) -> None:
    """Heights are proportional: no axis that is cut off."""
    # Less than a pixel apart they are drawn as one.
    assume(abs(one - other) > max(one, other, 1) / 40)
    drawn = chart(by_the_hour(one, other), ((MONDAY, 1),), name="x")
    (path,) = paths(drawn, "mean")
    ground, first, second, _ = ys(path)
    top = top_of(drawn)
    for y, rate in ((first, one), (second, other)):
        assert (ground - y) / (HEIGHT - 32) == pytest.approx(rate / top, abs=0.007)


def test_days_are_named_without_crowding() -> None:
    """A fortnight has a line for each midnight and a name for every other one."""
    drawn = chart(by_the_hour(*[1] * 24 * 14), ((MONDAY, 1),), name="x")
    named = re.findall(r'class="x"[^>]*>([^<]+)<', drawn)
    assert named[0] == "Mon 2 Mar"
    assert len(named) == 7
    at = [float(x) for x in re.findall(r'class="x" x="([\d.]+)"', drawn)]
    assert all(after - before > 60 for before, after in pairwise(at))


def test_a_name_cannot_leave_the_label() -> None:
    """The label for those who do not see the picture holds any name."""
    drawn = chart(by_the_hour(1), ((MONDAY, 1),), name='"><script>x</script>')
    assert "<script" not in drawn
    assert Tags(drawn).tags <= {"svg", "path", "text"}


def dots(drawn: str) -> list[tuple[float, float]]:
    """Where the dots are."""
    return [(float(x), float(y)) for x, y in re.findall(r'cx="(-?[\d.]+)" cy="(-?[\d.]+)"', drawn)]


def labels(drawn: str) -> list[tuple[float, float, str]]:
    """Where their names are."""
    found = re.findall(r'class="label" x="([\d.]+)" y="([\d.]+)">([^<]*)<', drawn)
    return [(float(x), float(y), name) for x, y, name in found]


def test_cheaper_is_left_and_safer_is_down() -> None:
    """The two axes as the text says them."""
    cheap, safe = Dot("cheap", 1.1, 0.9), Dot("safe", 2.0, 0.1)
    found = dict(zip(["cheap", "safe"], dots(scatter([cheap, safe])), strict=True))
    assert found["cheap"][0] < found["safe"][0]
    assert found["cheap"][1] < found["safe"][1]


def test_a_figure_that_is_none_has_no_dot() -> None:
    """Infinite and unknown are left out of the picture, not drawn at its edge."""
    drawn = scatter([Dot("a", float("inf"), 1.0), Dot("b", 1.0, UNKNOWN), Dot("c", 1.5, 0.5)])
    assert [name for _, _, name in labels(drawn)] == ["c"]
    assert "nan" not in drawn
    assert "inf" not in drawn


def test_no_dots_at_all_is_an_empty_frame() -> None:
    """Axes without anything on them; no division by nothing."""
    drawn = scatter([])
    assert dots(drawn) == []
    assert "bill, 1 = the lowest there is" in drawn


@given(
    st.lists(st.tuples(st.floats(1, 30), st.floats(0, 3)), min_size=1, max_size=12),
)
def test_names_do_not_lie_on_each_other(points: list[tuple[float, float]]) -> None:
    """Modes that are nearly alike still have names that can be read."""
    drawn = scatter([Dot(f"m{n}", bill, exposed) for n, (bill, exposed) in enumerate(points)])
    placed = labels(drawn)
    assert len(placed) == len(points) == len(dots(drawn))
    for number, (x, y, _) in enumerate(placed):
        for other_x, other_y, _ in placed[number + 1 :]:
            assert abs(y - other_y) >= 13.8 or abs(x - other_x) >= 179.8


def test_a_week_shows_demand_floor_and_capacity() -> None:
    """One area and two lines; lines go on until the end."""
    drawn = week_picture(Week("x", 0, [1.0, 3.0, 2.0], [2, 2, 4], [2.0, 4.0, 4.0]))
    assert len(paths(drawn, "mean")) == len(paths(drawn, "floor")) == 1
    (floor,) = paths(drawn, "floor")
    assert floor.count("V") == 1, "it changed once"
    assert floor.endswith("H1032.0")
    assert ">4<" in drawn


@pytest.mark.parametrize(
    "week",
    [
        pytest.param(Week("x", 0, [0.0] * 3, [0] * 3, [0.0] * 3), id="nothing at all"),
        pytest.param(Week("x", 0, [UNKNOWN] * 3, [1] * 3, [1.0] * 3), id="unknown demand"),
        pytest.param(Week("x", 0, [5.0], [1], [1.0]), id="one interval"),
    ],
)
def test_odd_weeks_are_drawn(week: Week) -> None:
    """Whatever the week, the picture has numbers only."""
    drawn = week_picture(week)
    assert "nan" not in drawn
    assert "inf" not in drawn
    assert len(paths(drawn, "floor")) == 1


@pytest.mark.parametrize("weeks", [0, 2])
def test_the_page_of_a_trial_needs_nothing_else(weeks: int) -> None:
    """No script, no address, every tag closed; without weeks there is no section for them."""
    week = Week("lower & [x]", 0, [1.0], [1], [1.0])
    page = as_page("Back <test>", [Dot("lower", 1.2, 0.4)], [week] * weeks)
    tags = Tags(page)
    assert not tags.open
    assert not tags.references
    assert "script" not in tags.tags
    assert ("The last week" in page) == bool(weeks)
    assert page.count("<title>Back &lt;test&gt;</title>") == 1
    assert page.count("lower &amp; [x]") == weeks
