"""``apply``: carry out a plan that a person approved, and nothing else."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Annotated

import typer

from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.plan import Plan, PlanItem
from personalize_monitor.plan.plans import Applied, Fate, apply, chosen
from personalize_monitor_desk.cli import (
    completing,
    documents,
    naming,
    operators,
    options,
    screen,
    session,
)
from personalize_monitor_desk.cli.advice_tables import INCLUDE
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.operators import Yes
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit
from personalize_monitor_desk.cli.table import Column, Table

EXAMPLE = "Example: personalize-monitor plan --out plan.json; personalize-monitor apply plan.json"


def command(  # noqa: PLR0917  typer reads the options from the signature
    file: Annotated[
        str, typer.Argument(help="A plan made by `plan --out`.", metavar="[FILE]")
    ] = "",
    now: Annotated[bool, typer.Option("--now", help="Make a plan now and apply it.")] = False,
    only: Annotated[
        list[str] | None,
        typer.Option(
            "--only",
            help="Only this resource, by name or ARN; repeat for several.",
            metavar="NAME",
            autocompletion=completing.names,
        ),
    ] = None,
    include_deletions: Annotated[
        bool, typer.Option(INCLUDE, help="Carry out deletions and stops as well.")
    ] = False,
    yes: Yes = False,
    stack: StackName = "",
    profile: options.Profile = None,
    region: options.Regions = None,
    output: options.As = Output.TABLE,
    prices: options.Prices = None,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Carry out the changes of a plan, with your own credentials.

    Deletions and stops are left out unless --include-deletions asks for them; the question names
    each. Every resource is looked at again. What is not as it was shown, or would be decided
    otherwise by now, is refused item by item; then the exit code is 4. A deletion keeps its recipe
    in the journal, and `restore` brings the campaign back.
    """
    if bool(file) == now:
        raise Usage("Give either a FILE that `plan --out` made, or --now.")
    saved = _read(file) if file else None
    if saved is not None and region is None:
        region = sorted({item.region for item in saved.items}) or None
    place = session.where(profile, region, None)
    operator = operators.operator_of(place, stack)
    table = session.price_table(prices, operator, place.now)
    fresh = session.drawn(place, operator, prices=table)
    plan = saved or fresh.plan
    named = [_of_plan(plan, name) for name in only or ()]
    items, left = included(chosen(plan, named), named, removals=include_deletions)
    if not items:
        emit(result(plan, left), output)
        raise typer.Exit(Exit.PARTLY if fresh.look.partial and saved is None else Exit.FINE)
    operator.check()
    for item in items:
        screen.hint(f"{item.name} in {item.region}: {item.what}. {item.reason}")
    operators.tell_journal(operator)
    if not operators.agreed(question(items), yes=yes):
        raise typer.Exit(Exit.FINE)
    if not yes:
        # Somebody thought about it meanwhile, and the world did not wait.
        place = replace(place, now=session.present())
        fresh = session.drawn(place, operator, prices=table)
    with screen.working("Applying") as progress:
        done = apply(operator, plan, items, fresh.plan, now=place.now, progress=progress)
    emit(result(plan, [*done, *left]), output)
    raise typer.Exit(ended(done))


def _of_plan(plan: Plan, text: str) -> str:
    """The ARN of the plan's item that is meant by a name; an ARN stays what it is."""
    if naming.is_arn(text):
        return text
    return str(naming.among(text, (Arn(item.arn) for item in plan.items), where="the plan"))


def included(
    items: Sequence[PlanItem], named: Collection[str], *, removals: bool
) -> tuple[list[PlanItem], list[Applied]]:
    """The items to carry out, and the deletions and stops that nobody asked for.

    Raises Usage for one that was named and lacks the switch.
    """
    kept = [item for item in items if removals or not item.removes]
    left = [item for item in items if item not in kept]
    if left and named:
        raise Usage(f"To {left[0].what} {left[0].arn}, give {INCLUDE} as well.")
    why = f"Deletions and stops are carried out with {INCLUDE} only."
    return kept, [Applied.of(item, Fate.NOT_INCLUDED, why) for item in left]


def question(items: Sequence[PlanItem]) -> str:
    """What is asked before anything is done: each removal by its name."""
    floors = sum(not item.removes for item in items)
    parts = [f"change {counted(floors, 'floor')}"] if floors else []
    parts += [
        f"{item.what} {item.kind} {item.name} in {item.region}" for item in items if item.removes
    ]
    text = ", ".join(parts[:-1]) + " and " + parts[-1] if len(parts) > 1 else parts[0]
    return f"{text[0].upper()}{text[1:]}?"


def _read(file: str) -> Plan:
    try:
        return Plan.from_json(Path(file).read_text("utf-8"))
    except OSError as error:
        raise Usage(f"{file} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise Usage(f"{file} is not a plan: it is no text.") from error


def ended(done: Sequence[Applied]) -> Exit:
    """0 when all that was asked for was done, 3 when all of it failed, else 4."""
    fates = {one.fate for one in done} - {Fate.NOT_INCLUDED}
    if fates <= {Fate.DONE}:
        return Exit.FINE
    return Exit.REFUSED if fates == {Fate.FAILED} else Exit.PARTLY


def result(plan: Plan, done: Sequence[Applied]) -> Result:
    """What became of each item, in all forms."""
    carried = sum(one.fate is Fate.DONE for one in done)
    asked = sum(one.fate is not Fate.NOT_INCLUDED for one in done)
    return Result(
        document={
            **documents.form("apply"),
            "account": plan.account,
            "plan": plan.hash,
            "items": [
                {
                    "arn": one.arn,
                    "change": one.what,
                    "fate": str(one.fate),
                    "message": one.message,
                }
                for one in done
            ],
        },
        tables=[table(done)],
        heading=f"Carried out: {carried} of {counted(asked, 'change')}.",
    )


_STYLES = {
    Fate.DONE: "green",
    Fate.DRIFTED: "yellow",
    Fate.REFUSED: "yellow",
    Fate.NOT_INCLUDED: "dim",
}


def table(done: Sequence[Applied]) -> Table[Applied]:
    """One line each."""
    columns: list[Column[Applied]] = [
        Column("name", "Resource", lambda a: Arn(a.arn).name, importance=100),
        Column("arn", "ARN", lambda a: a.arn, machine_only=True),
        Column("region", "Region", lambda a: Arn(a.arn).region, importance=40),
        Column("change", "Change", lambda a: a.what.replace("->", "→"), importance=80),
        Column(
            "fate",
            "Result",
            lambda a: str(a.fate),
            importance=90,
            style=lambda a: _STYLES.get(a.fate, "red"),
        ),
        Column(
            "message",
            "Why",
            lambda a: a.message,
            importance=50,
            flexible=True,
            least=24,
            prose=True,
        ),
    ]
    return Table("", columns, list(done), empty="The plan changes nothing.")
