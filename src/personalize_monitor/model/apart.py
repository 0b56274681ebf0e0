"""A room of its own for each thing: one that cannot be dealt with costs itself only.

What AWS, people and other programs write may be odd in ways that nobody thought of. Work on many
things goes through here wherever one odd thing would otherwise stop the work on all the others.
"""

from __future__ import annotations

import logging
from collections.abc import Callable, Iterable
from typing import TypeVar

_Thing = TypeVar("_Thing")
_Result = TypeVar("_Result")
_LONGEST = 300
_log = logging.getLogger(__name__)


def apart(
    things: Iterable[_Thing],
    work: Callable[[_Thing], _Result],
    *,
    doing: str,
    name: Callable[[_Thing], str] = str,
) -> tuple[list[_Result], list[str]]:
    """(What ``work`` made of each thing that it could deal with, a sentence for each other one).

    ``doing`` begins the sentence, such as "Reading the alarm"; ``name`` is asked for the rest.
    """
    results: list[_Result] = []
    problems: list[str] = []
    for thing in things:
        try:
            results.append(work(thing))
        except Exception as error:  # noqa: BLE001  whatever it is, it is of this thing
            what = _named(thing, name)
            _log.exception("one of many failed", extra={"doing": doing, "thing": what})
            problems.append(
                f"{doing} {what} failed ({type(error).__name__}: {str(error)[:_LONGEST]}); "
                "it is left alone in this cycle, and nothing else is affected."
            )
    return results, problems


def _named(thing: _Thing, name: Callable[[_Thing], str]) -> str:
    try:
        return name(thing)[:_LONGEST]
    except Exception:  # noqa: BLE001  what cannot be read may not be nameable either
        return repr(thing)[:_LONGEST]
