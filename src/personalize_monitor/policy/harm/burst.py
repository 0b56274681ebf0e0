"""Loaded windows in a row: the unit of the tests, because they share their fate."""

from __future__ import annotations

from dataclasses import dataclass, field
from math import log

from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.harm.evidence import Quality

LONGEST = 3600
"""A burst that goes on for longer is cut by the hour."""
APART = 4 * SECONDS
"""Loaded windows so far apart belong to two bursts."""
JUMPS = (1.02, 1.2)
"""Ratios of what came to what was held from which a window is a jump, and a large one."""


@dataclass(slots=True)
class Group:
    """Sums over some windows of a burst; ``usual`` is what would be in trouble anyway."""

    asked: float = 0.0
    bad: float = 0.0
    usual: float = 0.0
    windows: int = 0

    def add(self, asked: float, bad: float, share: float) -> None:
        """Count one window, of which ``share`` would be in trouble anyway."""
        self.windows += 1
        self.asked += asked
        self.bad += bad
        self.usual += asked * share

    @property
    def mean(self) -> float:
        """The share that would be in trouble anyway."""
        return self.usual / self.asked if self.asked else 0.0

    @property
    def excess(self) -> float:
        """Requests in trouble beyond that."""
        return self.bad - self.usual


@dataclass(slots=True)
class Burst:
    """Up to an hour of loaded windows from epoch second ``start``.

    ``loaded`` holds all of them, with the share at like load as usual; ``jumps`` those in which
    more came than was held, by the ratios of ``JUMPS``. ``slow`` sums the differences of log p90
    to the usual one, over the ``timed`` windows that are jumps, or may be.
    """

    start: int
    last: int
    loaded: Group = field(default_factory=Group)
    jumps: tuple[Group, ...] = field(default_factory=lambda: tuple(Group() for _ in JUMPS))
    slow: float = 0.0
    timed: int = 0
    p90: float = 0.0

    def takes(self, start: int) -> bool:
        """Whether a loaded window that starts then still belongs to it."""
        return start - self.last < APART and start - self.start < LONGEST

    def add(self, window: Quality, jump: float | None, share: float, latency: float | None) -> None:
        """Count a loaded window; ``share`` and ``latency`` (log of p90 in ms) are the usual."""
        asked, bad = window.asked or 0.0, window.bad or 0.0
        self.last = window.start
        self.loaded.add(asked, bad, share)
        for least, group in zip(JUMPS, self.jumps, strict=True):
            if jump is not None and jump >= least:
                group.add(asked, bad, share)
        if window.p90_ms and latency is not None and (jump is None or jump >= JUMPS[0]):
            self.slow += log(window.p90_ms) - latency
            self.p90 += window.p90_ms
            self.timed += 1

    @property
    def shift(self) -> float:
        """How much slower than usual, as a logarithm."""
        return self.slow / self.timed if self.timed else 0.0
