"""The two places we write to: results to stdout, everything about the work to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.text import Text

from personalize_monitor_desk.cli.sanitize import plain

_PIPED_WIDTH = 120


def out() -> Console:
    """Standard output: coloured and as wide as the terminal, plain and 120 wide when piped."""
    piped = not sys.stdout.isatty()
    width = int(os.environ.get("COLUMNS", _PIPED_WIDTH)) if piped else None
    return Console(width=width, highlight=False, soft_wrap=False, emoji=False)


def err() -> Console:
    """Standard error, for progress, problems and hints."""
    return Console(stderr=True, highlight=False, emoji=False)


def complain(sentence: str) -> None:
    """One sentence about what went wrong."""
    _say("personalize-monitor:", "bold red", sentence)


def hint(sentence: str) -> None:
    """One sentence that is good to know."""
    _say("note:", "yellow", sentence)


def written(path: object) -> None:
    """Where a file is now that was asked for."""
    _say("Written:", "", str(path))


def _say(label: str, style: str, sentence: str) -> None:
    """A sentence may quote anything, so none of it is markup."""
    console = err()
    said = Text.assemble((label, style), " ", plain(sentence))
    console.print(said, soft_wrap=not console.is_terminal)


@contextmanager
def working(title: str) -> Iterator[Callable[[str], None]]:
    """A spinner on stderr that tells what was just done; nothing at all when piped."""
    console = err()
    if not console.is_terminal:
        yield lambda _: None
        return
    columns = (SpinnerColumn(), TextColumn("{task.description}"), TimeElapsedColumn())
    with Progress(*columns, console=console, transient=True) as progress:
        task = progress.add_task(title)
        yield lambda said: progress.update(task, description=f"{title} · {escape(plain(said))}")
