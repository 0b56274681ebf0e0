"""Samples: a number, zero, or unknown."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.sample import ZERO, Sample, unknown

COUNTS = st.floats(0, 1e9)
SAMPLES = st.one_of(COUNTS.map(Sample), st.just(unknown("PartialData")))


@given(requests=COUNTS, floor=st.integers(1, 500))
def test_average_and_utilization(requests: float, floor: int) -> None:
    """The average is requests / 300, utilization its percentage of the floor."""
    sample = Sample(requests)
    assert sample.average == requests / 300
    assert sample.utilization(floor) == pytest.approx(requests / 300 / floor * 100)


@given(st.lists(SAMPLES, max_size=6))
def test_unknown_never_becomes_zero(parts: list[Sample]) -> None:
    """A total is the sum of known parts; one unknown part makes it unknown, with the reason."""
    total = Sample.total(parts)
    if all(part.known for part in parts):
        assert total.requests == pytest.approx(sum(part.requests or 0 for part in parts))
    else:
        assert not total.known
        assert (total.requests, total.average, total.utilization(4)) == (None, None, None)
        assert total.why_unknown == "PartialData"


def test_zero_is_known() -> None:
    """Nothing happened is knowledge."""
    assert (ZERO.known, ZERO.average, ZERO.utilization(3)) == (True, 0, 0)
