"""Controls are windows of the last three hours; older ones count no more."""

from __future__ import annotations

from math import log

import pytest
from tests.policy.harm_windows import MONDAY, STEP, windows

from personalize_monitor.policy.harm.controls import LOOK_BACK, Controls


def filled(count: int, share: float = 0.1) -> Controls:
    """So many windows of 300 requests, of which a share is refused."""
    controls = Controls()
    for window in windows([1.0] * count, refused=lambda *_: share):
        controls.add(window)
    return controls


def test_a_share_leans_on_the_usual_where_few_requests_are() -> None:
    """Three hundred requests weigh as much as the usual share."""
    assert Controls().share(0.02) == 0.02
    assert filled(1).share(0.0) == pytest.approx(0.05)
    assert filled(36).share(0.0) == pytest.approx(0.1, abs=0.003)


def test_what_is_three_hours_old_is_forgotten() -> None:
    """Its requests leave the sums."""
    controls = filled(40)
    controls.forget(MONDAY + LOOK_BACK + 10 * STEP)
    assert controls.asked == 30 * 300
    controls.forget(MONDAY + 9 * LOOK_BACK)
    assert controls.asked == 0
    assert controls.latency() is None


def test_the_latest_are_three_windows_of_an_hour() -> None:
    """None if they are older."""
    controls = filled(8)
    assert controls.latest(MONDAY + 8 * STEP) == (900, 90)
    assert controls.latest(MONDAY + 18 * STEP) == (600, 60)
    assert controls.latest(MONDAY + 40 * STEP) == (0, 0)


def test_windows_between_two_moments() -> None:
    """Both ends count."""
    assert filled(8).between(MONDAY + STEP, MONDAY + 3 * STEP) == (900, 90)


def test_a_latency_needs_three_windows() -> None:
    """The median of their logarithms."""
    assert filled(2).latency() is None
    assert filled(3).latency() == pytest.approx(log(100))
