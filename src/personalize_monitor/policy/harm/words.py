"""What became of a change, in the same words in mails, command, report and console."""

from __future__ import annotations

from datetime import UTC, datetime

from personalize_monitor.policy.harm.case import By, Case
from personalize_monitor.policy.harm.verdict import Word

WHO = {
    By.MONITOR: "the monitor",
    By.PERSON: "a person",
    By.PREWARM: "a pre-warm",
    By.RESTORE: "a restore",
}


def word_of(case: Case) -> Word:
    """``hurt``, ``harmless`` or ``not yet known``; what was not lowered is harmless."""
    if case.verdict is not None:
        return case.verdict.word
    return Word.UNKNOWN if case.is_lowering else Word.HARMLESS


def reason_of(case: Case) -> str:
    """Why, or what is missing, as a sentence."""
    if case.verdict is not None:
        return case.verdict.reason
    if not case.is_lowering:
        return "The floor was not lowered."
    return "No verdict yet; `personalize-monitor changes` tells what is missing."


def change_of(case: Case) -> str:
    """Such as ``from 20 to 3 at 2026-11-26 08:05 UTC``; from the floor that it is compared with."""
    floor = case.compare_floor if case.is_lowering else case.from_floor
    at = datetime.fromtimestamp(case.opened, UTC)
    return f"from {floor} to {case.floor} at {at:%Y-%m-%d %H:%M} UTC"


def told(case: Case) -> str:
    """The whole story, such as ``lowered from 20 to 3 at ... UTC by the monitor: hurt. ...``."""
    verb = "lowered" if case.is_lowering else "raised"
    return f"{verb} {change_of(case)} by {WHO[case.by]}: {word_of(case)}. {reason_of(case)}"
