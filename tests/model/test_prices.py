"""Prices by region and family, tiers, a person's own prices, and clear words about mistakes."""

from __future__ import annotations

import tomllib
from datetime import date
from decimal import Decimal
from fractions import Fraction
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.errors import SettingsError
from personalize_monitor.model import price_file
from personalize_monitor.model.price_check import Checker
from personalize_monitor.model.price_file import load_prices, shipped_prices
from personalize_monitor.model.prices import Family, Price, Tier
from personalize_monitor.model.recipe import RECIPES

TPS_HOUR = 3600


def price_of(region: str, family: Family) -> Price:
    """A shipped price that is known."""
    price = shipped_prices().price(region, family)
    assert price
    return price


LEGACY = price_of("us-east-1", Family.LEGACY)


@st.composite
def price_lists(draw: st.DrawFn) -> Price:
    """Any valid list of tiers: ends that rise, prices that do not."""
    ends = sorted(draw(st.sets(st.integers(1, 10_000), max_size=4)))
    rates = sorted(
        draw(st.lists(st.integers(0, 100), min_size=len(ends) + 1, max_size=len(ends) + 1)),
        reverse=True,
    )
    limits: list[Fraction | None] = [*map(Fraction, ends), None]
    tiers = [Tier(end, Fraction(rate, 100)) for end, rate in zip(limits, rates, strict=True)]
    return Price(tuple(tiers), date(2026, 1, 1))


units = st.integers(0, 20_000) | st.floats(0, 20_000)


def test_the_price_of_a_month_of_floor_100_and_of_floor_1() -> None:
    """Tiers matter: 73,000 TPS-hours cost $9,300, and a floor of 1 all month $146."""
    assert LEGACY.cost(73_000 * TPS_HOUR) == 9_300
    assert LEGACY.cost(730 * TPS_HOUR) == 146
    assert LEGACY.cost(300_000 * TPS_HOUR) == 4_000 + 18_000 + 5_000


def test_v2_recipes_are_priced_by_the_request() -> None:
    """An hour at floor 1 is 3,600 requests of $0.15 for a thousand."""
    price = shipped_prices().price("us-east-1", Family.V2)
    assert price
    assert price.cost(TPS_HOUR) == Fraction("0.54")


@given(price_lists(), units, units)
def test_cost_rises_with_volume(price: Price, one: float, other: float) -> None:
    """More requests never cost less."""
    low, high = sorted((one, other))
    assert 0 <= price.cost(low) <= price.cost(high)


@given(price_lists(), units, units, units)
def test_cost_is_concave(price: Price, start: float, more: float, extra: float) -> None:
    """What comes on top of more is never dearer than what comes on top of less."""
    low, step, add = Fraction(start), Fraction(more), Fraction(extra)
    high = low + step
    assert price.cost(high + add) - price.cost(high) <= price.cost(low + add) - price.cost(low)


@given(price_lists(), units, units)
def test_the_average_rate_gives_the_difference_back(price: Price, one: float, two: float) -> None:
    """Rate times difference is the exact difference in cost, in both directions."""
    low, high = Fraction(one), Fraction(two)
    assert price.rate(low, high) * (high - low) == price.cost(high) - price.cost(low)
    assert price.rate(low, high) == price.rate(high, low)


def test_the_rate_at_a_point_is_that_of_the_next_request() -> None:
    """At the end of a tier the next request belongs to the next tier."""
    end = Fraction(20_000 * TPS_HOUR)
    assert LEGACY.rate(end - 1, end - 1) * TPS_HOUR == Fraction("0.2")
    assert LEGACY.rate(end, end) * TPS_HOUR == Fraction("0.1")
    assert LEGACY.rate(end * 10, end * 10) * TPS_HOUR == Fraction("0.05")


@pytest.mark.parametrize(
    ("name", "family"),
    [
        ("aws-user-personalization-v2", Family.V2),
        ("aws-personalized-ranking-v2", Family.V2),
        ("aws-user-personalization", Family.LEGACY),
        ("aws-sims", Family.LEGACY),
        ("aws-next-best-action", Family.LEGACY),
        ("aws-ecomm-recommended-for-you", Family.RECOMMENDER),
        ("aws-vod-top-picks", Family.RECOMMENDER),
        ("aws-user-personalization-v3", Family.UNKNOWN),
    ],
)
def test_the_recipe_decides_the_family(name: str, family: Family) -> None:
    """A recipe that is not listed has no family, hence no price."""
    table = shipped_prices()
    assert table.family(f"arn:aws:personalize:::recipe/{name}") is family
    assert table.family(None) is Family.UNKNOWN
    assert table.price("us-east-1", Family.UNKNOWN) is None


