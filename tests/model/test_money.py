"""Money is exact inside, honest about what is missing, and readable."""

from __future__ import annotations

from datetime import date
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.money import ZERO, Money

DAY = date(2026, 7, 1)
EARLIER = date(2025, 1, 1)


@pytest.mark.parametrize(
    ("dollars", "text"),
    [
        ("1234.56", "$1,234.56"),
        ("0", "$0.00"),
        ("0.004", "<$0.01"),
        ("0.0099", "<$0.01"),
        ("0.01", "$0.01"),
        ("2.675", "$2.68"),
        ("-3", "-$3.00"),
        ("-0.001", ">-$0.01"),
        ("1234567.891", "$1,234,567.89"),
    ],
)
def test_people_read_dollars_and_cents(dollars: str, text: str) -> None:
    """Cents are rounded half up, and less than a cent is not shown as nothing."""
    assert str(Money.usd(dollars)) == text


def test_what_is_missing_is_said() -> None:
    """Unknown parts turn a sum into a lower bound and never into a smaller sum."""
    one = Money.usd(1)
    assert str(Money.not_known()) == "unknown"
    assert str(Money.total([Money.not_known(), Money.not_known()])) == "unknown (2 parts)"
    assert str(Money.total([one, Money.not_known(), one])) == "at least $2.00 (1 unknown)"
    assert str(one.partly(2)) == "at least $1.00 (2 unknown)"
    assert Money.total([]) == ZERO
    assert ZERO + Money.not_known() == Money.not_known() == Money.not_known() + ZERO


def test_a_difference_with_unknown_parts_is_no_lower_bound() -> None:
    """What is missing from a difference may be of either sign."""
    five, two = Money.usd(5), Money.usd(2)
    assert str(five - two) == "$3.00"
    assert str(five.partly(1) - two) == str(five - Money.not_known()) == "unknown"
    assert str((five - two.partly(1)) + five) == "$5.00 as far as known (1 unknown)"


def test_every_amount_says_what_it_rests_on() -> None:
    """An amount carries the oldest date of its prices and whether a price was assumed."""
    new, old = Money.usd(1, as_of=DAY), Money.usd(1, as_of=EARLIER, assumed=True)
    assert new.labelled == "$1.00 (estimate, prices of 2026-07-01)"
    assert (new + old).basis == "estimate, prices of 2025-01-01, partly another region's price"
    assert ZERO.basis == "estimate"
    assert (new + old).as_json() == {
        "usd": "2.000000",
        "text": "$2.00",
        "estimate": True,
        "pricesAsOf": "2025-01-01",
        "priceAssumed": True,
        "unknownParts": 0,
    }
    assert Money.not_known().as_json()["usd"] is None
    assert Money.not_known().as_json()["pricesAsOf"] is None


def test_dollars_are_rounded_for_machines_to_a_millionth() -> None:
    """The rounded amount is half up in both directions; unknown has none."""
    assert Money.usd(Fraction(1, 3)).dollars == Decimal("0.333333")
    assert Money.usd(Fraction(-2, 3)).dollars == Decimal("-0.666667")
    assert Money.not_known().dollars is None


def test_times() -> None:
    """A multiple keeps the caveats, and a multiple of unknown is unknown."""
    assert Money.usd(3, as_of=DAY).times(Fraction(1, 3)) == Money.usd(1, as_of=DAY)
    assert Money.not_known().times(2) == Money.not_known()


amounts = st.builds(
    Money,
    st.fractions(),
    unknown=st.integers(0, 3),
    as_of=st.none() | st.sampled_from([DAY, EARLIER]),
    assumed=st.booleans(),
)


@given(st.lists(amounts, max_size=5), st.randoms())
def test_a_sum_does_not_depend_on_its_order(parts: list[Money], random: object) -> None:
    """Addition is exact, commutative and associative, unknown parts included."""
    shuffled = list(parts)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    assert Money.total(parts) == Money.total(shuffled)
