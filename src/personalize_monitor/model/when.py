"""Moments, durations and weekly times as people write them, with time zones and clock changes."""

from __future__ import annotations

import re
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from personalize_monitor.errors import InvalidRequest

_DURATION = re.compile(r"(?:(\d+)d)?(?:(\d+)h)?(?:(\d+)m(?:in)?)?")
_MOMENT = re.compile(r"(\d{4}-\d{2}-\d{2})[T ](\d{1,2}:\d{2}(?::\d{2})?)\s*(.*)")
_DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")
_MINUTES_A_DAY = 1440
EXAMPLE = "2026-11-27 08:00 Europe/Berlin"


def zone_of(name: str) -> ZoneInfo:
    """An IANA time zone. Raises InvalidRequest for a name that is none."""
    try:
        return ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError) as error:
        raise InvalidRequest(
            f"{name} is not a time zone; give one such as Europe/Berlin or UTC."
        ) from error


def moment(text: str) -> datetime:
    """``2026-11-27 08:00 Europe/Berlin``, or an ISO time with an offset, in UTC.

    Raises InvalidRequest for a time without a zone, and for one that the clock change of its zone
    skips or repeats.
    """
    match = _MOMENT.fullmatch(text.strip())
    if match is None:
        raise InvalidRequest(f"{text!r} is not a time; write it as {EXAMPLE}.")
    day, clock, zone = match.groups()
    if not zone:
        raise InvalidRequest(f"{text!r} has no time zone; write it as {EXAMPLE}, or end it with Z.")
    hour, _, rest = clock.partition(":")
    iso = f"{day}T{int(hour):02d}:{rest}"
    try:
        if re.fullmatch(r"Z|[+-]\d{2}:?\d{2}", zone):
            return datetime.fromisoformat(iso + zone).astimezone(UTC)
        local = datetime.fromisoformat(iso)
    except ValueError as error:
        raise InvalidRequest(f"{text!r} is not a time; write it as {EXAMPLE}.") from error
    return _in_zone(local, zone_of(zone), text)


def _in_zone(local: datetime, zone: ZoneInfo, text: str) -> datetime:
    early, late = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    if early == late:
        return early
    if early.astimezone(zone).replace(tzinfo=None) != local:
        raise InvalidRequest(
            f"{text} does not exist: the clocks go forward over it; give a time before or after."
        )
    raise InvalidRequest(
        f"{text} comes twice, because the clocks go back; give it in UTC: {early:%Y-%m-%d %H:%M} "
        f"UTC or {late:%Y-%m-%d %H:%M} UTC."
    )


def duration(text: str) -> timedelta:
    """``30m``, ``4h``, ``1h30m``, ``2d``. Raises InvalidRequest for anything else."""
    match = _DURATION.fullmatch(text.strip().lower())
    if match is None or not any(match.groups()):
        raise InvalidRequest(f"{text!r} is not a duration; write it as 30m, 4h, 1h30m or 2d.")
    days, hours, minutes = (int(part or 0) for part in match.groups())
    return timedelta(days=days, hours=hours, minutes=minutes)


@dataclass(frozen=True, slots=True)
class Weekly:
    """A clock time (minutes after midnight) on some days of the week (0 is Sunday)."""

    days: frozenset[int]
    minute: int

    def shifted(self, minutes: int) -> Weekly:
        """So many minutes later, or earlier if negative; over midnight the days move along."""
        over, minute = divmod(self.minute + minutes, _MINUTES_A_DAY)
        return Weekly(frozenset((day + over) % 7 for day in self.days), minute)

    @property
    def cron(self) -> str:
        """As Scheduler writes it."""
        hour, minute = divmod(self.minute, 60)
        every = len(self.days) == len(_DAYS)
        days = "*" if every else ",".join(_DAYS[day] for day in sorted(self.days))
        return f"cron({minute} {hour} ? * {days} *)"


def weekly(text: str) -> Weekly:
    """Read AWS's cron for one clock time on days of the week, such as ``0 8 ? * MON-FRI *``.

    Raises InvalidRequest for other crons: their start cannot be moved by the lead.
    """
    words = text.strip().removeprefix("cron(").removesuffix(")").upper().split()
    if len(words) != 6:
        raise InvalidRequest(f"{text!r} has {len(words)} fields; {_FORM}")
    minute, hour, date, month, days, year = words
    number = minute.isdecimal() and hour.isdecimal() and int(minute) < 60 and int(hour) < 24
    if not number or (date, month, year) not in {("?", "*", "*"), ("*", "*", "*")}:
        raise InvalidRequest(f"{text!r} is more than one clock time on days of the week; {_FORM}")
    if (date == "?") == (days == "?"):
        raise InvalidRequest(f"{text!r} needs exactly one ? among day and weekday; {_FORM}")
    return Weekly(_weekdays(days, text), int(hour) * 60 + int(minute))


_FORM = "write minute, hour, ?, *, weekdays, *, for example 0 8 ? * MON-FRI *."


def _weekdays(text: str, whole: str) -> frozenset[int]:
    if text in {"*", "?"}:
        return frozenset(range(7))
    found: set[int] = set()
    for part in text.split(","):
        first, dash, last = part.partition("-")
        begin, end = _weekday(first, whole), _weekday(last if dash else first, whole)
        found.update((begin + step) % 7 for step in range((end - begin) % 7 + 1))
    return frozenset(found)


def _weekday(text: str, whole: str) -> int:
    if text in _DAYS:
        return _DAYS.index(text)
    if text.isdecimal() and 1 <= int(text) <= 7:
        return int(text) - 1  # AWS counts from 1, Sunday
    raise InvalidRequest(f"{text!r} in {whole!r} is not a day of the week; {_FORM}")
