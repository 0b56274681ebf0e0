"""A steady pace for operations whose published rate is low, such as PutMetricAlarm."""

from __future__ import annotations

import threading
import time


class Pace:
    """At most ``per_second`` starts a second, with one second's worth at once to begin with.

    Time here is the machine's own: AWS counts real seconds, whatever window is being measured.
    """

    def __init__(self, per_second: float) -> None:
        self._rate = per_second
        self._tokens = per_second
        self._last = monotonic()
        self._lock = threading.Lock()

    def wait(self) -> None:
        """Return when the next call may start."""
        with self._lock:
            now = monotonic()
            self._tokens = min(self._rate, self._tokens + (now - self._last) * self._rate)
            self._last = now
            self._tokens -= 1
            delay = max(0.0, -self._tokens / self._rate)
        if delay:
            sleep(delay)


monotonic = time.monotonic
sleep = time.sleep
