"""Look at an account without changing anything: its fleet, demand, errors, alarms and money."""

from __future__ import annotations

from personalize_monitor.app.snapshot.account import take_snapshot
from personalize_monitor.app.snapshot.values import (
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
