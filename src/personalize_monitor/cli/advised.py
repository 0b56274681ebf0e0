"""Tables of advice, for every verb that gives some."""

from __future__ import annotations

from collections.abc import Sequence

from personalize_monitor.app.look import words
from personalize_monitor.app.look.advice import Advice
from personalize_monitor.cli import column
from personalize_monitor.cli.table import Column, Table


def advice_table(todo: Sequence[Advice], *, title: str = "What to do first") -> Table[Advice]:
    """What to do, the largest saving first."""
    columns: list[Column[Advice]] = [
        _name(),
        Column("arn", "ARN", lambda a: str(a.seen.resource.arn), machine_only=True),
        Column("region", "Region", lambda a: a.seen.resource.region, importance=60),
        Column("change", "Change", lambda a: a.what, importance=95, style=lambda _: "green"),
        Column(
            "monthly_saving",
            "Saves/month",
            lambda a: words.dollars(a.saving),
            raw=lambda a: a.saving.dollars,
            right=True,
            importance=90,
        ),
        _why(),
    ]
    return Table(
        title=title,
        columns=columns,
        rows=todo,
        empty="Nothing: no floor is too high and nothing is idle.",
    )


def held_table(held: Sequence[Advice]) -> Table[Advice]:
    """What is left alone for now, and by what."""
    columns: list[Column[Advice]] = [
        _name(),
        Column("arn", "ARN", lambda a: str(a.seen.resource.arn), machine_only=True),
        Column("region", "Region", lambda a: a.seen.resource.region, importance=60),
        Column("held_by", "Held by", lambda a: a.held_by, importance=95, style=lambda _: "yellow"),
        _why(),
    ]
    return Table(title="Left alone for now", columns=columns, rows=held)


def _name() -> Column[Advice]:
    return column.name(lambda a: a.seen.resource.name, "Resource")


def _why() -> Column[Advice]:
    return Column(
        "reason",
        "Why",
        lambda a: a.decision.reason,
        importance=50,
        least=20,
        flexible=True,
        prose=True,
        style=lambda _: "dim",
    )
