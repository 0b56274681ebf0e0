"""``demo``: three days of a fleet, in a minute."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import datetime, timedelta
from typing import Annotated

import typer
from rich.progress import BarColumn, Progress, TextColumn, TimeRemainingColumn
from rich.text import Text

from personalize_monitor_desk.cli import demo_environment, options, screen
from personalize_monitor_desk.cli.demo import telling
from personalize_monitor_desk.cli.demo.story import Story
from personalize_monitor_desk.cli.demo.watch import told
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import emit

EXAMPLE = "Example: personalize-monitor demo --days 1 --seed 7"
_STEP = timedelta(hours=1)

Days = Annotated[
    float, typer.Option("--days", min=0.05, max=60, help="How many days the fleet lives.")
]
Seed = Annotated[int, typer.Option("--seed", help="Same seed, same traffic, same story.")]
Json = Annotated[bool, typer.Option("--json", help="The same as --output json.")]


def command(
    days: Days = 3,
    seed: Seed = 1,
    as_json: Json = False,
    output: options.As = Output.TABLE,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Live some days with a fleet of 12 campaigns and 3 recommenders, in a local AWS.

    The application's own template is deployed there and does its work: metrics, alarms, floors
    that come down, an idle campaign that is deleted, mails. No account, no network, one minute.
    """
    began = time.monotonic()
    story = live(days, seed)
    form = Output.JSON if as_json else output
    emit(telling.result(story), form)
    if form is Output.TABLE:
        _close(story, time.monotonic() - began)
    raise typer.Exit(Exit.FINE)


def live(days: float, seed: int) -> Story:
    """Run the demo with its progress on stderr."""
    with _progress(days) as tell, demo_environment.opened(seed=seed) as scene:
        begin = scene.sandbox.now
        end = begin + timedelta(days=days)
        while scene.sandbox.now < end:
            tell(scene.sandbox.now, begin)
            scene.live(min(end, scene.sandbox.now + _STEP))
        tell(end, begin)
        return told(scene, begin)


@contextmanager
def _progress(days: float) -> Iterator[Callable[[datetime, datetime], None]]:
    """A bar with the virtual time; when piped, a line for each virtual day."""
    console = screen.err()
    if not console.is_terminal:
        yield _line_a_day
        return
    columns = (
        TextColumn("[bold]{task.description}"),
        BarColumn(bar_width=None),
        TextColumn("{task.percentage:>3.0f} %"),
        TimeRemainingColumn(),
    )
    with Progress(*columns, console=console, transient=True) as bar:
        task = bar.add_task("Deploying the application", total=days * 86_400)
        yield lambda now, begin: bar.update(
            task, completed=(now - begin).total_seconds(), description=f"{now:%a %d %b %Y, %H:%M}"
        )


def _line_a_day(now: datetime, begin: datetime) -> None:
    if (now - begin) % timedelta(days=1) == timedelta(0):
        screen.err().print(f"It is {now:%a %d %b %Y, %H:%M} in the local AWS.")


def _close(story: Story, seconds: float) -> None:
    """What stands below the tables: mails, money, and what one may do next."""
    console = screen.out()
    console.print()
    for style, said in telling.afterword(story):
        console.print(Text(said, style=style), soft_wrap=True)
    console.print()
    console.print(Text("What next", style="bold"))
    width = max(len(command_) for command_, _ in telling.NEXT)
    for command_, what in telling.NEXT:
        line = Text("  ").append(command_.ljust(width), style="cyan").append(f"  {what}")
        console.print(line, soft_wrap=True)
    console.print()
    last = f"{story.cycles} cycles and {story.calls:,} calls of AWS in {seconds:.0f} s."
    console.print(Text(last, style="dim"))
