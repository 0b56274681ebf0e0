"""When a digest is due; apart from what writes it, which a cycle need not load."""

from __future__ import annotations

from datetime import datetime, timedelta

PERIODS = {"Weekly": timedelta(days=7), "Daily": timedelta(days=1)}
"""By the values of the parameter ``Digest``; ``Off`` has none."""
_AT_HOUR = 7


def due_since(every: str, now: datetime) -> datetime | None:
    """When the latest digest was due: each day, or Monday, at 07:00 UTC; None where it is off."""
    if every not in PERIODS:
        return None
    point = now.replace(hour=_AT_HOUR, minute=0, second=0, microsecond=0)
    if every == "Weekly":
        point -= timedelta(days=point.weekday())
    return point if point <= now else point - PERIODS[every]