def test_every_real_time_recipe_that_we_know_has_a_family() -> None:
    """The price table and the list of recipes do not drift apart."""
    table = shipped_prices()
    assert not [name for name in RECIPES if table.family(name) is Family.UNKNOWN]


def test_a_region_without_prices_uses_those_of_us_east_1_and_says_so() -> None:
    """An assumed price is marked; a region's own is not."""
    price = load_prices().price("eu-central-1", Family.LEGACY)
    assert price
    assert price.assumed
    assert "us-east-1 assumed" in price.source
    assert not LEGACY.assumed


def test_a_price_that_nobody_knows_is_unknown() -> None:
    """Recommenders have no published source, in no region; a region may also say it has none."""
    table = load_prices(
        {"as_of": "2026-11-01", "prices": {"eu-west-3": {"legacy": {"unknown": True}}}}
    )
    assert table.price("us-east-1", Family.RECOMMENDER) is None
    assert table.price("eu-west-1", Family.RECOMMENDER) is None
    assert table.price("eu-west-3", Family.LEGACY) is None


OWN = """
as_of = 2026-10-01
discount_percent = 10
[prices.eu-west-1.legacy]
tiers = [{ per_tps_hour = 0.30 }]
[prices.us-east-1.recommender]
hourly_fee = 0.375
included_requests_per_hour = 4000
tiers = [{ up_to_requests = 1000, per_1000_requests = 0.1 }, { per_1000_requests = "0.0833" }]
certainty = "certain"
[recipes]
v2 = ["aws-user-personalization-v3"]
[watching]
custom_metric_month = 0.10
"""


def test_own_prices_win_key_by_key(tmp_path: Path) -> None:
    """A file replaces what it names, a discount applies to all, and the rest stays as shipped."""
    file = tmp_path / "prices.toml"
    file.write_text(OWN, "utf-8")
    table = load_prices(file)
    own, other = table.price("eu-west-1", Family.LEGACY), table.price("eu-west-2", Family.LEGACY)
    assert own
    assert other
    assert (own.cost(TPS_HOUR), own.as_of, own.assumed) == (
        Fraction("0.27"),
        date(2026, 10, 1),
        False,
    )
    assert other.cost(TPS_HOUR) == Fraction("0.18")
    assert other.as_of == shipped_prices().as_of
    fee = table.price("us-east-1", Family.RECOMMENDER)
    assert fee
    assert fee.hourly_fee == Fraction("0.3375")
    assert fee.included_per_hour == 4000
    assert table.family("x/aws-user-personalization-v3") is Family.V2
    assert table.watching.custom_metric_month == Fraction("0.09")
    # Partly new prices are as old as the oldest of them.
    assert table.watching.as_of == shipped_prices().as_of


def test_the_discount_given_in_the_call_wins() -> None:
    """A deployment's discount goes over the file's."""
    table = load_prices({"discount_percent": 10}, discount_percent=Decimal(50))
    price = table.price("us-east-1", Family.V2)
    assert price
    assert price.cost(1000) == Fraction("0.075")
    assert table.discount_percent == 50


def test_a_float_means_its_decimal_digits() -> None:
    """0.1 in a mapping is one tenth, not its nearest binary fraction."""
    tiers = [{"per_1000_requests": 0.1}]
    table = load_prices(
        {"as_of": date(2026, 1, 1), "prices": {"eu-west-1": {"v2": {"tiers": tiers}}}}
    )
    price = table.price("eu-west-1", Family.V2)
    assert price
    assert price.cost(1000) == Fraction(1, 10)


def test_wholly_new_watching_prices_have_their_own_date() -> None:
    """If every price of watching is given, the date is the file's."""
    names = list(price_file._WATCHING)
    table = load_prices({"as_of": "2026-12-01", "watching": dict.fromkeys(names, 1)})
    assert table.watching.as_of == date(2026, 12, 1)


