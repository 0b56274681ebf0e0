"""A burst is loaded windows in a row, cut by the hour, with its jumps counted apart."""

from __future__ import annotations

from math import log

import pytest
from tests.policy.harm_windows import MONDAY, STEP, windows

from personalize_monitor.policy.harm.burst import Burst


def test_what_still_belongs_to_it() -> None:
    """Less than twenty minutes after its last window, and within its hour."""
    burst = Burst(MONDAY, MONDAY)
    assert burst.takes(MONDAY + 3 * STEP)
    assert not burst.takes(MONDAY + 4 * STEP)
    burst.last = MONDAY + 11 * STEP
    assert not burst.takes(MONDAY + 12 * STEP)


def test_jumps_are_counted_apart() -> None:
    """By how much more came than was held; without knowing what was held, in none."""
    burst = Burst(MONDAY, MONDAY)
    for window, jump in zip(
        windows([2.0] * 4, refused=lambda i, _: 0.1 * i), (None, 1.0, 1.1, 1.3), strict=True
    ):
        burst.add(window, jump, 0.01, None)
    assert [group.windows for group in (burst.loaded, *burst.jumps)] == [4, 2, 1]
    assert burst.loaded.bad == 360
    assert burst.loaded.mean == pytest.approx(0.01)
    assert burst.jumps[1].excess == pytest.approx(180 - 6)


def test_slowness_is_that_of_jumps() -> None:
    """Calm windows of a burst do not water it down."""
    burst = Burst(MONDAY, MONDAY)
    for window, jump in zip(
        windows([2.0] * 3, p90=lambda i: 1000.0 if i else 100.0), (0.9, 1.1, 1.1), strict=True
    ):
        burst.add(window, jump, 0.0, log(100))
    assert (burst.timed, burst.p90) == (2, 2000)
    assert burst.shift == pytest.approx(log(10))
    assert Burst(MONDAY, MONDAY).shift == 0.0
