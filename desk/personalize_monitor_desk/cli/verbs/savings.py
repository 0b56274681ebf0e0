"""``savings``: what was saved, what is unused, and what could be saved."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any

import typer

from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.money import Money
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.savings import Savings, realised
from personalize_monitor.plan.snapshot import Snapshot, words
from personalize_monitor_desk import breakdown
from personalize_monitor_desk.breakdown import Cut, Line, lines
from personalize_monitor_desk.cli import (
    column,
    cuts,
    documents,
    operators,
    options,
    screen,
    session,
)
from personalize_monitor_desk.cli.cuts import CutMoney
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit, machine_reads
from personalize_monitor_desk.cli.table import Column, Table
from personalize_monitor_desk.report.text import money_gaps

EXAMPLE = "Example: personalize-monitor savings --days 30 --region us-east-1"

Days = Annotated[
    int, typer.Option("--days", min=1, max=62, help="How far back realised savings are counted.")
]


By = Annotated[
    str,
    typer.Option(
        "--by",
        help="Add up by group (dataset group), tag:KEY, region, account, day or month.",
        metavar="WHAT",
    ),
]


def command(  # noqa: PLR0917  typer reads the options from the signature
    days: Days = 30,
    by: By = "",
    profile: options.Profile = None,
    region: options.Regions = None,
    stack: StackName = "",
    output: options.As = Output.TABLE,
    at: options.At = None,
    prices: options.Prices = None,
    check: options.Check = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Show what a month costs, what of it is unused, what could be saved and what was saved.

    Saved is counted from the deployment's journal: the demand that came, at the floor before our
    changes minus at the floor in force. --by adds up, or shows what was saved over time. Findings
    for --check: something could be saved.
    """
    cut = Cut.of(by) if by else None
    place = session.where(profile, region, at)
    operator = operators.looking_operator(place, stack)
    groups = machine_reads(output) or (cut is not None and cut.by is breakdown.By.GROUP)
    table = session.price_table(prices, operator, place.now)
    seen = session.drawn(place, operator, prices=table, groups=groups).look
    ledger = _realised(operator, seen, table, days)
    parts = _parts(operator, cut, seen, ledger) if cut else None
    emit(result(seen, ledger, days, parts), output)
    for trouble in parts.problems if parts else ():
        screen.hint(trouble)
    todo = sum(1 for one in seen.seen if one.figures.saving)
    raise typer.Exit(session.ended(seen, findings=todo, check=check))


def _realised(operator: Operator, seen: Snapshot, prices: PriceTable, days: int) -> Savings | None:
    if operator.stack is None:
        screen.hint("The application is not deployed here, so nothing was saved by it yet.")
        return None
    try:
        with screen.working("Reading the journal"):
            found = realised(
                operator.access,
                operator.reader,
                seen,
                prices,
                now=seen.now,
                days=days,
            )
    except JournalUnavailable as problem:
        screen.hint(str(problem))
        return None
    for trouble in found.problems:
        screen.hint(trouble)
    return found


def _parts(operator: Operator, cut: Cut, seen: Snapshot, ledger: Savings | None) -> CutMoney:
    """What was asked for with --by."""
    if cut.by.is_time:
        return CutMoney(cut, periods=breakdown.periods(ledger, cut.by) if ledger else ())
    tags: dict[str, str | None] = {}
    problems: tuple[str, ...] = ()
    if cut.by is breakdown.By.TAG:
        arns = [str(one.resource.arn) for one in seen.seen]
        with screen.working("Reading tags"):
            tags, problems = breakdown.tag_values(operator.access, arns, cut.tag)
    return CutMoney(cut, breakdown.parts(lines(seen, ledger), cut, tags), problems=problems)


def result(
    seen: Snapshot, ledger: Savings | None, days: int, parts: CutMoney | None = None
) -> Result:
    """The money in all forms; ``parts`` instead of single resources where that was asked for."""
    saved = ledger.saved if ledger else None
    rows = lines(seen, ledger)
    return Result(
        document={
            **documents.head("savings", seen),
            "resources": [_document(row) for row in rows],
            "totals": documents.totals(seen) | {"monthlySaving": seen.saving.as_json()},
            "realised": None
            if ledger is None
            else {
                "since": documents.moment(ledger.since),
                "until": documents.moment(ledger.until),
                "saved": ledger.saved.as_json(),
                "unknownHours": round(ledger.ledger.unknown_hours, 3),
                "byMonth": [
                    {"month": month, "cumulative": amount.as_json()}
                    for month, amount in ledger.ledger.cumulative()
                ],
            },
            "by": cuts.document(parts) if parts else None,
            "problems": [
                *seen.problems,
                *(ledger.problems if ledger else ()),
                *(parts.problems if parts else ()),
            ],
        },
        tables=[cuts.table(parts, seen, ledger, days) if parts else table(rows, seen, saved, days)],
        heading=_heading(seen, saved, days),
        notes=[
            f"Cost, waste and possible saving: {words.money_basis(seen)}. docs/money.md says how.",
            *money_gaps(seen),
        ],
    )


def _heading(seen: Snapshot, saved: Money | None, days: int) -> str:
    cost, waste = words.dollars(seen.cost), words.dollars(seen.waste)
    text = f"Account {seen.account}: {cost} a month, {waste} of it unused"
    return text if saved is None else f"{text}; saved in {days} days: {words.dollars(saved)}"


def _document(row: Line) -> dict[str, Any]:
    figures = row.seen.figures if row.seen else None
    return {
        "arn": row.arn,
        "present": None if row.seen is None and not row.gone else row.seen is not None,
        "floor": row.seen.resource.floor if row.seen else None,
        "monthlyCost": documents.money(figures.cost if figures else None),
        "monthlyWaste": documents.money(figures.waste if figures else None),
        "monthlySaving": documents.money(figures.saving if figures else None),
        "realised": documents.money(row.realised),
    }


def table(rows: Sequence[Line], seen: Snapshot, saved: Money | None, days: int) -> Table[Line]:
    """One resource a line."""
    columns: list[Column[Line]] = [
        column.name(lambda r: r.name),
        Column("arn", "ARN", lambda r: r.arn, machine_only=True),
        Column("region", "Region", lambda r: Arn(r.arn).region, importance=40),
        Column(
            "floor",
            "Floor",
            _floor,
            raw=lambda r: r.seen.resource.floor if r.seen else None,
            right=True,
            importance=60,
        ),
        _money("cost", "$/month", lambda s: s.figures.cost),
        _money("waste", "Waste", lambda s: s.figures.waste),
        _money("possible", "Possible", lambda s: s.figures.saving),
        column.money(
            "realised",
            f"Saved {days} d",
            lambda r: r.realised,
            importance=95,
            style=lambda r: "green" if r.realised and r.realised.exact > 0 else "dim",
        ),
    ]
    return Table(
        title="",
        columns=columns,
        rows=rows,
        empty="No campaign or recommender here; --region all looks everywhere.",
        footer=[
            f"name={counted(len(rows), 'resource')}",
            f"cost={words.dollars(seen.cost)}",
            f"waste={words.dollars(seen.waste)}",
            f"possible={words.dollars(seen.saving)}",
            f"realised={words.dollars(saved)}",
        ],
    )


def _floor(row: Line) -> str:
    if row.seen is None:
        return "gone" if row.gone else words.UNKNOWN
    return str(row.seen.resource.floor)


def _money(key: str, title: str, of: Any) -> Column[Line]:
    return column.money(key, title, lambda r: of(r.seen) if r.seen else None, importance=80)
