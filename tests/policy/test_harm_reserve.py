"""The service's reserve is learned from bursts above floor and held, one by one."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.policy.harm_windows import bursts, unknown, wave, windows

from personalize_monitor.policy.harm.reserve import SURE, Learner, learn


def test_nothing_is_learned_where_the_floor_carries_all() -> None:
    """No jump, no evidence."""
    assert learn(windows(wave(5), floor=10)) is None


def test_bursts_carried_make_it_surer() -> None:
    """Six bursts a day: sure after a week, and no more than half is counted on."""
    few, many = learn(windows(bursts(1), floor=1)), learn(windows(bursts(9), floor=1))
    assert few is not None
    assert many is not None
    assert few.sure < SURE <= many.sure
    assert (few.as_headroom(), many.share) == (None, 0.5)
    headroom = many.as_headroom()
    assert headroom is not None
    assert (headroom.share, headroom.troubled) == (0.5, 0)
    assert "the service holds 50% more" in headroom.reason


def test_trouble_in_bursts_leaves_no_reserve() -> None:
    """Refused or slow, once is enough among few."""
    rates = bursts(9)
    for found in (
        learn(windows(rates, floor=1, refused=lambda _, rate: 0.3 if rate > 1 else 0.0)),
        learn(windows(rates, floor=1, p90=lambda i: 900.0 if rates[i] > 1 else 100.0)),
    ):
        assert found is not None
        assert (found.counts, found.troubled) == (False, found.bursts)


@pytest.mark.parametrize("held", [0.1, 0.3])
def test_the_reserve_ends_where_trouble_begins(held: float) -> None:
    """Jumps of many sizes; those beyond what the service holds are refused in part."""
    rates = [
        4.0 * (1 + (i // 24 % 10) / 20) if i % 24 in {12, 13} else 4.0 for i in range(60 * 288)
    ]
    found = learn(
        windows(
            rates, floor=1, refused=lambda _, rate: 0.2 if rate > 4 * (1 + held) + 1e-9 else 0.0
        )
    )
    assert found is not None
    assert found.counts
    assert found.share == pytest.approx(held, abs=0.051)
    assert found.share <= held + 1e-9


def test_unknown_windows_teach_nothing() -> None:
    """Nor do windows of an unknown floor."""
    assert learn(unknown(windows(bursts(9), floor=1))) is None
    assert learn(windows(bursts(9))) is None


@settings(max_examples=25, deadline=None)
@given(st.sampled_from([0.0, 0.01, 0.05]), st.integers(0, 1000))
def test_callers_own_errors_are_not_trouble_of_the_service(own: float, seed: int) -> None:
    """Where most of a burst is their usual share, a reserve is still found or left open."""
    found = learn(windows([50 * rate for rate in bursts(9)], floor=50, own=own, seed=seed))
    assert found is not None
    assert found.troubled <= 0.2 * found.bursts


@settings(max_examples=25, deadline=None)
@given(st.lists(st.integers(1, 2000), max_size=4))
def test_it_is_learned_alike_however_windows_are_handed_over(cuts: list[int]) -> None:
    """All at once, or a look after the other."""
    known = windows(bursts(9), floor=1, refused=lambda i, rate: 0.3 if i % 700 < 3 else 0.0)
    whole, parts = Learner(0.0, 100.0).feed(known), Learner(0.0, 100.0)
    for begin, end in zip([0, *sorted(cuts)], [*sorted(cuts), len(known)], strict=True):
        parts.feed(known[begin:end])
    assert parts.reserve == whole.reserve
    assert whole.reserve is not None
