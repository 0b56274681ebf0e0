"""The savings cut by dataset group, tag, region, account, day or month: tables and JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from personalize_monitor.model.counted import counted
from personalize_monitor.plan.savings import Savings
from personalize_monitor.plan.snapshot import Snapshot, words
from personalize_monitor_desk.breakdown import Cut, Part, Period
from personalize_monitor_desk.cli import column, documents
from personalize_monitor_desk.cli.table import Column, Table


@dataclass(frozen=True, slots=True)
class CutMoney:
    """The parts of a cut; ``periods`` where it is one over time."""

    cut: Cut
    parts: Sequence[Part] = ()
    periods: Sequence[Period] = ()
    problems: tuple[str, ...] = ()


def table(found: CutMoney, seen: Snapshot, saved: Savings | None, days: int) -> Table[Any]:
    """One part, or one period, a line."""
    if found.cut.by.is_time:
        return _over_time(found, saved)
    columns: list[Column[Part]] = [
        column.name(lambda part: part.name, found.cut.title),
        Column(
            "resources",
            "Resources",
            lambda p: str(p.resources),
            raw=lambda p: p.resources,
            right=True,
        ),
        column.money("cost", "$/month", lambda p: p.cost, importance=80),
        column.money("waste", "Waste", lambda p: p.waste, importance=80),
        column.money("possible", "Possible", lambda p: p.possible, importance=80),
        column.money("realised", f"Saved {days} d", lambda p: p.saved, importance=95, style=_style),
    ]
    return Table(
        title="",
        columns=columns,
        rows=found.parts,
        empty="No campaign or recommender here; --region all looks everywhere.",
        footer=[
            f"name={counted(len(found.parts), 'part')}",
            f"resources={sum(part.resources for part in found.parts)}",
            f"cost={words.dollars(seen.cost)}",
            f"waste={words.dollars(seen.waste)}",
            f"possible={words.dollars(seen.saving)}",
            f"realised={words.dollars(saved.saved if saved else None)}",
        ],
    )


def _style(part: Part) -> str:
    return "green" if part.saved and part.saved.exact > 0 else "dim"


def _over_time(found: CutMoney, saved: Savings | None) -> Table[Period]:
    columns: list[Column[Period]] = [
        column.name(lambda period: period.name, found.cut.title),
        column.money("saved", "Saved", lambda p: p.saved, importance=90),
        column.money("together", "Saved so far", lambda p: p.together, importance=80),
    ]
    return Table(
        title="",
        columns=columns,
        rows=found.periods,
        empty="The application is not deployed here, so nothing was saved by it yet.",
        footer=["name=Total", f"saved={words.dollars(saved.saved)}"] if saved else [],
    )


def document(found: CutMoney) -> dict[str, Any]:
    """For machines; see ``schemas/savings.json``."""
    return {
        "cut": str(found.cut),
        "parts": [
            {
                "name": part.name,
                "resources": part.resources,
                "monthlyCost": part.cost.as_json(),
                "monthlyWaste": part.waste.as_json(),
                "monthlySaving": part.possible.as_json(),
                "realised": documents.money(part.saved),
            }
            for part in found.parts
        ],
        "periods": [
            {
                "name": period.name,
                "saved": period.saved.as_json(),
                "cumulative": period.together.as_json(),
            }
            for period in found.periods
        ],
    }
