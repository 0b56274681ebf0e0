"""``status``: the fleet as it is now."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import typer

from personalize_monitor.model.counted import counted
from personalize_monitor.model.resource import State
from personalize_monitor.plan.snapshot import Seen, Snapshot, words
from personalize_monitor_desk.cli import column, documents, operators, options, session
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.options import Output
from personalize_monitor_desk.cli.output import Result, emit, machine_reads
from personalize_monitor_desk.cli.table import Column, Table
from personalize_monitor_desk.report.text import money_gaps
from personalize_monitor_desk.standing import Standing, hurts, in_order, standing_of

EXAMPLE = "Example: personalize-monitor status --region us-east-1 --region eu-west-1"


def command(  # noqa: PLR0917  typer reads the options from the signature
    profile: options.Profile = None,
    region: options.Regions = None,
    stack: StackName = "",
    output: options.As = Output.TABLE,
    at: options.At = None,
    prices: options.Prices = None,
    check: options.Check = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Show the fleet: state, floor, traffic of the last day, utilization, errors, alarms, money.

    What fails its callers comes first, then what is unknown, then the greatest waste. Findings for
    --check: a firing alarm, a failed resource, errors, a floor that hurts, or an unknown
    measurement.
    """
    place = session.where(profile, region, at)
    session.price_file(prices)  # a mistake in it is told before AWS is asked
    operator = operators.looking_operator(place, stack)
    groups = machine_reads(output)  # the table does not show them
    table = session.price_table(prices, operator, place.now)
    seen = session.see(place, depth="month", prices=table, reader=operator.reader, groups=groups)
    emit(result(seen), output)
    found = sum(1 for one in seen.seen if findings(one))
    raise typer.Exit(session.ended(seen, findings=found, check=check))


def findings(one: Seen) -> list[str]:
    """What about a resource deserves a look, in a few words each."""
    found = []
    if one.resource.state is State.FAILED:
        found.append("failed")
    if one.firing:
        found.append("alarm")
    if one.errors.total:
        found.append("errors")
    if hurts(one):
        found.append("hurt")
    if one.resource.state is State.ACTIVE and not one.sample.known and one.demand.sums:
        found.append("unknown")
    return found


def result(seen: Snapshot) -> Result:
    """The status in all forms."""
    return Result(
        document=document(seen),
        tables=[table(seen)],
        heading=heading(seen),
        notes=notes(seen),
    )


def heading(seen: Snapshot) -> str:
    """One line: whose account, when, how much."""
    least = "" if seen.whole else "at least "
    kinds = f"{len(seen.serving)} of {least}{counted(len(seen.seen), 'resource')} in service"
    regions = ", ".join(place.region for place in seen.places)
    return f"Account {seen.account}, {regions}: {kinds} at {seen.window.end:%Y-%m-%d %H:%M} UTC"


def notes(seen: Snapshot) -> list[str]:
    """What the figures mean; nothing for an empty fleet."""
    if not seen.seen:
        return []
    return [
        "TPS and utilization: the last five settled minutes. Curve, errors: the last 24 hours.",
        f"Money: {words.money_basis(seen)}. Waste is paid for a floor above the demand.",
        *money_gaps(seen),
    ]


def document(seen: Snapshot) -> dict[str, Any]:
    """JSON; see ``schemas/status.json``."""
    return {
        **documents.head("status", seen),
        "resources": [documents.resource(one) for one in in_order(seen.seen)],
        "findings": {str(one.resource.arn): found for one in seen.seen if (found := findings(one))},
        "totals": documents.totals(seen),
        "problems": list(seen.problems),
    }


def table(seen: Snapshot) -> Table[Seen]:
    """The fleet, one resource a line."""
    several = len({place.region for place in seen.places}) > 1
    return Table(
        title="",
        columns=columns(
            regions=several, unknown=words.UNKNOWN if seen.journal_trouble else words.NOTHING
        ),
        rows=in_order(seen.seen),
        empty="No campaign or recommender here; --region all looks everywhere.",
        footer=[
            f"name={counted(len(seen.seen), 'resource')}",
            f"cost={words.dollars(seen.cost)}",
            f"waste={words.dollars(seen.waste)}",
        ],
    )


