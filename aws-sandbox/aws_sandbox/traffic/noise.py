"""Cheap, repeatable randomness for traffic: tables of draws, read at hashed offsets."""

from __future__ import annotations

import hashlib
import random
from array import array
from collections.abc import Sequence
from functools import cache
from typing import Final, TypeAlias

MINUTES_A_DAY: Final = 1440
_TABLE: Final = 1 << 16

Minutes: TypeAlias = "array[int]"
"""A day of whole requests per minute: 1440 unsigned numbers."""


@cache
def _normals() -> array[float]:
    rng = random.Random(20240229)  # noqa: S311  (a fixed table, not a secret)
    return array("d", (rng.gauss(0.0, 1.0) for _ in range(_TABLE + MINUTES_A_DAY)))


@cache
def _uniforms() -> array[float]:
    rng = random.Random(19700101)  # noqa: S311
    return array("d", (rng.random() for _ in range(_TABLE + MINUTES_A_DAY)))


def stream(key: str, day: int) -> random.Random:
    """A generator of its own for one resource (`key`: seed and ARN) and epoch day."""
    digest = hashlib.blake2b(f"{key}|{day}".encode(), digest_size=8).digest()
    return random.Random(int.from_bytes(digest, "big"))  # noqa: S311


def spread(key: str, day: int, first: int, last: int) -> list[float]:
    """Factors around 1 with a longer tail upwards, as latencies have, for minutes of a day."""
    at = stream(key, day).randrange(_TABLE)
    return [1.0 + 0.06 * n + 0.04 * n * n for n in _normals()[at + first : at + last]]


def zeros() -> Minutes:
    """A day without a request."""
    return array("I", bytes(array("I").itemsize * MINUTES_A_DAY))


def draw(rates: Sequence[float], rng: random.Random, noise: float) -> Minutes:
    """Whole requests for 1440 expected rates per minute.

    `noise` is the spread of the rate around its curve (0.1: a tenth); half as much again is shared
    by each hour. Without noise the fractions are carried over, so that every stretch sums to its
    exact expectation.
    """
    if noise <= 0.0:
        return _carried(rates)
    hours = [max(0.0, 1.0 + rng.gauss(0.0, noise / 2)) for _ in range(24)]
    at = rng.randrange(_TABLE)
    normals = _normals()[at : at + MINUTES_A_DAY]
    at = rng.randrange(_TABLE)
    uniforms = _uniforms()[at : at + MINUTES_A_DAY]
    drawn: list[int] = []
    for hour, level in enumerate(hours):
        cut, sway = slice(hour * 60, hour * 60 + 60), level * noise
        # Rounding by a uniform draw keeps the expectation and gives single requests at tiny rates.
        drawn += [
            int(rate * (level + sway * n) + u)
            for rate, n, u in zip(rates[cut], normals[cut], uniforms[cut], strict=True)
        ]
    try:
        return array("I", drawn)
    except OverflowError:  # much noise may take a rate below zero
        return array("I", [max(0, n) for n in drawn])


def _carried(rates: Sequence[float]) -> Minutes:
    """Whole numbers whose running sum follows the running sum of `rates`."""
    day = array("I")
    total, given = 0.0, 0
    for expected in rates:
        total += expected
        whole = int(total + 1e-6)
        day.append(whole - given)
        given = whole
    return day
