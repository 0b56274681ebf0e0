"""What a case still lacks before its change counts as harmless, as a sentence."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from personalize_monitor.policy.harm.trial import Trial

ENOUGH_WINDOWS = 24
ENOUGH_DAYS = 7
"""A week has every kind of day."""
ENOUGH_KINDS = 0.9
"""Part of the loaded windows before whose kind of hour must have been loaded since."""
LIKE_LOAD = 0.95
LIKE_JUMP = 0.95
TOLERATED = 0.001
"""Share of the loaded requests that may be in trouble unseen, at most."""
SLOW_WINDOWS = 0.01
"""Part of the loaded windows that may be slow without a word."""
_SURE = 2.33
_DAY = 24 * 3600


def missing(trial: Trial) -> str:
    """The first thing that is missing, or nothing."""
    for look in (_load, _past, _time, _kinds, _heights, _doubt, _slow):
        why = look(trial)
        if why:
            return why
    return ""


def _load(trial: Trial) -> str:
    since = datetime.fromtimestamp(trial.landed, UTC)
    if not trial.windows:
        return f"No window above {trial.floor} TPS since {since:%A, %Y-%m-%d %H:%M} UTC."
    if trial.windows < ENOUGH_WINDOWS:
        return (
            f"Only {trial.windows} of {ENOUGH_WINDOWS} windows above {trial.floor} TPS since "
            f"{since:%A, %Y-%m-%d %H:%M} UTC."
        )
    return ""


def _past(trial: Trial) -> str:
    if trial.usual.enough:
        return ""
    return "Too little is known of the time before the change to compare with."


def _time(trial: Trial) -> str:
    days = (trial.seen_to - trial.landed) / _DAY
    if days < ENOUGH_DAYS:
        return f"{days:.1f} of {ENOUGH_DAYS} days have passed."
    return ""


def _kinds(trial: Trial) -> str:
    kinds = trial.usual.kinds
    total = sum(kinds.values())
    lacking = {kind: count for kind, count in kinds.items() if kind not in trial.kinds}
    if sum(lacking.values()) <= (1 - ENOUGH_KINDS) * total:
        return ""
    kind = max(lacking, key=lambda k: (lacking[k], -k))
    day = "a weekend" if kind >= 24 else "a weekday"
    return f"No load above {trial.floor} TPS at {kind % 24}:00 UTC on {day}, as there was before."


def _heights(trial: Trial) -> str:
    usual = trial.usual
    if trial.tops[0] < LIKE_LOAD * min(usual.highest, trial.from_floor):
        return (
            f"No load like the {usual.highest:.2f} TPS before; the highest since: "
            f"{trial.tops[0]:.2f}."
        )
    if trial.jumps[0] < LIKE_JUMP * usual.jump:
        return (
            f"No jump to {usual.jump:.2f} times what is held, as there was before; the largest "
            f"since: {trial.jumps[0]:.2f}."
        )
    return ""


def _doubt(trial: Trial) -> str:
    """Whether callers' own errors could hide a harm."""
    unseen = (trial.excess + _SURE * trial.excess_square**0.5) / trial.asked
    if unseen <= TOLERATED:
        return ""
    return (
        f"Callers' other errors ({trial.usual.share:.1%} before) could hide trouble of up to "
        f"{unseen:.2%} of the requests."
    )


def _slow(trial: Trial) -> str:
    """Whether more windows were slow than usual, though not enough to call it harm."""
    share = trial.slow_windows / trial.windows
    if share <= max(SLOW_WINDOWS, 2 * trial.usual.slow):
        return ""
    return (
        f"{share:.1%} of the windows above {trial.floor} TPS were slow, and {trial.usual.slow:.1%} "
        "before; it is not clear yet whether that is the floor."
    )
