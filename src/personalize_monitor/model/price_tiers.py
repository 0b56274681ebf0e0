"""One price out of a price file: its tiers, its fee, and whether it is known at all."""

from __future__ import annotations

from datetime import date
from fractions import Fraction

from personalize_monitor.model.price_check import Checker
from personalize_monitor.model.prices import REQUESTS_PER_TPS_HOUR, Price, Tier

_CERTAINTIES = ("certain", "likely", "unverified")
_TIER_UNITS = {
    "per_tps_hour": Fraction(1, REQUESTS_PER_TPS_HOUR),
    "per_1000_requests": Fraction(1, 1000),
}
_TIER_ENDS = {"up_to_tps_hours": Fraction(REQUESTS_PER_TPS_HOUR), "up_to_requests": Fraction(1)}
_PRICE_KEYS = (
    "tiers",
    "hourly_fee",
    "included_requests_per_hour",
    "unknown",
    "certainty",
    "source",
)


def read_price(path: str, entry: object, as_of: date, check: Checker) -> Price | None:
    """One family's price in one region; None for ``unknown = true``."""
    values = dict(check.table(path, entry))
    check.keys(path, values, _PRICE_KEYS)
    certainty = values.get("certainty", "unverified")
    check.choice(f"{path}.certainty", certainty, _CERTAINTIES)
    if values.get("unknown") is True:
        return None
    return Price(
        tiers=_tiers(f"{path}.tiers", values.get("tiers"), check),
        as_of=as_of,
        hourly_fee=check.number(f"{path}.hourly_fee", values.get("hourly_fee", 0)),
        included_per_hour=check.number(
            f"{path}.included_requests_per_hour", values.get("included_requests_per_hour", 0)
        ),
        certainty=str(certainty),
        source=str(values.get("source", "")),
    )


def _tiers(path: str, entry: object, check: Checker) -> tuple[Tier, ...]:
    """Tiers in order: ends that rise, prices that do not, and no end in the last one."""
    if not isinstance(entry, list | tuple) or not entry:
        check.mistake(path, "is missing; give a list such as [{ per_1000_requests = 0.15 }]")
        return ()
    tiers: list[Tier] = []
    for number, item in enumerate(entry, start=1):
        where = f"{path}[{number}]"
        tier = _tier(where, item, check)
        _follows(where, tiers, tier, check)
        tiers.append(tier)
    if tiers[-1].up_to is not None:
        check.mistake(path, "ends at a limit; leave `up_to_...` out of the last tier")
    return tuple(tiers)


def _follows(where: str, before: list[Tier], tier: Tier, check: Checker) -> None:
    """Hold a tier against the one before it."""
    if not before:
        return
    last = before[-1]
    if last.up_to is None:
        check.mistake(where, "follows a tier without `up_to_...`; only the last may have none")
    elif tier.up_to is not None and tier.up_to <= last.up_to:
        check.mistake(where, "does not end above the tier before it; order tiers by their end")
    if tier.per_request > last.per_request:
        check.mistake(where, "costs more than the tier before it; prices fall with volume")


def _tier(where: str, item: object, check: Checker) -> Tier:
    """One tier: exactly one price, at most one end, each in its own unit."""
    values = dict(check.table(where, item))
    check.keys(where, values, (*_TIER_UNITS, *_TIER_ENDS))
    prices = [key for key in _TIER_UNITS if key in values]
    ends = [key for key in _TIER_ENDS if key in values]
    if len(prices) != 1:
        check.mistake(where, f"needs exactly one of {' and '.join(_TIER_UNITS)}")
    if len(ends) > 1:
        check.mistake(where, f"needs at most one of {' and '.join(_TIER_ENDS)}")
    return Tier(
        up_to=next((check.number(f"{where}.{k}", values[k]) * _TIER_ENDS[k] for k in ends), None),
        per_request=next(
            (check.number(f"{where}.{k}", values[k]) * _TIER_UNITS[k] for k in prices),
            Fraction(0),
        ),
    )
