"""The time rules of reading: rounding of StartTime and what is still kept at which period."""

from __future__ import annotations

from aws_sandbox.cloudwatch.errors import ValidationError
from aws_sandbox.cloudwatch.keys import Params
from aws_sandbox.cloudwatch.moment import DAY, HOUR, MINUTE, floor_to, to_epoch

FIVE_MINUTES = 300
MINUTE_KEPT = 15 * DAY
FIVE_MINUTES_KEPT = 63 * DAY
HOUR_KEPT = 455 * DAY
SUB_MINUTE_KEPT = 3 * HOUR


def time_range(params: Params) -> tuple[float, float]:
    """StartTime and EndTime in epoch seconds.

    Raises:
        ValidationError: one is missing, or they are the wrong way round.
    """
    for name in ("StartTime", "EndTime"):
        if params.get(name) is None:
            raise ValidationError(f"The parameter {name} is required.")
    start, end = to_epoch(params["StartTime"]), to_epoch(params["EndTime"])
    if start >= end:
        raise ValidationError("The parameter StartTime must be less than the parameter EndTime.")
    return start, end


def round_start(start: float, now: float, period: int) -> int:
    """StartTime as CloudWatch rounds it: to the minute, 5 minutes or hour by its age."""
    age = now - start
    if age > FIVE_MINUTES_KEPT:
        return floor_to(start, HOUR)
    if age > MINUTE_KEPT:
        return floor_to(start, FIVE_MINUTES)
    return floor_to(start, period if period < MINUTE else MINUTE)


def oldest_kept(now: float, period: int) -> float:
    """The oldest moment that still answers to a period; finer data has been aggregated away."""
    if period % HOUR == 0:
        return now - HOUR_KEPT
    if period % FIVE_MINUTES == 0:
        return now - FIVE_MINUTES_KEPT
    return now - (MINUTE_KEPT if period % MINUTE == 0 else SUB_MINUTE_KEPT)


def readable_from(start: int, now: float, period: int) -> int:
    """`start`, moved forward by whole periods to where data of that period is still kept."""
    oldest = oldest_kept(now, period)
    if start >= oldest:
        return start
    return start + -int((start - oldest) // period) * period
