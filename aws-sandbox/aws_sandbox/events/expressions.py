"""Schedule expressions of EventBridge: rate(), cron() and at().

Source: EventBridge user guide, "Creating a rule that runs on a schedule", and Scheduler user guide,
"Schedule types": six cron fields, `at` and `cron` in a time zone, skipped in a DST gap, once in an
overlap.
"""

from __future__ import annotations

import calendar
import re
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Protocol
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

_RATE = re.compile(r"rate\((\d+) (minute|minutes|hour|hours|day|days)\)")
_AT = re.compile(r"at\((\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d)\)")
_CRON = re.compile(r"cron\(([^)]+)\)")
_MONTHS = {name.upper(): number for number, name in enumerate(calendar.month_abbr) if name}
_DAYS = dict(zip(("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT"), range(1, 8), strict=True))


class ExpressionError(ValueError):
    """A schedule expression is not valid; the sentence says what would be."""


class Schedule(Protocol):
    """When something is due."""

    def after(self, moment: datetime, anchor: datetime) -> datetime | None:
        """The first due time later than `moment`; rates count from `anchor`. UTC."""
        ...


@dataclass(frozen=True, slots=True)
class Rate:
    """Every so often, counted from the moment the schedule was created."""

    every: timedelta

    def after(self, moment: datetime, anchor: datetime) -> datetime | None:
        """See Schedule."""
        if moment < anchor:
            return anchor + self.every
        return anchor + self.every * ((moment - anchor) // self.every + 1)


@dataclass(frozen=True, slots=True)
class At:
    """Once, at this time."""

    when: datetime

    def after(self, moment: datetime, anchor: datetime) -> datetime | None:
        """See Schedule."""
        del anchor
        return self.when if self.when > moment else None


@dataclass(frozen=True, slots=True)
class Cron:
    """At these minutes and hours of matching days, in a time zone."""

    minutes: tuple[int, ...]
    hours: tuple[int, ...]
    days: str
    months: frozenset[int]
    weekdays: str
    years: frozenset[int] | None
    zone: ZoneInfo

    def after(self, moment: datetime, anchor: datetime) -> datetime | None:
        """See Schedule; None when nothing is due within eight years."""
        del anchor
        day = moment.astimezone(self.zone).date()
        for _ in range(366 * 8):
            if self._day_matches(day):
                for hour in self.hours:
                    for minute in self.minutes:
                        due = self._moment(day, hour, minute)
                        if due is not None and due > moment:
                            return due
            day += timedelta(days=1)
        return None

    def _moment(self, day: date, hour: int, minute: int) -> datetime | None:
        local = datetime.combine(day, time(hour, minute), tzinfo=self.zone)
        due = local.astimezone(UTC)
        # A wall time that does not come back does not exist: a daylight-saving gap.
        return (
            due
            if due.astimezone(self.zone).replace(tzinfo=None) == local.replace(tzinfo=None)
            else None
        )

    def _day_matches(self, day: date) -> bool:
        if day.month not in self.months or (self.years is not None and day.year not in self.years):
            return False
        if self.days == "?":
            return _weekday_matches(self.weekdays, day)
        return _month_day_matches(self.days, day)


def _weekday_matches(field: str, day: date) -> bool:
    number = day.isoweekday() % 7 + 1
    for part in field.split(","):
        if "#" in part:
            weekday, nth = part.split("#")
            if number == _number(weekday, _DAYS) and (day.day - 1) // 7 + 1 == int(nth):
                return True
        elif part.endswith("L") and part != "L":
            last = calendar.monthrange(day.year, day.month)[1]
            if number == _number(part[:-1], _DAYS) and day.day + 7 > last:
                return True
        elif number in _expand("7" if part == "L" else part, 1, 7, _DAYS):
            return True
    return False


def _month_day_matches(field: str, day: date) -> bool:
    last = calendar.monthrange(day.year, day.month)[1]
    return any(
        day.day == last if part == "L" else day.day in _expand(part, 1, 31, {})
        for part in field.split(",")
    )


def _number(text: str, names: dict[str, int]) -> int:
    return names[text.upper()] if text.upper() in names else int(text)


def _expand(field: str, low: int, high: int, names: dict[str, int]) -> frozenset[int]:
    """All numbers that a cron field names.

    Raises:
        ValueError: it is not a number, list, range or step within the bounds.
    """
    found: set[int] = set()
    for part in field.split(","):
        span, _, step = part.partition("/")
        if span in {"*", "?"}:
            first, last = low, high
        elif "-" in span:
            start, end = span.split("-")
            first, last = _number(start, names), _number(end, names)
        else:
            first = _number(span, names)
            last = high if step else first
        if not low <= first <= last <= high:
            raise ValueError(f"{part} is outside {low}-{high}")
        found.update(range(first, last + 1, int(step or 1)))
    return frozenset(found)


def parse(expression: str, zone: str = "UTC") -> Schedule:
    """The schedule that an expression describes.

    Raises:
        ExpressionError: it is not a valid rate(), cron() or at(), or the zone is unknown.
    """
    try:
        tz = ZoneInfo(zone)
    except (ZoneInfoNotFoundError, ValueError) as problem:
        raise ExpressionError(f"{zone!r} is not an IANA time zone.") from problem
    text = expression.strip()
    if match := _RATE.fullmatch(text):
        return _rate(text, int(match.group(1)), match.group(2))
    if match := _AT.fullmatch(text):
        return At(datetime.fromisoformat(match.group(1)).replace(tzinfo=tz).astimezone(UTC))
    if match := _CRON.fullmatch(text):
        return _cron(text, match.group(1).split(), tz)
    raise ExpressionError(
        f"{expression!r} is not a schedule expression; use rate(5 minutes), "
        "cron(0 12 * * ? *) or at(2026-01-31T12:00:00)."
    )


def _rate(text: str, value: int, unit: str) -> Rate:
    # EventBridge insists on the singular for 1 and the plural otherwise.
    if value < 1 or (value == 1) == unit.endswith("s"):
        raise ExpressionError(
            f"{text!r}: write the unit in the singular for 1, else in the plural."
        )
    seconds = {"minute": 60, "hour": 3600, "day": 86400}[unit.removesuffix("s")]
    return Rate(timedelta(seconds=value * seconds))


def _cron(text: str, fields: list[str], zone: ZoneInfo) -> Cron:
    if len(fields) != 6:
        raise ExpressionError(f"{text!r}: needs six fields, the last one being the year.")
    minutes, hours, days, months, weekdays, years = fields
    if (days == "?") == (weekdays == "?"):
        raise ExpressionError(f"{text!r}: exactly one of day-of-month and day-of-week must be '?'.")
    try:
        cron = Cron(
            tuple(sorted(_expand(minutes, 0, 59, {}))),
            tuple(sorted(_expand(hours, 0, 23, {}))),
            days,
            _expand(months, 1, 12, _MONTHS),
            weekdays,
            None if years == "*" else _expand(years, 1970, 2199, {}),
            zone,
        )
        cron.after(datetime(2024, 1, 1, tzinfo=UTC), datetime(2024, 1, 1, tzinfo=UTC))
    except (ValueError, KeyError) as problem:
        raise ExpressionError(f"{text!r}: {problem}.") from problem
    return cron
