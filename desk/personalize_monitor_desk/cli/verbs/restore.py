"""``restore``: bring back what the application deleted, stopped or lowered."""

from __future__ import annotations

from typing import Annotated

import typer

from personalize_monitor.errors import InvalidRequest
from personalize_monitor_desk.cli import (
    completing,
    documents,
    naming,
    operators,
    options,
    screen,
    session,
)
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.operators import Yes
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit
from personalize_monitor_desk.cli.table import Column, Table
from personalize_monitor_desk.restore.restorer import Restoration, Restorer

EXAMPLE = "Example: personalize-monitor restore shoes --region us-east-1"


def command(  # noqa: PLR0917  typer reads the options from the signature
    arn: Annotated[
        str,
        typer.Argument(
            help="The campaign or recommender: its name or ARN.",
            metavar="NAME",
            autocompletion=completing.names,
        ),
    ],
    first: Annotated[
        bool, typer.Option("--first", help="A floor: to what it was before our first change.")
    ] = False,
    yes: Yes = False,
    stack: StackName = "",
    profile: options.Profile = None,
    region: options.Regions = None,
    output: options.As = Output.TABLE,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Undo what this application did to a campaign or recommender.

    A deleted campaign is created again with its name, floor, configuration and tags, so its ARN is
    the same. A stopped recommender is started. A floor returns to what it was before our last
    change, and right-sizing leaves it alone for a week.
    """
    place = session.where(profile, region, None)
    operator = operators.operator_of(place, stack)
    what = naming.resource(place, arn, operator=operator)
    restorer = Restorer(place.access, operator.reader, operator.announcer)
    wanted = restorer.look(what, now=place.now, first=first)
    operator.check()
    screen.hint(f"{wanted.summary} {wanted.reason}")
    operators.tell_journal(operator)
    if not operators.agreed("Do it?", yes=yes):
        raise typer.Exit(Exit.FINE)
    if not yes:
        _still(wanted, restorer.look(what, now=session.present(), first=first))
    with screen.working(f"Restoring {what.name}") as progress:
        told = restorer.carry_out(wanted, now=place.now, sleep=operators.wait, progress=progress)
    emit(result(wanted, told), output)


def _still(shown: Restoration, now: Restoration) -> None:
    """Raise InvalidRequest when restoring has come to mean something else than was agreed to."""
    if now != shown:
        raise InvalidRequest(
            f"Restoring means something else by now: {now.summary} Nothing was done; look again."
        )


def result(wanted: Restoration, told: str) -> Result:
    """What was done, in all forms."""
    columns: list[Column[Restoration]] = [
        Column("name", "Resource", lambda w: w.arn.name, importance=100),
        Column("arn", "ARN", lambda w: str(w.arn), machine_only=True),
        Column("deed", "What", lambda w: str(w.deed), importance=90),
        Column("told", "Result", lambda _: told, machine_only=True),  # the heading says it
    ]
    return Result(
        document={
            **documents.form("restore"),
            "arn": str(wanted.arn),
            "deed": str(wanted.deed),
            "floor": wanted.floor,
            "fromFloor": wanted.from_floor,
            "reason": wanted.reason,
            "result": told,
        },
        tables=[Table("", columns, [wanted])],
        heading=told,
    )
