"""Price files at their edges: one mistake, one sentence; tiers, discounts, numbers as written."""

from __future__ import annotations

from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from personalize_monitor.errors import SettingsError
from personalize_monitor.model.price_check import Checker
from personalize_monitor.model.price_file import load_prices, shipped_prices
from personalize_monitor.model.prices import Family

AS_OF = date(2026, 11, 1)


def problems(data: dict[str, Any]) -> list[str]:
    """What is said about a mapping of prices."""
    with pytest.raises(SettingsError) as caught:
        load_prices(data)
    return [problem.removeprefix("price overrides: ") for problem in caught.value.problems]


@pytest.mark.parametrize(
    ("data", "said"),
    [
        pytest.param({"recipes": 3}, "recipes is 3, which is no table", id="recipes"),
        pytest.param({"prices": 3, "as_of": AS_OF}, "prices is 3, which is no table", id="prices"),
        pytest.param({"watching": 3, "as_of": AS_OF}, "watching is 3, which", id="watching"),
        pytest.param({"prices": {}}, "as_of is missing; say of which day these", id="no date"),
        pytest.param({"as_of": 20260701}, "as_of 20260701 is not a date;", id="number as date"),
        pytest.param(
            {"as_of": datetime(2026, 7, 1, tzinfo=UTC)}, "as_of datetime.datetime", id="a time"
        ),
        pytest.param({"discount_percent": -1}, "discount_percent is -1, which", id="dearer"),
        pytest.param({"discount_percent": True}, "discount_percent is True, which", id="a switch"),
        pytest.param({"zzz": 1}, "zzz is not known; use one of as_of, discount_percent", id="key"),
    ],
)
def test_one_mistake_one_sentence(data: dict[str, Any], said: str) -> None:
    """Each mistake alone gives exactly one sentence, which begins with where it is."""
    (found,) = problems(data)
    assert found.startswith(said)
    assert found.endswith((".", "?"))
    assert not found.endswith("?.")


def test_a_wrong_family_does_not_hide_the_next_one() -> None:
    """What follows a name that means nothing is read all the same."""
    found = problems({"recipes": {"v9": ["x"], "v2": 7}})
    assert [one.partition(" ")[0] for one in found] == ["recipes.v9", "recipes.v2"]
    with_recipe = load_prices({"recipes": {"legacy": ["own-*"], "v2": ["aws-sims"]}})
    assert with_recipe.family("own-thing") is Family.LEGACY
    assert with_recipe.family("aws-sims") is Family.V2, "one's own recipes come first"
    assert with_recipe.family("aws-hrnn") is Family.LEGACY, "the shipped ones stay"


def test_a_source_and_a_certainty_are_kept() -> None:
    """Where a price comes from, and how sure it is, is part of it; nothing is no source."""
    entry = {"tiers": [{"per_1000_requests": 1}]}
    told = {**entry, "certainty": "certain", "source": "invoice"}
    table = load_prices(
        {
            "as_of": AS_OF,
            "prices": {"eu-west-1": {"v2": told, "legacy": entry}},
            "watching": {"certainty": "likely", "source": "invoice"},
        }
    )
    price, bare = table.price("eu-west-1", Family.V2), table.price("eu-west-1", Family.LEGACY)
    assert price
    assert bare
    assert (price.certainty, price.source, price.as_of) == ("certain", "invoice", AS_OF)
    assert (bare.certainty, bare.source) == ("unverified", "")
    assert bare.hourly_fee == bare.included_per_hour == Fraction(0)
    assert table.watching == shipped_prices().watching, "without a price it keeps its date"


