"""Prices out of a bill: whatever tiers made it, the learned ones make the same bill again."""

from __future__ import annotations

import tomllib
from collections.abc import Sequence
from datetime import date, timedelta
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.price_learning import CLOSE, Used, learn_tiers, rate_of
from personalize_monitor.model.price_text import as_toml
from personalize_monitor.model.prices import Family, Price, Tier
from personalize_monitor.model.usage import Usage, recognised, requests_of, short_name

BEGIN = date(2026, 2, 1)


def billed(tiers: Sequence[Tier], amounts: Sequence[int], factor: Fraction) -> list[Used]:
    """A bill of so many units a day, from the first of February on."""
    price, found, so_far = Price(tuple(tiers), BEGIN), [], Fraction(0)
    for number, amount in enumerate(amounts):
        day = BEGIN + timedelta(days=number)
        so_far = Fraction(0) if day.day == 1 else so_far
        cost = price.cost(so_far + amount) - price.cost(so_far)
        so_far += amount
        found.append(Used(day, Fraction(amount), cost * factor))
    return found


def off(tiers: Sequence[Tier], days: Sequence[Used]) -> Fraction:
    """By which share the worst month's estimate differs."""
    price, worst = Price(tuple(tiers), BEGIN), Fraction(0)
    for month in {one.day.month for one in days}:
        mine = [one for one in days if one.day.month == month]
        paid = sum((one.cost for one in mine), Fraction(0))
        amount = sum((one.amount for one in mine), Fraction(0))
        worst = max(worst, abs(price.cost(amount) - paid) / paid if paid else Fraction(0))
    return worst


LIST = (
    Tier(Fraction(72_000_000), Fraction(1, 18_000)),
    Tier(Fraction(720_000_000), Fraction(1, 36_000)),
    Tier(None, Fraction(1, 72_000)),
)
AMOUNTS = st.lists(st.integers(1, 40_000_000), min_size=1, max_size=45)


@settings(max_examples=20)
@given(AMOUNTS, st.fractions("0.3", "1.2", max_denominator=1000))
def test_a_list_price_at_any_discount(amounts: list[int], factor: Fraction) -> None:
    """It is found exactly, with the tiers that were not reached yet."""
    learned = learn_tiers(billed(LIST, amounts, factor), LIST)
    assert learned is not None
    assert [tier.up_to for tier in learned.tiers] == [tier.up_to for tier in LIST]
    for tier, listed in zip(learned.tiers, LIST, strict=True):
        assert tier.per_request == pytest.approx(listed.per_request * factor)
    assert learned.off < Fraction(1, 10**6)


@settings(max_examples=20)
@given(
    st.integers(1_000_000, 20_000_000),
    st.integers(30, 58),
    st.fractions("0.2", "0.8", max_denominator=100),
    st.integers(3, 20),
)
def test_tiers_that_nobody_lists(amount: int, count: int, fall: Fraction, turn: int) -> None:
    """Two rates and the end between them are read off the days, wherever in a day it lies."""
    end = Fraction(amount * turn + amount // 3)
    true = (Tier(end, Fraction(1, 10_000)), Tier(None, Fraction(1, 10_000) * fall))
    days = billed(true, [amount] * count, Fraction(1))
    learned = learn_tiers(days)
    assert learned is not None
    assert off(learned.tiers, days) <= CLOSE
    assert len(learned.tiers) == 2
    assert learned.tiers[0].up_to == pytest.approx(end, rel=0.01)


def test_a_list_price_that_does_not_fit_is_not_believed() -> None:
    """A private price per tier is no discount: the days' own rates count."""
    true = (Tier(Fraction(100_000_000), Fraction(1, 20_000)), Tier(None, Fraction(1, 90_000)))
    days = billed(true, [10_000_000] * 28, Fraction(1))
    learned = learn_tiers(days, LIST)
    assert learned is not None
    assert learned.how == "what the days of the bill show"
    assert off(learned.tiers, days) <= CLOSE


def test_nothing_used_is_nothing_learned() -> None:
    """No usage, no price: unknown is never zero."""
    assert learn_tiers([]) is None
    assert learn_tiers([Used(BEGIN, Fraction(0), Fraction(0))], LIST) is None
    assert rate_of([]) is None
    assert rate_of([Used(BEGIN, Fraction(48), Fraction(18))]) == Fraction(3, 8)


@pytest.mark.parametrize(
    ("usage_type", "usage"),
    [
        ("USE1-RealTime-TPS-Hour", Usage.LEGACY),
        ("EUW1-V2-Recommendation-Requests", Usage.V2),
        ("Recommender-Hour", Usage.RECOMMENDER_HOURS),
        ("APN1-Recommender-Requests", Usage.RECOMMENDER_REQUESTS),
        ("USE1-Training-Hour", Usage.OTHER),
        ("USE1-DataUpload", Usage.OTHER),
        ("USE1-Batch-Recommendations", Usage.OTHER),
        ("USE1-Quux", Usage.UNKNOWN),
        ("USE1-Hours", Usage.UNKNOWN),
    ],
)
def test_usage_types_are_recognised_by_their_words(usage_type: str, usage: Usage) -> None:
    """What has none of the words is unknown, not the nearest."""
    assert recognised(usage_type, {}) is usage


def test_a_person_knows_better() -> None:
    """With or without the letters of the region."""
    assert recognised("USE1-Quux", {"Quux": Usage.V2}) is Usage.V2
    assert recognised("USE1-Quux", {"USE1-Quux": Usage.OTHER}) is Usage.OTHER
    assert short_name("V2-Requests") == "Requests"


@pytest.mark.parametrize(
    ("unit", "requests"), [("TPS-Hours", 3600), ("Requests", 1), ("1000 Requests", 1000)]
)
def test_units(unit: str, requests: int) -> None:
    """Everything becomes requests, the unit of all our prices."""
    assert requests_of(Usage.V2, unit, "V2") == requests


@settings(max_examples=30)
@given(st.integers(1, 10**9), st.integers(1, 10**6), st.integers(0, 10**5))
def test_what_is_written_is_read_again(end: int, price: int, included: int) -> None:
    """A learned price survives the file it is written to."""
    one = Price(
        (Tier(Fraction(end), Fraction(price, 10**9)), Tier(None, Fraction(price, 2 * 10**9))),
        BEGIN,
        hourly_fee=Fraction(3, 8),
        included_per_hour=Fraction(included),
        certainty="certain",
        source="the bill",
    )
    text = as_toml({("eu-west-1", Family.RECOMMENDER): one}, BEGIN, "Two\nlines")
    read = load_prices(tomllib.loads(text)).price("eu-west-1", Family.RECOMMENDER)
    assert read is not None
    assert (read.hourly_fee, read.included_per_hour) == (one.hourly_fee, one.included_per_hour)
    assert read.tiers[0].up_to == end
    assert float(read.tiers[1].per_request) == pytest.approx(price / 2e9, abs=1e-12)


def test_who_pays_the_list_price_pays_the_list_price() -> None:
    """It is called so, and not a discount of 0.0 %."""
    learned = learn_tiers(billed(LIST, [10_000_000] * 20, Fraction(1)), LIST)
    assert learned is not None
    assert learned.how == "the list price"
