"""How much likelier trouble is with a harm than without one: e-values, in natural logarithms.

An e-value is a likelihood ratio whose expectation is at most 1 while nothing is wrong. Its running
value over a growing count exceeds 1/a with a probability of at most a, however often one looks
(Ville's inequality): this is what lets a case be looked at every hour.
"""

from __future__ import annotations

from math import exp, inf, lgamma, log

HARMS = (0.003, 0.01, 0.03, 0.1, 0.3, 0.7)
"""Shares of requests in trouble that a harm is imagined to add; each as likely as another."""
SHIFTS = (0.4, 0.7, 1.0, 1.4, 2.0, 2.8, 4.0)
"""Slower answers that are imagined, in natural logarithms: times 1.5 to 55."""
_TAIL = 4
"""Degrees of freedom of Student's t: strays of latency are common."""


def trouble(bad: float, asked: float, usual: float, spread: float) -> float:
    """Log e-value of ``bad`` of ``asked`` requests, where the share ``usual`` is in trouble anyway.

    Beta-binomial: requests of one burst share their fate, ``spread`` (0 to 1) is their
    correlation. Depends on sums alone, so the order of windows within a burst does not matter.
    """
    if asked <= 0:
        return 0.0
    usual, bad = min(0.95, max(1e-6, usual)), min(asked, max(0.0, bad))
    spread = min(0.5, max(1e-6, spread))
    null = _likelihood(bad, asked, usual, spread)
    ratios = [_likelihood(bad, asked, usual + h * (1 - usual), spread) - null for h in HARMS]
    return _mean(ratios)


def slowness(shift: float, spread: float) -> float:
    """Log e-value of a burst whose log latency is ``shift`` above the usual, give or take."""
    z = shift / spread
    null = _student(z)
    return _mean([_student(z - s / spread) - null for s in SHIFTS])


def _likelihood(bad: float, asked: float, mean: float, spread: float) -> float:
    """Log probability of one such sequence of fates."""
    size = 1 / spread - 1
    a, b = mean * size, (1 - mean) * size
    return _beta(bad + a, asked - bad + b) - _beta(a, b)


def _beta(a: float, b: float) -> float:
    return lgamma(a) + lgamma(b) - lgamma(a + b)


def _student(z: float) -> float:
    return -(_TAIL + 1) / 2 * log(1 + z * z / _TAIL)


def _mean(logs: list[float]) -> float:
    """The logarithm of the mean of what the logarithms stand for."""
    top = max(logs)
    return top + log(sum(exp(value - top) for value in logs) / len(logs))


def added(one: float, other: float) -> float:
    """The logarithm of the sum of two numbers given as logarithms."""
    low, high = sorted((one, other))
    return high if low == -inf else high + log(1 + exp(low - high))
