"""Requests of one resource in consecutive five-minute intervals: numbers, zeros, and unknowns."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import filterfalse
from math import isnan

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.window import SECONDS

HOUR = 3600
PER_HOUR = HOUR // SECONDS
PER_DAY = 24 * PER_HOUR
UNKNOWN = float("nan")


@dataclass(frozen=True, slots=True)
class Demand:
    """Request sums from ``start`` (epoch seconds, on a five-minute mark), one for each 300 s.

    An unknown sum is NaN: nothing may be concluded from it, least of all that it was zero.
    """

    start: int
    sums: Sequence[float]

    def __post_init__(self) -> None:
        """Refuse a start that is off the five-minute grid."""
        if self.start % SECONDS:
            raise InvalidRequest(
                f"Demand starts at epoch {self.start}, which is not on a five-minute mark; "
                "align the points to multiples of 300 seconds."
            )

    def __hash__(self) -> int:
        """Where and how long: thousands of numbers need not be looked at to tell two apart."""
        return hash((self.start, len(self.sums)))

    def __len__(self) -> int:
        return len(self.sums)

    @property
    def end(self) -> int:
        """The first moment after the last interval, in epoch seconds."""
        return self.start + SECONDS * len(self.sums)

    @property
    def rates(self) -> tuple[float, ...]:
        """Average requests per second of each interval; NaN where unknown."""
        return tuple([value / SECONDS for value in self.sums])

    @property
    def known(self) -> int:
        """How many intervals have a number."""
        if not isnan(sum(self.sums)):  # nearly always, and quicker than to look at each
            return len(self.sums)
        return len(self.sums) - sum(map(isnan, self.sums))

    def between(self, begin: int, end: int) -> Demand:
        """The intervals that start in ``begin`` to ``end`` (epoch seconds, end exclusive)."""
        first = max(0, -((self.start - begin) // SECONDS))
        last = max(first, min(len(self.sums), -((self.start - end) // SECONDS)))
        return Demand(self.start + first * SECONDS, self.sums[first:last])

    def since(self, begin: int) -> Demand:
        """The intervals that start at ``begin`` (epoch seconds) or later."""
        return self.between(begin, self.end)

    def hourly(self) -> list[tuple[int, float]]:
        """(Start of a whole clock hour, its average rate); NaN if any interval is unknown."""
        first = -(self.start // -HOUR) * HOUR
        offset = (first - self.start) // SECONDS
        return [
            (self.start + index * SECONDS, sum(self.sums[index : index + PER_HOUR]) / HOUR)
            for index in range(offset, len(self.sums) - PER_HOUR + 1, PER_HOUR)
        ]

    def low_watermark(self) -> float | None:
        """The lowest average rate of a whole known hour; None when no hour is known."""
        return min((rate for _, rate in self.hourly() if not isnan(rate)), default=None)

    def peak(self) -> float:
        """The highest known five-minute rate; 0 when there is none."""
        return max(filterfalse(isnan, self.sums), default=0.0) / SECONDS

    def last_request(self) -> int | None:
        """End of the last interval with a request, in epoch seconds; None when there is none."""
        for index in range(len(self.sums) - 1, -1, -1):
            if self.sums[index] > 0:
                return self.start + (index + 1) * SECONDS
        return None

    @classmethod
    def from_points(
        cls,
        points: Iterable[tuple[int, float]],
        *,
        start: int | None = None,
        end: int | None = None,
        missing: float = UNKNOWN,
    ) -> Demand:
        """Points (epoch seconds of an interval, requests), in any order, on a whole grid.

        ``start`` and ``end`` default to the points' own span. Intervals without a point are
        ``missing``: unknown, unless the caller knows that the data is complete and says 0.
        """
        found = {int(when) // SECONDS: float(value) for when, value in points}
        if not found and (start is None or end is None):
            return cls(0 if start is None else start, ())
        first = min(found) if start is None else start // SECONDS
        last = max(found) + 1 if end is None else end // SECONDS
        return cls(first * SECONDS, tuple(found.get(i, missing) for i in range(first, last)))
