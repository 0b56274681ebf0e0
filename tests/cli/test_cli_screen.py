"""The two places we write to: results to stdout, everything about the work to stderr."""

from __future__ import annotations

import io
import sys

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.console import Console

from personalize_monitor_desk.cli import screen

HOSTILE = {
    "a tag of markup": "campaign [red]x[/red] is gone",
    "a closing tag": "[/] and [/bold]",
    "a backslash before a tag": "C:\\[bold]\\[/bold] and \\",
    "an emoji's code": ":boom: stays",
    "a link": "[link=https://example.com]here[/link]",
}


class Terminal(io.StringIO):
    """Standard error of somebody who sits there."""

    def isatty(self) -> bool:
        return True


def test_a_pipe_is_plain_and_120_wide(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A result that goes into a file has no colour, and room for the tables."""
    monkeypatch.delenv("COLUMNS", raising=False)
    console = screen.out()
    assert console.width == 120
    console.print("[bold red]x[/]")
    assert capsys.readouterr().out == "x\n"


def test_columns_says_how_wide(monkeypatch: pytest.MonkeyPatch) -> None:
    """COLUMNS is what other programs mind, too."""
    monkeypatch.setenv("COLUMNS", "72")
    assert screen.out().width == 72


def test_a_terminal_says_itself_how_wide_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    """At a terminal its own width counts, not the one for pipes."""
    monkeypatch.setattr(sys, "stdout", Terminal())
    monkeypatch.delenv("COLUMNS", raising=False)
    assert screen.out().width == Console(file=Terminal()).width


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_complaint_is_told_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """What a sentence quotes is quoted whole, markup or not, and goes to stderr."""
    screen.complain(text)
    written = capsys.readouterr()
    assert written.out == ""
    assert written.err == f"personalize-monitor: {text}\n"


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE)
def test_a_hint_is_told_as_it_is(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The same for what is only good to know."""
    screen.hint(text)
    assert capsys.readouterr().err == f"note: {text}\n"


@pytest.mark.parametrize("name", ["out [bold].html", "a[/]b.md", "x\x1b[2J.csv"])
def test_where_a_file_is_keeps_its_name(name: str, capsys: pytest.CaptureFixture[str]) -> None:
    """The name of a file that was written is not markup, and does not clear the screen."""
    screen.written(name)
    shown = capsys.readouterr().err
    assert shown.startswith("Written: ")
    assert "\x1b" not in shown
    assert name.partition("\x1b")[0] in shown


def test_a_long_sentence_is_not_cut_into_lines(capsys: pytest.CaptureFixture[str]) -> None:
    """Somebody searches a log for it: one sentence is one line."""
    sentence = "The campaign arn:aws:personalize:us-east-1:123456789012:campaign/x " * 8
    screen.complain(sentence)
    assert capsys.readouterr().err.count("\n") == 1


def test_nobody_watches_a_spinner_in_a_pipe(capsys: pytest.CaptureFixture[str]) -> None:
    """In a log there is no progress, only results and problems."""
    with screen.working("Looking") as tell:
        tell("us-east-1")
    written = capsys.readouterr()
    assert written.out == written.err == ""


@given(st.text(max_size=40))
def test_progress_at_a_terminal_shows_any_name(said: str) -> None:
    """Whatever was just done is told without being taken for markup, and the line is cleared."""
    watching = Terminal()
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sys, "stderr", watching)
        patch.setenv("TERM", "xterm")
        with screen.working("Looking") as tell:
            tell(said)
    assert "Looking" in watching.getvalue()
