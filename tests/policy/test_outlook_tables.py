"""The outlook: past days as forecasts, and what each floor would waste and leave exposed."""

from __future__ import annotations

import itertools
from math import exp, isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.demand import PER_DAY, UNKNOWN, Demand
from personalize_monitor.policy.follow.analogs import OTHER_KIND, Analog, Analogs
from personalize_monitor.policy.follow.outlook import (
    GRID,
    Outlook,
    Slot,
    _grid,
    look,
    own_capacity,
    slots_from,
    tables,
    with_floor,
)

MONDAY = 1_736_121_600
LEVELS = (1.0, 2.0, 4.0, 7.0)
SAMPLES = st.lists(
    st.tuples(st.sampled_from([0.0, 0.5, 1.0, 1.5, 2.0, 3.0, 4.0, 6.5, 7.0]), st.floats(0, 8)),
    max_size=4,
)
PARTS = st.lists(st.tuples(st.sampled_from([0.0, 0.5, 1.0, 3.0]), SAMPLES), max_size=3)


@given(PARTS, st.integers(1, 12))
def test_waste_and_exposure_of_each_floor(
    parts: list[tuple[float, list[tuple[float, float]]]], steps: int
) -> None:
    """Waste lies between demand (at least 1) and the floor, exposure above floor and capacity."""
    waste, exposed = tables(LEVELS, parts, steps)
    total = sum(weight * len(samples) for weight, samples in parts)
    for level, lost, late in zip(LEVELS, waste, exposed, strict=True):
        above = open_ = 0.0
        for weight, samples in parts:
            for rate, capacity in samples:
                above += weight * max(0.0, level - max(rate, 1.0)) if level > rate else 0.0
                open_ += weight * max(0.0, rate - max(level, capacity, 1.0))
        assert lost == pytest.approx(above * steps / total if total else 0.0)
        assert late == pytest.approx(open_ * steps / total if total else 0.0, abs=1e-9)


def test_nothing_known_costs_nothing() -> None:
    """A slot without samples, or without weight, speaks for no floor."""
    nothing = ([0.0] * 4, [0.0] * 4)
    assert tables(LEVELS, [], 3) == nothing
    assert tables(LEVELS, [(2.0, [])], 3) == nothing
    assert tables(LEVELS, [(0.0, [(9.0, 1.0)])], 3) == nothing


@pytest.mark.parametrize(
    ("rates", "capacity"),
    [
        ([0, 0, 9, 0, 0, 0, 0], [0, 0, 0, 0, 9, 9, 0]),
        ([5, 5, 5, 5, 5], [0, 0, 5, 5, 5]),
        ([1, 2, 3, 4, 5, 6], [0, 0, 1, 2, 3, 4]),
        ([9, 9, 9, 1, 1, 1, 1], [0, 0, 9, 9, 9, 9, 1]),
        ([9, 9, 9, 1, 4, 1, 1, 1], [0, 0, 9, 9, 9, 9, 4, 4]),
        ([9, 9, 9, 3, 2, 1, 0, 0], [0, 0, 9, 9, 9, 9, 3, 2]),
        ([2, 8, 2, 8, 2, 8, 2], [0, 0, 2, 8, 8, 8, 8]),
        ([], []),
    ],
)
def test_the_capacity_of_the_service_itself(rates: list[float], capacity: list[float]) -> None:
    """It follows the demand ten minutes late, and keeps what it has for fifteen."""
    assert own_capacity(rates) == capacity


def test_the_slots_of_a_day() -> None:
    """Three hours by the quarter, the rest of the day by the hour, without a gap."""
    slots = slots_from(4)
    assert slots[:2] == (Slot(4, 3, 1), Slot(7, 3, 1))
    assert slots[11:13] == (Slot(37, 3, 1), Slot(40, 12, 3))
    assert slots[-1] == Slot(280, 8, 3)
    assert len(slots) == 12 + 21


@pytest.mark.parametrize("lead", [1, 4, 6, 12])
def test_slots_follow_each_other(lead: int) -> None:
    """From the lead to a day after the data's end each interval is in one slot."""
    covered = [i for slot in slots_from(lead) for i in range(slot.first, slot.first + slot.steps)]
    assert covered == list(range(lead, PER_DAY))


def test_the_floors_that_are_weighed() -> None:
    """Whole numbers first, then about six percent apart, always rising."""
    assert GRID[:10] == tuple(float(n) for n in range(1, 11))
    assert all(a < b == int(b) for a, b in itertools.pairwise(GRID))
    assert all(b - a <= max(1, 0.06 * a + 0.5) for a, b in itertools.pairwise(GRID))
    assert all(b - a >= 0.06 * a - 0.5 for a, b in itertools.pairwise(GRID))
    assert GRID[-2] < 100_000 <= GRID[-1]


# Three days from Monday in which every five minutes have a rate of their own.
COUNTED = Demand(MONDAY, tuple(300.0 * (1 + i) for i in range(3 * PER_DAY)))


def rate(index: int) -> float:
    """The rate at an index of that demand."""
    return float(1 + index)


def analog(days_ago: int, weight: float = 1.0, level: float = 0.0) -> Analog:
    """A past day of the counted demand."""
    return Analog(days_ago, len(COUNTED) - days_ago * PER_DAY, weight, level)


def seen(*days: Analog, demand: Demand = COUNTED, headroom: float = 0.0, lead: int = 4) -> Outlook:
    """The outlook by these days."""
    return look(demand, Analogs(days, 3, 1.0), lead=lead, headroom=headroom)