def test_every_mistake_is_named_at_once() -> None:
    """One sentence for each mistake: where, what is wrong, what to do."""
    wrong: dict[str, Any] = {
        "as_of": "yesterday",
        "discount": 5,
        "discount_percent": 101,
        "prices": {
            "us-east-1": {
                "v3": {},
                "legacy": {"tiers": [], "certainty": "sure"},
                "v2": {
                    "tiers": [
                        {"up_to_requests": 10, "up_to_tps_hours": 1, "per_1000_requests": 1},
                        {"per_1000_requests": True},
                        {"up_to_requests": 5, "per_tps_hour": 99, "pertps": 1},
                        {"up_to_requests": 5, "per_tps_hour": "x"},
                        7,
                    ]
                },
            },
            "eu-west-1": 3,
        },
        "recipes": {"v2": "aws-sims", "v9": []},
        "watching": {"alarm_metric_month": -1, "alarm_month": 1},
    }
    with pytest.raises(SettingsError) as caught:
        load_prices(wrong, discount_percent="nan")
    problems = caught.value.problems
    for part in (
        "as_of 'yesterday' is not a date; write it as 2026-07-01.",
        "discount is not known; did you mean discount_percent?",
        "discount_percent is 101, which is no number from 0 to 100; correct it.",
        "discount_percent is 'nan', which is no number from 0 to 100; correct it.",
        "prices.us-east-1.v3 says 'v3', which means nothing; use one of legacy, v2, recommender.",
        "prices.us-east-1.legacy.tiers is missing; give a list such as",
        "prices.us-east-1.legacy.certainty says 'sure', which means nothing; use one of",
        "prices.us-east-1.v2.tiers[1] needs at most one of up_to_tps_hours and up_to_requests.",
        "prices.us-east-1.v2.tiers[2].per_1000_requests is True, which is no number 0 or more",
        "prices.us-east-1.v2.tiers[3] follows a tier without `up_to_...`",
        "prices.us-east-1.v2.tiers[3] costs more than the tier before it; prices fall",
        "prices.us-east-1.v2.tiers[3].pertps is not known; did you mean per_tps_hour?",
        "prices.us-east-1.v2.tiers[4] does not end above the tier before it; order tiers",
        "prices.us-east-1.v2.tiers[5] is 7, which is no table; write it as a [section].",
        "prices.us-east-1.v2.tiers[5] needs exactly one of per_tps_hour and per_1000_requests.",
        "prices.eu-west-1 is 3, which is no table",
        "recipes.v2 is not a list of recipe names; write it as ['aws-sims'].",
        "recipes.v9 says 'v9'",
        "watching.alarm_metric_month is -1, which is no number 0 or more; correct it.",
        "watching.alarm_month is not known; did you mean alarm_metric_month?",
    ):
        assert any(problem.startswith(f"price overrides: {part}") for problem in problems), part


def test_a_last_tier_with_an_end_leaves_requests_without_a_price() -> None:
    """Tiers have to cover every volume."""
    tiers = [{"up_to_requests": 9, "per_1000_requests": 1}]
    with pytest.raises(SettingsError, match=r"ends at a limit; leave `up_to_"):
        load_prices({"as_of": "2026-01-01", "prices": {"a": {"v2": {"tiers": tiers}}}})


def test_prices_without_a_date_are_refused() -> None:
    """Every figure names the day of its prices, so a file has to."""
    with pytest.raises(SettingsError, match="as_of is missing"):
        load_prices({"watching": {"custom_metric_month": 1}})


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    """A missing file and a broken one each give one sentence with the path."""
    with pytest.raises(SettingsError, match=r"none\.toml cannot be read"):
        load_prices(tmp_path / "none.toml")
    broken = tmp_path / "broken.toml"
    broken.write_text("as_of =", "utf-8")
    with pytest.raises(SettingsError, match=r"broken\.toml is not valid TOML"):
        load_prices(broken)


def test_a_table_without_watching_prices_is_incomplete() -> None:
    """The shipped table must be whole: each missing price is named."""
    check = Checker("prices.toml")
    price_file._apply(None, {}, check)
    with pytest.raises(SettingsError) as caught:
        check.finish()
    assert len(caught.value.problems) == 1 + len(price_file._WATCHING)


def test_the_example_in_the_documentation_works() -> None:
    """The price file shown in the documentation loads and replaces what it names."""
    text = (Path(__file__).parents[2] / "docs" / "money.md").read_text("utf-8")
    example = text.partition("```toml\n")[2].partition("```")[0]
    table = load_prices(tomllib.loads(example))
    price = table.price("eu-west-1", Family.LEGACY)
    assert price
    assert price.cost(TPS_HOUR) == Fraction("0.22") * Fraction("0.925")
    assert table.price("ap-south-1", Family.LEGACY) is None
