"""``plan``: what the application would change now."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer

from personalize_monitor.model.counted import counted
from personalize_monitor.model.plan import Plan
from personalize_monitor.plan.snapshot import Snapshot, words
from personalize_monitor_desk.advice import Advice, advice, held_back
from personalize_monitor_desk.cli import documents, operators, options, screen, session
from personalize_monitor_desk.cli.advice_tables import INCLUDE, advice_table, held_table
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Usage
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit

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
    operator = operators.looking_operator(place, stack)
    table = session.price_table(prices, operator, place.now)
    drawn = session.drawn(place, operator, prices=table, groups=False)
    if out:
        _save(drawn.plan, out)
    seen = drawn.look
    todo = advice(seen.seen)
    emit(result(seen, todo), output)
    raise typer.Exit(session.ended(seen, findings=len(todo), check=check))


def _save(plan: Plan, out: str) -> None:
    try:
        Path(out).write_text(plan.to_json(), "utf-8")
    except OSError as error:
        raise Usage(f"{out} cannot be written: {error.strerror}.") from error
    removes = any(item.removes for item in plan.acting)
    switch = f"; deletions and stops need {INCLUDE}" if removes else ""
    screen.hint(f"The plan is saved; `personalize-monitor apply {out}` carries it out{switch}.")


def result(seen: Snapshot, todo: list[Advice]) -> Result:
    """The plan in all forms."""
    held = held_back(seen.seen)
    tables: list[Any] = [advice_table(todo, title="What would be changed", whole=not seen.partial)]
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
            f"{_heading(seen, todo)}"
        ),
        notes=[_note(seen, [one for one in todo if one.removes])],
    )


def _heading(seen: Snapshot, todo: list[Advice]) -> str:
    if not todo:
        return "nothing to change now"
    return f"{counted(len(todo), 'change')} to save {words.dollars(seen.saving)} a month"


def _note(seen: Snapshot, removals: list[Advice]) -> str:
    said = f"Saving: {words.money_basis(seen)}. Nothing was changed."
    if not removals:
        return said
    return f"{said} Not included in `apply` without {INCLUDE}: {_named(removals)}."


def _named(removals: list[Advice]) -> str:
    """``the deletion of pilot and the stop of films``."""
    nouns = {"delete": "the deletion of", "stop": "the stop of"}
    parts = [f"{nouns[str(one.action)]} {one.seen.resource.name}" for one in removals]
    return parts[0] if len(parts) == 1 else f"{', '.join(parts[:-1])} and {parts[-1]}"
