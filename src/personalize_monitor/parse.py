"""Readers for parameter values: text or JSON in, typed value out, or BadValue with the cure.

Each reader takes what CloudFormation or an event may carry (text, number, boolean, list) and
says in its BadValue which values are allowed; the caller adds the name of the parameter.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass

from personalize_monitor.errors import InvalidArn, InvalidRequest, PersonalizeMonitorError
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.when import zone_of

_YES = frozenset({"yes", "true", "on", "1"})
_NO = frozenset({"no", "false", "off", "0"})
_EMAIL = re.compile(r"[^@\s,;:<>\"]+@[^@\s,;:<>\"]+\.[^@\s,;:<>\".]+")
_SHORT = re.compile(
    # The template takes the same parts out of every ARN, and has no word for the partition.
    r"(arn:aws(-[a-z]+)*:personalize:)?"
    r"(?P<region>[a-z]{2}(-[a-z]+)+-\d+)(:(?P<account>\d{12}))?/(?P<name>[\w-]+)"
)
_ROLE = re.compile(r"arn:aws(-[a-z]+)*:iam::\d{12}:role/[\w+=,.@/-]{1,512}")


class BadValue(PersonalizeMonitorError, ValueError):
    """A value that cannot be meant; the message says which values are allowed."""


@dataclass(frozen=True, slots=True)
class Selection:
    """Which resources of a kind are wanted: all of them, or just ``arns`` (maybe none)."""

    all: bool
    arns: frozenset[Arn] = frozenset()


def switch(value: object) -> bool:
    """Yes or No, as a word or a boolean; case does not matter."""
    if isinstance(value, bool):
        return value
    word = str(value).strip().casefold()
    if word in _YES:
        return True
    if word in _NO:
        return False
    raise BadValue("allowed are Yes and No.")


def on_or_off(value: object) -> bool:
    """On or Off, or whatever ``switch`` understands."""
    try:
        return switch(value)
    except BadValue:
        raise BadValue("allowed are On and Off.") from None


def whole(lowest: int, highest: int, unit: str) -> Callable[[object], int]:
    """A reader of whole numbers from ``lowest`` to ``highest``."""

    def read(value: object) -> int:
        number_read = _as_number(value)
        if number_read is None or number_read != int(number_read):
            raise BadValue(f"allowed are whole numbers from {lowest} to {highest} ({unit}).")
        if not lowest <= number_read <= highest:
            raise BadValue(f"allowed are {lowest} to {highest} {unit}.")
        return int(number_read)

    return read


def number(
    lowest: float, highest: float, *, presets: Mapping[str, float] | None = None
) -> Callable[[object], float]:
    """A reader of numbers from ``lowest`` to ``highest``, or one of the ``presets`` by name."""
    names = presets or {}
    words = f", or {', '.join(names)}" if names else ""

    def read(value: object) -> float:
        if isinstance(value, str) and value.strip().casefold() in names:
            return names[value.strip().casefold()]
        found = _as_number(value)
        if found is None or not lowest <= found <= highest:
            raise BadValue(f"allowed are numbers from {lowest:g} to {highest:g}{words}.")
        return found

    return read


def bound(lowest: float, highest: float) -> Callable[[object], float | None]:
    """A number from ``lowest`` to ``highest``, or blank for no bound at all."""
    read_number = number(lowest, highest)

    def read(value: object) -> float | None:
        return None if isinstance(value, str) and not value.strip() else read_number(value)

    return read


def one_of(*words: str) -> Callable[[object], str]:
    """A reader of one word out of ``words``, however it is capitalized."""
    *others, last = words
    known = {word.casefold(): word for word in words}

    def read(value: object) -> str:
        word = known.get(str(value).strip().casefold())
        if word is None:
            raise BadValue(f"allowed are {', '.join(others)} and {last}.")
        return word

    return read


def time_zone(value: object) -> str:
    """A zone of the IANA list; blank for none."""
    name = str(value).strip()
    if name:
        try:
            zone_of(name)
        except InvalidRequest as problem:
            raise BadValue(
                "it is not known here; give a zone of the IANA list, such as Europe/Berlin, or "
                "leave it blank."
            ) from problem
    return name


def selection(kind: str) -> Callable[[object], Selection]:
    """A reader of ``all``, ``none``, or ARNs of one kind separated by commas."""

    def read(value: object) -> Selection:
        items = _items(value)
        words = {item.casefold() for item in items}
        if words in ({"all"}, {"none"}):
            return Selection(all=words == {"all"})
        if words & {"all", "none"}:
            raise BadValue(f"give either all, or none, or {kind} ARNs, not a mixture.")
        if not items:
            raise BadValue(f"allowed are all, none, or {kind} ARNs separated by commas.")
        return Selection(all=False, arns=frozenset(_arns(items, kind)))

    return read


def regions(known: tuple[str, ...]) -> Callable[[object], tuple[str, ...]]:
    """A reader of region names separated by commas, ``all`` for all ``known``, or nothing."""

    def read(value: object) -> tuple[str, ...]:
        items = [item.lower() for item in _items(value)]
        if items == ["all"]:
            return tuple(r for r in known if not r.startswith("cn-"))
        strange = [item for item in items if item not in known]
        if strange:
            raise BadValue(
                f"{', '.join(strange)} is not a region with Amazon Personalize; "
                f"allowed are all, or names from {', '.join(known)}."
            )
        return tuple(dict.fromkeys(items))

    return read


def email(value: object) -> str:
    """One e-mail address, or nothing."""
    text = str(value or "").strip()
    if text and not _EMAIL.fullmatch(text):
        raise BadValue("give one e-mail address such as team@example.com, or leave it blank.")
    return text


def role_arns(value: object) -> tuple[str, ...]:
    """ARNs of IAM roles separated by commas, or nothing; at most one for an account."""
    items = _items(value)
    for item in items:
        if not _ROLE.fullmatch(item):
            raise BadValue(
                f"{item} is not the ARN of a role; "
                "it should look like arn:aws:iam::123456789012:role/personalize-monitor-member."
            )
    accounts = [item.split(":")[4] for item in items]
    if twice := {account for account in accounts if accounts.count(account) > 1}:
        raise BadValue(f"account {min(twice)} is named twice; give one role for each account.")
    return tuple(items)


def in_full(value: object, kind: str, account: str) -> list[str]:
    """The items of a selection, ``REGION/NAME`` and ``REGION:ACCOUNT/NAME`` written out as ARNs.

    ``account`` is whose a resource is where nothing is said; anything else stays as it is.
    """
    found = []
    for item in _items(value):
        short = _SHORT.fullmatch(item)
        owner = (short["account"] or account) if short else ""
        if short and owner:
            region = short["region"]
            place = f"{_partition(region)}:personalize:{region}:{owner}"
            found.append(f"arn:{place}:{kind}/{short['name']}")
        else:
            found.append(item)
    return found


def _partition(region: str) -> str:
    prefixes = {"cn-": "aws-cn", "us-gov-": "aws-us-gov"}
    return next((name for start, name in prefixes.items() if region.startswith(start)), "aws")


def _items(value: object) -> list[str]:
    parts = value if isinstance(value, list | tuple) else str(value or "").split(",")
    return [text for part in parts if (text := str(part).strip())]


def _arns(items: list[str], kind: str) -> list[Arn]:
    found, problems = [], []
    for item in items:
        try:
            found.append(Arn.of_resource(item, kinds=(kind,)))
        except InvalidArn as problem:
            problems.append(str(problem))
    if problems:
        raise BadValue(" ".join(problems))
    return found


def _as_number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None
