"""What was usual: by load, with how much it strays, and without the time of an earlier harm."""

from __future__ import annotations

from math import exp

import pytest
from tests.policy.harm_windows import bursts, unknown, wave, windows

from personalize_monitor.policy.harm.before import before, kind_of, load_of


def test_shares_by_load() -> None:
    """Callers who fail at high load only."""
    past = windows(bursts(14, high=8.0), refused=lambda _, rate: 0.1 if rate > 1 else 0.0)
    found = before(past, floor=1, from_floor=9)
    assert found.usual(8.0) == pytest.approx(0.1, abs=0.01)
    assert found.usual(0.3) < 0.01
    assert found.usual(1e6) == found.share


def test_loads_are_alike_within_a_factor_of_two() -> None:
    """And no load is a load of its own."""
    assert load_of(8.0) == load_of(6.0) == load_of(11.0)
    assert load_of(8.0) != load_of(16.0)
    assert load_of(0.0) == -10


def test_kinds_of_hours() -> None:
    """Hours of weekdays and of weekends."""
    monday, saturday = 1_736_121_600, 1_736_121_600 + 5 * 86_400
    assert kind_of(monday + 7 * 3600) == 7
    assert kind_of(saturday + 7 * 3600) == 31


def test_what_is_foreseen_of_the_new_floor() -> None:
    """How high, how sudden, at which hours."""
    found = before(windows(wave(14)), floor=1, from_floor=9)
    assert found.highest == 6.0
    assert found.jump > 1.05
    assert set(found.kinds) == {h for base in (0, 24) for h in range(base + 8, base + 20)}


def test_wild_callers_stray_more() -> None:
    """Steady errors stray by chance alone; errors by the hour by more."""
    steady = before(windows(wave(14), own=0.05, seed=1), floor=1, from_floor=9)
    wild = before(
        windows(wave(14), refused=lambda i, _: 0.1 * (i // 12 % 3)), floor=1, from_floor=9
    )
    assert steady.spread < 0.01 < wild.spread


def test_an_earlier_harm_is_nothing_to_compare_with() -> None:
    """Windows above a lower floor than the one before are left out."""
    harm = windows(wave(2), floor=1, refused=lambda _, rate: 0.5 if rate > 1 else 0.0)
    found = before(harm, floor=1, from_floor=9)
    assert found.bad == 0
    assert found.windows < len(harm)


def test_too_little_is_not_enough() -> None:
    """An hour at least; unknown windows do not count."""
    assert not before(windows([1.0] * 11), floor=1, from_floor=9).enough
    assert before(windows([1.0] * 12), floor=1, from_floor=9).enough
    assert not before(unknown(windows([1.0] * 99)), floor=1, from_floor=9).enough


def test_latency_by_load() -> None:
    """Of a load never seen, that of the nearest."""
    rates = bursts(3, high=8.0)
    found = before(
        windows(rates, p90=lambda i: 400.0 if rates[i] > 1 else 50.0), floor=1, from_floor=9
    )
    assert [exp(found.usual_latency(rate) or 0) for rate in (0.3, 8.0, 99.0)] == [
        pytest.approx(50),
        pytest.approx(400),
        pytest.approx(400),
    ]
    assert before([], floor=1, from_floor=9).usual_latency(1.0) is None
