"""A step back needs traffic above the new floor, and clearly worse answers than before."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.policy.stepback import Quality, worse


def windows(count: int, *, tps: float, failing: float = 0.0, p90: float = 50.0) -> list[Quality]:
    """So many windows of the same kind; ``failing`` is the share of errors."""
    asked = tps * 300
    return [Quality(asked * (1 - failing), asked * failing, p90) for _ in range(count)]


def test_more_errors() -> None:
    """Errors that were not there before."""
    why = worse(windows(12, tps=5), windows(4, tps=5, failing=0.05), floor=3)
    assert why == "5.0% of the requests failed since then, and 0.0% in the hour before"


def test_slower_answers() -> None:
    """Nine of ten requests take much longer."""
    why = worse(windows(12, tps=5), windows(4, tps=5, p90=120), floor=3)
    assert "within 120 ms since then, and within 50 ms" in why


def test_errors_as_before() -> None:
    """Errors that were there before have another cause."""
    assert not worse(windows(12, tps=5, failing=0.1), windows(4, tps=5, failing=0.12), floor=3)


def test_a_single_window() -> None:
    """One bad window may be chance."""
    after = [*windows(5, tps=2), *windows(1, tps=9, failing=0.5)]
    assert not worse(windows(12, tps=5), after, floor=3)


@given(st.floats(0, 3), st.floats(0, 1), st.floats(1, 5000))
def test_below_the_floor_nothing_is_concluded(tps: float, failing: float, p90: float) -> None:
    """What goes wrong while the floor carries everything is not the floor's fault."""
    assert not worse(windows(12, tps=5), windows(6, tps=tps, failing=failing, p90=p90), floor=3)


def test_nobody_was_served() -> None:
    """Without a latency only errors are judged."""
    silent = [Quality(0, 0, None)]
    assert not worse(silent, windows(4, tps=5, p90=900), floor=3)
    assert worse(silent, [Quality(0, 1500, None)] * 2, floor=3)
