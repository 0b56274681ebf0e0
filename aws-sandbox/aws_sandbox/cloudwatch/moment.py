"""Time in the sandbox's CloudWatch: epoch seconds inside, aware datetimes at the door."""

from __future__ import annotations

from datetime import UTC, datetime

from aws_sandbox import clock

MINUTE = 60
HOUR = 3_600
DAY = 86_400
WEEK = 604_800


def epoch_now() -> float:
    """The sandbox's time in seconds since 1970."""
    return clock.current().now().timestamp()


def to_epoch(value: float | str | datetime) -> float:
    """Seconds since 1970 of a wire timestamp: JSON numbers, ISO text or a datetime."""
    if isinstance(value, int | float):
        return float(value)
    if isinstance(value, str):
        value = datetime.fromisoformat(value)
    if value.tzinfo is None:
        value = value.replace(tzinfo=UTC)
    return value.timestamp()


def floor_to(seconds: float, step: int) -> int:
    """Round down to a multiple of `step` seconds."""
    return int(seconds // step) * step


def iso_millis(seconds: float) -> str:
    """CloudWatch's own text form: 2026-03-02T10:00:00.000+0000."""
    moment = datetime.fromtimestamp(seconds, UTC)
    return moment.strftime("%Y-%m-%dT%H:%M:%S.") + f"{moment.microsecond // 1000:03d}+0000"
