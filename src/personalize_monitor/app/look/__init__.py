"""Look at an account without changing anything: its fleet, demand, errors, alarms and money."""

from __future__ import annotations

from personalize_monitor.app.look.account import look
from personalize_monitor.app.look.values import (
    AlarmSeen,
    Arrivals,
    Errors,
    Figures,
    Look,
    Place,
    Question,
    Seen,
)

__all__ = [
    "AlarmSeen",
    "Arrivals",
    "Errors",
    "Figures",
    "Look",
    "Place",
    "Question",
    "Seen",
    "look",
]
