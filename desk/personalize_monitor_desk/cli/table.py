"""Tables described once and written four ways; columns go by width, least important first."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from typing import Generic, TypeVar

from personalize_monitor_desk.cli.sanitize import plain

Row = TypeVar("Row")


@dataclass(frozen=True, slots=True)
class Column(Generic[Row]):
    """One column. ``text`` is for people, ``raw`` for machines (default: the text).

    ``importance`` decides what goes first when the screen is narrow: the lowest. ``flexible``
    columns shrink to ``least`` characters before any column goes. ``key`` heads a CSV file.
    """

    key: str
    title: str
    text: Callable[[Row], str]
    raw: Callable[[Row], object] | None = None
    right: bool = False
    importance: int = 50
    least: int = 0
    flexible: bool = False
    style: Callable[[Row], str] | None = None
    machine_only: bool = False
    prose: bool = False
    """Sentences: they take several lines instead of being cut."""

    def value(self, row: Row) -> object:
        """What a machine reads in the cell."""
        return self.text(row) if self.raw is None else self.raw(row)

    def shown(self, row: Row) -> str:
        """What people read in the cell: always one line."""
        return plain(self.text(row))


@dataclass(frozen=True, slots=True)
class Table(Generic[Row]):
    """Rows under a title, with what to say when there are none."""

    title: str
    columns: Sequence[Column[Row]]
    rows: Sequence[Row]
    empty: str = "Nothing to show."
    footer: Sequence[str] = field(default=())
    """One text for each shown key as ``key=text``; aligned like the column."""

    def cells(self) -> list[list[str]]:
        """All texts, for every column that people see."""
        columns = self.shown
        return [[column.shown(row) for column in columns] for row in self.rows]

    @property
    def shown(self) -> list[Column[Row]]:
        """The columns that people see."""
        return [column for column in self.columns if not column.machine_only]

    def foot(self) -> dict[str, str]:
        """The footer by the key of its column."""
        return dict(entry.split("=", 1) for entry in self.footer)


GAP = 2


@dataclass(frozen=True, slots=True)
class Fitted:
    """A column's index among the shown ones, and its width."""

    index: int
    width: int


def fit(
    table: Table[Row],
    width: int,
    measure: Callable[[str], int] = len,
    cells: Sequence[Sequence[str]] | None = None,
) -> list[Fitted]:
    """Which columns fit into ``width`` characters, and how wide each is.

    Columns that are empty in every row go at once. Then the least important go, until what is left
    fits; from ``_KEEP`` upwards flexible columns shrink before another column goes. ``cells`` are
    the table's own, if somebody has them already.
    """
    columns = table.shown
    cells, foot = table.cells() if cells is None else cells, table.foot()
    natural = [
        max(
            column.least,
            _widest(measure, [column.title, foot.get(column.key, "")]),
            _widest(measure, [row[index] for row in cells]),
        )
        for index, column in enumerate(columns)
    ]
    least = [
        min(size, max(column.least, measure(column.title))) if column.flexible else size
        for column, size in zip(columns, natural, strict=True)
    ]
    kept = [i for i in range(len(columns)) if not cells or any(row[i].strip() for row in cells)]
    while len(kept) > 1:
        last = min(kept, key=lambda index: (columns[index].importance, -index))
        sizes = natural if columns[last].importance < _KEEP else least
        if _total(sizes, kept) <= width:
            break
        kept.remove(last)
    return _shrunk(columns, kept, natural, least, width)


_KEEP = 30
"""Columns less important than this go rather than that a name is cut."""


def _shrunk(
    columns: Sequence[Column[Row]],
    kept: Sequence[int],
    natural: Sequence[int],
    least: Sequence[int],
    width: int,
) -> list[Fitted]:
    """Sentences give way before names, and later columns before earlier ones."""
    spare = _total(natural, kept) - width
    sizes = dict.fromkeys(kept, 0)
    for index in sorted(kept, key=lambda index: (not columns[index].prose, -index)):
        cut = max(0, min(spare, natural[index] - least[index]))
        sizes[index] = natural[index] - cut
        spare -= cut
    return [Fitted(index, sizes[index]) for index in kept]


def _total(sizes: Sequence[int], kept: Sequence[int]) -> int:
    return sum(sizes[index] for index in kept) + GAP * (len(kept) - 1)


def _widest(measure: Callable[[str], int], texts: Iterable[str]) -> int:
    return max((measure(text) for text in texts), default=0)


def wrapped(text: str, width: int, measure: Callable[[str], int] = len) -> list[str]:
    """``text`` in lines of at most ``width`` characters, broken between words where it can be."""
    lines = [""]
    for word in text.split(" "):
        joined = f"{lines[-1]} {word}" if lines[-1] else word
        if measure(joined) <= width:
            lines[-1] = joined
            continue
        rest = word
        if lines[-1]:
            lines.append("")
        while measure(rest) > width:
            part = _begin(rest, width, measure) or rest[:1]
            lines[-1], rest = part, rest[len(part) :]
            lines.append("")
        lines[-1] = rest
    return [line for line in lines if line] or [""]


def shortened(text: str, width: int, *, measure: Callable[[str], int] = len) -> str:
    """``text`` in at most ``width`` characters, cut in the middle.

    Some characters are two wide on a screen: ``measure`` knows.
    """
    if measure(text) <= width:
        return text
    if width < 5:
        return _begin(text, width - 1, measure) + "…"
    head = (width - 1) * 2 // 3
    end = _begin(text[::-1], width - 1 - head, measure)[::-1]
    return f"{_begin(text, head, measure)}…{end}"


def _begin(text: str, width: int, measure: Callable[[str], int]) -> str:
    """As much of the beginning as fits."""
    size = 0
    for index, character in enumerate(text):
        size += measure(character)
        if size > width:
            return text[:index]
    return text
