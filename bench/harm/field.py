"""Traces as the bench needs them: the answers of mode ``lower`` on each are worked out once."""

from __future__ import annotations

from math import isnan
from pathlib import Path

from personalize_monitor.model.demand import HOUR, PER_DAY
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.harm.memory import Memory, World
from personalize_monitor.policy.lower import propose
from personalize_monitor_desk.backtest.evaluate import run_policy
from personalize_monitor_desk.backtest.modes import Lower
from personalize_monitor_desk.backtest.run import initial_floor
from personalize_monitor_desk.backtest.trace import read_trace

DATA_DELAY = 300
_FORTNIGHT = 14 * PER_DAY


class Trace:
    """One trace, with its first floor at the peak."""

    def __init__(self, path: Path) -> None:
        self.name = path.name.removesuffix(".gz").removesuffix(".csv")
        self.demand = read_trace(path).demand
        self.rates = [0.0 if isnan(rate) else rate for rate in self.demand.rates]
        self.first = initial_floor(self.demand, "peak")
        self.plain = run_policy(self.demand, Lower, self.first)
        """The floors of mode ``lower`` alone."""
        self._targets: dict[tuple[int, int], int | None] = {}
        self._highest: dict[int, float] = {}

    def target(self, now: int, floor: int) -> int | None:
        """What mode ``lower`` wants at ``now``."""
        key = (now, floor)
        if key not in self._targets:
            end = (now - DATA_DELAY) // SECONDS * SECONDS
            self._targets[key] = propose(
                self.demand.between(end - 15 * PER_DAY * SECONDS, end),
                now=now,
                floor=floor,
                age_hours=(now - self.demand.start) / HOUR,
            ).to_floor
        return self._targets[key]

    def world(self, now: int, memory: Memory) -> World:
        """The highest rate of the last 14 days, as far as the resource has lived."""
        if not memory.hurts:
            return World()
        hour = now // HOUR
        if hour not in self._highest:
            end = max(0, (now - DATA_DELAY - self.demand.start) // SECONDS)
            self._highest[hour] = max(self.rates[max(0, end - _FORTNIGHT) : end], default=0.0)
        return World(highest=self._highest[hour])
