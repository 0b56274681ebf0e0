"""Money at its edges: pools apart, fees, gaps, the forecast's unknown hours, and price files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from personalize_monitor.errors import SettingsError
from personalize_monitor.model.bill import bill, possible_saving
from personalize_monitor.model.forecast import forecast, projected
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.metering import meter, windows_of
from personalize_monitor.model.money import Money
from personalize_monitor.model.own_cost import WatchCounts, own_cost
from personalize_monitor.model.pool import Pool
from personalize_monitor.model.price_check import Checker
from personalize_monitor.model.price_file import load_prices, shipped_prices
from personalize_monitor.model.prices import Family

NOVEMBER = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
DAY = 86_400
LATE = NOVEMBER + 29 * DAY
"""The last day of the month begins."""
AS_OF = date(2026, 11, 1)
FEE = {
    "hourly_fee": 2,
    "included_requests_per_hour": 4_000,
    "tiers": [{"per_1000_requests": 1_000}],
}
TIERS = {"tiers": [{"up_to_requests": 1_000, "per_1000_requests": 3_000}, {"per_1000_requests": 0}]}
STEEP = load_prices(
    {
        "as_of": AS_OF,
        "prices": {
            "us-east-1": {"legacy": TIERS, "recommender": FEE},
            "eu-west-1": {"legacy": TIERS},
        },
    }
)
"""The first thousand requests of a pool cost $3 each, all others nothing; a fee of $2 an hour."""


def legacy(arn: str = "a", count: int = 4, sums: float = 900.0, **changes: Any) -> Metered:
    """A legacy campaign of some windows, floor 1."""
    start = changes.pop("start", NOVEMBER)
    found = Metered(
        arn, "us-east-1", Family.LEGACY, start, 300, [sums] * count, ((start, 1),), "111111111111"
    )
    return replace(found, **changes)


def clips(hours: int = 4, sums: float = 500.0, start: int = NOVEMBER, floor: int = 1) -> Metered:
    """A recommender whose requests of an hour are twelve times ``sums``."""
    return Metered(
        "r", "us-east-1", Family.RECOMMENDER, start, 300, [sums] * 12 * hours, ((start, floor),)
    )


# --- pools -----------------------------------------------------------------------------------

PLACES = [
    pytest.param({"region": "eu-west-1"}, id="another region"),
    pytest.param({"account": "222222222222"}, id="another account"),
]


@pytest.mark.parametrize("place", PLACES)
def test_every_place_has_its_own_tiers_in_a_bill(place: dict[str, Any]) -> None:
    """Two campaigns in one place share the dear tier; in two places each pays it."""
    together = bill([legacy("a"), legacy("b")], STEEP)
    apart = bill([legacy("a"), legacy("b", **place)], STEEP)
    assert (str(together.cost), str(apart.cost)) == ("$3,000.00", "$6,000.00")


@pytest.mark.parametrize("place", PLACES)
def test_every_place_has_its_own_tiers_in_a_forecast(place: dict[str, Any]) -> None:
    """The month's dear tier is used up once in each place."""
    together = forecast([legacy("a"), legacy("b")], STEEP, NOVEMBER + 1200)
    apart = forecast([legacy("a"), legacy("b", **place)], STEEP, NOVEMBER + 1200)
    assert (str(together.month_end), str(apart.month_end)) == ("$3,000.00", "$6,000.00")


@pytest.mark.parametrize("place", PLACES)
def test_every_place_has_its_own_tiers_in_a_saving(place: dict[str, Any]) -> None:
    """Deleting both saves the tier of each place."""
    gone = {"a": 0, "b": 0}
    together = possible_saving([legacy("a"), legacy("b")], gone, STEEP)
    apart = possible_saving([legacy("a"), legacy("b", **place)], gone, STEEP)
    assert str(Money.total(together.values())) == "$3,000.00"
    assert {str(money) for money in apart.values()} == {"$3,000.00"}


def test_rows_are_in_the_order_of_their_arns() -> None:
    """Whatever the order of looking, a bill and a forecast are told by ARN."""
    items = [legacy("c"), legacy("a", region="eu-west-1"), legacy("b")]
    assert [row.arn for row in bill(items, STEEP).rows] == ["a", "b", "c"]
    found = forecast(items, STEEP, NOVEMBER + 1200)
    assert [row.arn for row in found.rows] == ["a", "b", "c"]
    assert found.of("b").month == "2026-11"
    assert [row.arn for row in found.of("b").rows] == ["b"]


def test_a_bill_of_a_part_of_the_time() -> None:
    """Only windows within the asked time count, and each month stands by itself."""
    item = legacy(count=12, start=NOVEMBER - 1800)
    found = bill([item], shipped_prices())
    assert [row.month for row in found.rows] == ["2026-10", "2026-11"]
    assert found.in_month("2026-10").rows == found.rows[:1]
    assert found.in_month("2026-11").rows == found.rows[1:]
    assert found.rows[0].quantity.billed == found.rows[1].quantity.billed == 6 * 900
    part = bill([item], shipped_prices(), since=NOVEMBER - 600, until=NOVEMBER + 300)
    assert [row.quantity.billed for row in part.rows] == [1800, 900]


