"""What is due when: the one queue of everything that happens later in the sandbox."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime

from aws_sandbox.clock import Clock

Action = Callable[[], None]


@dataclass(order=True, slots=True)
class _Item:
    due: datetime
    rank: int
    number: int
    action: Action = field(compare=False)


class Agenda:
    """Due actions in order of time, then rank, then insertion; the clock follows them."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._items: list[_Item] = []
        self._numbers = itertools.count()
        # Functions publish from threads of their own.
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._items)

    def at(self, due: datetime, action: Action, *, rank: int = 5) -> None:
        """Do `action` at this time; of two at one time the lower rank goes first."""
        with self._lock:
            heapq.heappush(self._items, _Item(due, rank, next(self._numbers), action))

    def take(self, until: datetime) -> _Item | None:
        """The next item due at or before `until`, or None."""
        with self._lock:
            if self._items and self._items[0].due <= until:
                return heapq.heappop(self._items)
        return None

    def run_until(self, until: datetime, refill: Callable[[datetime], None]) -> int:
        """Carry out everything due up to `until`, stepping the clock to each; answers how many.

        `refill(until)` is called before each step, so that schedules created on the way count.
        """
        done = 0
        while True:
            refill(until)
            item = self.take(until)
            if item is None:
                self._clock.advance_to(until)
                return done
            self._clock.advance_to(item.due)
            item.action()
            done += 1

    def clear(self) -> None:
        """Forget everything that is due."""
        with self._lock:
            self._items.clear()
