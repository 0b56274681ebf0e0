"""``plan``: what the application would change now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from personalize_monitor.app.look import Look
from personalize_monitor.app.look.advice import Advice, advice, held_back
from personalize_monitor.app.look.values import NO_PAST
from personalize_monitor.app.plans import plan_of
from personalize_monitor.cli import deployed, documents, options, screen, session
from personalize_monitor.cli.advised import advice_table, held_table
from personalize_monitor.cli.deployed import StackName
from personalize_monitor.cli.emit import Result, emit
from personalize_monitor.cli.exits import Usage
from personalize_monitor.cli.options import Output
from personalize_monitor.model.counted import counted

EXAMPLE = "Example: personalize-monitor plan --region all --check"


def command(  # noqa: PLR0917  typer reads the options from the signature
    profile: options.Profile = None,
    region: options.Regions = None,
    stack: StackName = "",
    output: options.As = Output.TABLE,
    at: options.At = None,
    prices: options.Prices = None,
    check: options.Check = False,
    out: Annotated[
        str, typer.Option("--out", help="Save the plan, for `apply`.", metavar="FILE")
    ] = "",
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Show what the application would change now, why, what it saves, and what is held back.

    Nothing is changed. Where the application is deployed its parameters count; elsewhere the
    defaults, with idle resources as findings. Findings for --check: something would be changed.
    """
    place = session.where(profile, region, at)
    here = deployed.found_or_told(place, stack)
    settings = deployed.settings_of(here)
    book = here.book(place.access) if here else NO_PAST
    seen = session.see(
        place,
        depth="fortnight",
        prices=prices,
        settings=settings,
        book=book,
        deployed=here is not None,
    )
    if out:
        _save(seen, out)
    todo = advice(seen.seen)
    emit(result(seen, todo), output)
    raise typer.Exit(session.ended(seen, findings=len(todo), check=check))


def _save(seen: Look, out: str) -> None:
    try:
        Path(out).write_text(plan_of(seen).to_json(), "utf-8")
    except OSError as error:
        raise Usage(f"{out} cannot be written: {error.strerror}.") from error
    screen.hint(f"The plan is saved; `personalize-monitor apply {out}` carries it out.")


def result(seen: Look, todo: list[Advice]) -> Result:
    """The plan in all forms."""
    held = held_back(seen.seen)
    tables: list[Any] = [advice_table(todo, title="What would be changed")]
    if held:
        tables.append(held_table(held))
    return Result(
        document={
            **documents.head("plan", seen),
            "actions": [documents.advised(one) for one in todo],
            "heldBack": [documents.advised(one) for one in held],
            "monthlySaving": seen.saving.as_json(),
            "problems": list(seen.problems),
        },
        tables=tables,
        heading=(
            f"Account {seen.account} at {seen.window.end:%Y-%m-%d %H:%M} UTC: "
            f"{counted(len(todo), 'change')} to save {seen.saving} a month"
        ),
        notes=[
            f"A month of 730 hours like these two weeks; {seen.saving.basis}. Nothing was changed."
        ],
    )
