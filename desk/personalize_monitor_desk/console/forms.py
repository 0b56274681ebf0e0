"""What people type into the forms of the pages, read strictly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime

from personalize_monitor.context.moment import in_utc
from personalize_monitor.errors import InvalidRequest

Form = Mapping[str, str]
_DIGITS = 9


def whole(form: Form, name: str, lowest: int, highest: int) -> int:
    """A whole number. Raises InvalidRequest for anything else."""
    text = form.get(name, "").strip()
    # Python reads no numbers of thousands of digits.
    if not text.isdecimal() or len(text) > _DIGITS or not lowest <= int(text) <= highest:
        raise InvalidRequest(f"{name} must be a whole number from {lowest} to {highest}.")
    return int(text)


def moment(form: Form, name: str) -> datetime:
    """A time, in UTC unless it says otherwise. Raises InvalidRequest for anything else."""
    try:
        return in_utc(form.get(name, ""))
    except ValueError:
        raise InvalidRequest(f"{name} must be a time such as 2026-11-27T08:00.") from None
