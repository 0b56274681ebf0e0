"""``apply``: carry out a plan that a person approved, and nothing else."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Annotated

import typer

from personalize_monitor.app.plans import Applied, Fate, apply, chosen, plan_of
from personalize_monitor.cli import at_desk, documents, options, screen, session
from personalize_monitor.cli.at_desk import Yes
from personalize_monitor.cli.deployed import StackName
from personalize_monitor.cli.emit import Result, emit
from personalize_monitor.cli.exits import Exit, Usage
from personalize_monitor.cli.options import Output
from personalize_monitor.cli.table import Column, Table
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.plan import Plan, PlanItem

EXAMPLE = "Example: personalize-monitor plan --out plan.json; personalize-monitor apply plan.json"


def command(  # noqa: PLR0917  typer reads the options from the signature
    file: Annotated[
        str, typer.Argument(help="A plan made by `plan --out`.", metavar="[FILE]")
    ] = "",
    now: Annotated[bool, typer.Option("--now", help="Make a plan now and apply it.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option("--only", help="Only this resource; repeat for several.", metavar="ARN"),
    ] = None,
    yes: Yes = False,
    stack: StackName = "",
    profile: options.Profile = None,
    region: options.Regions = None,
    output: options.As = Output.TABLE,
    prices: options.Prices = None,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Carry out the changes of a plan, with your own credentials.

    Each resource is looked at again. What is not as the plan saw it, or would be decided otherwise
    by now, is refused item by item; then the exit code is 4. A deletion keeps its recipe in the
    journal, and `restore` brings the campaign back.
    """
    if bool(file) == now:
        raise Usage("Give either a FILE that `plan --out` made, or --now.")
    saved = _read(file) if file else None
    if saved is not None and region is None:
        region = sorted({item.region for item in saved.items}) or None
    place = session.where(profile, region, None)
    desk = at_desk.desk_of(place, stack)
    settings = desk.settings if desk.stack else session.finding_settings()
    look = session.see(
        place,
        depth="fortnight",
        prices=prices,
        settings=settings,
        book=desk.book,
        deployed=desk.stack is not None,
    )
    fresh = plan_of(look)
    plan = saved or fresh
    items = chosen(plan, only or ())
    if not items:
        emit(result(plan, []), output)
        raise typer.Exit(Exit.FINE)
    for item in items:
        screen.hint(f"{Arn(item.arn).name} in {item.region}: {item.what}. {item.reason}")
    at_desk.tell_journal(desk)
    if not at_desk.agreed(f"Carry out {counted(len(items), 'change')}?", yes=yes):
        raise typer.Exit(Exit.FINE)
    with screen.working("Applying") as progress:
        done = apply(desk, plan, items, fresh, now=place.now, progress=progress)
    emit(result(plan, done), output)
    raise typer.Exit(ended(done))


def _read(file: str) -> Plan:
    try:
        return Plan.from_json(Path(file).read_text("utf-8"))
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Usage(f"{file} is not a plan: it is no text.") from error


def ended(done: Sequence[Applied]) -> Exit:
    """0 when all was done, 3 when nothing was, 4 in between."""
    carried = sum(one.fate is Fate.DONE for one in done)
    if carried == len(done):
        return Exit.FINE
    return Exit.PARTLY if carried else Exit.REFUSED


def result(plan: Plan, done: Sequence[Applied]) -> Result:
    """What became of each item, in all forms."""
    carried = sum(one.fate is Fate.DONE for one in done)
    return Result(
        document={
            **documents.form("apply"),
            "account": plan.account,
            "plan": plan.hash,
            "items": [
                {
                    "arn": one.item.arn,
                    "change": one.item.what,
                    "fate": str(one.fate),
                    "message": one.message,
                }
                for one in done
            ],
        },
        tables=[table(done)],
        heading=f"Carried out: {carried} of {counted(len(done), 'change')}.",
    )


_STYLES = {Fate.DONE: "green", Fate.DRIFTED: "yellow", Fate.REFUSED: "yellow"}


def table(done: Sequence[Applied]) -> Table[Applied]:
    """One line each."""
    columns: list[Column[Applied]] = [
        Column("name", "Resource", lambda a: Arn(a.item.arn).name, importance=100),
        Column("arn", "ARN", lambda a: a.item.arn, machine_only=True),
        Column("region", "Region", lambda a: a.item.region, importance=40),
        Column("change", "Change", lambda a: _what(a.item), importance=80),
        Column(
            "fate",
            "Result",
            lambda a: str(a.fate),
            importance=90,
            style=lambda a: _STYLES.get(a.fate, "red"),
        ),
        Column("message", "Why", lambda a: a.message, importance=50, flexible=True, least=24),
    ]
    return Table("", columns, list(done), empty="The plan changes nothing.")


def _what(item: PlanItem) -> str:
    return item.what.replace("->", "→")
