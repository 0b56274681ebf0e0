"""Look at an account without changing anything: its fleet, demand, errors, alarms and money."""

from __future__ import annotations

from personalize_monitor.plan.snapshot.account import take_snapshot
from personalize_monitor.plan.snapshot.values import (
    AlarmSeen,
    Arrivals,
    Errors,
    Figures,
    Place,
    Question,
    Seen,
    Snapshot,
)

__all__ = [
    "AlarmSeen",
    "Arrivals",
    "Errors",
    "Figures",
    "Place",
    "Question",
    "Seen",
    "Snapshot",
    "take_snapshot",
]
