"""The one place that asks what time it really is, and the two kinds of time.

An event's ``time`` says which window a cycle measures (``EventTime``); what is true now, how old a
request is and what the journal may already say follow the real clock (``RealTime``). Two types, so
that the type checker refuses the one where the other is meant. The clock is looked up at each call,
so that whoever sets the clock of a process (the sandbox, a test) sets this one with it.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import NewType

EventTime = NewType("EventTime", datetime)
"""The moment that an event speaks of: anybody may have written it, and it may come late."""
RealTime = NewType("RealTime", datetime)
"""The present moment, by the machine's clock."""


def utc_now() -> RealTime:
    """The present moment, in UTC."""
    return RealTime(datetime.now(UTC))
