"""Choosing floors: the cheapest way through a day, checked against trying every way there is."""

from __future__ import annotations

from itertools import pairwise, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.policy.follow.choose import (
    TRIAL_SLOTS,
    Path,
    Trial,
    cheapest,
    level_of,
    trial,
)
from personalize_monitor.policy.follow.outlook import Outlook, Scene, Slot

LEVELS = (1.0, 2.0, 5.0)
COSTS = st.lists(
    st.lists(st.integers(0, 20).map(float), min_size=3, max_size=3), min_size=4, max_size=4
)


def outlook(
    waste: list[list[float]],
    exposed: list[list[float]] | None = None,
    scenes: tuple[Scene, ...] = (),
    strides: tuple[int, ...] = (),
) -> Outlook:
    """An outlook over some slots, with nothing exposed unless told."""
    count = max(len(waste), len(strides))
    slots = tuple(Slot(index * 3, 3, strides[index] if strides else 1) for index in range(count))
    late = exposed or [[0.0] * len(LEVELS) for _ in waste]
    return Outlook(slots, LEVELS, tuple(waste), tuple(late), scenes)


def price_of(way: tuple[int, ...], look: Outlook, start: int, price: float, update: float) -> float:
    """What one way costs: waste, exposure and updates."""
    changes = sum(a != b for a, b in pairwise((start, *way)))
    parts = (look.waste[slot][level] + price * look.exposed[slot][level] for slot, level in
             enumerate(way))  # fmt: skip
    return sum(parts) + update * changes


@given(
    COSTS, COSTS, st.integers(0, 2), st.sampled_from([0.0, 1.0, 7.5]), st.sampled_from([0.0, 3, 9])
)
def test_no_way_is_cheaper(
    waste: list[list[float]], exposed: list[list[float]], start: int, price: float, update: float
) -> None:
    """Of all 81 ways through four slots none costs less, and its changes are counted."""
    look = outlook(waste, exposed)
    found = cheapest(look, start=start, price=price, update=update)
    best = min(price_of(way, look, start, price, update) for way in product(range(3), repeat=4))
    assert price_of(found.levels, look, start, price, update) == best
    assert found.changes == sum(a != b for a, b in pairwise((start, *found.levels)))


@given(COSTS, st.integers(0, 2), st.sampled_from([(True, False, False), (False, True, True)]))
def test_only_allowed_levels_are_chosen(
    waste: list[list[float]], start: int, allowed: tuple[bool, ...]
) -> None:
    """A level that is not allowed may stay in force, but is never gone to."""
    look = outlook([[cost + 0.01 * level for level, cost in enumerate(row)] for row in waste])
    found = cheapest(look, start=start, price=1.0, update=2.0, allowed=allowed)
    ways = [
        way
        for way in product(range(3), repeat=4)
        if all(allowed[b] for a, b in pairwise((start, *way)) if a != b)
    ]
    best = min(price_of(way, look, start, 1.0, 2.0) for way in ways)
    assert found.levels in ways
    assert price_of(found.levels, look, start, 1.0, 2.0) == pytest.approx(best)


def test_a_tie_keeps_the_floor() -> None:
    """Where changing costs exactly what it saves, nothing is changed."""
    look = outlook([[0.0, 3.0, 9.0]])
    assert cheapest(look, start=1, price=1.0, update=3.0) == Path((1,), 0)
    assert cheapest(look, start=1, price=1.0, update=2.9) == Path((0,), 1)


@pytest.mark.parametrize(
    ("floor", "level"), [(0, 0), (1, 0), (2, 1), (3, 1), (4, 1), (5, 2), (6, 2), (500, 2)]
)
def test_the_level_that_a_floor_covers(floor: int, level: int) -> None:
    """The highest level at or below it; the lowest where it covers none."""
    assert level_of(outlook([[0.0] * 3]), floor) == level


@pytest.mark.parametrize(
    ("gain", "error", "doubt", "convinces"),
    [
        (3.0, 2.0, 1.5, False),
        (3.01, 2.0, 1.5, True),
        (0.0, 0.0, 1.5, False),
        (0.1, 0.0, 1.5, True),
        (-1.0, 0.0, 0.0, False),
    ],
)
def test_what_convinces(gain: float, error: float, doubt: float, convinces: bool) -> None:
    """A gain must exceed so many standard errors; exactly as many is doubt."""
    assert Trial(gain, error).convinces(doubt) is convinces


def one_day(samples: list[tuple[float, float]], weight: float = 1.0) -> Scene:
    """A past day with the same samples in its only slot."""
    return Scene(((weight, samples),))


