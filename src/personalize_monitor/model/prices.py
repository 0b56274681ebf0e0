"""What a request costs: price tiers by region and resource family, and the recipe's family.

The billable unit throughout is the *request*: a floor of 1 is 3,600 requests an hour (one
TPS-hour) whether they come or not. ``price_file`` reads the numbers from TOML.
"""

from __future__ import annotations

import enum
from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import date
from fnmatch import fnmatchcase
from fractions import Fraction

REQUESTS_PER_TPS_HOUR = 3600
FALLBACK_REGION = "us-east-1"


class Family(enum.StrEnum):
    """How a resource is priced; the recipe decides."""

    LEGACY = "legacy"
    V2 = "v2"
    RECOMMENDER = "recommender"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Tier:
    """USD per request up to and including the month's ``up_to``-th request; None: no end."""

    up_to: Fraction | None
    per_request: Fraction


@dataclass(frozen=True, slots=True)
class Price:
    """The price of one family in one region, discount included.

    ``tiers`` rise in ``up_to``, never in price, and the last has no end. ``hourly_fee`` (USD) is
    due for each hour that a resource exists and includes ``included_per_hour`` requests.
    """

    tiers: tuple[Tier, ...]
    as_of: date
    hourly_fee: Fraction = Fraction(0)
    included_per_hour: Fraction = Fraction(0)
    assumed: bool = False
    certainty: str = "unverified"
    source: str = ""

    def cost(self, requests: Fraction | float) -> Fraction:
        """USD for a month's ``requests`` of the whole account and region; 0 or more requests."""
        left, start, usd = Fraction(requests), Fraction(0), Fraction(0)
        for tier in self.tiers:
            size = left if tier.up_to is None else min(left, tier.up_to - start)
            usd += size * tier.per_request
            left -= size
            start += size
        return usd

    def rate(self, low: Fraction, high: Fraction) -> Fraction:
        """USD per request on average between two monthly amounts, in either order.

        When they are equal it is the rate of the next request, so that it has no gap.
        """
        if low == high:
            return next(t.per_request for t in self.tiers if t.up_to is None or low < t.up_to)
        return (self.cost(high) - self.cost(low)) / (high - low)


@dataclass(frozen=True, slots=True)
class WatchPrices:
    """What watching costs, in USD: per month, per 1,000 calls and so on, as the names say."""

    custom_metric_month: Fraction
    alarm_metric_month: Fraction
    dashboard_month: Fraction
    metrics_requested_1000: Fraction
    api_calls_1000: Fraction
    lambda_requests_million: Fraction
    lambda_gb_second: Fraction
    as_of: date


@dataclass(frozen=True, slots=True)
class PriceTable:
    """All prices of one date; make it with ``price_file.load_prices``.

    ``prices`` holds None for a price that is explicitly unknown. ``recipes`` maps patterns of
    short recipe names to families, first match first.
    """

    as_of: date
    prices: Mapping[tuple[str, Family], Price | None]
    recipes: tuple[tuple[str, Family], ...]
    watching: WatchPrices
    discount_percent: Fraction = Fraction(0)

    def price(self, region: str, family: Family) -> Price | None:
        """The price in ``region``, else that of us-east-1 marked as assumed, else None."""
        return self.prices.get((region, family)) or self._assumed(region, family)

    def family(self, recipe_arn: str | None) -> Family:
        """The family of ``arn:aws:personalize:::recipe/<name>``; UNKNOWN for all we do not know."""
        name = (recipe_arn or "").rpartition("/")[2]
        return next(
            (f for pattern, f in self.recipes if fnmatchcase(name, pattern)), Family.UNKNOWN
        )

    def _assumed(self, region: str, family: Family) -> Price | None:
        """The fallback region's price, unless ``region`` says that its own is unknown."""
        price = self.prices.get((FALLBACK_REGION, family))
        if price is None or (region, family) in self.prices:
            return None
        source = f"price of {FALLBACK_REGION} assumed: {price.source}"
        return replace(price, assumed=True, source=source)
