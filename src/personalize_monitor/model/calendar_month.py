"""Months as AWS bills them: by the UTC calendar, written ``2026-11``."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime


def month_of(epoch: int) -> str:
    """The month that an epoch second falls in."""
    return datetime.fromtimestamp(epoch, UTC).strftime("%Y-%m")


def month_start(epoch: int) -> int:
    """The first epoch second of the month that ``epoch`` falls in."""
    moment = datetime.fromtimestamp(epoch, UTC)
    return int(datetime(moment.year, moment.month, 1, tzinfo=UTC).timestamp())


def month_end(epoch: int) -> int:
    """The first epoch second of the month after."""
    # 31 days and a bit lead from any month's start into the next month.
    return month_start(month_start(epoch) + 32 * 86_400)


def by_month(since: int, until: int) -> Iterator[tuple[str, int, int]]:
    """(Month, begin, end) of each part of ``since`` to ``until`` that lies in one month."""
    while since < until:
        end = min(until, month_end(since))
        yield month_of(since), since, end
        since = end
