"""``journal``: what was asked, done and told, who or what caused it, and why."""

from __future__ import annotations

import enum
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Annotated

import typer

from personalize_monitor.context.moment import in_utc
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.counted import counted
from personalize_monitor.model.when import duration
from personalize_monitor_desk.cli import documents, operators, options, session
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit
from personalize_monitor_desk.cli.table import Column, Table
from personalize_monitor_desk.journal_view import JournalItem, tales

EXAMPLE = "Example: personalize-monitor journal --since 7d --kind removal"


class TaleKind(enum.StrEnum):
    """What the journal can be narrowed to."""

    CHANGE = "change"
    REMOVAL = "removal"
    RESTORE = "restore"
    NOTICE = "notice"
    REQUEST = "request"
    INTENT = "intent"
    OTHER = "other"


_DONE = frozenset({TaleKind.CHANGE, TaleKind.REMOVAL, TaleKind.RESTORE, TaleKind.NOTICE})


def command(  # noqa: PLR0917  typer reads the options from the signature
    since: Annotated[
        str, typer.Option("--since", help="How far back: 12h, 7d; or a date.", metavar="SPAN")
    ] = "7d",
    arn: Annotated[
        str, typer.Option("--arn", help="Only about this resource (ARN or name).", metavar="ARN")
    ] = "",
    kind: Annotated[
        list[TaleKind] | None,
        typer.Option(
            "--kind", help="Only of this kind; repeat for several. Default: what was done and told."
        ),
    ] = None,
    everything: Annotated[bool, typer.Option("--all", help="Requests and intents too.")] = False,
    stack: StackName = "",
    profile: options.Profile = None,
    region: options.Regions = None,
    output: options.As = Output.TABLE,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """List what this application was asked, did and told, who or what caused it, and why.

    The journal is the stack's log group; where nothing is deployed, the file that apply writes.
    """
    place = session.where(profile, region, None)
    operator = operators.operator_of(place, stack)
    hours = (place.now - _begin(since, place.now)).total_seconds() / 3600
    wanted = frozenset(kind or (TaleKind if everything else _DONE))
    found = [
        tale
        for tale in tales(operator.reader.about(arn, now=place.now, hours=hours))
        if tale.kind in wanted and (not arn or arn in (tale.arn, tale.name))
    ]
    emit(result(found, operator.journal_name), output)
    raise typer.Exit(Exit.FINE)


def _begin(since: str, now: datetime) -> datetime:
    try:
        return now - duration(since)
    except InvalidRequest:
        pass
    except OverflowError:
        raise Usage(f"--since {since} is longer than there has been time.") from None
    try:
        begin = in_utc(since)
    except ValueError:
        raise Usage(f"--since {since} is neither a span such as 7d nor a date.") from None
    return min(begin, now - timedelta(minutes=1))


def result(found: Sequence[JournalItem], where: str) -> Result:
    """The journal in all forms."""
    return Result(
        document={
            **documents.form("journal"),
            "journal": where,
            "entries": [
                {
                    "time": documents.moment(tale.time),
                    "kind": tale.kind,
                    "what": tale.what,
                    "arn": tale.arn or None,
                    "by": tale.by or None,
                    "why": tale.why,
                }
                for tale in found
            ],
        },
        tables=[table(found)],
        heading=f"{counted(len(found), 'entry')} of {where}",
    )


def table(found: Sequence[JournalItem]) -> Table[JournalItem]:
    """One line each, the oldest first, as in a log."""
    columns: list[Column[JournalItem]] = [
        Column("time", "Time (UTC)", lambda t: f"{t.time:%m-%d %H:%M}", raw=_iso, importance=90),
        Column("kind", "Kind", lambda t: t.kind, importance=20),
        Column(
            "what", "What", lambda t: t.what, importance=95, flexible=True, least=12, prose=True
        ),
        Column("name", "Resource", lambda t: t.name, importance=100, flexible=True, least=12),
        Column("arn", "ARN", lambda t: t.arn, machine_only=True),
        Column("by", "By", lambda t: t.by, importance=70, flexible=True, least=11),
        Column("why", "Why", lambda t: t.why, importance=60, flexible=True, least=36, prose=True),
    ]
    return Table("", columns, list(found), empty="Nothing of that kind in this time.")


def _iso(tale: JournalItem) -> str:
    return documents.moment(tale.time)
