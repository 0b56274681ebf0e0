"""``prices``: which prices are in force and why; ``prices learn`` takes them from the bill."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer

from personalize_monitor.aws.billing import REQUEST_USD
from personalize_monitor.model.counted import counted
from personalize_monitor.model.price_text import as_toml
from personalize_monitor.model.prices import Family, Price, PriceTable
from personalize_monitor.model.usage import Usage as Counted
from personalize_monitor.plan import price_learning
from personalize_monitor.plan.learned_prices import InForce, for_operator
from personalize_monitor.plan.price_learning import Check, Learned, Other
from personalize_monitor.plan.snapshot import words
from personalize_monitor_desk.cli import documents, operators, options, screen, session
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.operators import Yes
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit
from personalize_monitor_desk.cli.session import Where
from personalize_monitor_desk.cli.table import Column, Table

EXAMPLE = "Example: personalize-monitor prices learn --region all --out prices.toml"
_FAMILIES = (Family.LEGACY, Family.V2, Family.RECOMMENDER)
_NAMES = tuple(str(one) for one in Counted if one is not Counted.UNKNOWN)


def command(  # noqa: PLR0917  typer reads the options from the signature
    what: Annotated[
        str, typer.Argument(help="Nothing: the prices in force; learn: from the bill.")
    ] = "",
    out: Annotated[
        Path, typer.Option("--out", help="learn: the price file to write.", metavar="FILE")
    ] = Path("prices.toml"),
    mapped: Annotated[
        list[str] | None,
        typer.Option(
            "--map",
            help=f"learn: what a usage type counts: {', '.join(_NAMES)}; repeat for several.",
            metavar="TYPE=KIND",
        ),
    ] = None,
    yes: Yes = False,
    stack: StackName = "",
    profile: options.Profile = None,
    region: options.Regions = None,
    output: options.As = Output.TABLE,
    prices: options.Prices = None,
    check: options.Check = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Show the prices in force and where they come from; learn them from the account's own bill.

    `prices learn` reads usage and cost by day from Cost Explorer, which costs a cent for each page,
    and the list prices; it writes a price file, and shows how far that explains the bill. Findings
    for --check: an unknown price; of `learn`, a month that is more than 1 % off.
    """
    if what not in {"", "show", "learn"}:
        raise Usage(f"prices {what} is not known; give nothing or learn.")
    table = session.price_file(prices)  # a mistake in it is told before AWS is asked
    place = session.where(profile, region, None)
    if what != "learn":
        own = InForce(table)
        if not prices:
            own = for_operator(operators.looking_operator(place, stack), place.now)
        rows = [Line.of(name, family, own.table) for name in place.regions for family in _FAMILIES]
        emit(shown(rows, own, prices), output)
        for problem in own.problems:
            screen.hint(problem)
        unknown = any(row.price is None for row in rows)
        raise typer.Exit(Exit.FINDINGS if check and unknown else Exit.FINE)
    said = _said(mapped or [])
    found = _learned(place, stack, table, said, yes=yes)
    if found is None:
        raise typer.Exit(Exit.FINE)
    if found.prices:
        _write(out, found, place.access.account)
    emit(result(found, out if found.prices else None), output)
    for problem in found.problems:
        screen.hint(problem)
    if found.problems:
        raise typer.Exit(Exit.PARTLY)
    wrong = check and not price_learning.explains(found.checks)
    raise typer.Exit(Exit.FINDINGS if wrong else Exit.FINE)


def _learned(
    place: Where, stack: str, table: PriceTable, said: dict[str, Counted], *, yes: bool
) -> Learned | None:
    """Learn once it is agreed what the question costs; None when it is not."""
    since, until = price_learning.span(place.now)
    screen.hint(
        f"Cost Explorer takes ${REQUEST_USD} for each page of an answer; this asks for the days "
        f"from {since} to before {until}, mostly one page."
    )
    if not operators.agreed("Ask Cost Explorer?", yes=yes):
        return None
    operator = operators.looking_operator(place, stack)
    seen = session.see(place, depth="day")
    with screen.working("Reading the bill and two months of demand"):
        return price_learning.learn(place.access, operator.reader, seen, table, said=said)