def test_a_gap_is_said_of_every_figure() -> None:
    """Cost, marginal cost and waste are each marked where demand is unknown."""
    item = replace(legacy(), requests=[900, None, 900, 900])
    (row,) = bill([item], STEEP).rows
    for money in (row.cost, row.marginal, row.waste):
        assert money.unknown == 1


# --- what would be saved ---------------------------------------------------------------------


def test_the_saving_of_a_chosen_time() -> None:
    """The month repeats what is between the two moments, and nothing else."""
    sums = [3_000.0] * 12 + [0.0] * 12 + [3_000.0] * 12
    item = replace(legacy(), requests=sums, floors=((NOVEMBER, 4),))
    prices = load_prices(
        {
            "as_of": AS_OF,
            "prices": {"us-east-1": {"legacy": {"tiers": [{"per_1000_requests": 1}]}}},
        }
    )
    quiet = possible_saving(
        [item], {"a": 1}, prices, since=NOVEMBER + HOUR, until=NOVEMBER + 2 * HOUR
    )
    assert str(quiet["a"]) == f"${730 * 3600 * 3 / 1000:,.2f}"
    busy = possible_saving([item], {"a": 1}, prices, until=NOVEMBER + HOUR)
    assert str(busy["a"]) == "$0.00"
    mixed = possible_saving([item], {"a": 1}, prices, since=NOVEMBER + HOUR)
    assert str(mixed["a"]) == f"${730 * 3600 * 3 / 1000 / 2:,.2f}"


def test_only_time_in_which_it_existed_counts() -> None:
    """A span that begins before the resource did says nothing about it."""
    item = replace(legacy(count=24), requests=[0.0] * 24, floors=((NOVEMBER + HOUR, 4),))
    whole = possible_saving([item], {"a": 1}, shipped_prices(), since=NOVEMBER - DAY)
    inner = possible_saving([item], {"a": 1}, shipped_prices(), since=NOVEMBER + HOUR)
    assert whole == inner


def test_a_neighbour_without_a_proposal_keeps_its_floor() -> None:
    """It takes its place in the tiers, before and after, and is not told of."""
    alone = possible_saving([legacy("a")], {"a": 0}, STEEP)
    beside = possible_saving([legacy("a"), legacy("b")], {"a": 0}, STEEP)
    assert str(alone["a"]) == "$3,000.00"
    assert str(beside["a"]) == "$0.00"
    assert set(beside) == {"a"}


def test_a_fee_is_saved_with_the_resource() -> None:
    """Stopping a recommender saves its fee and what lay above the included requests."""
    found = possible_saving([clips()], {"r": 0}, STEEP)
    # 6,000 requests an hour, of which 4,000 are included, at $1, and $2 an hour.
    assert found["r"].exact == 730 * (2_000 + 2)
    lower = possible_saving([clips(sums=0, floor=2)], {"r": 1}, STEEP)
    assert lower["r"].exact == 730 * (7_200 - 4_000), "below the included requests all is free"


def test_unknown_hours_are_left_out_of_a_fee_too() -> None:
    """A month is made of the known hours: half of them unknown changes nothing."""
    item = clips(hours=4)
    half = replace(item, requests=[*item.requests[:24], *[None] * 24])
    assert possible_saving([half], {"r": 0}, STEEP)["r"].exact == 730 * (2_000 + 2)


# --- the forecast ----------------------------------------------------------------------------


def test_a_forecast_with_a_fee() -> None:
    """What is past and what is to come: the fee by the hour, requests above those included."""
    item = clips(hours=24 * 29)
    found = forecast([item], STEEP, LATE)
    assert found.to_date.exact == 29 * 24 * (2_000 + 2)
    assert found.month_end.exact == 30 * 24 * (2_000 + 2)
    idle = forecast([clips(hours=24 * 29, sums=0.0, floor=2)], STEEP, LATE)
    assert idle.month_end.exact == 30 * 24 * (3_200 + 2)


def test_projected_hours() -> None:
    """Requests above those included, the time to come, and none of it unknown."""
    found = projected(clips(hours=24 * 29), 1, LATE, 4_000.0)
    assert (found.billed, found.active, found.gaps) == (24 * 2_000, DAY, 0)
    higher = projected(clips(hours=24 * 29, sums=0.0), 2, LATE, 4_000.0)
    assert higher.billed == 24 * 3_200
    covered = projected(clips(hours=24 * 29, sums=0.0), 1, LATE, 4_000.0)
    assert covered.billed == 0


def test_hours_like_which_none_is_known() -> None:
    """Each of them stands at the floor, above what is included, and counts as unknown."""
    item = replace(clips(hours=24), requests=[None] * 288)
    found = projected(item, 2, LATE, 4_000.0)
    assert (found.billed, found.active, found.gaps) == (24 * 3_200, DAY, DAY)
    assert projected(item, 1, LATE, 4_000.0).billed == 0
    assert projected(item, 0, LATE).active == 0


