"""One result in four forms: the same facts in each, and nothing that breaks the form."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from rich.console import Console

from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import (
    Result,
    as_csv,
    as_markdown,
    emit,
    show,
    table_as_markdown,
)
from personalize_monitor_desk.cli.table import Column, Table


@dataclass(frozen=True)
class Line:
    """A row of these tests: a name, a figure that may be unknown, and why."""

    name: str
    tps: float | None = 1.5
    why: str = "Because."
    muted: bool = False


def columns() -> list[Column[Line]]:
    """As the verbs make theirs."""
    return [
        Column("name", "Name", lambda r: r.name, importance=100, least=8, flexible=True),
        Column("arn", "ARN", lambda r: f"arn:{r.name}", machine_only=True),
        Column(
            "tps",
            "TPS",
            lambda r: "?" if r.tps is None else f"{r.tps:.2f}",
            raw=lambda r: r.tps,
            right=True,
            importance=90,
        ),
        Column("muted", "Muted", lambda r: "x" if r.muted else "", raw=lambda r: r.muted),
        Column("why", "Why", lambda r: r.why, prose=True, flexible=True, least=10, importance=40),
    ]


def table(rows: Sequence[Line], **more: Any) -> Table[Line]:
    """A table of lines."""
    return Table(title="", columns=columns(), rows=rows, **more)


def result(*rows: Line, **more: Any) -> Result:
    """A result with one table."""
    return Result(document={"rows": [row.name for row in rows]}, tables=[table(rows)], **more)


def on_screen(shown: Result, width: int = 80) -> list[str]:
    """The lines of a terminal of that width, without colours."""
    file = io.StringIO()
    show(shown, Console(width=width, file=file, highlight=False))
    return file.getvalue().splitlines()


HOSTILE = {
    "markup": "[red]shoes[/red]",
    "a lone tag": "[/]",
    "lines": "shoes\nhats",
    "a colour": "\x1b[31mshoes",
    "a reversal": "shoes\u202estah",
    "a bar": "shoes | hats",
    "a tag of HTML": "<script>alert(1)</script>",
    "a backslash": "shoes\\|hats\\",
    "very long": "shoes-" * 60,
    "right to left": "נעליים אדומות",
    "wide letters": "靴" * 60,
    "commas and quotes": 'shoes, "red"; hats',
}


@pytest.mark.parametrize("width", [40, 80, 120])
@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_no_name_is_wider_than_the_screen(name: str, width: int) -> None:
    """Whatever a resource is called, its row is one line that fits."""
    lines = on_screen(result(Line(name, why=""), Line("plain", why="")), width)
    assert max(cell_len(line) for line in lines) <= width
    rows = [line for line in lines if line][2:4]
    assert len([line for line in lines if line and "Not shown" not in line]) == 4
    assert not any("\x1b" in line or "\u202e" in line for line in rows)


@pytest.mark.parametrize("name", ["[red]shoes[/red]", "[/]", ":boom:", "\\[bold]x"])
def test_markup_in_a_name_is_shown_not_obeyed(name: str) -> None:
    """A name that looks like markup stays a name, in tables, headings, titles and notes."""
    shown = replace(result(Line(name)), heading=name, notes=[name])
    text = "\n".join(on_screen(shown))
    assert text.count(name) == 3


@given(
    st.lists(
        st.builds(Line, st.text(max_size=60), why=st.text(max_size=200)), min_size=1, max_size=4
    ),
    st.integers(30, 140),
)
def test_any_rows_fit_any_screen(rows: list[Line], width: int) -> None:
    """A line for each row at least, and none wider than the screen, whatever is in the cells."""
    lines = on_screen(result(*rows), width)
    assert max(cell_len(line) for line in lines) <= width
    rule = next(number for number, line in enumerate(lines) if set(line) <= {"─", " "} and line)
    assert len(lines) - rule - 1 >= len(rows)


def test_numbers_stand_under_each_other() -> None:
    """Figures end in the same column, unknown ones and the sum too."""
    rows = [Line("a", 1.5), Line("b", None), Line("c", 1234.25)]
    lines = on_screen(Result({}, [table(rows, footer=["name=3 lines", "tps=?"])]))
    ends = {line.index(text) + len(text) for line, text in _find(lines, "1.50", "?", "1234.25")}
    assert len(ends) == 1
    head = next(line for line in lines if "TPS" in line)
    assert head.index("TPS") + 3 in ends


def _find(lines: Sequence[str], *texts: str) -> list[tuple[str, str]]:
    return [(line, text) for text in texts for line in lines if text in line]


def test_unknown_is_never_zero_in_any_form() -> None:
    """A figure that is not known is a question mark for people and an empty field for machines."""
    known, not_known = Line("a", 0.0), Line("b", None)
    shown = "\n".join(on_screen(result(known, not_known)))
    assert "0.00" in shown
    assert "?" in shown
    rows = list(csv.DictReader(io.StringIO(as_csv(table([known, not_known])))))
    assert [row["tps"] for row in rows] == ["0.0", ""]
    assert "| b | ? |" in table_as_markdown(table([known, not_known]))


def test_machines_get_what_people_do_not_see() -> None:
    """ARNs are in the CSV, where width costs nothing, and not on the screen."""
    assert "arn:shoes" in as_csv(table([Line("shoes")]))
    assert "arn:shoes" not in "\n".join(on_screen(result(Line("shoes"))))
    assert "arn:shoes" not in as_markdown(result(Line("shoes")))


@given(st.lists(st.builds(Line, st.text(max_size=30), why=st.text(max_size=30)), max_size=5))
def test_a_csv_file_is_read_back_as_it_was(rows: list[Line]) -> None:
    """Commas, quotes and lines within a cell are the reader's again; a formula is disarmed."""
    head, *read = csv.reader(io.StringIO(as_csv(table(rows)), newline=""))
    assert head == ["name", "arn", "tps", "muted", "why"]
    assert len(read) == len(rows)
    for row, found in zip(rows, read, strict=True):
        for given_, text in ((row.name, found[0]), (row.why, found[4])):
            assert text.removeprefix("'") == _in_lines(given_).removeprefix("'")
            assert text[:1] not in {"=", "+", "-", "@", "\t"}


