"""Columns that several tables have, so that one thing looks the same wherever it is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from personalize_monitor.model.demand import Demand
from personalize_monitor.model.money import Money
from personalize_monitor.plan.snapshot import words
from personalize_monitor.policy.harm import Case, Word
from personalize_monitor.policy.harm.words import told, word_of
from personalize_monitor_desk.cli import documents, sparkline
from personalize_monitor_desk.cli.table import Column

Row = TypeVar("Row")
Style = Callable[[Row], str]
_HOURS = 13
"""Characters of a day's curve."""


def name(of: Callable[[Row], str], title: str = "Name") -> Column[Row]:
    """The resource's name: the last to go, and the first to shrink."""
    return Column(
        "name", title, of, importance=100, least=14, flexible=True, style=lambda _: "bold"
    )


def kind(of: Callable[[Row], str], *, importance: int) -> Column[Row]:
    """Campaign or recommender, in short for people."""
    return Column(
        "kind",
        "Kind",
        lambda row: "camp." if of(row) == "campaign" else "rec.",
        raw=of,
        importance=importance,
    )


def floor(
    key: str,
    title: str,
    of: Callable[[Row], int | None],
    *,
    importance: int,
    none: str = words.NOTHING,
    style: Style[Row] | None = None,
) -> Column[Row]:
    """A floor in whole TPS; ``none`` where the resource has none any more."""

    def text(row: Row) -> str:
        value = of(row)
        return none if value is None else str(value)

    return Column(key, title, text, raw=of, right=True, importance=importance, style=style)


def rate(
    of: Callable[[Row], float | None], serves: Callable[[Row], object], *, importance: int
) -> Column[Row]:
    """Average requests per second; nothing where it does not serve, unknown where nobody knows."""
    return _measured("average_tps", "TPS", words.rate, of, serves, importance=importance)


def utilization(
    of: Callable[[Row], float | None],
    serves: Callable[[Row], object],
    *,
    importance: int,
    style: Style[Row] | None = None,
) -> Column[Row]:
    """Percent of the floor that is used, likewise."""
    return _measured(
        "utilization_percent",
        "Use %",
        words.percent,
        of,
        serves,
        importance=importance,
        style=style,
    )


def _measured(
    key: str,
    title: str,
    form: Callable[[float | None], str],
    of: Callable[[Row], float | None],
    serves: Callable[[Row], object],
    *,
    importance: int,
    style: Style[Row] | None = None,
) -> Column[Row]:
    return Column(
        key,
        title,
        lambda row: form(of(row)) if serves(row) else words.NOTHING,
        raw=lambda row: documents.rounded(of(row)),
        right=True,
        importance=importance,
        style=style,
    )


def curve(of: Callable[[Row], Demand | None]) -> Column[Row]:
    """The last day as a small curve, for people only; empty without demand to draw."""

    def text(row: Row) -> str:
        demand = of(row)
        return "" if demand is None else sparkline.day(demand, _HOURS)

    return Column(
        "curve",
        "Last 24 hours",
        text,
        raw=lambda _: None,
        importance=35,
        style=lambda _: "cyan",
    )


VERDICT_STYLE = {Word.HURT: "bold red", Word.HARMLESS: "green", Word.UNKNOWN: "yellow"}


def verdict(
    of: Callable[[Row], Case | None], *, importance: int, none: str = words.NOTHING
) -> Column[Row]:
    """What became of the last lowering of a floor; machines get the whole sentence."""

    def text(row: Row) -> str:
        case = of(row)
        return none if case is None else str(word_of(case))

    def raw(row: Row) -> str | None:
        case = of(row)
        return None if case is None else told(case)

    def style(row: Row) -> str:
        case = of(row)
        return "dim" if case is None else VERDICT_STYLE[word_of(case)]

    return Column("last_lowering", "Lowering", text, raw=raw, importance=importance, style=style)


def money(
    key: str,
    title: str,
    of: Callable[[Row], Money | None],
    *,
    importance: int,
    style: Style[Row] | None = None,
) -> Column[Row]:
    """Dollars, with every doubt about them; machines get the number, or nothing."""

    def raw(row: Row) -> object:
        amount = of(row)
        return amount.dollars if amount else None

    return Column(
        key,
        title,
        lambda row: words.dollars(of(row)),
        raw=raw,
        right=True,
        importance=importance,
        style=style,
    )
