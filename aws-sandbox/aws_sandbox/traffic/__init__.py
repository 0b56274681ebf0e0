"""How many requests each resource gets in each minute: a pure function of seed and time."""

from __future__ import annotations

from aws_sandbox.traffic.model import Traffic
from aws_sandbox.traffic.shapes import (
    Abandoned,
    Bursty,
    BusinessHours,
    DailyBatch,
    FlashSale,
    Idle,
    Replay,
    Shape,
    Steady,
    Weekly,
)

__all__ = [
    "Abandoned",
    "Bursty",
    "BusinessHours",
    "DailyBatch",
    "FlashSale",
    "Idle",
    "Replay",
    "Shape",
    "Steady",
    "Traffic",
    "Weekly",
]
