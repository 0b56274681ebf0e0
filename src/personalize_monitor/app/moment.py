"""What time it is: the event's own ``time``, and real UTC where an event has none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from personalize_monitor.clock import EventTime, utc_now
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.moment import utc_of


def moment_of(event: Mapping[str, Any]) -> EventTime:
    """The moment that an event speaks of, in UTC.

    Taking it from the event makes a repeated or late run see the same window again.
    """
    text = event.get("time")
    return EventTime(utc_now() if text is None else iso_moment("time", text))


def in_utc(text: str) -> datetime:
    """An ISO time; UTC unless it says otherwise.

    Raises:
        ValueError: it is no time, or one beyond the calendar.
    """
    return utc_of(text)


def iso_moment(name: str, value: object) -> datetime:
    """The UTC moment in an event's field; without a zone it is UTC. Raises InvalidRequest."""
    try:
        return in_utc(str(value))
    except ValueError as error:
        raise InvalidRequest(
            f"{name} is {value!r}; give an ISO time such as 2026-11-27T18:00:00Z."
        ) from error
