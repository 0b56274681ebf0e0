"""A metric's series as CloudWatch answers it, kept as numbers: there are millions of them."""

from __future__ import annotations

import functools
import json
from array import array
from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from datetime import datetime
from typing import Any

_NUMBER = (int, float)
_AS_NUMBERS = ContextVar("as_numbers", default=False)


@dataclass(frozen=True, slots=True)
class Series:
    """Values at ``times`` (epoch seconds of the period's start) in time order, or why unknown.

    ``passing`` says that the same question may be answered a moment later.
    """

    times: Sequence[int] = ()
    values: Sequence[float] = ()
    why_unknown: str = ""
    passing: bool = False

    @classmethod
    def of(cls, points: Iterable[tuple[int, float]]) -> Series:
        """The known series of these points, in any order."""
        ordered = sorted(points)
        return cls(tuple(at for at, _ in ordered), tuple(value for _, value in ordered))

    def and_more(self, page: Series) -> Series:
        """With what the next page of the answer has."""
        return Series.of((*self.points, *page.points))

    @property
    def known(self) -> bool:
        """Whether an absent point means that nothing was reported."""
        return not self.why_unknown

    @property
    def points(self) -> Sequence[tuple[int, float]]:
        """(Epoch seconds, value) of each period that has one."""
        return tuple(zip(self.times, self.values, strict=True))


@dataclass(frozen=True, slots=True)
class Span:
    """What is asked for: ``start`` inclusive to ``end`` exclusive in periods of seconds."""

    start: datetime
    end: datetime
    period: int

    @property
    def points(self) -> int:
        """How many a series has at most."""
        return max(1, int((self.end - self.start).total_seconds()) // self.period)

    def series(self, timestamps: Sequence[Any], values: Sequence[float]) -> Series:
        """What was answered, in time order, without what was not asked for."""
        first, last = int(self.start.timestamp()), int(self.end.timestamp())
        values = _floats(values)
        # Nearly every answer has each period, in order; then nothing is looked at one by one.
        if timestamps == _every(first, last, self.period):
            return Series(range(first, last, self.period), values)
        # A point outside of what was asked would be counted in the wrong window.
        epochs = [_epoch(timestamp) for timestamp in timestamps]
        pairs = zip(epochs, values, strict=True)
        return Series.of((at, value) for at, value in pairs if first <= at < last)


@functools.lru_cache(maxsize=8)
def _every(first: int, last: int, period: int) -> list[int]:
    return list(range(first, last, period))


def _floats(values: Sequence[Any]) -> Sequence[float]:
    try:
        return array("d", values)
    except TypeError:  # what is no number in JSON comes as a text, such as "NaN"
        return array("d", map(float, values))


def _epoch(timestamp: datetime | float) -> int:
    return int(timestamp if isinstance(timestamp, _NUMBER) else timestamp.timestamp())


@contextmanager
def as_numbers() -> Iterator[None]:
    """Within it GetMetricData answers with its times as numbers, and quickly.

    botocore would look at each number by itself, which takes nearly all of the time of a large
    answer, and make a datetime of each time.
    """
    token = _AS_NUMBERS.set(True)
    try:
        yield
    finally:
        _AS_NUMBERS.reset(token)


def read_numbers(
    response_dict: dict[str, Any], customized_response_dict: dict[str, Any], **_: Any
) -> None:
    """The hook ``before-parse`` of botocore that does so; what is no such answer is left to it."""
    if not _AS_NUMBERS.get():
        return
    body = response_dict["body"]
    if response_dict["status_code"] != 200 or not body.startswith(b"{"):
        return
    answer = json.loads(body)
    results = answer.get("MetricDataResults")
    if isinstance(results, list) and all(map(_is_plain, results)):
        customized_response_dict["MetricDataResults"] = answer.pop("MetricDataResults")
        response_dict["body"] = json.dumps(answer).encode()


def _is_plain(result: Any) -> bool:
    times = result.get("Timestamps") if isinstance(result, dict) else None
    return not times or isinstance(times[0], _NUMBER)
