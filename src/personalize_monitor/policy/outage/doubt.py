"""A doubt about a silence: its reason, and its end."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime

from personalize_monitor.model.demand import HOUR

DOUBTFUL = "doubtful silence"
"""The guard that holds what would follow from it."""
_DOUBT_HOURS = 72
_LOOK_BACK_HOURS = 14 * 24


@dataclass(frozen=True, slots=True)
class Doubt:
    """Why a silence is not believed, and until when; then it has lasted long enough."""

    why: str
    until: datetime

    def __str__(self) -> str:
        """The sentence with its end."""
        return f"{self.why}; until {self.until:%Y-%m-%d %H:%M} UTC that is no sign of disuse."


def lasted(idle_hours: float) -> int:
    """Seconds after which a silence is believed whatever it looks like.

    Three thresholds, and at least three days; at most the fourteen days that are looked at.
    """
    return int(max(_DOUBT_HOURS, idle_hours, min(3 * idle_hours, _LOOK_BACK_HOURS)) * HOUR)


def moment(epoch: int) -> datetime:
    """An epoch second as a time in UTC."""
    return datetime.fromtimestamp(epoch, UTC)
