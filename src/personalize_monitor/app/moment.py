"""What time it is: the event's own ``time``, and real UTC where an event has none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from personalize_monitor.clock import utc_now
from personalize_monitor.errors import InvalidRequest


def moment_of(event: Mapping[str, Any]) -> datetime:
    """The moment that an event speaks of, in UTC.

    Taking it from the event makes a repeated or late run see the same window again.
    """
    text = event.get("time")
    return utc_now() if text is None else iso_moment("time", text)


def in_utc(text: str) -> datetime:
    """An ISO time; UTC unless it says otherwise.

    Raises:
        ValueError: it is no time, or its zone takes it beyond the calendar.
    """
    found = datetime.fromisoformat(text)
    try:
        return found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} lies beyond the calendar") from error


def iso_moment(name: str, value: object) -> datetime:
    """The UTC moment in an event's field; without a zone it is UTC. Raises InvalidRequest."""
    try:
        return in_utc(str(value))
    except ValueError as error:
        raise InvalidRequest(
            f"{name} is {value!r}; give an ISO time such as 2026-11-27T18:00:00Z."
        ) from error