def _said(mapped: Sequence[str]) -> dict[str, Counted]:
    found = {}
    for text in mapped:
        name, _, kind = text.partition("=")
        if not name or kind not in _NAMES:
            raise Usage(
                f"--map {text} says nothing; write TYPE=KIND with one of {', '.join(_NAMES)}."
            )
        found[name] = Counted(kind)
    return found


def _write(out: Path, found: Learned, account: str) -> None:
    heading = (
        f"Prices of account {account}, learned from its bill of {found.since} to before "
        f"{found.until}\nby `personalize-monitor prices learn`. Use: --prices {out}"
    )
    try:
        out.write_text(as_toml(found.prices, found.until, heading), "utf-8")
    except OSError as problem:
        raise Usage(f"{out} cannot be written ({problem.strerror}); give another --out.") from None
    screen.written(out)


@dataclass(frozen=True, slots=True)
class Line:
    """The price of one family in one region, and why it is that."""

    region: str
    family: Family
    price: Price | None
    why: str

    @classmethod
    def of(cls, region: str, family: Family, table: PriceTable) -> Line:
        """As a table has it."""
        price = table.price(region, family)
        why = "not known; `prices learn` takes it from your bill" if price is None else price.source
        return cls(region, family, price, why)


def shown(rows: Sequence[Line], own: InForce, file: str | None) -> Result:
    """The prices in force, in all forms."""
    where = f"{file} over the shipped ones" if file else "the shipped ones"
    if own.learned is not None:
        where = f"learned by the deployment on {own.learned:%Y-%m-%d}, over the shipped ones"
    return Result(
        document={
            **documents.form("prices"),
            "file": file,
            "prices": [_document(row) for row in rows],
            "learned": None,
        },
        tables=[price_table(rows)],
        heading=f"Prices in force: {where}, as of {own.table.as_of.isoformat()}",
    )


def _document(row: Line) -> dict[str, Any]:
    price = row.price
    return {
        "region": row.region,
        "family": str(row.family),
        "known": price is not None,
        "tiers": None
        if price is None
        else [
            {
                "upToRequests": None if tier.up_to is None else float(tier.up_to),
                "usdPer1000Requests": documents.rounded(float(tier.per_request * 1000)),
            }
            for tier in price.tiers
        ],
        "hourlyFeeUsd": price and documents.rounded(float(price.hourly_fee)),
        "includedRequestsPerHour": price and float(price.included_per_hour),
        "asOf": price and price.as_of.isoformat(),
        "assumed": None if price is None else price.assumed,
        "certainty": price and price.certainty,
        "source": row.why,
    }


def price_table(rows: Sequence[Line], title: str = "") -> Table[Line]:
    """One family of one region a line."""
    columns: list[Column[Line]] = [
        Column("region", "Region", lambda r: r.region, importance=100),
        Column("family", "Family", lambda r: str(r.family), importance=99),
        Column(
            "price",
            "$ per 1,000 requests",
            _tiers,
            importance=95,
            flexible=True,
            least=20,
            prose=True,
        ),
        Column("fee", "$/hour", _fee, right=True, importance=80),
        Column("included", "Included/hour", _included, right=True, importance=60),
        Column(
            "as_of", "As of", lambda r: r.price.as_of.isoformat() if r.price else "", importance=50
        ),
        Column("certainty", "Certainty", _certainty, importance=70),
        Column("why", "Why", lambda r: r.why, importance=65, flexible=True, least=24, prose=True),
    ]
    return Table(title, columns, list(rows), empty="No price was learned.")


def _tiers(row: Line) -> str:
    if row.price is None:
        return words.UNKNOWN
    parts = []
    for tier in row.price.tiers:
        dollars = f"{float(tier.per_request * 1000):.4f}".rstrip("0").rstrip(".")
        parts.append(
            dollars if tier.up_to is None else f"{dollars} to {float(tier.up_to) / 1e6:g} M,"
        )
    return " ".join(parts)


