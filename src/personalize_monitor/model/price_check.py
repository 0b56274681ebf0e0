"""Checks of untyped price data that collect every mistake instead of stopping at the first."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from decimal import Decimal
from difflib import get_close_matches
from fractions import Fraction

from personalize_monitor.errors import SettingsError


class Checker:
    """Collects mistakes in the data that came from ``where`` (a file name, for people)."""

    def __init__(self, where: str) -> None:
        self.where = where
        self._problems: list[str] = []

    def mistake(self, path: str, what: str) -> None:
        """Note that the value at ``path`` is wrong; ``what`` brings no full stop."""
        stop = "" if what.endswith("?") else "."
        self._problems.append(f"{self.where}: {path} {what}{stop}")

    def finish(self) -> None:
        """Raise SettingsError if anything was wrong."""
        if self._problems:
            raise SettingsError(self._problems)

    def number(self, path: str, value: object, *, most: int | None = None) -> Fraction:
        """A number from 0 to ``most``, exactly as it was written; 0 when it is none."""
        number = _exact(value)
        if number is None or number < 0 or (most is not None and number > most):
            limit = "0 or more" if most is None else f"from 0 to {most}"
            self.mistake(path, f"is {value!r}, which is no number {limit}; correct it")
            return Fraction(0)
        return number

    def table(self, path: str, value: object) -> Iterable[tuple[str, object]]:
        """The entries of a table; none when it is something else."""
        if isinstance(value, Mapping):
            return [(str(key), item) for key, item in value.items()]
        self.mistake(path, f"is {value!r}, which is no table; write it as a [section]")
        return []

    def keys(self, path: str, values: Mapping[str, object], known: Collection[str]) -> None:
        """Note every key that nothing reads, with the nearest one that something does."""
        for key in values:
            if key not in known:
                self.mistake(f"{path}.{key}".lstrip("."), f"is not known; {_hint(key, known)}")

    def choice(self, path: str, value: object, known: Collection[str]) -> bool:
        """Whether ``value`` is one of ``known``; noted when it is not."""
        if value in known:
            return True
        self.mistake(path, f"says {value!r}, which means nothing; {_hint(str(value), known)}")
        return False


def _hint(word: str, known: Collection[str]) -> str:
    """What to write instead of ``word``."""
    near = get_close_matches(word, known, n=1)
    return f"did you mean {near[0]}?" if near else f"use one of {', '.join(known)}"


def _exact(value: object) -> Fraction | None:
    """The number as its decimal digits say; None when it is no finite number."""
    if isinstance(value, bool) or not isinstance(value, int | float | str | Decimal):
        return None
    try:
        # Through the text, so that a float 0.1 means one tenth.
        return Fraction(str(value).strip())
    except (ValueError, ZeroDivisionError):
        return None
