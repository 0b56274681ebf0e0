"""A price table as the TOML that ``price_file`` reads."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from fractions import Fraction

from personalize_monitor.model.prices import Family, Price, Tier


def as_toml(prices: Mapping[tuple[str, Family], Price], as_of: date, heading: str) -> str:
    """The text of a price file; ``heading`` stands above it as a comment."""
    parts = [*(f"# {line}" for line in heading.splitlines()), "", f"as_of = {as_of.isoformat()}"]
    for (region, family), price in sorted(prices.items()):
        parts += ["", f"[prices.{region}.{family}]", *_entries(price)]
    return "\n".join(parts) + "\n"


def tier_text(tier: Tier) -> str:
    """One tier as the file has it; prices by the thousand requests."""
    ends = "" if tier.up_to is None else f"up_to_requests = {_number(tier.up_to, 0)}, "
    return f"{{ {ends}per_1000_requests = {_number(tier.per_request * 1000, 9)} }}"


def _entries(price: Price) -> list[str]:
    lines = []
    if price.hourly_fee:
        lines.append(f"hourly_fee = {_number(price.hourly_fee, 9)}")
    if price.included_per_hour:
        lines.append(f"included_requests_per_hour = {_number(price.included_per_hour, 3)}")
    lines.append("tiers = [" + ", ".join(tier_text(tier) for tier in price.tiers) + "]")
    lines.append(f'certainty = "{price.certainty}"')
    lines.append(f'source = "{price.source}"')
    return lines


def _number(value: Fraction, digits: int) -> str:
    text = f"{float(round(value, digits)):.{digits}f}"
    return text.rstrip("0").rstrip(".") if "." in text else text
