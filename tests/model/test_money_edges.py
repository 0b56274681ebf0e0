"""Money at its edges: pools apart, fees, gaps, and price files."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime
from fractions import Fraction
from typing import Any

import pytest

from personalize_monitor.model.bill import bill, possible_saving
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.metering import meter, windows_of
from personalize_monitor.model.money import Money
from personalize_monitor.model.own_cost import WatchCounts, own_cost
from personalize_monitor.model.pool import Pool
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
def test_every_place_has_its_own_tiers_in_a_saving(place: dict[str, Any]) -> None:
    """Deleting both saves the tier of each place."""
    gone = {"a": 0, "b": 0}
    together = possible_saving([legacy("a"), legacy("b")], gone, STEEP)
    apart = possible_saving([legacy("a"), legacy("b", **place)], gone, STEEP)
    assert str(Money.total(together.values())) == "$3,000.00"
    assert {str(money) for money in apart.values()} == {"$3,000.00"}


def test_rows_are_in_the_order_of_their_arns() -> None:
    """Whatever the order of looking, a bill is told by ARN."""
    items = [legacy("c"), legacy("a", region="eu-west-1"), legacy("b")]
    assert [row.arn for row in bill(items, STEEP).rows] == ["a", "b", "c"]


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


def test_what_watching_costs() -> None:
    """A month of three metrics, two alarms and three queries each five minutes for one resource."""
    cost = own_cost(
        WatchCounts(
            resources=2,
            seconds=HOUR,
            custom_metrics=6,
            alarm_metrics=4,
            dashboards=1,
            metrics_requested=72,
            api_calls=100,
            lambda_requests=12,
            lambda_gb_seconds=30,
        ),
        shipped_prices().watching,
    )
    assert {name: str(money) for name, money in cost.items.items()} == {
        "custom metrics": "$1.80",
        "alarms": "$0.40",
        "dashboards": "$3.00",
        "metric queries": "$0.53",
        "other calls": "$0.73",
        "function requests": "<$0.01",
        "function time": "$0.29",
    }
    assert str(cost.month) == "$6.75"
    assert str(cost.per_resource) == "$3.37"
    assert cost.month.as_of == shipped_prices().watching.as_of


@pytest.mark.parametrize("resources", [0, 1])
def test_what_was_not_watched_yet_is_unknown(resources: int) -> None:
    """Without a cycle, calls are unknown; without resources, so is the cost of one."""
    cost = own_cost(
        WatchCounts(resources=resources, seconds=0, custom_metrics=3), shipped_prices().watching
    )
    assert str(cost.month) == "at least $0.90 (4 unknown)"
    assert str(cost.per_resource) == ("at least $0.90 (4 unknown)" if resources else "unknown")


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
