"""What a policy is shown in a backtest, and what it may answer."""

from __future__ import annotations

from bisect import bisect_left
from collections.abc import Callable, Iterator, Sequence
from typing import Protocol, TypedDict, TypeVar, overload

from personalize_monitor.model.demand import Demand
from personalize_monitor.model.window import SECONDS

_T = TypeVar("_T")


class History(Protocol):
    """Five-minute sums known so far; intervals without requests have no entry.

    ``t`` are starts in epoch seconds (ascending), ``n`` the requests. Iterates as (t, n).
    """

    @property
    def t(self) -> Sequence[int]:
        """Starts of the intervals, ascending."""

    @property
    def n(self) -> Sequence[float]:
        """Requests in the intervals."""

    def __iter__(self) -> Iterator[tuple[int, float]]: ...


class Schedule(TypedDict):
    """Updates to start at given moments; replaces what was pending."""

    schedule: list[tuple[int, int]]


Answer = None | int | Schedule
Policy = Callable[[int, History, int, float, int | None], Answer]
"""``f(now, history, floor, age_hours, last_update)``; times in epoch seconds UTC."""


class Prefix(Sequence[_T]):
    """The first ``count`` items of a list, without copying them: years have a million."""

    __slots__ = ("_count", "_items")

    def __init__(self, items: Sequence[_T], count: int) -> None:
        self._items = items
        self._count = count

    def __len__(self) -> int:
        return self._count

    @overload
    def __getitem__(self, index: int) -> _T: ...

    @overload
    def __getitem__(self, index: slice) -> Sequence[_T]: ...

    def __getitem__(self, index: int | slice) -> _T | Sequence[_T]:
        """One item, or a copy of some."""
        if isinstance(index, slice):
            return [self._items[i] for i in range(*index.indices(self._count))]
        if not -self._count <= index < self._count:
            raise IndexError(index)
        return self._items[index if index >= 0 else self._count + index]


class Past:
    """The part of a trace before ``end``, without copying it until it is asked for."""

    __slots__ = ("_count", "_requests", "_starts")

    def __init__(self, starts: Sequence[int], requests: Sequence[float], count: int) -> None:
        self._starts = starts
        self._requests = requests
        self._count = count

    @property
    def t(self) -> Sequence[int]:
        """Starts of the intervals with requests, ascending."""
        return Prefix(self._starts, self._count)

    @property
    def n(self) -> Sequence[float]:
        """Requests in those intervals."""
        return Prefix(self._requests, self._count)

    def __len__(self) -> int:
        return self._count

    def __iter__(self) -> Iterator[tuple[int, float]]:
        return zip(self._starts[: self._count], self._requests[: self._count], strict=True)

    def since(self, epoch: int) -> Past:
        """The entries that start at ``epoch`` or later."""
        first = bisect_left(self._starts, epoch, 0, self._count)
        return Past(
            self._starts[first : self._count],
            self._requests[first : self._count],
            self._count - first,
        )


class Feed:
    """One trace, handed out as the history known at a moment. Unknown intervals have no entry."""

    def __init__(self, demand: Demand) -> None:
        points = [
            (demand.start + i * SECONDS, value) for i, value in enumerate(demand.sums) if value > 0
        ]
        self._starts = [start for start, _ in points]
        self._requests = [value for _, value in points]

    def before(self, end: int) -> Past:
        """All entries of intervals that start before ``end`` (epoch seconds)."""
        return Past(self._starts, self._requests, bisect_left(self._starts, end))
