"""Curves in a few characters."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor_desk.cli.sparkline import curve, day

VALUES = st.lists(st.one_of(st.floats(0, 1e6), st.just(UNKNOWN)), max_size=300)


@given(VALUES, st.integers(1, 30))
def test_a_curve_is_as_wide_as_asked(values: list[float], width: int) -> None:
    """Whatever the data, the width is the width, in braille."""
    shown = curve(values, width)
    assert len(shown) == width
    assert all(0x2800 <= ord(character) <= 0x28FF for character in shown)


def test_nothing_is_blank_and_a_little_is_not() -> None:
    """Zero and unknown leave no dot, the smallest traffic one."""
    assert curve([0.0] * 8, 4) == "\u2800" * 4
    assert curve([UNKNOWN] * 8, 4) == "\u2800" * 4
    shown = curve([1e-9] * 4 + [100.0] * 4, 4)
    assert shown[0] == "\u28c0"
    assert shown[-1] == "\u28ff"


def test_a_young_resource_begins_later() -> None:
    """A day's curve ends now, so that a resource of two hours fills its right end only."""
    shown = day(Demand(0, (300.0,) * 24), 12)
    assert shown == "\u2800" * 11 + "\u28ff"
