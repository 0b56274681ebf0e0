"""The one clock of the sandbox: paused, stepped or accelerated; always aware UTC."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from typing import Final

EPOCH: Final = datetime(1970, 1, 1, tzinfo=UTC)
_SECOND: Final = timedelta(seconds=1)


class Clock:
    """Virtual time. Speed 0 is paused (step it with `advance`), 300 five minutes a second."""

    def __init__(
        self,
        start: datetime,
        *,
        speed: float = 0.0,
        monotonic: Callable[[], float] = time.monotonic,
    ) -> None:
        if start.tzinfo is None:
            raise ValueError(f"the sandbox clock needs an aware start time, got {start!r}")
        self._lock = threading.Lock()
        self._monotonic = monotonic
        self._base = start.astimezone(UTC)
        self._anchor = monotonic()
        self._speed = 0.0
        self.set_speed(speed)

    @property
    def speed(self) -> float:
        """Virtual seconds per real second; 0 while paused."""
        return self._speed

    @property
    def mode(self) -> str:
        """`paused` or `accelerated`, as shown by the server."""
        return "accelerated" if self._speed else "paused"

    def now(self) -> datetime:
        """The virtual time of this moment."""
        if not self._speed:
            return self._base
        with self._lock:
            return self._running_now()

    def epoch(self) -> float:
        """The virtual time as seconds since 1970."""
        return (self.now() - EPOCH) / _SECOND

    def advance(self, delta: timedelta) -> datetime:
        """Step forward by `delta` (never backwards) and answer the new time."""
        if delta < timedelta(0):
            raise ValueError(f"the sandbox clock never runs backwards, got {delta}")
        with self._lock:
            self._base = self._running_now() + delta
            self._anchor = self._monotonic()
            return self._base

    def advance_to(self, moment: datetime) -> datetime:
        """Step to `moment`; staying where it is when that has passed already."""
        return self.advance(max(timedelta(0), moment - self.now()))

    def set_speed(self, speed: float) -> None:
        """Run `speed` times as fast as real time from now on; 0 pauses."""
        if speed < 0:
            raise ValueError(f"the speed of the sandbox clock is 0 or more, got {speed}")
        with self._lock:
            self._base = self._running_now()
            self._anchor = self._monotonic()
            self._speed = speed

    def pause(self) -> None:
        """Stand still until stepped or given a speed."""
        self.set_speed(0.0)

    def _running_now(self) -> datetime:
        if not self._speed:
            return self._base
        return self._base + timedelta(seconds=(self._monotonic() - self._anchor) * self._speed)


_active: list[Clock] = []


def use(clock: Clock | None) -> Clock | None:
    """Make `clock` the one that everything in the sandbox reads; answers the one before it."""
    previous = _active[0] if _active else None
    _active[:] = [] if clock is None else [clock]
    return previous


def current() -> Clock:
    """The active clock.

    Raises:
        LookupError: no sandbox is running.
    """
    if not _active:
        raise LookupError("no sandbox clock is active: call clock.use(Clock(start)) first")
    return _active[0]


@contextmanager
def using(clock: Clock) -> Iterator[Clock]:
    """Use `clock` inside a `with` block and restore the one before it afterwards."""
    previous = use(clock)
    try:
        yield clock
    finally:
        use(previous)
