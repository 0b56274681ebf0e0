"""Tables: golden at 80 and 120 columns, and rules that hold at any width."""

from __future__ import annotations

import io
import os
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console
from tests.cli.cast import fleet, the_look

from personalize_monitor.plan.snapshot import Place
from personalize_monitor_desk.advice import advice
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.output import Result, as_csv, as_markdown, show
from personalize_monitor_desk.cli.session import ended
from personalize_monitor_desk.cli.table import GAP, Column, Table, fit, shortened, wrapped
from personalize_monitor_desk.cli.verbs import plan, savings, status

GOLDEN = Path(__file__).with_name("golden")


def on_screen(result: Result, width: int) -> str:
    """What a terminal of that width shows, without colours."""
    screen = io.StringIO()
    show(result, Console(width=width, file=screen, highlight=False))
    return screen.getvalue()


RESULTS: dict[str, Any] = {
    "status": lambda: status.result(the_look()),
    "plan": lambda: plan.result(the_look(14), advice(the_look(14).seen)),
    "savings": lambda: savings.result(the_look(14), None, 30),
    "empty": lambda: status.result(the_look(everything=())),
}


@pytest.mark.parametrize("width", [80, 120])
@pytest.mark.parametrize("name", RESULTS)
def test_golden(name: str, width: int) -> None:
    """The screen looks as it did; UPDATE_GOLDEN=1 accepts a new look."""
    path = GOLDEN / f"{name}-{width}.txt"
    shown = "\n".join(line.rstrip() for line in on_screen(RESULTS[name](), width).splitlines())
    if os.environ.get("UPDATE_GOLDEN"):
        path.parent.mkdir(exist_ok=True)
        path.write_text(shown + "\n", "utf-8")
    assert shown + "\n" == path.read_text("utf-8")


def test_golden_markdown_and_csv() -> None:
    """The other forms look as they did, too."""
    result = status.result(the_look())
    for name, text in (
        ("status.md", as_markdown(result)),
        ("status.csv", as_csv(result.tables[0])),
    ):
        path = GOLDEN / name
        if os.environ.get("UPDATE_GOLDEN"):
            path.write_text(text, "utf-8")
        assert text == path.read_text("utf-8")


CELLS = st.text(st.characters(min_codepoint=33, max_codepoint=126), max_size=20)


@st.composite
def tables(draw: st.DrawFn) -> Table[list[str]]:
    """Tables of any columns and rows."""
    count = draw(st.integers(1, 7))

    def column(index: int) -> Column[list[str]]:
        return Column(
            f"c{index}",
            draw(CELLS),
            lambda row: row[index],
            importance=draw(st.integers(0, 100)),
            least=draw(st.integers(0, 8)),
            flexible=draw(st.booleans()),
            prose=draw(st.booleans()),
        )

    rows = draw(st.lists(st.lists(CELLS, min_size=count, max_size=count), max_size=5))
    return Table(title="", columns=[column(i) for i in range(count)], rows=rows)


@given(tables(), st.integers(10, 160))
def test_columns_fit_or_only_one_is_left(table: Table[list[str]], width: int) -> None:
    """At any width the columns fit, unless the last one alone is too wide."""
    fitted = fit(table, width)
    total = sum(one.width for one in fitted) + GAP * (len(fitted) - 1)
    assert total <= width or len(fitted) == 1


@given(tables(), st.integers(10, 159))
def test_a_wider_screen_never_shows_less(table: Table[list[str]], width: int) -> None:
    """A column that fits a screen also fits a wider one."""
    narrow = {one.index for one in fit(table, width)}
    wide = {one.index for one in fit(table, width + 1)}
    assert narrow <= wide


@given(CELLS, st.integers(1, 25))
def test_shortened_keeps_to_the_width(text: str, width: int) -> None:
    """A cut text is as wide as allowed and says that it is cut."""
    short = shortened(text, width)
    assert len(short) <= width
    assert short == text or "…" in short


@given(st.lists(CELLS.filter(bool), max_size=8).map(" ".join), st.integers(1, 25))
def test_d13_a_sentence_is_never_cut(text: str, width: int) -> None:
    """It takes as many lines as it needs: none is too wide, and nothing is lost."""
    lines = wrapped(text, width)
    assert all(len(line) <= width for line in lines)
    assert "".join(lines).replace(" ", "") == text.replace(" ", "")


def test_a_csv_cell_is_never_a_formula() -> None:
    """What a spreadsheet would run is quoted."""
    rows = ["=cmd()", "+1", "-1", "@x", "plain"]
    table = Table(title="", columns=[Column("a", "A", lambda row: row)], rows=rows)
    assert as_csv(table).splitlines()[1:] == ["'=cmd()", "'+1", "'-1", "'@x", "plain"]


def test_a_region_without_an_answer_is_partly(capsys: pytest.CaptureFixture[str]) -> None:
    """What is shown is true but not all: 4, findings or not, and the problem is told on stderr."""
    whole = the_look(
        everything=tuple(one for one in fleet() if not one.unknown and one.alarms is not None)
    )
    silent = Place("ca-central-1", problems=("ca-central-1 does not answer.",), answered=False)
    partly = replace(whole, places=(*whole.places, silent))
    assert ended(whole, findings=3, check=True) is Exit.FINDINGS
    assert ended(whole, findings=3, check=False) is Exit.FINE
    assert ended(partly, findings=3, check=True) is Exit.PARTLY
    assert "ca-central-1 does not answer." in capsys.readouterr().err
