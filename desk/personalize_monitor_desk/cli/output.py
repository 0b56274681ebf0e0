"""Write one result as tables, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from rich.cells import cell_len, set_cell_size
from rich.console import Console
from rich.text import Text

from personalize_monitor_desk.cli import screen
from personalize_monitor_desk.cli.chosen import chosen, searched
from personalize_monitor_desk.cli.documents import dumped
from personalize_monitor_desk.cli.exits import Usage
from personalize_monitor_desk.cli.habits import Asked, asked
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.sanitize import plain
from personalize_monitor_desk.cli.table import Column, Table, fit, shortened, wrapped
from personalize_monitor_desk.report.markdown import cell


@dataclass(frozen=True, slots=True)
class Result:
    """What a verb has to say: ``document`` for machines, ``tables`` and ``notes`` for people.

    ``main`` is the table that CSV writes. ``heading`` is one line above everything.
    """

    document: Mapping[str, Any]
    tables: Sequence[Table[Any]]
    heading: str = ""
    notes: Sequence[str] = field(default=())
    main: int = 0


def machine_reads(output: Output) -> bool:
    """Whether the document is asked for, and not a table."""
    return output is Output.JSON or bool(asked().query)


def emit(result: Result, output: Output) -> None:
    """Write ``result`` to stdout, as the command line asks for it."""
    wish = asked()
    if wish.query:
        if output not in {Output.TABLE, Output.JSON}:
            raise Usage(f"--query answers with JSON; leave --output {output} out.")
        print(dumped(searched(result.document, wish.query)), end="")
        return
    if output is Output.JSON and wish.filters:
        raise Usage("--filter is for tables, CSV and Markdown; with --output json use --query.")
    if output is not Output.JSON and (wish.sort or wish.filters):
        result = _chosen(result, wish)
    match output:
        case Output.JSON:
            print(dumped(result.document), end="")
        case Output.CSV:
            print(as_csv(result.tables[result.main]), end="")
        case Output.MARKDOWN:
            print(as_markdown(result), end="")
        case Output.TABLE:
            show(result, screen.out())


def _chosen(result: Result, wish: Asked) -> Result:
    """With the rows of the main table that were asked for."""
    tables = list(result.tables)
    before = tables[result.main]
    tables[result.main] = now = chosen(before, wish)
    notes = list(result.notes)
    if wish.filters:
        notes.append(f"{len(now.rows)} of {len(before.rows)} rows: {' and '.join(wish.filters)}.")
    return replace(result, tables=tables, notes=notes)


def as_csv(table: Table[Any]) -> str:
    """All columns with their machine names and values; unknown is an empty field."""
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow([column.key for column in table.columns])
    for row in table.rows:
        writer.writerow([_plain(column.value(row)) for column in table.columns])
    return text.getvalue()


def _plain(value: object) -> object:
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else "no"
    if not isinstance(value, str):
        return value
    # The writer of Python 3.11 leaves a lone carriage return bare, which begins a new row.
    text = value.replace("\r\n", "\n").replace("\r", "\n")
    # A spreadsheet would run a cell that begins like a formula.
    return f"'{text}" if text[:1] in {"=", "+", "-", "@", "\t"} else text


def as_markdown(result: Result) -> str:
    """Headings, tables and notes for a wiki or an issue."""
    parts = [f"**{result.heading}**\n"] if result.heading else []
    parts += [table_as_markdown(table) for table in result.tables]
    parts += ["\n".join(f"- {note}" for note in result.notes) + "\n"] if result.notes else []
    return "\n".join(parts)


def table_as_markdown(table: Table[Any]) -> str:
    """One table in GitHub's Markdown, with every column that people see."""
    title = f"### {table.title}\n\n" if table.title else ""
    if not table.rows:
        return f"{title}{table.empty}\n"
    columns = table.shown
    lines = [
        "| " + " | ".join(cell(column.title) for column in columns) + " |",
        "| " + " | ".join("---:" if column.right else "---" for column in columns) + " |",
    ]
    lines += ["| " + " | ".join(cell(text) for text in row) + " |" for row in table.cells()]
    if foot := table.foot():
        lines.append("| " + " | ".join(cell(foot.get(c.key, "")) for c in columns) + " |")
    return title + "\n".join(lines) + "\n"


