"""How much of the demand a resource serves: its floor, and autoscaling that comes late.

Capacity of a 5-minute step t is max(floor[t], d[t-k], min(c[t-1], max(d[t-1], d[t-2], d[t-3])))
with k = lag / 5 minutes: what was ordered for a demand arrives `lag` later and is kept 15 minutes
after demand falls. Every demand-driven term carries the headroom. AWS publishes none of these
numbers; each one is a setting.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Capacity:
    """Autoscaling; `headroom` 0 is the pessimistic reading.

    `throttled` is the share of requests above capacity that are refused; the rest is served slowly.
    """

    lag_minutes: int = 10
    headroom: float = 0.2
    throttled: float = 1.0

    def steps(self, demand: Sequence[float], floors: Sequence[float]) -> list[float]:
        """Capacity of each 5-minute step for its demand and floor, all in TPS, oldest first."""
        lag = max(1, self.lag_minutes // 5)
        grown = [d * (1.0 + self.headroom) for d in demand]
        held: list[float] = []
        for t, floor in enumerate(floors):
            ordered = grown[t - lag] if t >= lag else 0.0
            recent = max(grown[max(0, t - 3) : t], default=0.0)
            kept = min(held[t - 1], recent) if t else grown[0]
            held.append(max(floor, ordered, kept))
        return held
