"""The five minutes that a datapoint describes."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

SECONDS = 300
"""Length of a window: campaigns are billed, and CloudWatch keeps history, in five minutes."""


def floor_to(moment: datetime, seconds: int) -> datetime:
    """The last multiple of ``seconds`` since the epoch at or before ``moment``, in UTC."""
    epoch = int(moment.timestamp())
    return datetime.fromtimestamp(epoch - epoch % seconds, UTC)


@dataclass(frozen=True, slots=True, order=True)
class Window:
    """``start`` inclusive to ``start`` + 5 minutes exclusive, aligned to the clock."""

    start: datetime

    @property
    def end(self) -> datetime:
        """The first moment after the window."""
        return self.start + timedelta(seconds=SECONDS)

    @property
    def number(self) -> int:
        """Windows since the epoch: consecutive windows have consecutive numbers."""
        return int(self.start.timestamp()) // SECONDS

    @classmethod
    def settled(cls, now: datetime, delay: timedelta) -> Window:
        """The last whole window that ended at least ``delay`` before ``now``."""
        end = floor_to(now - delay, SECONDS)
        return cls(end - timedelta(seconds=SECONDS))
