"""``changes``: what was changed, what callers made of it, and what it saved: the ledger of harm."""

from __future__ import annotations

from typing import Annotated, Any

import typer

from personalize_monitor.model.counted import counted
from personalize_monitor.plan.snapshot import Snapshot, words
from personalize_monitor_desk.changes.changes import LONGEST_DAYS, Change, Changes, changes
from personalize_monitor_desk.cli import column, documents, operators, options, screen, session
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit
from personalize_monitor_desk.cli.table import Column, Table

EXAMPLE = "Example: personalize-monitor changes --days 30 --check"

Days = Annotated[
    int, typer.Option("--days", min=1, max=LONGEST_DAYS, help="How far back changes are told.")
]


def command(  # noqa: PLR0917  typer reads the options from the signature
    days: Days = 14,
    arn: Annotated[
        str, typer.Option("--arn", help="Only of this resource (ARN or name).", metavar="ARN")
    ] = "",
    profile: options.Profile = None,
    region: options.Regions = None,
    stack: StackName = "",
    output: options.As = Output.TABLE,
    prices: options.Prices = None,
    check: options.Check = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """List every change of a floor with its verdict, what callers met before and after, its saving.

    The changes are those of the journal: the deployment's, or the file that apply writes. What has
    no verdict yet is judged by what CloudWatch says now. Findings for --check: a floor in force
    hurts callers.
    """
    place = session.where(profile, region, None)
    session.price_file(prices)  # a mistake in it is told before AWS is asked
    operator = operators.looking_operator(place, stack)
    table = session.price_table(prices, operator, place.now)
    seen = session.see(place, depth="day", prices=table)
    with screen.working("Reading the journal, and weeks around each change"):
        found = changes(
            operator.access,
            operator.reader,
            seen,
            table,
            now=seen.now,
            days=days,
        )
    found = found.only(arn) if arn else found
    emit(result(seen, found, days), output)
    for problem in found.problems:
        screen.hint(problem)
    code = session.ended(seen, findings=found.hurting, check=check)
    raise typer.Exit(Exit.PARTLY if found.partial else code)


def result(seen: Snapshot, found: Changes, days: int) -> Result:
    """The ledger in all forms."""
    return Result(
        document={
            **documents.head("changes", seen),
            **documents.ledger(found),
            "problems": [*seen.problems, *found.problems],
        },
        tables=[table(found)],
        heading=heading(seen, found, days),
        notes=[
            "Asked: all requests from a change to the next one. Refused: 4xx and 5xx of them.",
            "% before: of the 14 days that a change is compared with. docs/harm.md says more.",
        ],
    )


def heading(seen: Snapshot, found: Changes, days: int) -> str:
    """How many changes, what became of them, and what they saved."""
    by_word = [(found.totals.hurt, "hurt"), (found.totals.unknown, "not yet known")]
    said = ", ".join(f"{number} {word}" for number, word in by_word if number)
    return (
        f"Account {seen.account}: {counted(len(found.changes), 'change')} of floors in {days} days"
        + (f", {said}" if said else "")
        + f"; saved: {found.saved}"
    )


def table(found: Changes, *, title: str = "") -> Table[Change]:
    """One change a line, the latest first."""
    columns: list[Column[Change]] = [
        Column(
            "opened_at",
            "Time (UTC)",
            lambda c: documents.epoch(c.case.opened)[5:16].replace("T", " "),
            raw=lambda c: documents.epoch(c.case.opened),
            importance=75,
        ),
        column.name(lambda c: c.arn.name, "Resource"),
        Column("arn", "ARN", lambda c: c.case.arn, machine_only=True),
        Column("region", "Region", lambda c: c.arn.region, importance=30),
        Column("from_floor", "From", lambda c: str(c.case.from_floor), right=True, importance=94),
        Column("floor", "To", lambda c: str(c.case.floor), right=True, importance=95),
        Column("by", "By", lambda c: str(c.case.by), importance=35),
        Column("state", "State", lambda c: str(c.case.state), machine_only=True),
        Column(
            "verdict",
            "Verdict",
            lambda c: str(c.row.word),
            importance=98,
            style=lambda c: column.VERDICT_STYLE[c.row.word],
        ),
        _count("asked", "Asked", lambda c: c.row.after.asked, importance=60),
        _count(
            "refused", "Refused", lambda c: c.row.after.refused + c.row.after.failed, importance=85
        ),
        _share("share_before", "before", lambda c: c.row.before, importance=80),
        _share("share_after", "after", lambda c: c.row.after, importance=82),
        Column(
            "p90_ms",
            "p90 ms",
            lambda c: _pair(c, lambda side: words.count(side.p90)),
            raw=lambda c: None if c.unread else documents.rounded(c.row.after.p90),
            importance=45,
        ),
        column.money("saved", "Saved", lambda c: c.saving, importance=90),
        Column(
            "reason",
            "Why",
            lambda c: c.row.reason,
            importance=40,
            least=20,
            flexible=True,
            prose=True,
            style=lambda _: "dim",
        ),
    ]
    sums = found.totals
    least = "at least " if found.unread else ""
    footer = [
        f"name={counted(len(found.changes), 'change')}",
        f"asked={least}{words.count(sums.asked)}",
        f"refused={least}{words.count(sums.refused + sums.failed)}",
        f"saved={words.dollars(found.saved)}",
    ]
    return Table(
        title,
        columns,
        found.changes,
        empty="No floor was changed in this time.",
        footer=footer if found.changes else (),
    )


def _count(key: str, title: str, of: Any, *, importance: int) -> Column[Change]:
    return Column(
        key,
        title,
        lambda c: words.UNKNOWN if c.unread else words.count(of(c)),
        raw=lambda c: None if c.unread else of(c),
        right=True,
        importance=importance,
    )


def _share(key: str, title: str, of: Any, *, importance: int) -> Column[Change]:
    """Percent refused or failed on one side."""
    return Column(
        key,
        f"% {title}",
        lambda c: words.UNKNOWN if c.unread else words.share(of(c).share),
        raw=lambda c: None if c.unread else documents.rounded(of(c).share),
        right=True,
        importance=importance,
    )


def _pair(one: Change, text: Any) -> str:
    """Both sides, such as ``100 → 960``."""
    if one.unread:
        return words.UNKNOWN
    return f"{text(one.row.before)} → {text(one.row.after)}"