def show(result: Result, console: Console) -> None:
    """For a terminal: heading, tables that fit its width, notes."""
    if result.heading:
        console.print(Text(plain(result.heading), style="bold"), soft_wrap=not console.is_terminal)
    hidden: dict[str, None] = {}
    for table in result.tables:
        console.print()
        hidden |= dict.fromkeys(show_table(table, console))
    notes = [*result.notes]
    if hidden:
        names = ", ".join(hidden)
        notes.append(f"Not shown at {console.width} columns: {names}. --wide shows all.")
    if notes:
        console.print()
    for note in notes:
        console.print(Text(plain(note), style="dim"))


def show_table(table: Table[Any], console: Console) -> list[str]:
    """One table, without lines but one under its head; numbers to the right.

    Answers the titles of the columns for which there was no room.
    """
    if table.title:
        console.print(Text(table.title, style="bold"))
    if not table.rows:
        console.print(Text(table.empty, style="dim"))
        return []
    wide = asked().wide
    columns, cells = table.shown, table.cells()
    fitted = fit(table, _ANY_WIDTH if wide else console.width, cell_len, cells)
    line = _Line(console, [columns[f.index] for f in fitted], [f.width for f in fitted], wide=wide)
    line.print([column.title for column in line.columns], ["bold dim"] * len(fitted))
    rule = ["─" * f.width for f in fitted]
    line.print(rule, ["dim"] * len(fitted))
    for row, texts in zip(table.rows, cells, strict=True):
        styles = [column.style(row) if column.style else "" for column in line.columns]
        line.print([texts[f.index] for f in fitted], styles)
    if foot := table.foot():
        line.print(rule, ["dim"] * len(fitted))
        line.print([foot.get(c.key, "") for c in line.columns], ["bold"] * len(fitted))
    seen = {f.index for f in fitted}
    return [
        column.title
        for index, column in enumerate(columns)
        if index not in seen and any(texts[index].strip() for texts in cells)
    ]


_ANY_WIDTH = 100_000


@dataclass(frozen=True, slots=True)
class _Line:
    """Prints rows of cells in columns of these widths; a sentence takes the lines that it needs."""

    console: Console
    columns: Sequence[Column[Any]]
    widths: Sequence[int]
    wide: bool

    def print(self, texts: Sequence[str], styles: Sequence[str]) -> None:
        """One row."""
        parts = [self._lines(*what) for what in zip(self.columns, texts, self.widths, strict=True)]
        for number in range(max(len(part) for part in parts)):
            if not self.console.is_terminal:
                self._plainly(parts, number)
                continue
            line = Text()
            for index, part in enumerate(parts):
                text = part[number] if number < len(part) else ""
                space = " " * max(0, self.widths[index] - cell_len(text))
                line.append("  " if index else "")
                right = self.columns[index].right
                line.append(space + text if right else text + space, style=styles[index] or None)
            line.rstrip()
            # Without a width that is kept, a wide table would be broken by the screen's edge.
            self.console.print(line, no_wrap=True, overflow="ignore", crop=not self.wide)

    def _plainly(self, parts: Sequence[Sequence[str]], number: int) -> None:
        """One line for a pipe, a hundred times as quick."""
        cells = []
        for index, part in enumerate(parts):
            text = part[number] if number < len(part) else ""
            space = " " * max(0, self.widths[index] - cell_len(text))
            cells.append(space + text if self.columns[index].right else text + space)
        text = "  ".join(cells).rstrip()
        if not self.wide and cell_len(text) > self.console.width:
            text = set_cell_size(text, self.console.width).rstrip()
        self.console.file.write(f"{text}\n")

    def _lines(self, column: Column[Any], text: str, width: int) -> list[str]:
        if column.prose:
            return wrapped(text, width, cell_len)
        return [shortened(text, width, measure=cell_len)]
