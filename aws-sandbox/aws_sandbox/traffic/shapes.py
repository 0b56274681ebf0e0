"""The shapes of demand: frozen values that answer one epoch day of requests per minute.

Rates are in transactions per second (TPS), hours in UTC. A shape knows no resource: the same shape
with another key gives another, equally likely, day.
"""

from __future__ import annotations

import math
from array import array
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import lru_cache
from typing import Protocol

from aws_sandbox.traffic.noise import (
    MINUTES_A_DAY,
    Minutes,
    draw,
    stream,
    zeros,
)

_DAY = 86_400


class Shape(Protocol):
    """What `Traffic` needs of a shape."""

    def day(self, key: str, day: int) -> Minutes:
        """Requests in each of the 1440 minutes of epoch day `day`; `key` is seed and ARN."""
        ...


@dataclass(frozen=True, slots=True)
class Steady:
    """The same rate around the clock; with `noise=0` every 5 minutes hold exactly `tps` x 300."""

    tps: float
    noise: float = 0.08

    def day(self, key: str, day: int) -> Minutes:
        """See `Shape`."""
        return draw((self.tps * 60.0,) * MINUTES_A_DAY, stream(key, day), self.noise)


@dataclass(frozen=True, slots=True)
class BusinessHours:
    """Busy on weekdays from `opens` to `closes`, nearly silent otherwise."""

    peak_tps: float
    night_tps: float = 0.0
    opens: int = 7
    closes: int = 19
    weekend: float = 0.15
    noise: float = 0.1

    def day(self, key: str, day: int) -> Minutes:
        """See `Shape`."""
        share = self.weekend if _weekday(day) >= 5 else 1.0
        curve = _office_curve(self.opens, self.closes)
        rates = [(self.night_tps + share * self.peak_tps * level) * 60.0 for level in curve]
        return draw(rates, stream(key, day), self.noise)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A smooth day with its peak at `peak_hour`, and a busier weekend: shops, films."""

    peak_tps: float
    trough: float = 0.2
    peak_hour: float = 20.0
    weekend: float = 1.25
    noise: float = 0.06

    def day(self, key: str, day: int) -> Minutes:
        """See `Shape`."""
        share = self.weekend if _weekday(day) >= 5 else 1.0
        curve = _smooth_curve(self.peak_hour, self.trough)
        top = self.peak_tps * share / max(1.0, self.weekend) * 60.0
        return draw([top * level for level in curve], stream(key, day), self.noise)


@dataclass(frozen=True, slots=True)
class Bursty:
    """A low base with a few bursts a day at unforeseeable times."""

    base_tps: float
    burst_tps: float
    bursts: int = 6
    minutes: int = 20
    noise: float = 0.25

    def day(self, key: str, day: int) -> Minutes:
        """See `Shape`."""
        rng = stream(key, day)
        rates = [self.base_tps * 60.0] * MINUTES_A_DAY
        for _ in range(self.bursts):
            begin = rng.randrange(MINUTES_A_DAY)
            height = self.burst_tps * rng.uniform(0.4, 1.0) * 60.0
            for minute in range(begin, min(MINUTES_A_DAY, begin + self.minutes)):
                rates[minute] = max(rates[minute], height)
        return draw(rates, rng, self.noise)


@dataclass(frozen=True, slots=True)
class Idle:
    """Never a request: deployed and forgotten."""

    def day(self, key: str, day: int) -> Minutes:  # noqa: ARG002  (the protocol's arguments)
        """See `Shape`."""
        return zeros()


@dataclass(frozen=True, slots=True)
class Abandoned:
    """Launched with `live` traffic, of which nothing is left after `until`."""

    live: Shape
    until: datetime

    def day(self, key: str, day: int) -> Minutes:
        """See `Shape`."""
        left = (_epoch(self.until) - day * _DAY) // 60
        if left <= 0:
            return zeros()
        minutes = self.live.day(key, day)
        if left < MINUTES_A_DAY:
            minutes[left:] = array("I", [0] * (MINUTES_A_DAY - left))
        return minutes


@dataclass(frozen=True, slots=True)
class DailyBatch:
    """One batch a day at the same hour, and silence in between."""

    tps: float
    hour: float = 3.0
    minutes: int = 45
    noise: float = 0.05

    def day(self, key: str, day: int) -> Minutes:
        """See `Shape`."""
        begin = round(self.hour * 60)
        end = begin + self.minutes
        rates = [self.tps * 60.0 if begin <= m < end else 0.0 for m in range(MINUTES_A_DAY)]
        return draw(rates, stream(key, day), self.noise)


@dataclass(frozen=True, slots=True)
class FlashSale:
    """`base` traffic, and from `at` a peak reached in ten minutes that fades within `minutes`.

    With `every_days` the sale repeats after so many days, otherwise it comes once.
    """

    base: Shape
    at: datetime
    peak_tps: float
    minutes: int = 120
    every_days: int = 0
    noise: float = 0.05

    def day(self, key: str, day: int) -> Minutes:
        """See `Shape`."""
        minutes = self.base.day(key, day)
        begin = self._begin(day)
        if begin is None:
            return minutes
        last = min(MINUTES_A_DAY, begin + self.minutes)
        rates = [0.0] * MINUTES_A_DAY
        for minute in range(max(0, begin), last):
            age = minute - begin
            level = min(1.0, (age + 1) / 10) * (1.0 - max(0, age - 10) / self.minutes) ** 2
            rates[minute] = self.peak_tps * level * 60.0
        sale = draw(rates, stream(f"{key}|sale", day), self.noise)
        return array("I", (a + b for a, b in zip(minutes, sale, strict=True)))

    def _begin(self, day: int) -> int | None:
        """Minute of `day` at which a sale begins (negative: the day before); None without one."""
        first = _epoch(self.at) // 60
        behind = day * MINUTES_A_DAY - first + MINUTES_A_DAY - 1
        if behind < 0:
            return None
        period = self.every_days * MINUTES_A_DAY
        begin = first + (behind // period) * period if period else first
        offset = begin - day * MINUTES_A_DAY
        return offset if -self.minutes < offset < MINUTES_A_DAY else None


@dataclass(frozen=True, slots=True)
class Replay:
    """A recorded trace: `sums` are requests per five minutes from epoch second `start` on.

    Each sum is spread over its five minutes, the remainder on the first ones. Outside the trace
    nobody asks, unless `repeat` plays it again.
    """

    start: int
    sums: tuple[int, ...]
    repeat: bool = False

    def day(self, key: str, day: int) -> Minutes:  # noqa: ARG002
        """See `Shape`."""
        minutes = array("I")
        first = (day * _DAY - self.start) // 300
        for step in range(first, first + MINUTES_A_DAY // 5):
            share, rest = divmod(self._sum(step), 5)
            minutes.extend(share + (1 if i < rest else 0) for i in range(5))
        return minutes

    def _sum(self, step: int) -> int:
        if self.repeat and self.sums:
            return self.sums[step % len(self.sums)]
        return self.sums[step] if 0 <= step < len(self.sums) else 0


def _weekday(day: int) -> int:
    """Monday is 0; epoch day 0 was a Thursday."""
    return (day + 3) % 7


def _epoch(moment: datetime) -> int:
    return int(moment.astimezone(UTC).timestamp())


@lru_cache(maxsize=64)
def _office_curve(opens: int, closes: int) -> tuple[float, ...]:
    """0..1 per minute: a ramp of 90 minutes, a plateau with a lunch dip, and the same ramp down."""

    def level(minute: int) -> float:
        rise = (minute - opens * 60) / 90
        fall = (closes * 60 - minute) / 90
        dip = 0.15 * math.exp(-(((minute - (opens + closes) * 30) / 40) ** 2))
        return max(0.0, min(1.0, rise, fall)) * (1.0 - dip)

    return tuple(level(minute) for minute in range(MINUTES_A_DAY))


@lru_cache(maxsize=64)
def _smooth_curve(peak_hour: float, trough: float) -> tuple[float, ...]:
    """trough..1 per minute: one broad hill a day."""

    def level(minute: int) -> float:
        wave = 0.5 + 0.5 * math.cos((minute / 60 - peak_hour) / 24 * 2 * math.pi)
        return trough + (1.0 - trough) * math.pow(wave, 1.5)

    return tuple(level(minute) for minute in range(MINUTES_A_DAY))
