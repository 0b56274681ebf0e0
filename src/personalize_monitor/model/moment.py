"""Times that people and other programs wrote, read strictly and once."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

_EARLIEST = datetime(1970, 1, 1, tzinfo=UTC)


def utc_of(text: str) -> datetime:
    """An ISO time in UTC; without a zone it is UTC.

    Raises ValueError: it is no time, or one that no clock shows.
    """
    found = datetime.fromisoformat(text)
    try:
        found = found.replace(tzinfo=UTC) if found.tzinfo is None else found.astimezone(UTC)
    except OverflowError as error:
        raise ValueError(f"{text} lies beyond the calendar") from error
    if found < _EARLIEST:
        raise ValueError(f"{text} lies before all that could be meant")
    return found


def known_time(value: object) -> datetime | None:
    """The UTC moment in a record's field; None for what is no time."""
    try:
        return utc_of(value) if isinstance(value, str) else None
    except ValueError:
        return None


def later(moment: datetime, minutes: object) -> datetime | None:
    """``minutes`` after a moment; None for what is no number of minutes to count."""
    if isinstance(minutes, bool) or not isinstance(minutes, int | float):
        return None
    try:
        return moment + timedelta(minutes=minutes)
    except (OverflowError, ValueError):
        return None
