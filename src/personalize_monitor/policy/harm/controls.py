"""Windows of the last three hours in which the floor cannot have mattered: what is usual now."""

from __future__ import annotations

from collections import deque
from collections.abc import Iterable
from itertools import islice
from math import log
from statistics import median

from personalize_monitor.policy.harm.evidence import Quality

LOOK_BACK = 3 * 3600
_PRIOR = 300.0
"""Requests at the usual share that the share of the controls is mixed with."""
_ENOUGH_LATENCIES = 3


class Controls:
    """Sums over recent windows; those older than three hours drop out as later ones come."""

    __slots__ = ("_asked", "_bad", "_kept")

    def __init__(self) -> None:
        self._kept: deque[tuple[int, float, float, float | None]] = deque()
        self._asked = self._bad = 0.0

    def add(self, window: Quality) -> None:
        """Count a known window."""
        asked, bad = window.asked or 0.0, window.bad or 0.0
        slow = log(window.p90_ms) if window.p90_ms else None
        self._kept.append((window.start, asked, bad, slow))
        self._asked += asked
        self._bad += bad

    def forget(self, now: int) -> None:
        """Drop what is too old at ``now``."""
        while self._kept and self._kept[0][0] < now - LOOK_BACK:
            _, asked, bad, _ = self._kept.popleft()
            self._asked -= asked
            self._bad -= bad

    @property
    def asked(self) -> float:
        """Requests in the windows kept."""
        return self._asked

    def share(self, usual: float) -> float:
        """Share in trouble, leaning on ``usual`` where few requests are."""
        return (max(0.0, self._bad) + _PRIOR * usual) / (self._asked + _PRIOR)

    def latest(self, now: int) -> tuple[float, float]:
        """(Requests, those in trouble) of the last three windows, of the last hour."""
        asked = bad = 0.0
        for start, one, wrong, _ in islice(reversed(self._kept), 3):
            if start >= now - 3600:
                asked += one
                bad += wrong
        return asked, bad

    def between(self, begin: int, end: int) -> tuple[float, float]:
        """(Requests, those in trouble) in windows that start in ``begin`` to ``end``, inclusive."""
        asked = bad = 0.0
        for start, one, wrong, _ in reversed(self._kept):
            if start < begin:
                break
            if start <= end:
                asked += one
                bad += wrong
        return asked, bad

    def latency(self) -> float | None:
        """Median log p90 (ms); None from fewer than three windows."""
        return _median(slow for _, _, _, slow in self._kept)


def _median(values: Iterable[float | None]) -> float | None:
    known = [value for value in values if value is not None]
    return median(known) if len(known) >= _ENOUGH_LATENCIES else None
