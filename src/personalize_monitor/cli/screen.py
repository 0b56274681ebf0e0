"""The two places we write to: results to stdout, everything about the work to stderr."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

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
    console = err()
    console.print(f"[bold red]personalize-monitor:[/] {_escaped(sentence)}", soft_wrap=True)


def hint(sentence: str) -> None:
    """One sentence that is good to know."""
    err().print(f"[yellow]note:[/] {_escaped(sentence)}", soft_wrap=True)


def _escaped(text: str) -> str:
    return text.replace("[", r"\[")


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
        yield lambda said: progress.update(task, description=f"{title} · {_escaped(said)}")
