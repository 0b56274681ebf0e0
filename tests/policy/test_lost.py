"""A silence of all at once is unknown; a silence of one is its own."""

from __future__ import annotations

from math import isnan

from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.demand import Demand
from personalize_monitor.policy.lost import without_lost


def demand(*sums: float) -> Demand:
    """From epoch 0 on."""
    return Demand(0, sums)


def unknown(found: Demand) -> list[int]:
    """Which windows are unknown."""
    return [i for i, value in enumerate(found.sums) if isnan(value)]


def test_a_common_silence() -> None:
    """Two fall silent in the same minutes, and nobody speaks: nothing is known of that time."""
    own, other = demand(5, 5, 0, 0, 0, 0, 5), (0, (3, 3, 0, 0, 0, 0, 2))
    assert unknown(without_lost(own, [other])) == [2, 3, 4, 5]


def test_somebody_speaks() -> None:
    """One neighbour with traffic shows that metrics arrive."""
    own = demand(5, 5, 0, 0, 0, 0)
    others = [(0, (3.0, 3, 0, 0, 0, 0)), (0, (1.0, 1, 1, 1, 1, 1))]
    assert unknown(without_lost(own, others)) == []


def test_alone() -> None:
    """Of a single resource nobody can tell; and idle neighbours are no witnesses."""
    own = demand(5, 5, 0, 0, 0, 0)
    assert unknown(without_lost(own, [])) == []
    assert unknown(without_lost(own, [(0, (0.0,) * 6)])) == []


def test_a_short_silence() -> None:
    """Ten minutes without a request happen."""
    assert unknown(without_lost(demand(5, 0, 0, 5), [(0, (3, 0, 0, 3))])) == []


def test_another_start() -> None:
    """Series may begin at different times."""
    own = Demand(600, (5, 0, 0, 0))
    assert unknown(without_lost(own, [(0, (1, 1, 1, 0, 0, 0))])) == [1, 2, 3]


@given(st.lists(st.integers(0, 3), max_size=40), st.lists(st.integers(0, 3), max_size=40))
def test_only_zeros_become_unknown(own: list[int], other: list[int]) -> None:
    """What was counted stays as it was counted."""
    before = demand(*own)
    after = without_lost(before, [(0, other)])
    assert len(after) == len(before)
    for old, new in zip(before.sums, after.sums, strict=True):
        assert new == old or (old == 0 and isnan(new))