def test_a_gap_in_the_past_does_not_end_the_reading() -> None:
    """What comes after an unknown window still tells what hours are like."""
    sums: list[float | None] = [None] * 12 + [1_200.0] * (12 * 24 - 12)
    item = replace(legacy(), start=LATE - DAY, requests=sums, floors=((LATE - DAY, 1),))
    found = projected(item, 1, LATE)
    assert found.billed == 288 * 1_200
    assert found.gaps == 0


def test_each_hour_of_the_day_has_its_mean() -> None:
    """Without the same day of a week before, an hour is like that hour of the other days."""
    day = [300.0 * (1 + at // 12) for at in range(288)]
    item = replace(legacy(), start=LATE - DAY, requests=day, floors=((LATE - DAY, 1),))
    assert projected(item, 1, LATE).billed == sum(day)
    assert projected(item, 1, LATE + 18 * HOUR).billed == sum(day[18 * 12 :])


# --- metering --------------------------------------------------------------------------------


def test_what_an_unknown_window_knows_counts() -> None:
    """An hour with a gap is billed by the known part of it where that is above the floor."""
    item = replace(clips(hours=1), requests=[9_000.0, None, *[0.0] * 10])
    amount = meter(windows_of(item, NOVEMBER, NOVEMBER + HOUR), item.floors, 4_000.0)
    assert (amount.billed, amount.of_gaps, amount.used) == (5_000, 5_000, 5_000)
    low = replace(item, requests=[100.0, None, *[0.0] * 10])
    amount = meter(windows_of(low, NOVEMBER, NOVEMBER + HOUR), ((NOVEMBER, 2),), 4_000.0)
    assert (amount.billed, amount.of_gaps, amount.used) == (3_200, 3_200, 3_200)


def test_a_step_before_the_first_floor() -> None:
    """A resource that came in the middle of its data has no unknown demand before."""
    item = replace(legacy(), requests=[None, None, 900.0, 900.0], floors=((NOVEMBER + 600, 1),))
    found = windows_of(item, NOVEMBER, NOVEMBER + 1200)
    assert (list(found.known), found.gap) == ([0.0, 0.0, 900.0, 900.0], bytes(4))


# --- the cost of watching --------------------------------------------------------------------


def test_watching_is_priced_by_its_units() -> None:
    """Thousands of calls, a million of requests, and a month of 730 hours, with its date."""
    prices = shipped_prices().watching
    cost = own_cost(
        WatchCounts(
            3,
            730 * HOUR,
            custom_metrics=10,
            alarm_metrics=10,
            dashboards=1,
            metrics_requested=1_000_000,
            api_calls=1_000_000,
            lambda_requests=1_000_000_000,
            lambda_gb_seconds=1_000_000,
        ),
        prices,
    )
    assert {name: money.exact for name, money in cost.items.items()} == {
        "custom metrics": 3,
        "alarms": 1,
        "dashboards": 3,
        "metric queries": 10,
        "other calls": 10,
        "function requests": 200,
        "function time": Fraction("13.3334"),
    }
    assert {money.as_of for money in cost.items.values()} == {prices.as_of}
    assert cost.per_resource.exact == cost.month.exact / 3


# --- price files -----------------------------------------------------------------------------


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


def test_an_assumed_price_is_said_of_every_figure() -> None:
    """A region without a price of its own takes that of us-east-1, and each amount says so."""
    (row,) = bill([legacy(region="ap-south-1")], STEEP).rows
    for money in (row.cost, row.marginal, row.waste):
        assert money.assumed
        assert money.as_of == AS_OF
    (own,) = bill([legacy()], STEEP).rows
    assert not own.cost.assumed


def test_an_unknown_price_of_what_exists_is_unknown() -> None:
    """Even without a request above the floor of nothing, a fee may be due; nobody knows."""
    item = Metered("r", "us-east-1", Family.UNKNOWN, NOVEMBER, 300, [0.0] * 4, ((NOVEMBER, 1),))
    (row,) = bill([item], STEEP).rows
    assert not row.cost.is_known
    assert not row.marginal.is_known
    pool = Pool(None)
    assert pool.marginal({"r": 0.0}, {"r": 1.0}) == {"r": Money.not_known()}
    assert pool.marginal({"r": 0.0}, {"r": 0.0})["r"].is_known


def test_time_before_the_series_is_a_gap_at_its_place() -> None:
    """What was asked before the data begin is unknown there, and what follows keeps its time."""
    item = replace(legacy(), requests=[1.0, 2.0, 3.0], floors=((NOVEMBER - DAY, 1),))
    found = windows_of(item, NOVEMBER - 600, NOVEMBER + 1200)
    assert list(found.known) == [0.0, 0.0, 1.0, 2.0, 3.0, 0.0]
    assert found.gap == bytes([1, 1, 0, 0, 0, 1])
