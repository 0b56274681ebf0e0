"""Was lowering a floor a mistake? Told by what callers got before and after it.

Only windows in which more came than the new floor carries count: below it the floor changes
nothing, and whatever is wrong then has another cause.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

ENOUGH_WINDOWS = 2
"""Windows above the new floor that are needed: one may be chance."""
ENOUGH_ERRORS = 20
WORSE_SHARE = 0.01
"""The share of errors grows by at least one in a hundred, and at least doubles."""
SLOWER = 1.5
SLOWER_MS = 25.0
_SECONDS = 300


@dataclass(frozen=True, slots=True)
class Quality:
    """What callers got in five minutes; ``p90_ms`` is None where nobody was served."""

    requests: float
    errors: float
    p90_ms: float | None

    @property
    def asked(self) -> float:
        """Requests per second that came, served or refused."""
        return (self.requests + self.errors) / _SECONDS


def worse(before: Sequence[Quality], after: Sequence[Quality], floor: int) -> str:
    """Why the lowering to ``floor`` should be taken back, in a sentence; empty when it may stay."""
    loaded = [window for window in after if window.asked > floor]
    if len(loaded) < ENOUGH_WINDOWS:
        return ""
    return _more_errors(before, loaded) or _slower(before, loaded)


def _more_errors(before: Sequence[Quality], after: Sequence[Quality]) -> str:
    then, now = _share(before), _share(after)
    errors = sum(window.errors for window in after)
    if errors < ENOUGH_ERRORS or now - then < WORSE_SHARE or now < 2 * then:
        return ""
    return f"{now:.1%} of the requests failed since then, and {then:.1%} in the hour before"


def _share(windows: Sequence[Quality]) -> float:
    asked = sum(window.requests + window.errors for window in windows)
    return sum(window.errors for window in windows) / asked if asked else 0.0


def _slower(before: Sequence[Quality], after: Sequence[Quality]) -> str:
    then, now = _p90(before), _p90(after)
    if then is None or now is None or now < then * SLOWER or now - then < SLOWER_MS:
        return ""
    return (
        f"nine of ten requests were answered within {now:.0f} ms since then, and within "
        f"{then:.0f} ms in the hour before"
    )


def _p90(windows: Sequence[Quality]) -> float | None:
    known = [window.p90_ms for window in windows if window.p90_ms is not None]
    return median(known) if known else None
