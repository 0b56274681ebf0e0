"""Prices from TOML: the shipped table, a user's own file over it, and a discount over both.

Everything wrong with a file is said at once, one sentence each, in one ``SettingsError``.
"""

from __future__ import annotations

import contextlib
import tomllib
from collections.abc import Mapping
from dataclasses import replace
from datetime import date, datetime
from decimal import Decimal
from fractions import Fraction
from functools import cache
from pathlib import Path
from typing import Any

from personalize_monitor.errors import SettingsError
from personalize_monitor.model.price_check import Checker
from personalize_monitor.model.price_tiers import read_price
from personalize_monitor.model.prices import Family, Price, PriceTable, Tier, WatchPrices

_SHIPPED = Path(__file__).with_name("prices.toml")
_WATCHING = tuple(name for name in WatchPrices.__dataclass_fields__ if name != "as_of")
_PRICED = tuple(family for family in Family if family is not Family.UNKNOWN)


@cache
def shipped_prices() -> PriceTable:
    """The table that comes with this package, at list price."""
    check = Checker("prices.toml")
    table = _apply(None, _parse(_SHIPPED.read_text("utf-8"), check), check)
    check.finish()
    return table


def load_prices(
    overrides: Path | Mapping[str, Any] | None = None,
    *,
    discount_percent: Decimal | int | str | None = None,
) -> PriceTable:
    """The shipped prices, replaced key by key by ``overrides``, less a discount in percent.

    ``overrides`` is a TOML file or the same as a mapping; it may hold ``discount_percent`` too,
    and the argument wins over that. Raises SettingsError with one sentence for each mistake.
    """
    check = Checker(str(overrides) if isinstance(overrides, Path) else "price overrides")
    table = _apply(shipped_prices(), _read(overrides, check), check)
    if discount_percent is not None:
        percent = check.number("discount_percent", discount_percent, most=100)
        table = replace(table, discount_percent=percent)
    check.finish()
    return _discounted(table)


def _read(overrides: Path | Mapping[str, Any] | None, check: Checker) -> Mapping[str, Any]:
    """The overrides as a mapping; an unreadable file is a mistake like any other."""
    if not isinstance(overrides, Path):
        return overrides or {}
    try:
        return _parse(overrides.read_text("utf-8"), check)
    except (OSError, UnicodeDecodeError) as error:
        raise SettingsError(
            [f"{overrides} cannot be read ({error}); give the path of a TOML file with prices."]
        ) from error


def _parse(text: str, check: Checker) -> Mapping[str, Any]:
    """TOML with exact decimal numbers."""
    try:
        return tomllib.loads(text, parse_float=Decimal)
    except tomllib.TOMLDecodeError as error:
        raise SettingsError(
            [f"{check.where} is not valid TOML ({error}); correct that line."]
        ) from error


def _apply(base: PriceTable | None, data: Mapping[str, Any], check: Checker) -> PriceTable:
    """``base`` with everything that ``data`` says; mistakes go to ``check``."""
    check.keys("", data, ("as_of", "discount_percent", "recipes", "prices", "watching"))
    as_of = _as_of(base, data, check)
    prices = dict(base.prices) if base else {}
    for region, families in check.table("prices", data.get("prices", {})):
        for name, entry in check.table(f"prices.{region}", families):
            path = f"prices.{region}.{name}"
            if check.choice(path, name, _PRICED):
                prices[region, Family(name)] = read_price(path, entry, as_of, check)
    discount = check.number("discount_percent", data.get("discount_percent", 0), most=100)
    return PriceTable(
        as_of=as_of,
        prices=prices,
        recipes=_recipes(data.get("recipes", {}), check) + (base.recipes if base else ()),
        watching=_watching(base, data.get("watching", {}), as_of, check),
        discount_percent=discount,
    )


def _as_of(base: PriceTable | None, data: Mapping[str, Any], check: Checker) -> date:
    """The date of ``data``; whoever brings prices has to date them."""
    value = data.get("as_of")
    if isinstance(value, str):
        with contextlib.suppress(ValueError):
            value = date.fromisoformat(value)
    if isinstance(value, date) and not isinstance(value, datetime):
        return value
    if value is not None:
        check.mistake("as_of", f"{value!r} is not a date; write it as 2026-07-01")
    elif base is None or "prices" in data or "watching" in data:
        check.mistake("as_of", "is missing; say of which day these prices are, as 2026-07-01")
    return base.as_of if base else date.min


def _recipes(entry: object, check: Checker) -> tuple[tuple[str, Family], ...]:
    """Patterns of recipe names with their families."""
    found: list[tuple[str, Family]] = []
    for name, patterns in check.table("recipes", entry):
        path = f"recipes.{name}"
        if not check.choice(path, name, _PRICED):
            continue
        if isinstance(patterns, list) and all(isinstance(item, str) for item in patterns):
            found.extend((pattern, Family(name)) for pattern in patterns)
        else:
            check.mistake(path, "is not a list of recipe names; write it as ['aws-sims']")
    return tuple(found)


def _watching(base: PriceTable | None, entry: object, as_of: date, check: Checker) -> WatchPrices:
    """CloudWatch and Lambda prices; what ``entry`` lacks comes from ``base``."""
    values = dict(check.table("watching", entry))
    check.keys("watching", values, (*_WATCHING, "certainty", "source"))
    given = {
        key: check.number(f"watching.{key}", values[key]) for key in _WATCHING if key in values
    }
    if base is not None:
        oldest = as_of if len(given) == len(_WATCHING) else min(as_of, base.watching.as_of)
        return replace(base.watching, **given, as_of=oldest) if given else base.watching
    for key in _WATCHING:
        if key not in given:
            check.mistake(f"watching.{key}", "is missing; give a price in USD")
    return WatchPrices(**{key: given.get(key, Fraction(0)) for key in _WATCHING}, as_of=as_of)


def _discounted(table: PriceTable) -> PriceTable:
    """All prices less the table's discount."""
    share = 1 - table.discount_percent / 100
    if share == 1:
        return table

    def less(price: Price | None) -> Price | None:
        if price is None:
            return None
        tiers = tuple(Tier(tier.up_to, tier.per_request * share) for tier in price.tiers)
        return replace(price, tiers=tiers, hourly_fee=price.hourly_fee * share)

    watch = {key: getattr(table.watching, key) * share for key in _WATCHING}
    return replace(
        table,
        prices={key: less(price) for key, price in table.prices.items()},
        watching=replace(table.watching, **watch),
    )
