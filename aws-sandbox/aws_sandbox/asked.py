"""What is asked of those who know a service's metrics: one metric over a span of time."""

from __future__ import annotations

from typing import NamedTuple

Dimensions = frozenset[tuple[str, str]]
Points = list[tuple[int, float]]
"""(Epoch second, value), ascending."""


class Asked(NamedTuple):
    """One metric of an account and region, from `start` to before `end` (epoch seconds)."""

    account: str
    region: str
    namespace: str
    name: str
    dimensions: Dimensions
    start: int
    end: int
