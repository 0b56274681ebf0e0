"""Prices out of a bill: from days of usage and cost to tiers that explain them.

A list price that fits each day, at a discount that is the same for all of them, is believed, with
its tiers beyond what was used. Otherwise the tiers are those that the days themselves show.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date
from fractions import Fraction
from itertools import pairwise

from personalize_monitor.model.prices import Price, Tier

CLOSE = Fraction(1, 100)
"""How far a day's cost may lie from what a price explains, and the price be right."""
_SAME_RATE = Fraction(1, 200)


@dataclass(frozen=True, slots=True)
class Used:
    """One day: units (requests, or hours) and their cost in USD."""

    day: date
    amount: Fraction
    cost: Fraction


@dataclass(frozen=True, slots=True)
class LearnedTiers:
    """Tiers, how they were found, and by how much the worst day is off (a share)."""

    tiers: tuple[Tier, ...]
    how: str
    off: Fraction


@dataclass(frozen=True, slots=True)
class _Stretch:
    """A day's place within its month: units before and after it, and its rate."""

    month: tuple[int, int]
    low: Fraction
    high: Fraction
    cost: Fraction

    @property
    def rate(self) -> Fraction:
        return self.cost / (self.high - self.low)


def learn_tiers(days: Iterable[Used], list_price: Sequence[Tier] = ()) -> LearnedTiers | None:
    """The tiers behind the days' costs; None without any usage.

    ``days`` are whole days, each month from its first day on, because tiers count from there.
    """
    stretches = _stretches(days)
    if not stretches:
        return None
    if list_price:
        listed = _at_a_discount(stretches, list_price)
        if listed.off <= CLOSE:
            return listed
    return _shown(stretches, list_price)


def rate_of(days: Iterable[Used]) -> Fraction | None:
    """USD per unit over all days, for what has no tiers; None without any usage."""
    listed = list(days)
    amount = sum((one.amount for one in listed), Fraction(0))
    return sum((one.cost for one in listed), Fraction(0)) / amount if amount else None


def _stretches(days: Iterable[Used]) -> list[_Stretch]:
    found: list[_Stretch] = []
    month, so_far = (0, 0), Fraction(0)
    for one in sorted(days, key=lambda used: used.day):
        if (one.day.year, one.day.month) != month:
            month, so_far = (one.day.year, one.day.month), Fraction(0)
        if one.amount > 0:
            found.append(_Stretch(month, so_far, so_far + one.amount, one.cost))
            so_far += one.amount
    return found


def _cost(tiers: Sequence[Tier], stretch: _Stretch) -> Fraction:
    price = Price(tuple(tiers), date.min)
    return price.cost(stretch.high) - price.cost(stretch.low)


def _off(tiers: Sequence[Tier], stretches: Sequence[_Stretch]) -> Fraction:
    """The share by which the worst day differs, against what that day cost."""
    return max(abs(_cost(tiers, one) - one.cost) / (one.cost or 1) for one in stretches)


def _at_a_discount(stretches: Sequence[_Stretch], list_price: Sequence[Tier]) -> LearnedTiers:
    expected = sum((_cost(list_price, one) for one in stretches), Fraction(0))
    paid = sum((one.cost for one in stretches), Fraction(0))
    factor = paid / expected if expected else Fraction(1)
    tiers = tuple(Tier(tier.up_to, tier.per_request * factor) for tier in list_price)
    percent = float(100 * (1 - factor))
    if abs(percent) < 0.05:
        how = "the list price"
    else:
        how = f"the list price {'less' if percent > 0 else 'plus'} {abs(percent):.1f} %"
    return LearnedTiers(tiers, how, _off(tiers, stretches))


def _shown(stretches: Sequence[_Stretch], list_price: Sequence[Tier]) -> LearnedTiers:
    """Tiers whose rates are those of the days, and whose ends lie in the days between two rates."""
    rates = _rates(stretches)
    tiers: list[Tier] = []
    for upper, lower in pairwise(rates):
        tiers.append(Tier(_end(stretches, upper, lower), upper))
    last = rates[-1]
    reached = max(one.high for one in stretches)
    beyond = [t for t in list_price if t.up_to is None or t.up_to > reached]
    if beyond and beyond[0].up_to is not None and beyond[0].per_request:
        # What was not used yet is expected at the list price, as much cheaper as the rest.
        factor = last / beyond[0].per_request
        tiers += [Tier(t.up_to, min(last, t.per_request * factor)) for t in beyond]
    else:
        tiers.append(Tier(None, last))
    return LearnedTiers(tuple(tiers), "what the days of the bill show", _off(tiers, stretches))


def _rates(stretches: Sequence[_Stretch]) -> list[Fraction]:
    """The rates that are prices, falling.

    Between two of them lies a day that mixes them: one in each month, maybe at the same rate.
    """
    clusters: list[list[_Stretch]] = []
    for one in sorted(stretches, key=lambda stretch: -stretch.rate):
        if clusters and clusters[-1][0].rate - one.rate <= clusters[-1][0].rate * _SAME_RATE:
            clusters[-1].append(one)
        else:
            clusters.append([one])
    kept = [
        cluster
        for number, cluster in enumerate(clusters)
        if number in {0, len(clusters) - 1} or _days_of_a_month(cluster) > 1
    ]
    return [
        sum((one.cost for one in cluster), Fraction(0))
        / sum((one.high - one.low for one in cluster), Fraction(0))
        for cluster in kept
    ]


def _days_of_a_month(cluster: Sequence[_Stretch]) -> int:
    """The most days that it has in one month."""
    return max(Counter(one.month for one in cluster).values())


def _end(stretches: Sequence[_Stretch], upper: Fraction, lower: Fraction) -> Fraction:
    """Where the price falls from ``upper`` to ``lower``."""
    between = [
        one for one in stretches if lower * (1 + _SAME_RATE) < one.rate < upper * (1 - _SAME_RATE)
    ]
    if between:
        one = between[0]
        return one.low + (one.cost - lower * (one.high - one.low)) / (upper - lower)
    before = [one.high for one in stretches if one.rate >= upper * (1 - _SAME_RATE)]
    return max(before, default=stretches[0].high)
