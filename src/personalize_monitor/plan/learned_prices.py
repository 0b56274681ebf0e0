"""Prices that the deployment learned from its own bill: written once a week, used where they hold.

A record in the journal's streams ``prices/`` has what was learned as a price file has it. Prices
are an account's own: they hold in the deployment's account only, as others have other discounts.
"""

from __future__ import annotations

import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any

from personalize_monitor.aws.events import Event
from personalize_monitor.errors import JournalUnavailable, SettingsError
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.records import as_record
from personalize_monitor.model.entry import LEARNED, Entry
from personalize_monitor.model.price_file import load_prices, shipped_prices
from personalize_monitor.model.price_text import as_toml
from personalize_monitor.model.prices import Family, Price, PriceTable
from personalize_monitor.plan.price_learning import Check, Key, Learned, explains
from personalize_monitor.settings import Settings

if TYPE_CHECKING:
    from personalize_monitor.plan.operator import Operator

STREAMS = "prices/"
DAYS = 60
"""What was learned longer ago is not used any more."""


@dataclass(frozen=True, slots=True)
class InForce:
    """The prices to use; ``learned`` is when they were learned, None for the built-in ones.

    ``unlearned`` are sentences about what the last time of learning did not learn, ``unreadable``
    about records that cannot be read.
    """

    table: PriceTable
    learned: datetime | None = None
    unlearned: tuple[str, ...] = ()
    unreadable: tuple[str, ...] = ()

    @property
    def problems(self) -> tuple[str, ...]:
        """All that is to be told."""
        return (*self.unlearned, *self.unreadable)

    @property
    def words(self) -> str:
        """What figures at these prices are, for the end of a sentence."""
        if self.learned is None:
            return "at list prices"
        return f"at prices learned from the account's bill on {self.learned:%Y-%m-%d}"


def in_force(reader: JournalReader, settings: Settings, *, account: str, now: datetime) -> InForce:
    """The newest learned prices of ``account`` that can be used, over the built-in ones.

    Without ``LearnPrices`` those are the built-in ones, and the journal is not asked. What cannot
    be read costs itself only; then the record before it counts.
    """
    if not settings.learn_prices:
        return InForce(shipped_prices())
    try:
        found = reader.about(LEARNED, now=now, hours=DAYS * 24, streams=STREAMS)
    except JournalUnavailable as problem:
        said = f"{problem} The built-in prices are used instead of learned ones."
        return InForce(shipped_prices(), unreadable=(said,))
    records = [
        one
        for one in reversed(found)
        if one.own and one.name == LEARNED and one.detail.get("Account") == account
    ]
    unlearned = _problems(records[0]) if records else ()
    broken: list[str] = []
    for record in records:
        prices = record.detail.get("Prices")
        if prices == {}:
            continue
        try:
            if not isinstance(prices, Mapping):
                raise SettingsError(["It holds no prices."])
            table = load_prices(prices)
        except SettingsError as problem:
            when = f"{record.time:%Y-%m-%d %H:%M} UTC"
            broken.append(f"The prices learned at {when} cannot be read: {problem}")
            continue
        return InForce(table, record.time, unlearned, tuple(broken))
    return InForce(shipped_prices(), None, unlearned, tuple(broken))


def for_operator(operator: Operator, now: datetime) -> InForce:
    """The same for whoever sits at a desk; the built-in ones where nothing is deployed."""
    if operator.stack is None:
        return InForce(shipped_prices())
    account = operator.access.account
    return in_force(operator.reader, operator.settings, account=account, now=now)


def usable(found: Learned) -> tuple[dict[Key, Price], tuple[str, ...]]:
    """The learned prices that explain the bill of each month, and a sentence for each other one."""
    good: dict[Key, Price] = {}
    refused = []
    for (region, family), price in sorted(found.prices.items()):
        checks = [one for one in found.checks if (one.region, one.family) == (region, family)]
        if explains(checks):
            good[region, family] = price
        else:
            refused.append(_refusal(region, family, checks))
    return good, tuple(refused)


def record_of(found: Learned, *, account: str, now: datetime) -> dict[str, Any]:
    """What is written into the journal about one time of learning."""
    good, refused = usable(found)
    text = as_toml(good, found.until, "")
    # Numbers stay texts: they are read exactly, as from a file.
    prices = tomllib.loads(text, parse_float=str) if good else {}
    detail = {
        "Account": account,
        "Since": found.since.isoformat(),
        "Until": found.until.isoformat(),
        "Prices": {**prices, "as_of": found.until.isoformat()} if good else {},
        "Explains": explains(found.checks),
        "Checks": [_check(one) for one in found.checks],
        "Problems": [*refused, *found.problems],
        "Requests": found.requests,
    }
    return as_record(Event(LEARNED, detail), now)


def failure(why: str, *, account: str, now: datetime) -> dict[str, Any]:
    """The same where nothing could be learned at all."""
    detail = {"Account": account, "Prices": {}, "Explains": False, "Problems": [why]}
    return as_record(Event(LEARNED, detail), now)


def _problems(record: Entry) -> tuple[str, ...]:
    said = record.detail.get("Problems")
    return tuple(str(one) for one in said) if isinstance(said, list) else ()


def _refusal(region: str, family: Family, checks: list[Check]) -> str:
    months = ", ".join(
        f"{one.month}: bill ${float(one.billed):,.2f}, estimate {one.estimate}" for one in checks
    )
    return (
        f"The price of {family} in {region} that was learned does not explain the bill and is not "
        f"used ({months})."
    )


def _check(one: Check) -> dict[str, Any]:
    return {
        "Region": one.region,
        "Family": str(one.family),
        "Month": one.month,
        "BilledUsd": round(float(one.billed), 4),
        "Estimate": one.estimate.as_json(),
        "OffPercent": None if one.off is None else round(float(one.off) * 100, 4),
    }
