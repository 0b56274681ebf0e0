"""Sentences that the page and the Markdown share."""

from __future__ import annotations

from personalize_monitor.plan.snapshot import Snapshot, words
from personalize_monitor_desk.advice import Advice
from personalize_monitor_desk.changes.changes import Changes

TITLE = "Amazon Personalize: what it does, and what it costs"


def subtitle(seen: Snapshot) -> str:
    """Whose account, where, when, how far back."""
    regions = ", ".join(place.region for place in seen.places)
    return (
        f"Account {seen.account}, {regions}. As of {seen.window.end:%d %B %Y, %H:%M} UTC, "
        f"from the {seen.span.days} days before."
    )


def serving(seen: Snapshot) -> str:
    """``3 of 5``, or ``3 of at least 5`` where a region did not tell all."""
    return f"{len(seen.serving)} of {words.known_of(len(seen.seen), whole=seen.whole)}"


def money_note(seen: Snapshot) -> str:
    """What the money means."""
    return (
        f"Money: {words.money_basis(seen)}. Waste is what is paid for a floor above the demand. "
        "The bill is AWS's to write."
    )


def unknowns(seen: Snapshot, harm: Changes | None = None) -> list[str]:
    """Everything that the figures do not cover, a sentence each."""
    return [*seen.problems, *(harm.problems if harm else ()), *money_gaps(seen)]


def money_gaps(seen: Snapshot) -> list[str]:
    """What is not in the sums of money, or not known well, a sentence each."""
    found = []
    unpriced = [one.resource.name for one in seen.serving if one.figures.cost.dollars is None]
    if unpriced:
        found.append(
            f"No price is known for {_named(unpriced)}; their cost is not in the sums. "
            "`personalize-monitor prices learn` takes it from your bill, or give --prices."
        )
    gaps = [
        one.resource.name
        for one in seen.serving
        if one.figures.cost.dollars is not None and not one.figures.cost.is_known
    ]
    if gaps:
        found.append(
            f"A part of the traffic of {_named(gaps)} is not known; their cost is a lower bound."
        )
    if seen.cost.assumed:
        found.append(
            "Where a region has no prices of its own in the table, those of us-east-1 are assumed."
        )
    return found


def advice_line(one: Advice) -> str:
    """``home-page (us-east-1): floor 20 → 3, saves $5,284 a month``."""
    resource = one.seen.resource
    saving = words.dollars(one.saving)
    what = "saving not known" if saving == words.UNKNOWN else f"saves {saving} a month"
    return f"{resource.name} ({resource.region}): {one.what}, {what}"


def _named(names: list[str]) -> str:
    shown = ", ".join(names[:8])
    return shown if len(names) <= 8 else f"{shown} and {len(names) - 8} more"
