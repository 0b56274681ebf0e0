"""Tables of advice, for every verb that gives some."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from personalize_monitor.plan.snapshot import words
from personalize_monitor.policy.risk import AT_RISK
from personalize_monitor_desk.advice import Advice
from personalize_monitor_desk.cli import column
from personalize_monitor_desk.cli.table import Column, Table

INCLUDE = "--include-deletions"
"""The switch of ``apply`` without which nothing is deleted or stopped."""


def advice_table(
    todo: Sequence[Advice], *, title: str = "What to do first", whole: bool = True
) -> Table[Advice]:
    """What to do, the largest saving first; ``whole`` says that nothing is unknown."""
    columns: list[Column[Advice]] = [
        _name(),
        Column("arn", "ARN", lambda a: str(a.seen.resource.arn), machine_only=True),
        Column("region", "Region", lambda a: a.seen.resource.region, importance=45),
        Column("change", "Change", _change, raw=lambda a: a.what, importance=95, style=_colour),
        Column("fingerprint", "Fingerprint", lambda a: a.item.fingerprint, machine_only=True),
        Column(
            "monthly_saving",
            "Saves/month",
            lambda a: words.dollars(a.saving),
            raw=lambda a: a.saving.dollars,
            right=True,
            importance=90,
        ),
        Column(
            "at_risk_percent",
            "At risk",
            lambda a: a.risk or "",  # a column without a figure takes no room
            raw=lambda a: a.decision.evidence.get(AT_RISK),
            right=True,
            importance=88,
        ),
        column.verdict(lambda a: a.seen.case, importance=40),
        _why(),
    ]
    return Table(
        title=title,
        columns=columns,
        rows=todo,
        empty=words.nothing_to_do(whole=whole),
    )


def held_table(held: Sequence[Advice]) -> Table[Advice]:
    """What is left alone for now, and by what."""
    columns: list[Column[Advice]] = [
        _name(),
        Column("arn", "ARN", lambda a: str(a.seen.resource.arn), machine_only=True),
        Column("region", "Region", lambda a: a.seen.resource.region, importance=45),
        Column(
            "held_by", "Blocked by", lambda a: a.held_by, importance=95, style=lambda _: "yellow"
        ),
        _why(lambda a: a.why_held),
    ]
    return Table(title="Left alone for now", columns=columns, rows=held)


def _change(one: Advice) -> str:
    # In brackets: `apply` does not include it by itself.
    return f"({one.what})" if one.removes else one.what


def _colour(one: Advice) -> str:
    return "red" if one.removes else "green"


def _name() -> Column[Advice]:
    return column.name(lambda a: a.seen.resource.name, "Resource")


def _why(of: Callable[[Advice], str] = lambda a: a.decision.reason) -> Column[Advice]:
    return Column(
        "reason",
        "Why",
        of,
        importance=50,
        least=24,
        flexible=True,
        prose=True,
        style=lambda _: "dim",
    )
