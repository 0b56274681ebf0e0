"""E-values: on average at most 1 while nothing is wrong, large soon after something is."""

from __future__ import annotations

import random
from math import exp, inf, log

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.policy.harm.chance import added, slowness, trouble


@pytest.mark.parametrize(("usual", "spread"), [(0.01, 0.02), (0.05, 0.005), (0.3, 0.05)])
def test_no_trouble_has_no_evidence_on_average(usual: float, spread: float) -> None:
    """The expectation of an e-value under its own null is 1; the mean of draws stays below 1.1."""
    draw, size = random.Random(4), 1 / spread - 1
    total = 0.0
    for _ in range(4000):
        share = draw.betavariate(usual * size, (1 - usual) * size)
        bad = sum(draw.random() < share for _ in range(60))
        total += exp(trouble(bad, 60, usual, spread))
    assert total / 4000 < 1.1


@given(st.floats(1e-3, 0.3), st.floats(0.001, 0.02), st.integers(1000, 100_000))
def test_the_usual_share_is_no_evidence(usual: float, spread: float, asked: int) -> None:
    """What fails as it always did speaks against a harm."""
    assert trouble(asked * usual, asked, usual, spread) < log(3)


@given(st.floats(1e-4, 0.05), st.floats(0.001, 0.02), st.integers(300, 50_000))
def test_a_sixth_refused_is_strong_evidence(usual: float, spread: float, asked: int) -> None:
    """As in the demo's first case: one window of it is enough, at any load."""
    assert trouble(asked * min(1, usual + 0.3), asked, usual, spread) > log(100)


@given(st.floats(1.5, 3.0), st.floats(0.05, 0.2))
def test_far_slower_answers_are_evidence_and_usual_ones_are_not(
    shift: float, spread: float
) -> None:
    """Four times the latency where it strays by a fifth at most; never more than strays allow."""
    assert slowness(shift, spread) > log(50)
    assert slowness(0.0, spread) < 0


def test_nothing_asked_says_nothing() -> None:
    """No requests, no evidence."""
    assert trouble(0, 0, 0.01, 0.01) == 0.0


@given(st.floats(-50, 50), st.floats(-50, 50))
def test_sums_of_logarithms(one: float, other: float) -> None:
    """As if the numbers themselves were added."""
    assert added(one, other) == pytest.approx(log(exp(one) + exp(other)))
    assert added(-inf, one) == one
