"""Write one result as tables, JSON, CSV or Markdown."""

from __future__ import annotations

import csv
import io
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from personalize_monitor.cli import screen
from personalize_monitor.cli.documents import dumped
from personalize_monitor.cli.options import Output
from personalize_monitor.cli.plain import plain
from personalize_monitor.cli.table import Column, Table, fit, shortened
from personalize_monitor.report.markdown import cell


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


def emit(result: Result, output: Output) -> None:
    """Write ``result`` to stdout."""
    match output:
        case Output.JSON:
            print(dumped(result.document), end="")
        case Output.CSV:
            print(as_csv(result.tables[result.main]), end="")
        case Output.MARKDOWN:
            print(as_markdown(result), end="")
        case Output.TABLE:
            show(result, screen.out())


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
        console.print(Text(plain(result.heading), style="bold"), soft_wrap=True)
    for table in result.tables:
        console.print()
        show_table(table, console)
    if result.notes:
        console.print()
    for note in result.notes:
        console.print(Text(plain(note), style="dim"))


def show_table(table: Table[Any], console: Console) -> None:
    """One table, without lines but one under its head; numbers to the right."""
    if table.title:
        console.print(Text(table.title, style="bold"))
    if not table.rows:
        console.print(Text(table.empty, style="dim"))
        return
    columns, fitted = table.shown, fit(table, console.width, cell_len)
    head = [_padded(columns[f.index], columns[f.index].title, f.width) for f in fitted]
    _line(console, head, ["bold dim"] * len(fitted))
    _line(console, ["─" * f.width for f in fitted], ["dim"] * len(fitted))
    for row in table.rows:
        texts = [_padded(columns[f.index], columns[f.index].shown(row), f.width) for f in fitted]
        styles = [_style(columns[f.index], row) for f in fitted]
        _line(console, texts, styles)
    if foot := table.foot():
        _line(console, ["─" * f.width for f in fitted], ["dim"] * len(fitted))
        texts = [
            _padded(columns[f.index], foot.get(columns[f.index].key, ""), f.width) for f in fitted
        ]
        _line(console, texts, ["bold"] * len(fitted))


def _style(column: Column[Any], row: object) -> str:
    return column.style(row) if column.style else ""


def _padded(column: Column[Any], text: str, width: int) -> str:
    short = shortened(text, width, prose=column.prose, measure=cell_len)
    space = " " * max(0, width - cell_len(short))
    return space + short if column.right else short + space


def _line(console: Console, texts: Sequence[str], styles: Sequence[str]) -> None:
    line = Text()
    for number, (text, style) in enumerate(zip(texts, styles, strict=True)):
        line.append("  " if number else "")
        line.append(text, style=style or None)
    line.rstrip()
    console.print(line, no_wrap=True, overflow="crop")
