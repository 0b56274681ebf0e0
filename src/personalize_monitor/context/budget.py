"""How much of the invocation's real time is left, so that work stops before Lambda stops it."""

from __future__ import annotations

import time
from collections.abc import Callable


class Budget:
    """Seconds left; ``remaining`` is asked anew each time. Without a limit there is always time.

    This is the machine's time, not the event's: Lambda ends a function by real seconds.
    """

    def __init__(self, remaining: Callable[[], float] | None = None) -> None:
        self._remaining = remaining or (lambda: float("inf"))

    @property
    def seconds(self) -> float:
        """Seconds left."""
        return self._remaining()

    def allows(self, seconds: float) -> bool:
        """Whether at least ``seconds`` are left."""
        return self._remaining() >= seconds

    def at_most(self, seconds: float) -> Budget:
        """A part of this budget that ends after ``seconds`` at the latest."""
        end = time.monotonic() + seconds
        return Budget(lambda: min(self._remaining(), end - time.monotonic()))

    def unless(self, over: Callable[[], bool]) -> Budget:
        """The same budget, used up as soon as ``over`` says so."""
        return Budget(lambda: 0.0 if over() else self._remaining())


class Stopwatch:
    """Real seconds since it was made."""

    def __init__(self) -> None:
        self._start = time.monotonic()

    @property
    def seconds(self) -> float:
        """Seconds until now."""
        return time.monotonic() - self._start
