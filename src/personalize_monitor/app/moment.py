"""What time it is: the event's own ``time``, and real UTC where an event has none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime
from typing import Any

from personalize_monitor.errors import InvalidRequest


def moment_of(event: Mapping[str, Any]) -> datetime:
    """The moment that an event speaks of, in UTC.

    Taking it from the event makes a repeated or late run see the same window again.
    """
    text = event.get("time")
    if text is None:
        return datetime.now(UTC)
    try:
        moment = datetime.fromisoformat(str(text))
    except ValueError as error:
        raise InvalidRequest(
            f"time is {text!r}; give an ISO time such as 2026-11-27T08:00:00Z."
        ) from error
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
