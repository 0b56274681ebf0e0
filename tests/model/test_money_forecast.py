"""The month's forecast and the cost of watching."""

from __future__ import annotations

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.forecast import forecast, projected
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.own_cost import WatchCounts, own_cost
from personalize_monitor.model.price_file import shipped_prices
from personalize_monitor.model.prices import Family

PRICES = shipped_prices()
DAY = 86_400
NOVEMBER = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
MIDDLE = NOVEMBER + 14 * DAY


def campaign(requests: list[float | None], start: int = NOVEMBER, floor: int = 1) -> Metered:
    """A legacy campaign that exists since ``start``."""
    return Metered("a", "us-east-1", Family.LEGACY, start, 300, requests, ((start, floor),))


def test_an_idle_floor_costs_720_hours_in_november() -> None:
    """Without demand the month is the floor's price: $144 for 30 days, $67.20 after 14."""
    result = forecast([campaign([0.0] * (14 * 288))], PRICES, MIDDLE)
    assert result.month == "2026-11"
    assert str(result.month_end) == "$144.00"
    assert str(result.of("a").to_date) == "$67.20"
    assert result.month_end.as_of == date(2026, 7, 1)


def test_the_rest_of_the_month_is_like_the_same_hours_of_the_week() -> None:
    """Busy Mondays come back on the Mondays to come, and on no other day."""
    days = [6_000.0 if day % 7 == 1 else 0.0 for day in range(14)]
    item = campaign([value for value in days for _ in range(288)])
    # 1 November 2026 is a Sunday; Mondays to come are the 16th, 23rd and 30th.
    assert projected(item, 1, MIDDLE).billed == 3 * 288 * 6_000 + 13 * 288 * 300


def test_a_part_of_an_hour_is_a_part_of_its_mean() -> None:
    """In the middle of an hour, what is left of it is projected."""
    item = campaign([600.0] * (14 * 288 + 6))
    assert projected(item, 1, MIDDLE + HOUR // 2).billed == 600 * 288 * 16 - 600 * 6


def test_the_first_days_use_the_hour_of_the_day_then_any_hour() -> None:
    """Without last week the same clock hour counts, and without that whatever is known."""
    day = [600.0] * 144 + [1_200.0] * 144
    item = campaign([*day], start=MIDDLE - DAY)
    assert projected(item, 1, MIDDLE).billed == 16 * 144 * 1_800
    hour = campaign([1_200.0] * 12, start=MIDDLE - HOUR)
    assert projected(hour, 1, MIDDLE).billed == 16 * 288 * 1_200


def test_a_new_floor_applies_to_the_rest_of_the_month_only() -> None:
    """The past is paid; the proposal prices what is to come, down to nothing."""
    item = campaign([0.0] * (14 * 288), floor=10)
    now = forecast([item], PRICES, MIDDLE)
    lower = forecast([item], PRICES, MIDDLE, floors={"a": 1})
    gone = forecast([item], PRICES, MIDDLE, floors={"a": 0})
    assert str(now.month_end) == "$1,440.00"
    assert str(lower.month_end) == "$748.80"
    assert str(gone.month_end) == str(gone.to_date) == str(lower.to_date) == "$672.00"


def test_without_known_demand_the_floor_is_the_lower_bound() -> None:
    """A forecast from nothing says that it is one."""
    result = forecast([campaign([None] * 288)], PRICES, NOVEMBER + DAY)
    assert str(result.month_end) == "at least $144.00 (1 unknown)"


def test_time_in_which_a_resource_was_stopped_is_no_model_of_the_future() -> None:
    """Zeros of a time without the resource do not lower the forecast."""
    week = 7 * 288
    item = Metered(
        "a",
        "us-east-1",
        Family.LEGACY,
        NOVEMBER,
        300,
        [1_200.0] * week + [0.0] * week,
        ((NOVEMBER, 1), (NOVEMBER + 7 * DAY, 0), (MIDDLE, 1)),
    )
    assert projected(item, 1, MIDDLE).billed == 16 * 288 * 1_200


@given(st.lists(st.none() | st.integers(0, 3_000), max_size=30), st.integers(1, 5))
def test_the_month_never_ends_below_what_it_has_cost(
    requests: list[float | None], floor: int
) -> None:
    """Time to come adds to the bill; it never takes from it."""
    item = campaign(requests, floor=floor)
    result = forecast([item], PRICES, item.end)
    assert result.to_date.exact <= result.month_end.exact


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
        PRICES.watching,
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
    assert cost.month.as_of == PRICES.watching.as_of


@pytest.mark.parametrize("resources", [0, 1])
def test_what_was_not_watched_yet_is_unknown(resources: int) -> None:
    """Without a cycle, calls are unknown; without resources, so is the cost of one."""
    cost = own_cost(WatchCounts(resources=resources, seconds=0, custom_metrics=3), PRICES.watching)
    assert str(cost.month) == "at least $0.90 (4 unknown)"
    assert str(cost.per_resource) == ("at least $0.90 (4 unknown)" if resources else "unknown")
