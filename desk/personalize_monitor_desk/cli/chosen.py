"""The rows that people asked for: sorted by a column, and narrowed by tests of columns."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from typing import Any

import jmespath
from jmespath.exceptions import JMESPathError

from personalize_monitor_desk.cli.exits import Usage
from personalize_monitor_desk.cli.habits import Asked
from personalize_monitor_desk.cli.table import Column, Table

_TEST = re.compile(r"(?P<column>[^=<>!]+?)\s*(?P<sign>!=|=|>|<)\s*(?P<value>.*)", re.DOTALL)


def chosen(table: Table[Any], asked: Asked) -> Table[Any]:
    """``table`` as it was asked for. Raises Usage for a column that it does not have."""
    rows = list(table.rows)
    for test in asked.filters:
        holds = _test(table, test)
        rows = [row for row in rows if holds(row)]
    if asked.sort:
        rows = _sorted(table, rows, asked.sort)
    if not asked.filters:
        return replace(table, rows=rows)
    # The sums below the table are of everything.
    empty = "No row is like that." if table.rows else table.empty
    return replace(table, rows=rows, footer=(), empty=empty)


def searched(document: Mapping[str, Any], path: str) -> Any:
    """What a JMESPath finds in a document. Raises Usage for one that cannot be read."""
    try:
        return jmespath.search(path, document)
    except JMESPathError as problem:
        text = " ".join(str(problem).split())
        raise Usage(f"--query {path} is no JMESPath: {text}") from problem


def _column(table: Table[Any], name: str) -> Column[Any]:
    wanted = name.strip().lower()
    for column in table.columns:
        if wanted in {column.key.lower(), column.title.lower()}:
            return column
    keys = [column.key for column in table.columns]
    near = get_close_matches(wanted, keys, n=1)
    hint = f"did you mean {near[0]}?" if near else f"there are {', '.join(keys)}."
    raise Usage(f"There is no column {name.strip()}; {hint}")


def _sorted(table: Table[Any], rows: Sequence[Any], wish: str) -> list[Any]:
    column = _column(table, wish.removeprefix("-"))
    known = [row for row in rows if column.value(row) not in (None, "")]
    numbers = all(_number(column.value(row)) is not None for row in known)

    def key(row: Any) -> Any:
        value = column.value(row)
        return _number(value) if numbers else str(value).casefold()

    ordered = sorted(known, key=key, reverse=wish.startswith("-"))
    # What is not known is neither the most nor the least.
    return [*ordered, *(row for row in rows if row not in known)]


def _test(table: Table[Any], text: str) -> Callable[[Any], bool]:
    found = _TEST.fullmatch(text)
    if found is None:
        raise Usage(
            f"--filter {text} is no test; write COLUMN=TEXT, COLUMN!=TEXT, COLUMN>NUMBER or "
            "COLUMN<NUMBER."
        )
    column, sign, value = _column(table, found["column"]), found["sign"], found["value"].strip()
    if sign in {"=", "!="}:
        return lambda row: _like(column, row, value) is (sign == "=")
    limit = _number(value)
    if limit is None:
        raise Usage(f"--filter {text}: {value or 'nothing'} is no number.")

    def compared(row: Any) -> bool:
        number = _number(column.value(row))
        return number is not None and (number > limit if sign == ">" else number < limit)

    return compared


def _like(column: Column[Any], row: Any, pattern: str) -> bool:
    value = column.value(row)
    texts = {column.text(row), "" if value is None else str(value)}
    return any(fnmatchcase(text.casefold(), pattern.casefold()) for text in texts)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or value is None:
        return None
    try:
        return float(str(value).replace(",", "").removeprefix("$"))
    except ValueError:
        return None
