"""What time it is: the event's own ``time``, and real UTC where an event has none."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.clock import EventTime, utc_now
from personalize_monitor.errors import InvalidRequest, quoted
from personalize_monitor.model.moment import utc_of

AHEAD = timedelta(minutes=1)
"""How far an event's time may be ahead of ours: clocks differ, and nothing else excuses it."""
LATE = timedelta(hours=1)
"""An event whose time is longer ago is a replay; no delivery of the schedule is so late."""


def moment_of(event: Mapping[str, Any]) -> EventTime:
    """The moment that an event speaks of, in UTC.

    Taking it from the event makes a repeated or late run see the same window again. Raises
    InvalidRequest for a time that has not come yet: it would measure what has not happened.
    """
    present, moment = utc_now(), time_said(event)
    if moment > present + AHEAD:
        raise InvalidRequest(
            f"time is {quoted(event.get('time'))}, and it is {present:%Y-%m-%dT%H:%M:%SZ} now; "
            "nothing was done for a time that has not come. Give a time with its zone, or leave "
            "it out."
        )
    return moment


def time_said(event: Mapping[str, Any]) -> EventTime:
    """The moment that an event names, wherever it lies; the present where it names none."""
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
            f"{name} is {quoted(value)}; give an ISO time such as 2026-11-27T18:00:00Z."
        ) from error
