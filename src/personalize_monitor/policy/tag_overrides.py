"""What a person wants for one resource, written as tags on it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime

from personalize_monitor.contract import (
    EXEMPT_TAG,
    HOLD_UNTIL_TAG,
    IDLE_HOURS_TAG,
    MAX_TPS_TAG,
    MIN_TPS_TAG,
    TAG_PREFIX,
)
from personalize_monitor.model.moment import utc_of

_LONGEST_IDLE = 14 * 24
_HIGHEST_BOUND = 10_000
"""The quota of one campaign is adjustable, so a bound may lie above its default."""
_DIGITS = 9  # Python reads no numbers of thousands of digits


@dataclass(frozen=True, slots=True)
class TagOverrides:
    """The tags of one resource, understood.

    ``exempt`` says in a sentence why it must not be touched; empty when it may be. A tag that
    cannot be understood is in ``problems`` and exempts, because somebody wanted something.
    """

    exempt: str = ""
    hold_until: datetime | None = None
    min_floor: int | None = None
    max_floor: int | None = None
    idle_hours: int | None = None
    problems: tuple[str, ...] = ()


NO_WISHES = TagOverrides()


def tag_overrides_in(tags: Mapping[str, str], now: datetime) -> TagOverrides:
    """Understand the tags of a resource at ``now``; tags of other programs are not looked at."""
    problems: list[str] = []

    def whole(key: str, lowest: int, highest: int) -> int | None:
        text = tags.get(key)
        if text is None:
            return None
        word = text.strip()  # strips more than int() forgives
        if word.isdecimal() and len(word) <= _DIGITS and lowest <= int(word) <= highest:
            return int(word)
        problems.append(f"Tag {key} is {text!r}; give a whole number from {lowest} to {highest}.")
        return None

    exempt, problem = _exempt(tags.get(EXEMPT_TAG), now)
    hold, hold_problem = _moment(tags.get(HOLD_UNTIL_TAG))
    problems += [p for p in (problem, hold_problem) if p]
    lowest, highest = (
        whole(MIN_TPS_TAG, 1, _HIGHEST_BOUND),
        whole(MAX_TPS_TAG, 1, _HIGHEST_BOUND),
    )
    if lowest and highest and lowest > highest:
        problems.append(f"Tag {MIN_TPS_TAG} ({lowest}) is above tag {MAX_TPS_TAG} ({highest}).")
    idle_hours = whole(IDLE_HOURS_TAG, 2, _LONGEST_IDLE)
    problems += _strangers(tags)
    if problems and not exempt:
        exempt = f"A tag cannot be understood, so it is left alone: {' '.join(problems)}"
    return TagOverrides(exempt, hold, lowest, highest, idle_hours, tuple(problems))


def _exempt(text: str | None, now: datetime) -> tuple[str, str]:
    """(Why it is exempt, what is wrong with the tag)."""
    word = "" if text is None else text.strip().casefold()
    if text is None or word == "no":
        return "", ""
    if word == "yes":
        return f"Tag {EXEMPT_TAG} is yes.", ""
    try:
        last = date.fromisoformat(word.removeprefix("until:").strip())
    except ValueError:
        last = None
    if last is None or not word.startswith("until:"):
        return "", f"Tag {EXEMPT_TAG} is {text!r}; give yes, no, or until:2027-01-31."
    # The day itself is included. Days are compared: the calendar's last one has no end.
    over = last < now.astimezone(UTC).date()
    return ("" if over else f"Tag {EXEMPT_TAG} says until {last.isoformat()}."), ""


def _moment(text: str | None) -> tuple[datetime | None, str]:
    if text is None:
        return None, ""
    try:
        return utc_of(text.strip()), ""
    except ValueError:
        return None, f"Tag {HOLD_UNTIL_TAG} is {text!r}; give a time such as 2026-11-27T18:00:00Z."


def _strangers(tags: Mapping[str, str]) -> list[str]:
    known = {EXEMPT_TAG, HOLD_UNTIL_TAG, MIN_TPS_TAG, MAX_TPS_TAG, IDLE_HOURS_TAG}
    ours = sorted(key for key in tags if _is_meant_for_us(key) and key not in known)
    return [f"Tag {key} is not one of {', '.join(sorted(known))}." for key in ours]


def _is_meant_for_us(key: str) -> bool:
    """Whether somebody wrote our prefix, in whatever capitals and with whatever between."""
    plain = "".join(c for c in key if c not in " _-").casefold()
    return plain.startswith(TAG_PREFIX.casefold())