def _in_lines(text: str) -> str:
    """With one sort of line ends, which is what a cell keeps."""
    return text.replace("\r\n", "\n").replace("\r", "\n")


@pytest.mark.parametrize("begin", ["=", "+", "-", "@", "\t"])
def test_no_cell_of_a_spreadsheet_is_run(begin: str) -> None:
    """A name that a spreadsheet would take for a formula is quoted."""
    row = list(csv.reader(io.StringIO(as_csv(table([Line(f"{begin}cmd()")])), newline="")))[1]
    assert row[0] == f"'{begin}cmd()"


def test_a_negative_number_stays_a_number() -> None:
    """Only text is disarmed: a loss of 3.5 is still -3.5."""
    row = list(csv.reader(io.StringIO(as_csv(table([Line("a", -3.5)])))))[1]
    assert row[2] == "-3.5"


def test_yes_and_no_in_a_csv_file() -> None:
    """Truth values are words that every spreadsheet reads."""
    rows = csv.DictReader(io.StringIO(as_csv(table([Line("a", muted=True), Line("b")]))))
    assert [row["muted"] for row in rows] == ["yes", "no"]


@pytest.mark.parametrize("name", HOSTILE.values(), ids=HOSTILE)
def test_a_name_stays_in_its_cell_of_markdown(name: str) -> None:
    """A table pasted into an issue has as many cells as it should, and no HTML."""
    text = table_as_markdown(table([Line(name)]))
    head, _, row = text.splitlines()
    assert _bars(row) == _bars(head) == 5
    assert "<script" not in text


def _bars(line: str) -> int:
    """Bars that part cells: those without an odd number of backslashes before them."""
    count = slashes = 0
    for character in line:
        if character == "|" and slashes % 2 == 0:
            count += 1
        slashes = slashes + 1 if character == "\\" else 0
    return count


def test_markdown_aligns_as_the_screen_does() -> None:
    """Figures stand at the right there, too."""
    rule = table_as_markdown(table([Line("a")])).splitlines()[1]
    assert rule == "| --- | ---: | --- | --- |"


def test_markdown_has_all_parts_in_order() -> None:
    """Heading, tables with their titles, sums, notes."""
    one = Table("The fleet", columns(), [Line("a")], footer=["name=1 line"])
    none = Table("Left alone", columns(), [], empty="Nothing.")
    text = as_markdown(Result({}, [one, none], heading="Account 1", notes=["first", "second"]))
    parts = [
        "**Account 1**",
        "### The fleet",
        "| 1 line |",
        "### Left alone",
        "Nothing.",
        "- first",
    ]
    places = [text.index(part) for part in parts]
    assert places == sorted(places)
    assert text.endswith("- second\n")


def test_an_empty_table_says_so_in_words() -> None:
    """No head over nothing: a sentence instead, in every form for people."""
    nothing = Result({}, [Table("Left", columns(), [], empty="Nothing of that kind.")])
    assert [line for line in on_screen(nothing) if line] == ["Left", "Nothing of that kind."]
    assert as_markdown(nothing) == "### Left\n\nNothing of that kind.\n"
    assert as_csv(nothing.tables[0]).count("\n") == 1


def test_the_main_table_is_the_one_in_the_csv(capsys: pytest.CaptureFixture[str]) -> None:
    """A result with several tables writes the one that has the rows people work with."""
    means, each = table([Line("mean")]), table([Line("each")])
    emit(Result({}, [means, each], main=1), Output.CSV)
    assert "each" in capsys.readouterr().out


@pytest.mark.parametrize("output", Output)
def test_every_form_ends_its_last_line(output: Output, capsys: pytest.CaptureFixture[str]) -> None:
    """Results go to stdout, whole lines only, and stderr stays empty."""
    emit(result(Line("shoes")), output)
    written = capsys.readouterr()
    assert "shoes" in written.out
    assert written.out.endswith("\n")
    assert written.err == ""


def test_json_is_the_document_and_nothing_else(capsys: pytest.CaptureFixture[str]) -> None:
    """One document, readable by people, letters of other languages as themselves."""
    emit(Result({"name": "größe"}, []), Output.JSON)
    text = capsys.readouterr().out
    assert json.loads(text) == {"name": "größe"}
    assert "größe" in text


def test_a_column_without_any_text_is_not_shown() -> None:
    """Where nothing is muted there is no column for it."""
    assert "Muted" not in "\n".join(on_screen(result(Line("a"))))
    assert "Muted" in "\n".join(on_screen(result(Line("a", muted=True))))


def test_a_style_colours_its_cell_only() -> None:
    """A colour at a terminal ends with its cell."""
    red: Column[Line] = Column("name", "Name", lambda r: r.name, style=lambda _: "red")
    calm: Column[Line] = Column("why", "Why", lambda r: r.why)
    file = io.StringIO()
    console = Console(width=80, file=file, force_terminal=True, color_system="standard")
    show(Result({}, [Table("", [red, calm], [Line("shoes")])]), console)
    assert "\x1b[31mshoes\x1b[0m" in file.getvalue()
    assert "\x1b[31mBecause" not in file.getvalue()
