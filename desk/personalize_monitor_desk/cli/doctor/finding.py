"""What a check finds."""

from __future__ import annotations

import enum
from dataclasses import dataclass


class Mark(enum.StrEnum):
    """How a check ended."""

    OK = "ok"
    NOTE = "note"
    """Works, but somebody may want to know."""
    WRONG = "wrong"
    """Something does not do what it is there for."""
    SKIPPED = "skipped"
    """Could not be looked at, because something before it is wrong."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One check: ``subject`` is what was looked at, ``said`` what was seen, ``cure`` what to do."""

    subject: str
    mark: Mark
    said: str
    cure: str = ""


def ok(subject: str, said: str) -> Finding:
    """All is well."""
    return Finding(subject, Mark.OK, said)


def note(subject: str, said: str, cure: str) -> Finding:
    """Works, but."""
    return Finding(subject, Mark.NOTE, said, cure)


def wrong(subject: str, said: str, cure: str) -> Finding:
    """Does not work."""
    return Finding(subject, Mark.WRONG, said, cure)


def skipped(subject: str, why: str) -> Finding:
    """Could not be looked at."""
    return Finding(subject, Mark.SKIPPED, why)