def test_a_past_day_is_read_at_the_same_clock_time() -> None:
    """The first slot has the three intervals that followed the lead on that day."""
    scene = seen(analog(2)).scenes[0]
    weight, samples = scene.slots[0]
    begin = PER_DAY + 4
    assert weight == 1.0
    assert [demand for demand, _ in samples] == [rate(begin), rate(begin + 1), rate(begin + 2)]
    # In a steady rise the service has what came ten minutes before.
    assert [have for _, have in samples] == [rate(begin - 2), rate(begin - 1), rate(begin)]


def test_later_hours_are_read_every_quarter() -> None:
    """By the hour, every third interval stands for three; the last slot ends with the day."""
    scene = seen(analog(2)).scenes[0]
    begin = PER_DAY + 40
    assert [d for d, _ in scene.slots[12][1]] == [rate(begin + i) for i in (0, 3, 6, 9)]
    last = PER_DAY + 280
    assert [d for d, _ in scene.slots[-1][1]] == [rate(last + i) for i in (0, 3, 6)]


def test_todays_level_is_forgotten_by_and_by() -> None:
    """A day at today's level is scaled fully now, by 0.85 of the log after each further hour."""
    scene = seen(analog(2, level=0.2)).scenes[0]
    plain = seen(analog(2)).scenes[0]
    for slot, first in ((0, 4), (12, 40), (32, 280)):
        scale = exp(0.2 * 0.85 ** (first / 12))
        got, was = scene.slots[slot][1], plain.slots[slot][1]
        assert [d for d, _ in got] == pytest.approx([d * scale for d, _ in was])
        assert [c for _, c in got] == pytest.approx([c * scale for _, c in was])


def test_headroom_is_added_to_the_capacity_alone() -> None:
    """With 50 % of headroom the service has half as much again; demand stays what it was."""
    more, plain = seen(analog(2), headroom=0.5).scenes[0], seen(analog(2)).scenes[0]
    for (_, got), (_, was) in zip(more.slots, plain.slots, strict=True):
        assert [d for d, _ in got] == [d for d, _ in was]
        assert [c for _, c in got] == pytest.approx([1.5 * c for _, c in was])


def test_the_other_kind_of_day_says_little() -> None:
    """A slot on a weekday, read from a weekend day, keeps a fiftieth of its weight."""
    week = Demand(MONDAY + 3 * 86_400, tuple([300.0] * (4 * PER_DAY)))  # Thursday to Sunday
    days = [Analog(ago, len(week) - ago * PER_DAY, 2.0, 0.0) for ago in (1, 2, 3)]
    scenes = look(week, Analogs(tuple(days), 1, 1.0), lead=4, headroom=0.0).scenes
    # The coming day is a Monday; one day ago is Sunday, two Saturday, three Friday.
    assert {weight for weight, _ in scenes[0].slots} == {2.0 * OTHER_KIND}
    assert {weight for weight, _ in scenes[1].slots} == {2.0 * OTHER_KIND}
    assert {weight for weight, _ in scenes[2].slots} == {2.0}


def test_what_is_unknown_is_left_out_and_capacity_does_not_see_it() -> None:
    """A gap takes its own samples away; the service keeps what it had last known."""
    sums = list(COUNTED.sums)
    at = PER_DAY + 5
    sums[at] = UNKNOWN
    scene = seen(analog(2), demand=Demand(MONDAY, tuple(sums))).scenes[0]
    first, second = scene.slots[0][1], scene.slots[1][1]
    assert [d for d, _ in first] == [rate(at - 1), rate(at + 1)]
    # Two intervals after the gap the rate before it is the newest that is known.
    assert second[0][1] == rate(at - 1)
    assert first[1][1] == rate(at - 1)
    assert not any(isnan(value) for _, part in scene.slots for pair in part for value in pair)


def test_the_levels_end_above_the_highest_demand() -> None:
    """Floors that nobody can need are not weighed; without any demand only 1 is."""
    flat = Demand(MONDAY, tuple([300.0 * 7.5] * (3 * PER_DAY)))
    assert seen(analog(1), demand=flat).levels == tuple(float(n) for n in range(1, 9))
    even = Demand(MONDAY, tuple([300.0 * 7] * (3 * PER_DAY)))
    assert seen(analog(1), demand=even).levels == tuple(float(n) for n in range(1, 8))
    assert seen(demand=flat).levels == (1.0,)


def test_each_slot_has_its_table() -> None:
    """In a steady demand of 5, floors waste what lies above, in every slot by its length."""
    flat = Demand(MONDAY, tuple([300.0 * 5] * (3 * PER_DAY)))
    found = seen(analog(1), analog(2), demand=flat)
    assert len(found.waste) == len(found.exposed) == len(found.slots) == 33
    for slot, waste, exposed in zip(found.slots, found.waste, found.exposed, strict=True):
        assert waste == pytest.approx([0.0] * 5)
        assert exposed == pytest.approx([0.0] * 5), slot


def test_a_floor_above_all_levels_becomes_one() -> None:
    """Its waste grows with the distance and the slot's length, and nothing is exposed there."""
    flat = Demand(MONDAY, tuple([300.0 * 5] * (3 * PER_DAY)))
    found = seen(analog(1), demand=flat)
    assert with_floor(found, 5) is found
    assert with_floor(found, 3) is found
    more = with_floor(found, 9)
    assert more.levels == (*found.levels, 9.0)
    assert (more.slots, more.scenes) == (found.slots, found.scenes)
    for slot, waste, exposed in zip(more.slots, more.waste, more.exposed, strict=True):
        assert waste[-1] == pytest.approx(4.0 * slot.steps)
        assert exposed[-1] == 0.0
        assert len(waste) == len(exposed) == 6


def test_the_grid_is_the_same_whenever_it_is_made() -> None:
    """Floors are compared between resources and releases, so the grid never moves."""
    assert _grid() == GRID
    assert len(GRID) == 168
    assert GRID[16:20] == (17.0, 18.0, 19.0, 20.0)