def test_a_discount_leaves_the_tiers_where_they_are() -> None:
    """Ends of tiers are amounts, and only prices become less; what is unknown stays so."""
    table, plain = load_prices(discount_percent=25), shipped_prices()
    less, price = table.prices["us-east-1", Family.LEGACY], plain.prices["us-east-1", Family.LEGACY]
    assert less
    assert price
    assert [tier.up_to for tier in less.tiers] == [tier.up_to for tier in price.tiers]
    assert [tier.per_request for tier in less.tiers] == [
        tier.per_request * Fraction(3, 4) for tier in price.tiers
    ]
    assert table.prices["us-east-1", Family.RECOMMENDER] is None
    assert table.watching.dashboard_month == Fraction(9, 4)
    free = load_prices(discount_percent=100).price("us-east-1", Family.V2)
    assert free
    assert free.cost(10_000) == 0
    assert load_prices(discount_percent=0) == plain


def test_tiers_may_stay_at_one_price() -> None:
    """A tier that costs as much as the one before it is no mistake; one more cent is."""
    same = [{"up_to_requests": 10, "per_1000_requests": 2}, {"per_1000_requests": 2}]
    assert load_prices({"as_of": AS_OF, "prices": {"x": {"v2": {"tiers": same}}}})
    dearer = [{"up_to_requests": 10, "per_1000_requests": 2}, {"per_1000_requests": 2.01}]
    (found,) = problems({"as_of": AS_OF, "prices": {"x": {"v2": {"tiers": dearer}}}})
    assert found == (
        "prices.x.v2.tiers[2] costs more than the tier before it; prices fall with volume."
    )
    ends = [{"up_to_requests": 10, "per_1000_requests": 2}]
    (found,) = problems({"as_of": AS_OF, "prices": {"x": {"v2": {"tiers": ends}}}})
    assert found == ("prices.x.v2.tiers ends at a limit; leave `up_to_...` out of the last tier.")


def test_three_tiers_are_counted_from_where_each_begins() -> None:
    """The third tier begins where the second ends, not at the second's size."""
    tiers = [
        {"up_to_requests": 10, "per_1000_requests": 3_000},
        {"up_to_requests": 25, "per_1000_requests": 2_000},
        {"up_to_requests": 27, "per_1000_requests": 1_000},
        {"per_1000_requests": 0},
    ]
    table = load_prices({"as_of": AS_OF, "prices": {"x": {"v2": {"tiers": tiers}}}})
    price = table.price("x", Family.V2)
    assert price
    assert [price.cost(n) for n in (10, 25, 26, 27, 99)] == [30, 60, 61, 62, 62]


@pytest.mark.parametrize(
    ("value", "number"),
    [
        (3, 3),
        (" 2.5 ", Fraction(5, 2)),
        ("1/4", Fraction(1, 4)),
        (0.1, Fraction(1, 10)),
        (0, 0),
        (True, None),
        (False, None),
        (None, None),
        ([], None),
        ("1/0", None),
        ("inf", None),
        (float("nan"), None),
        (-0.01, None),
    ],
)
def test_numbers_as_they_are_written(value: object, number: Fraction | None) -> None:
    """Exactly by their digits; what is no number is noted and counts as nothing."""
    check = Checker("a file")
    assert check.number("key", value) == (0 if number is None else number)
    if number is None:
        with pytest.raises(SettingsError) as caught:
            check.finish()
        assert caught.value.problems == (
            f"a file: key is {value!r}, which is no number 0 or more; correct it.",
        )
    else:
        check.finish()


def test_a_hint_is_a_question() -> None:
    """A near word is asked for, with a question mark alone; a far one gives the list."""
    check = Checker("a file")
    assert check.choice("a", "one", ("one", "two"))
    assert not check.choice("b", "twoo", ("one", "two"))
    assert not check.choice("c", 7, ("one", "two"))
    check.keys("d", {"one": 1, "onne": 2}, ("one", "two"))
    with pytest.raises(SettingsError) as caught:
        check.finish()
    assert list(caught.value.problems) == [
        "a file: b says 'twoo', which means nothing; did you mean two?",
        "a file: c says 7, which means nothing; use one of one, two.",
        "a file: d.onne is not known; did you mean one?",
    ]