def _fee(row: Line) -> str:
    return f"{float(row.price.hourly_fee):.3f}" if row.price and row.price.hourly_fee else ""


def _included(row: Line) -> str:
    return (
        f"{float(row.price.included_per_hour):,.0f}" if row.price and row.price.hourly_fee else ""
    )


def _certainty(row: Line) -> str:
    if row.price is None:
        return words.UNKNOWN
    return "assumed" if row.price.assumed else row.price.certainty


def result(found: Learned, out: Path | None) -> Result:
    """What was learned, how far it explains the bill, and what else was billed."""
    rows = [
        Line(name, family, price, price.source) for (name, family), price in found.prices.items()
    ]
    notes = [
        f"{counted(found.requests, 'request')} to Cost Explorer: ${REQUEST_USD * found.requests}."
    ]
    if out is not None:
        notes.append(f'Use it with --prices {out}, or `prices = "{out}"` in the config file.')
    if any(one.unknown for one in found.others):
        notes.append("Unknown usage types are in no price; --map TYPE=KIND says what they count.")
    return Result(
        document={
            **documents.form("prices"),
            "file": None if out is None else str(out),
            "prices": [_document(row) for row in rows],
            "learned": {
                "since": found.since.isoformat(),
                "until": found.until.isoformat(),
                "requests": found.requests,
                "checks": [_check(one) for one in found.checks],
                "others": [_other(one) for one in found.others],
                "problems": list(found.problems),
            },
        },
        tables=[
            price_table(rows, "Learned prices"),
            check_table(found.checks),
            *([other_table(found.others)] if found.others else []),
        ],
        heading=f"Learned from the bill of {found.since} to before {found.until}",
        notes=notes,
    )


def _check(one: Check) -> dict[str, Any]:
    return {
        "region": one.region,
        "family": str(one.family),
        "month": one.month,
        "billedUsd": documents.rounded(float(one.billed)),
        "estimate": one.estimate.as_json(),
        "offPercent": None if one.off is None else documents.rounded(float(one.off) * 100),
    }


def _other(one: Other) -> dict[str, Any]:
    return {
        "region": one.region,
        "usageType": one.usage_type,
        "unit": one.unit,
        "amount": documents.rounded(float(one.amount)),
        "usd": documents.rounded(float(one.cost)),
        "known": not one.unknown,
    }


def check_table(checks: Sequence[Check]) -> Table[Check]:
    """Estimate against bill, a month a line."""
    columns: list[Column[Check]] = [
        Column("month", "Month", lambda c: c.month, importance=90),
        Column("region", "Region", lambda c: c.region, importance=97),
        Column("family", "Family", lambda c: str(c.family), importance=95),
        Column("billed", "Bill", lambda c: f"${float(c.billed):,.2f}", right=True, importance=100),
        Column("estimate", "Estimate", lambda c: str(c.estimate), right=True, importance=99),
        Column("off", "Off", _off, right=True, importance=98),
    ]
    return Table("Estimate against bill", columns, list(checks), empty="Nothing was billed.")


def _off(one: Check) -> str:
    return words.UNKNOWN if one.off is None else f"{round(float(one.off) * 100, 2) + 0.0:+.2f} %"


def other_table(others: Sequence[Other]) -> Table[Other]:
    """What else the service billed."""
    columns: list[Column[Other]] = [
        Column(
            "usage_type",
            "Usage type",
            lambda o: o.usage_type,
            importance=100,
            flexible=True,
            least=20,
        ),
        Column("region", "Region", lambda o: o.region, importance=60),
        Column(
            "amount",
            "Usage",
            lambda o: f"{float(o.amount):,.2f} {o.unit}",
            right=True,
            importance=80,
        ),
        Column("cost", "Cost", lambda o: f"${float(o.cost):,.2f}", right=True, importance=90),
        Column(
            "what",
            "What",
            lambda o: "unknown" if o.unknown else "no matter of floors",
            importance=95,
        ),
    ]
    return Table("Also on the bill", columns, list(others))
