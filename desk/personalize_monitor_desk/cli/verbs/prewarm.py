"""``prewarm``: a higher floor for a known event; set, list, cancel."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from typing import Annotated, Any

import typer

from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.when import duration, moment
from personalize_monitor_desk.cli import documents, naming, operators, options, screen, session
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.operators import Yes
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit
from personalize_monitor_desk.cli.table import Column, Table
from personalize_monitor_desk.prewarm.prewarm import Prewarm
from personalize_monitor_desk.prewarm.prewarms import Prewarms

EXAMPLE = (
    "Example: personalize-monitor prewarm shoes --tps 60 "
    '--from "2026-11-27 08:00 Europe/Berlin" --until "2026-11-27 12:00 Europe/Berlin"'
)


def command(  # noqa: PLR0917  typer reads the options from the signature
    what: Annotated[
        str,
        typer.Argument(
            help="What to pre-warm: its name or ARN; or list; or cancel.", metavar="NAME"
        ),
    ] = "list",
    name: Annotated[
        str, typer.Argument(help="After cancel: the id, as list shows it.", metavar="[ID]")
    ] = "",
    tps: Annotated[int, typer.Option("--tps", help="The floor during the event.")] = 0,
    begin: Annotated[
        str, typer.Option("--from", help="When the event begins.", metavar="TIME")
    ] = "",
    until: Annotated[str, typer.Option("--until", help="When it is over.", metavar="TIME")] = "",
    cron: Annotated[
        str,
        typer.Option(
            "--cron", help='Instead, each week: "0 8 ? * MON-FRI *" in --zone, for --for.'
        ),
    ] = "",
    zone: Annotated[str, typer.Option("--zone", help="Time zone of --cron.")] = "UTC",
    lasting: Annotated[
        str, typer.Option("--for", help="How long each occurrence of --cron lasts.")
    ] = "",
    lead: Annotated[
        str, typer.Option("--lead", help="How long before the begin the floor is raised.")
    ] = "30m",
    yes: Yes = False,
    stack: StackName = "",
    profile: options.Profile = None,
    region: options.Regions = None,
    output: options.As = Output.TABLE,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Raise a floor for a known event, keep right-sizing away from it, and take it back afterwards.

    Overlapping pre-warms take the higher floor. What a person sets meanwhile stays. Times have a
    zone, and clock changes are minded. It needs the deployed stack, whose schedules do the work.
    """
    place = session.where(profile, region, None)
    operator = operators.operator_of(place, stack)
    if operator.stack is None:
        raise Usage("Pre-warms are schedules of the deployed stack, and none was found; deploy it.")
    prewarms = Prewarms(place.access, operator.stack, ask=_asking(cancel=what == "cancel", yes=yes))
    if not operator.settings.actions:
        screen.hint("Actions is Off in this deployment: pre-warms change nothing until it is On.")
    if name and what != "cancel":
        raise Usage(f"{name!r} is one word too many; options begin with --.")
    if what == "list":
        found = prewarms.all()
        emit(result(found, place.now, counted(len(found), "pre-warm")), output)
    elif what == "cancel":
        if not name:
            raise Usage("Which pre-warm is to be cancelled? `prewarm list` shows their ids.")
        gone = prewarms.cancel(name, now=place.now)
        emit(result([gone], place.now, f"Pre-warm {gone.id} is cancelled."), output)
    else:
        arn = naming.resource(place, what)
        times, weekly = (begin, until), (cron, zone, lasting)
        try:
            made = _make(prewarms, arn, tps, times, weekly, lead, place.now)
        except OverflowError:
            raise Usage("A time or a span lies beyond the calendar; look at the years.") from None
        emit(result([made], place.now, f"Pre-warm {made.id} is set."), output)
    raise typer.Exit(Exit.FINE)


def _asking(*, cancel: bool, yes: bool) -> Callable[[Prewarm], None]:
    """The question before a pre-warm is set or cancelled; no to it ends the command."""

    def ask(one: Prewarm) -> None:
        arn = Arn(one.arn)
        who = f"{arn.kind} {arn.name} in {arn.region}"
        when = f"at each {one.cron} in {one.zone}"
        if one.begin and one.until:
            when = f"from {_shown(one.begin)} to {_shown(one.until)} UTC"
        question = f"Raise the floor of {who} to {one.floor} {when}?"
        if cancel:
            question = f"Cancel pre-warm {one.id} of {who}?"
        if not operators.agreed(question, yes=yes):
            raise typer.Exit(Exit.FINE)

    return ask


def _make(  # noqa: PLR0917  the options of one command
    prewarms: Prewarms,
    arn: Arn,
    tps: int,
    times: tuple[str, str],
    weekly: tuple[str, str, str],
    lead: str,
    now: datetime,
) -> Prewarm:
    (begin, until), (cron, zone, lasting) = times, weekly
    if cron and (begin or until):
        raise Usage("Give either --from and --until, or --cron and --for.")
    if cron:
        if not lasting:
            raise Usage("--cron needs --for: how long does each occurrence last, such as 4h?")
        return prewarms.recurring(
            arn, tps, cron=cron, zone=zone, lasting=duration(lasting), lead=duration(lead)
        )
    if not begin or not until:
        raise Usage("A pre-warm needs --tps, --from and --until; see --help for an example.")
    return prewarms.once(
        arn, tps, begin=moment(begin), until=moment(until), now=now, lead=duration(lead)
    )


def result(found: Sequence[Prewarm], now: datetime, heading: str) -> Result:
    """Pre-warms in all forms."""
    return Result(
        document={
            **documents.form("prewarm"),
            "prewarms": [_document(one, now) for one in found],
        },
        tables=[table(found, now)],
        heading=heading,
    )


def _document(one: Prewarm, now: datetime) -> dict[str, Any]:
    return {
        "id": one.id,
        "arn": one.arn,
        "floor": one.floor,
        "leadMinutes": one.lead_minutes,
        "begin": one.begin and documents.moment(one.begin),
        "until": one.until and documents.moment(one.until),
        "cron": one.cron or None,
        "zone": one.zone or None,
        "minutes": one.minutes or None,
        "by": one.by or None,
        "state": one.state(now),
    }


def table(found: Sequence[Prewarm], now: datetime) -> Table[Prewarm]:
    """One line each."""
    columns: list[Column[Prewarm]] = [
        Column("id", "Id", lambda p: p.id, importance=100),
        Column("name", "Resource", lambda p: Arn(p.arn).name, importance=90, style=_bold),
        Column("arn", "ARN", lambda p: p.arn, machine_only=True),
        Column("tps", "TPS", lambda p: str(p.floor), raw=lambda p: p.floor, right=True),
        Column("begin", "From (UTC)", lambda p: _shown(p.begin) or p.cron, importance=80),
        Column("until", "Until (UTC)", lambda p: _shown(p.until) or f"{p.minutes} min in {p.zone}"),
        Column("lead", "Lead", lambda p: f"{p.lead_minutes} min", right=True, importance=30),
        Column("state", "State", lambda p: p.state(now), importance=85),
        Column("by", "Set by", lambda p: p.by.rpartition("/")[2], importance=20),
    ]
    return Table("", columns, list(found), empty="No pre-warm is set.")


def _bold(_: Any) -> str:
    return "bold"


def _shown(moment: datetime | None) -> str:
    return "" if moment is None else f"{moment:%Y-%m-%d %H:%M}"
