"""Status machines on the clock: what runs, until when, and what it leaves (epoch seconds)."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

ACTIVE: Final = "ACTIVE"
INACTIVE: Final = "INACTIVE"
CREATE_FAILED: Final = "CREATE FAILED"
GONE: Final = "GONE"
"""Not a status of AWS's: the deletion is over and the resource no longer there."""


@dataclass(frozen=True, slots=True)
class Job:
    """Something under way: CREATE, DELETE, STOP or START; it ends with the status `result`."""

    kind: str
    start: float
    end: float
    pending: float
    result: str

    def status(self, now: float) -> str:
        """`KIND PENDING`, `KIND IN_PROGRESS`, and the result once it is over."""
        if now >= self.end:
            return self.result
        phase = "PENDING" if now < self.start + self.pending else "IN_PROGRESS"
        return f"{self.kind} {phase}"


@dataclass(slots=True)
class Update:
    """A change of configuration under way or past; `config` is applied at `end` unless it fails."""

    job: Job
    config: dict[str, object]
    applied: bool = False

    def running(self, now: float) -> bool:
        """Whether it has not ended yet."""
        return now < self.job.end

    def summary(self, now: float) -> dict[str, object]:
        """As latestCampaignUpdate and latestRecommenderUpdate show it."""
        status = self.job.status(now)
        shown: dict[str, object] = {
            **self.config,
            "status": status,
            "creationDateTime": self.job.start,
            "lastUpdatedDateTime": self.job.end if now >= self.job.end else self.job.start,
        }
        if status == CREATE_FAILED:
            shown["failureReason"] = "The update failed. The previous configuration keeps serving."
        return shown