@pytest.mark.parametrize(
    ("level", "sample", "gain"),
    [
        pytest.param(0, (9.0, 0.0), 0.0, id="floor 1 is what is compared with"),
        pytest.param(2, (3.0, 3.0), -2.0, id="wasted above the demand"),
        pytest.param(2, (0.2, 0.2), -4.0, id="below one request nothing more is wasted"),
        pytest.param(2, (5.0, 5.0), 0.0, id="exactly the floor, served anyway"),
        pytest.param(2, (5.0, 4.0), 10.0, id="one a second is protected"),
        pytest.param(2, (9.0, 4.0), 10.0, id="protected up to the floor only"),
        pytest.param(2, (9.0, 5.0), 0.0, id="the service is there already"),
        pytest.param(2, (4.0, 3.0), -1.0 + 10.0, id="protected and a little wasted"),
        pytest.param(2, (4.0, 4.0), -1.0, id="nothing was exposed"),
        pytest.param(2, (4.0, 0.5), -1.0 + 30.0, id="capacity of less than one counts as one"),
        pytest.param(2, (6.0, 0.0), 40.0, id="without capacity, above one"),
    ],
)
def test_what_a_floor_gains_on_one_day(
    level: int, sample: tuple[float, float], gain: float
) -> None:
    """Exposure at the price of 10 less the waste, both against a floor of 1."""
    look = outlook([[0.0] * 3], scenes=(one_day([sample]),))
    assert trial(look, Path((level,), 1), 10.0).gain == pytest.approx(gain)


def test_a_stride_counts_for_the_intervals_that_it_skips() -> None:
    """Where every third interval is looked at, each stands for three."""
    scene = one_day([(9.0, 4.0), (5.0, 4.0)])
    look = outlook([[0.0] * 3], scenes=(scene,), strides=(3,))
    assert trial(look, Path((2,), 1), 10.0).gain == pytest.approx(60.0)


def test_days_are_weighed_and_disagreement_is_an_error() -> None:
    """A weighted mean, and a standard error that grows with what the days disagree about."""
    protects, wastes = [(9.0, 4.0)], [(1.0, 1.0)]  # gains of 10 and of -4
    look = outlook([[0.0] * 3], scenes=(one_day(protects, 3.0), one_day(wastes, 1.0)))
    found = trial(look, Path((2,), 1), 10.0)
    assert found.gain == pytest.approx((3 * 10 - 4) / 4)
    # Weights of 3 and 1 are 16 / 10 independent days; the variance is 3/4 x 1/4 x 14 squared.
    assert found.error == pytest.approx((0.1875 * 196 / (1.6 - 1)) ** 0.5)
    agree = outlook([[0.0] * 3], scenes=(one_day(protects, 3.0), one_day(protects, 1.0)))
    assert trial(agree, Path((2,), 1), 10.0) == Trial(10.0, 0.0)


def test_a_single_day_divides_by_little_but_not_by_nothing() -> None:
    """Hardly more than one independent day: the error is large and finite."""
    days = (one_day([(9.0, 4.0)], 9.0), one_day([(1.0, 1.0)], 1.0))
    found = trial(outlook([[0.0] * 3], scenes=days), Path((2,), 1), 10.0)
    assert found.error == pytest.approx((0.09 * 196 / 0.3) ** 0.5)


def test_without_days_nothing_is_gained() -> None:
    """No past day, or none that counts, is no reason for anything."""
    nothing = Trial(0.0, 0.0)
    assert trial(outlook([[0.0] * 3]), Path((2,), 1), 10.0) == nothing
    weightless = outlook([[0.0] * 3], scenes=(one_day([(9.0, 4.0)], 0.0),))
    assert trial(weightless, Path((2,), 1), 10.0) == nothing


def test_a_day_weighs_as_much_as_its_heaviest_slot() -> None:
    """A slot on the other kind of day does not take the whole day away."""
    mixed = Scene(((0.02, [(9.0, 4.0)]), (2.0, [(9.0, 4.0)])))
    other = Scene(((1.0, [(1.0, 1.0)]), (1.0, [(1.0, 1.0)])))
    look = outlook([[0.0] * 3] * 2, scenes=(mixed, other))
    assert trial(look, Path((2, 2), 1), 10.0).gain == pytest.approx((2 * 20 - 8) / 3)


def test_a_raise_is_tried_over_eleven_hours() -> None:
    """What comes after the slots of the trial proves nothing, and weighs nothing."""
    late = TRIAL_SLOTS + 1
    slots = tuple((1.0, [(1.0, 1.0)]) for _ in range(TRIAL_SLOTS))
    scene = Scene((*slots, (50.0, [(9.0, 4.0)])))
    quiet = Scene(tuple((1.0, [(1.0, 1.0)]) for _ in range(late)))
    look = outlook([[0.0] * 3] * late, scenes=(scene, quiet))
    path = Path((0,) * (TRIAL_SLOTS - 1) + (2, 2), 1)
    assert trial(look, path, 10.0) == Trial(-4.0, 0.0)
