"""Numbers as people read them, the same in every table, report and page."""

from __future__ import annotations

from datetime import timedelta
from decimal import ROUND_HALF_UP, Decimal
from math import isnan

from personalize_monitor.model.bill import MONTH_HOURS
from personalize_monitor.model.money import Money
from personalize_monitor.model.resource import Kind, Resource, State
from personalize_monitor.plan.snapshot.values import Snapshot

NOTHING = "–"
UNKNOWN = "?"


def rate(value: float | None) -> str:
    """Requests per second with the digits that matter: ``0``, ``0.07``, ``4.7``, ``120``."""
    if value is None or isnan(value):
        return UNKNOWN
    if value == 0:
        return "0"
    if value < 0.01:
        return "<0.01"
    if value < 10:
        return f"{value:.2f}"
    return f"{value:.1f}" if value < 100 else f"{value:,.0f}"


def percent(value: float | None) -> str:
    """A percentage without its sign: ``0``, ``0.4``, ``37``."""
    if value is None or isnan(value):
        return UNKNOWN
    if 0 < value < 0.1:
        return "<0.1"
    return f"{value:.1f}" if 0 < value < 10 else f"{value:,.0f}"


def share(value: float | None) -> str:
    """A share of 0 to 1 in percent; nothing where there was nothing to share."""
    return NOTHING if value is None else percent(100 * value)


def count(value: float | None) -> str:
    """A whole number, or that it is unknown."""
    return UNKNOWN if value is None or isnan(value) else f"{value:,.0f}"


def dollars(money: Money | None) -> str:
    """Whole dollars for a column: ``$1,234``, ``≥$5`` for a lower bound, ``?`` when unknown."""
    if money is None:
        return NOTHING
    if money.dollars is None:
        return UNKNOWN
    sign = "" if money.is_known else ("~" if money.signed else "≥")
    if money.exact and abs(money.exact) < 1:
        return f"{sign}<$1" if money.exact > 0 else f"{sign}>-$1"
    whole = money.dollars.quantize(Decimal(1), ROUND_HALF_UP)
    return f"{sign}-${-whole:,}" if whole < 0 else f"{sign}${whole:,}"


def money_basis(seen: Snapshot) -> str:
    """The basis of every cost, waste and possible saving, wherever one is shown.

    ``a month of 730 hours like the 14 days before ..., at the floors of now; estimate, prices ...``
    """
    begin, end = seen.basis
    days = round((end - begin) / timedelta(days=1))
    span = "24 hours" if days == 1 else f"{days} days"
    return (
        f"a month of {MONTH_HOURS} hours like the {span} before {end:%Y-%m-%d %H:%M} UTC, "
        f"at the floors of now; {seen.cost.basis}"
    )


def recipe_name(resource: Resource) -> str:
    """The recipe's short name without the prefix that all have; ``unknown`` while it is."""
    name = (resource.recipe_arn or "").rpartition("/")[2]
    return name.removeprefix("aws-") or "unknown"


def state_word(resource: Resource) -> str:
    """What it does, in a word; an update that runs is said, and that nobody knows."""
    if resource.stale:
        return "unknown"
    if resource.state is State.ACTIVE and resource.update_pending:
        return "updating"
    if resource.state is State.CHANGING:
        return resource.status.split()[0].lower()
    return str(resource.state)


def known_of(shown: int, *, whole: bool) -> str:
    """How many there are: ``3``, or ``at least 3`` where a region did not tell all."""
    return str(shown) if whole else f"at least {shown}"


def nothing_to_do(*, whole: bool) -> str:
    """What is said where nothing is advised; less, where not all is known."""
    if whole:
        return "Nothing: no floor can come down now, and nothing is idle."
    return "Nothing that is known. Not everything was answered, so there may be more to do."


def short_kind(kind: Kind) -> str:
    """``C`` or ``R`` for a narrow column."""
    return "C" if kind is Kind.CAMPAIGN else "R"


def group_name(dataset_group: str | None) -> str:
    """The last part of a dataset group's ARN."""
    return (dataset_group or "").rpartition("/")[2] or "not known"
