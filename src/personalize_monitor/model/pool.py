"""One month's tier prices over all resources of an account, region and family.

Tiers count the requests of the whole pool. A resource's share of the money is proportional to its
requests, at the pool's average rate; what lies on top of something else (waste, a saving) is at
the average rate of the tiers it lies in. So shares always add up to the true total.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.model.prices import Family, Price, PriceTable


@dataclass(frozen=True, slots=True, order=True)
class PoolKey:
    """What shares tiers within a month."""

    account: str
    region: str
    family: Family
    month: str = ""


@dataclass(frozen=True, slots=True)
class Pool:
    """The price of a pool; None when it is unknown."""

    price: Price | None

    @classmethod
    def of(cls, key: PoolKey, prices: PriceTable) -> Pool:
        """The pool's price from the table."""
        return cls(prices.price(key.region, key.family))

    @property
    def included_per_hour(self) -> float:
        """Requests that an hourly fee includes."""
        return float(self.price.included_per_hour) if self.price else 0.0

    def shares(self, units: Mapping[str, float], hours: Mapping[str, float]) -> dict[str, Money]:
        """What each resource pays for its ``units`` (requests) and ``hours`` of existence."""
        return self.differences(units, dict.fromkeys(units, 0.0), hours)

    def differences(
        self, high: Mapping[str, float], low: Mapping[str, float], hours: Mapping[str, float]
    ) -> dict[str, Money]:
        """What each resource pays for ``high`` rather than ``low`` requests, plus hourly fees."""
        price = self.price
        above = {name: Fraction(high[name]) - Fraction(low[name]) for name in high}
        if price is None:
            # Nothing costs nothing, whatever its price.
            return {
                name: Money.not_known() if more or hours[name] else ZERO
                for name, more in above.items()
            }
        base = sum(map(Fraction, low.values()), Fraction(0))
        rate = price.rate(base, base + sum(above.values(), Fraction(0)))
        return {
            name: self._usd(price, more * rate + Fraction(hours[name]) * price.hourly_fee)
            for name, more in above.items()
        }

    def marginal(self, units: Mapping[str, float], hours: Mapping[str, float]) -> dict[str, Money]:
        """What the pool would pay less if one resource were not there, for each of them."""
        price = self.price
        if price is None:
            return self.shares(units, hours)
        total = sum(map(Fraction, units.values()), Fraction(0))
        whole = price.cost(total)
        return {
            name: self._usd(
                price,
                whole
                - price.cost(total - Fraction(own))
                + Fraction(hours[name]) * price.hourly_fee,
            )
            for name, own in units.items()
        }

    @staticmethod
    def _usd(price: Price, exact: Fraction) -> Money:
        return Money(exact, as_of=price.as_of, assumed=price.assumed)
