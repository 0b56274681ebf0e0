"""A loss of metrics at its edges: how long, how many, and how shortly before."""

from __future__ import annotations

from collections.abc import Sequence
from math import isnan

import pytest

from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.policy.lost import without_lost


def unknown(own: Sequence[float], *others: Sequence[float], start: int = 0) -> list[int]:
    """Which windows are unknown once the neighbours (all from epoch 0 on) were heard."""
    found = without_lost(Demand(start, tuple(own)), [(0, other) for other in others])
    assert found.start == start
    return [index for index, value in enumerate(found.sums) if isnan(value)]


@pytest.mark.parametrize(("length", "lost"), [(1, []), (2, []), (3, [4, 5, 6]), (4, [4, 5, 6, 7])])
def test_a_quarter_of_an_hour(length: int, lost: list[int]) -> None:
    """Ten minutes of common silence happen; fifteen are a loss."""
    series = [2.0] * 4 + [0.0] * length + [2.0]
    assert unknown(series, series) == lost


@pytest.mark.parametrize(
    ("spoke", "lost"), [(0, [4, 5, 6]), (1, [4, 5, 6]), (2, [4, 5, 6]), (3, [])]
)
def test_just_before_is_a_quarter_of_an_hour(spoke: int, lost: list[int]) -> None:
    """A neighbour that had been quiet for longer than that did not fall silent with us."""
    own = [2.0] * 4 + [0.0] * 3
    other = [2.0] * (4 - spoke) + [0.0] * (3 + spoke)
    assert unknown(own, other) == lost


def test_two_that_spoke_are_enough_and_one_is_not() -> None:
    """The own traffic counts as one; two neighbours witness a loss for somebody long quiet."""
    silent, spoke = [0.0] * 8, [3.0] * 5 + [0.0] * 3
    assert unknown(silent, spoke) == []
    assert unknown(silent, spoke, silent) == []
    assert unknown(silent, spoke, spoke) == [5, 6, 7]
    assert unknown(spoke, silent, spoke) == [5, 6, 7]


def test_one_word_in_the_middle_parts_the_silence() -> None:
    """Metrics arrived in that window, so the silences before and after it are judged alone."""
    own = [2.0, 2.0, *[0.0] * 7]
    other = [2.0, 2.0, 0.0, 0.0, 0.0, 1.0, 0.0, 0.0, 0.0]
    assert unknown(own, other) == [2, 3, 4]
    also = [2.0, 2.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0, 0.0]
    assert unknown(own, also) == [2, 3, 4, 5, 6, 7, 8]
    assert unknown([*own[:5], 1.0, *own[6:]], [*own[:5], 1.0, *own[6:]]) == [2, 3, 4, 6, 7, 8]


def test_two_losses() -> None:
    """Each silence is found, and what lies between them stays as it was counted."""
    series = [1.0, 0.0, 0.0, 0.0, 5.0, 0.0, 0.0, 0.0, 2.0]
    found = without_lost(Demand(600, tuple(series)), [(600, series)])
    assert [isnan(value) for value in found.sums] == [value == 0 for value in series]
    assert [value for value in found.sums if not isnan(value)] == [1.0, 5.0, 2.0]


def test_the_neighbour_began_later() -> None:
    """Nobody speaks for the time before a neighbour's series; in its time it is heard."""
    own = Demand(0, (2.0, 2.0, 0.0, 0.0, 0.0, 0.0))
    spoke = (0, [3.0, 3.0, 0.0, 0.0, 0.0, 0.0])
    late = (1200, [1.0, 1.0])
    found = without_lost(own, [spoke, late])
    assert [isnan(value) for value in found.sums] == [False] * 6
    later = (1500, [1.0])
    found = without_lost(own, [spoke, later])
    assert [isnan(value) for value in found.sums] == [False, False, True, True, True, False]


def test_a_neighbour_that_ended_says_nothing() -> None:
    """A series that broke off before the silence is no witness against it."""
    own = [2.0, 2.0, 0.0, 0.0, 0.0]
    assert unknown(own, [3.0, 3.0]) == [2, 3, 4]
    assert unknown(own, [3.0, 3.0, 1.0]) == []


def test_unknown_neighbours_do_not_speak() -> None:
    """NaN is neither traffic nor a witness; what was unknown before stays so."""
    nan = UNKNOWN
    own = [2.0, 2.0, 2.0, nan, 0.0, 0.0, 0.0]
    assert unknown(own, [3.0, 3.0, 3.0, nan, nan, nan, nan]) == [3, 4, 5, 6]
    assert unknown(own, [nan] * 7) == [3]


def test_silence_from_the_first_window_on() -> None:
    """With nothing before it nobody is known to have spoken."""
    assert unknown([0.0] * 4 + [1.0], [0.0] * 4 + [1.0]) == []


def test_another_start_than_the_neighbours() -> None:
    """Windows are matched by time, not by their place in the series."""
    other = [3.0, 3.0, 3.0, 0.0, 0.0, 0.0]
    assert unknown([2.0, 0.0, 0.0, 0.0], other, start=600) == [1, 2, 3]
    assert unknown([2.0, 2.0, 0.0, 0.0, 0.0], other, start=600) == [2, 3, 4]
    assert unknown([2.0, 2.0, 0.0, 0.0, 0.0], [*other, 1.0], start=600) == []


def test_nothing_lost_changes_nothing() -> None:
    """The very same value comes back where there is nothing to say."""
    demand = Demand(0, (1.0, 0.0, 2.0))
    assert without_lost(demand, [(0, (1.0, 0.0, 2.0))]) is demand