_STANDING_STYLE: Mapping[Standing, str] = {
    Standing.FAILING: "bold red",
    Standing.UNKNOWN: "red",
    Standing.WASTING: "yellow",
    Standing.FINE: "green",
}
_STATE_STYLE: Mapping[State, str] = {
    State.ACTIVE: "green",
    State.CHANGING: "yellow",
    State.STOPPED: "dim",
    State.FAILED: "bold red",
    State.GOING: "dim",
}


def columns(*, regions: bool, unknown: str = words.NOTHING) -> list[Column[Seen]]:
    """The columns of the fleet; the region only where there are several.

    ``unknown`` stands where no lowering is known.
    """
    chosen: list[Column[Seen]] = [
        column.name(lambda s: s.resource.name),
        Column("arn", "ARN", lambda s: str(s.resource.arn), machine_only=True),
        column.kind(lambda s: str(s.resource.kind), importance=20),
        Column(
            "region",
            "Region",
            lambda s: s.resource.region,
            importance=55,
            # With one region it would say the same in each row, and the heading has it.
            machine_only=not regions,
        ),
        Column(
            "recipe",
            "Recipe",
            lambda s: words.recipe_name(s.resource),
            importance=10,
            least=12,
            flexible=True,
        ),
        Column(
            "state",
            "State",
            lambda s: words.state_word(s.resource),
            importance=90,
            style=lambda s: "red" if s.resource.stale else _STATE_STYLE[s.resource.state],
        ),
        Column(
            "standing",
            "Standing",
            lambda s: str(standing_of(s)),
            importance=92,
            style=lambda s: _STANDING_STYLE[standing_of(s)],
        ),
        column.floor(
            "floor", "Floor", lambda s: s.resource.floor if _serves(s) else None, importance=95
        ),
        column.rate(lambda s: s.average, _serves, importance=85),
        column.utilization(
            lambda s: s.utilization, _serves, importance=80, style=_utilization_style
        ),
        column.curve(lambda s: s.demand if _serves(s) else None),
        Column(
            "errors_24h",
            "Errors",
            lambda s: words.count(s.errors.total) if _serves(s) else words.NOTHING,
            raw=lambda s: s.errors.total,
            right=True,
            importance=72,
            style=lambda s: "red" if s.errors.total else "dim",
        ),
        Column(
            "alarms",
            "Alarms",
            _alarms,
            raw=lambda s: None if s.alarms is None else s.firing,
            importance=73,
            style=lambda s: "bold red" if s.firing else "dim",
        ),
        column.verdict(lambda s: s.case, importance=38, none=unknown),
        column.money("cost", "$/month", lambda s: s.figures.cost, importance=65),
        column.money(
            "waste",
            "Waste",
            lambda s: s.figures.waste,
            importance=75,
            style=lambda s: "yellow" if s.figures.waste.exact else "dim",
        ),
        Column(
            "guards",
            "Held by",
            lambda s: ", ".join(s.guards),
            raw=lambda s: " ".join(s.guards),
            importance=15,
            style=lambda _: "dim",
        ),
    ]
    return chosen


def _serves(one: Seen) -> bool:
    return one.resource.state is State.ACTIVE


def _alarms(one: Seen) -> str:
    if one.alarms is None:
        return words.UNKNOWN
    if not one.alarms:
        return words.NOTHING
    muted = sum(1 for alarm in one.alarms if alarm.muted)
    said = f"{one.firing} on" if one.firing else "ok"
    return f"{said}, {muted} muted" if muted else said


def _utilization_style(one: Seen) -> str:
    if one.utilization is None:
        return "dim"
    return "green" if one.utilization >= 60 else ("yellow" if one.utilization >= 20 else "red")
