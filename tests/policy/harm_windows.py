"""Windows for the tests of ``policy.harm``: days of demand, a service, callers."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Sequence

from personalize_monitor.policy.harm.evidence import Quality

MONDAY = 1_736_121_600
DAY = 86_400
STEP = 300


def wave(days: float, *, low: float = 0.5, high: float = 6.0) -> list[float]:
    """Rates by five minutes: low at night, a ramp of two hours, high from 10 to 20 o'clock."""
    rates = []
    for i in range(round(days * 288)):
        hour = i % 288 / 12
        part = min(1.0, max(0.0, (hour - 8) / 2)) if hour < 20 else 0.0
        rates.append(low + (high - low) * part)
    return rates


def bursts(days: float, *, every: int = 48, high: float = 6.0, low: float = 0.3) -> list[float]:
    """A quiet day with a burst of a quarter of an hour every so many windows."""
    return [high if i % every < 3 and i >= 3 else low for i in range(round(days * 288))]


def windows(
    rates: Sequence[float],
    *,
    start: int = MONDAY,
    own: float = 0.0,
    refused: Callable[[int, float], float] = lambda i, rate: 0.0,
    p90: Callable[[int], float | None] = lambda i: 100.0,
    floor: int | None = None,
    seed: int | None = None,
) -> list[Quality]:
    """What callers got. ``own`` is the share that fails anyway, drawn at random with a seed.

    ``refused`` says the share refused in the i-th window at its rate.
    """
    draw = random.Random(seed)
    found = []
    for i, rate in enumerate(rates):
        asked = rate * STEP
        away = round(asked * refused(i, rate), 6)  # whole requests would bias small windows
        mean = (asked - away) * own
        failed = mean if seed is None else max(0, round(draw.gauss(mean, mean**0.5)))
        failed = min(failed, asked - away)
        found.append(Quality(start + i * STEP, asked - away - failed, away, failed, p90(i), floor))
    return found


def unknown(found: Iterable[Quality]) -> list[Quality]:
    """The same windows, about which nobody knows anything."""
    return [Quality(window.start, None, None, None) for window in found]
