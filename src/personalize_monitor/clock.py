"""The one place that asks what time it really is.

An event's ``time`` says which window a cycle measures; what is true now, how old a request is and
what the journal may already say follow this clock. It is looked up at each call, so that whoever
sets the clock of a process (the sandbox, a test) sets this one with it.
"""

from __future__ import annotations

from datetime import UTC, datetime


def utc_now() -> datetime:
    """The present moment, in UTC."""
    return datetime.now(UTC)
