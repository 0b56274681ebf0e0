"""What resources cost under their floors: windows, tiers, shares, waste, gaps, possible saving."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime
from fractions import Fraction
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.bill import bill, possible_saving
from personalize_monitor.model.calendar_month import by_month, month_end, month_of
from personalize_monitor.model.floors import floor_at
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.metering import Quantity, meter, windows_of
from personalize_monitor.model.money import Money
from personalize_monitor.model.price_file import load_prices, shipped_prices
from personalize_monitor.model.prices import Family, PriceTable

START = int(datetime(2026, 11, 30, 22, tzinfo=UTC).timestamp())
NAN = float("nan")

SMALL: PriceTable = load_prices(
    {
        "as_of": date(2026, 11, 1),
        "prices": {
            "us-east-1": {
                "legacy": {
                    "tiers": [
                        {"up_to_requests": 2_000, "per_1000_requests": 3_000},
                        {"up_to_requests": 9_000, "per_1000_requests": 1_000},
                        {"per_1000_requests": 500},
                    ]
                },
                "recommender": {
                    "hourly_fee": 2,
                    "included_requests_per_hour": 400,
                    "tiers": [{"per_1000_requests": 1_000}],
                },
            }
        },
    }
)
"""Prices so steep that a few windows reach every tier: $3, $1 and $0.50 a request."""


def resource(
    requests: Sequence[float | None],
    floors: list[tuple[int, int]] | None = None,
    **changes: Any,
) -> Metered:
    """A legacy campaign with floor 1 unless told otherwise; ``floors`` in seconds from START."""
    line = [(START + at, floor) for at, floor in ([(0, 1)] if floors is None else floors)]
    given_ = {
        "arn": "a",
        "region": "us-east-1",
        "family": Family.LEGACY,
        "start": START,
        "step": 300,
    }
    return Metered(**{**given_, "requests": requests, "floors": line, **changes})


def quantity(item: Metered, included: float = 0.0) -> Quantity:
    """The billable requests of the whole series."""
    return meter(windows_of(item, item.start, item.end), item.floors, included)


def test_a_campaign_pays_the_floor_or_the_average_of_five_minutes() -> None:
    """Below the floor the floor is billed, above it the demand."""
    amount = quantity(resource([0, 299, 300, 900]))
    assert amount.billed == 300 + 300 + 300 + 900
    assert amount.used == 0 + 299 + 300 + 900
    assert amount.active == 4 * 300


def test_a_recommender_is_averaged_over_an_hour() -> None:
    """A burst inside an hour is covered by the floor of the quiet rest of it."""
    burst: list[float | None] = [3_000.0, *([0.0] * 11)]
    assert quantity(resource(burst, family=Family.RECOMMENDER)).billed == 3_600
    assert quantity(resource(burst)).billed == 3_000 + 11 * 300


def test_a_fee_includes_requests_of_each_hour() -> None:
    """Only what is billable above the included requests of the same hour counts."""
    busy = [1_000.0] * 12
    item = resource(busy + [0.0] * 12, family=Family.RECOMMENDER)
    assert quantity(item, 4_000).billed == 8_000
    assert quantity(item, 3_000).billed == 9_000 + 600
    assert quantity(item, 3_000).used == 9_000


def test_a_floor_that_changes_within_a_window_counts_by_time() -> None:
    """100 seconds at 1 and 200 at 4 are the floor of 900 requests."""
    item = resource([0, 0, 0], [(0, 1), (100, 4), (300, 2), (450, 0)])
    assert quantity(item).billed == 900 + 300 + 0
    # It is gone from the middle of the second window on.
    assert quantity(resource([0, 0], [(0, 2), (450, 0)])).active == 450


def test_what_does_not_exist_costs_nothing_and_has_no_unknown_demand() -> None:
    """Before its first floor and while the floor is 0 there is nothing to bill or to know."""
    item = resource([None, 900, None, 700, 1000], [(300, 1), (600, 0), (1200, 2)])
    amount = quantity(item)
    assert (amount.billed, amount.gaps, amount.active) == (900 + 1000, 0, 600)


@pytest.mark.parametrize("unknown", [None, NAN])
def test_unknown_demand_counts_at_the_floor_and_is_said(unknown: float | None) -> None:
    """A gap is billed at least its floor; the sum is a lower bound."""
    row = bill([resource([600, unknown, 600])], SMALL).rows[0]
    assert row.quantity.billed == 1_500
    assert row.quantity.of_gaps == 300
    assert row.quantity.gaps == 300
    assert str(row.cost) == "at least $4,500.00 (1 unknown)"
    # A window is also unknown where a part of it is.
    part = resource([5_000.0] + [None] * 11, family=Family.RECOMMENDER)
    assert quantity(part).billed == quantity(part).of_gaps == 5_000
    assert quantity(part).used == 5_000


def test_only_whole_windows_count() -> None:
    """What is not finished is not billed yet, and a series that begins within an hour waits."""
    item = resource([900.0] * 30, family=Family.RECOMMENDER, start=START + 600)
    windows = windows_of(item, item.start, item.end)
    assert (windows.start, windows.end) == (START + HOUR, START + 2 * HOUR)
    assert windows_of(item, START, START + 100).known == []


def test_finer_and_coarser_steps_than_the_billing_window() -> None:
    """Minutes are added up; hours, all that CloudWatch keeps of old data, count as hours."""
    assert quantity(resource([100.0] * 10, step=60)).billed == 2 * 500
    assert quantity(resource([7_200.0], step=HOUR)).billed == 7_200


def test_outside_the_series_demand_is_unknown_while_the_resource_exists() -> None:
    """Asking for more than was measured gives gaps, not zeros."""
    item = resource([900, 900], start=START + 600)
    amount = meter(windows_of(item, START, START + 1_500), item.floors)
    assert (amount.gaps, amount.billed) == (900, 2_700)


@pytest.mark.parametrize(
    ("wrong", "message"),
    [
        ({"step": 7}, "do not fit its billing window of 300 s"),
        ({"step": 0}, "do not fit"),
        ({"start": START + 1}, "do not fit"),
        ({"floors": []}, "no floor is given"),
        ({"floors": [(5, 1), (4, 1)]}, "out of order"),
        ({"floors": [(5, -1)]}, "below 0"),
    ],
)
def test_what_cannot_be_billed_is_refused(wrong: dict[str, Any], message: str) -> None:
    """A grid or floors that make no sense name the resource and what to do."""
    with pytest.raises(InvalidRequest, match=f"^a: .*{message}"):
        resource([1], **wrong)


def test_months_follow_the_utc_calendar() -> None:
    """A bill over the turn of the year has a row for each month."""
    eve = int(datetime(2026, 12, 31, 23, tzinfo=UTC).timestamp())
    assert list(by_month(eve, eve + 2 * HOUR)) == [
        ("2026-12", eve, eve + HOUR),
        ("2027-01", eve + HOUR, eve + 2 * HOUR),
    ]
    assert month_of(month_end(eve)) == "2027-01"


def test_the_floor_in_force() -> None:
    """The last setting at or before the moment; before the first there is none."""
    assert [floor_at(((10, 3), (20, 5)), at) for at in (9, 10, 19.9, 20)] == [0, 3, 3, 5]


def test_tiers_count_all_resources_of_the_pool_in_the_month() -> None:
    """Two campaigns share the cheap tier that neither reaches alone; a new month starts over."""
    one = resource([1_500.0] * 48, arn="one")
    two = resource([500.0] * 48, arn="two")
    full = bill([one, two], SMALL)
    november = full.in_month("2026-11")
    # 24 windows of 2,000 requests: $3 for 2,000, $1 for 7,000, $0.50 for the other 39,000.
    assert november.cost == Money.usd(6_000 + 7_000 + 19_500, as_of=date(2026, 11, 1))
    assert november.of("one").cost.exact == 3 * november.of("two").cost.exact
    assert str(full.in_month("2026-12").cost) == str(november.cost)
    assert full.of("two").in_month("2026-11").rows[0].marginal == Money.usd(
        6_000, as_of=date(2026, 11, 1)
    )
    elsewhere = resource([500.0] * 48, arn="two", account="other")
    assert bill([one, elsewhere], SMALL).cost.exact != full.cost.exact


def test_unknown_prices_make_the_fleets_sum_a_lower_bound() -> None:
    """A recommender without a price leaves the campaign's cost as 'at least'."""
    fleet = [resource([600.0] * 12), resource([600.0] * 12, arn="r", family=Family.RECOMMENDER)]
    total = bill(fleet, shipped_prices())
    assert str(total.of("r").cost) == "unknown"
    assert str(total.cost) == "at least $0.40 (1 unknown)"
    assert str(total.waste) == "$0.00"
    assert str(bill([resource([0.0], family=Family.UNKNOWN)], SMALL).waste) == "unknown"


def test_an_hourly_fee_is_due_while_the_resource_exists() -> None:
    """Two hours of a fee of $2, and the floor's 3,200 requests beyond the included 400."""
    item = resource([0.0] * 24, family=Family.RECOMMENDER)
    row = bill([item], SMALL).rows[0]
    assert row.cost.exact == 2 * 2 + 2 * 3_200
    assert row.waste.exact == 2 * 3_200
    assert row.marginal == row.cost


def test_unknown_hours_are_counted() -> None:
    """The bill says how many resource-hours it does not know."""
    assert bill([resource([None] * 24)], SMALL).unknown_hours == 2


demands = st.lists(st.none() | st.integers(0, 3_000), min_size=1, max_size=40)
lines = st.lists(st.tuples(st.integers(0, 12_000), st.integers(0, 6)), min_size=1, max_size=5).map(
    sorted
)
families = st.sampled_from([Family.LEGACY, Family.RECOMMENDER])


@st.composite
def fleets(draw: st.DrawFn) -> list[Metered]:
    """A few resources with gaps and changing floors."""
    return [
        resource(
            [None if value is None else float(value) for value in draw(demands)],
            draw(lines),
            arn=f"r{number}",
            family=draw(families),
        )
        for number in range(draw(st.integers(1, 3)))
    ]


def brute_billed(item: Metered) -> float:
    """Billable requests by asking for the floor of every single minute of every window."""
    total, minute = 0.0, 60
    for begin in range(item.start, item.end - item.window + 1, item.window):
        floor = sum(
            floor_at(item.floors, at) * minute for at in range(begin, begin + item.window, minute)
        )
        alive = any(floor_at(item.floors, at) for at in range(begin, begin + item.window, minute))
        asked = 0.0
        for at in range(begin, begin + item.window, item.step):
            value = item.requests[(at - item.start) // item.step]
            there = any(
                floor_at(item.floors, at + offset) for offset in range(0, item.step, minute)
            )
            asked += (value or 0.0) if there else 0.0
        total += max(floor, asked) if alive else 0.0
    return total


@given(
    demands,
    st.lists(st.tuples(st.integers(0, 200), st.integers(0, 6)), min_size=1, max_size=5),
    families,
)
def test_metering_equals_brute_force(
    requests: list[float | None], floors: list[tuple[int, int]], family: Family
) -> None:
    """Stretch by stretch gives exactly what minute by minute gives."""
    line = sorted((minute * 60, floor) for minute, floor in floors)
    item = resource(requests, line, family=family)
    assert quantity(item).billed == brute_billed(item)


ROUNDED = Metered(
    arn="r0",
    region="us-east-1",
    family=Family.RECOMMENDER,
    start=1_796_076_000,
    step=300,
    requests=[None] * 10 + [1470.0, 3000.0],
    floors=[(1_796_076_000, 1), (1_796_076_001, 0), (1_796_076_241, 4)],
)
"""Demand and bill are the same here, but for the rounding of a third of an hour."""


@given(fleets())
@example([ROUNDED])
def test_shares_add_up_to_the_tiered_total(fleet: list[Metered]) -> None:
    """Nothing is lost or invented when a pool's total is handed out; waste is a part of it."""
    whole = bill(fleet, SMALL)
    for month in {row.month for row in whole.rows}:
        rows = list(whole.in_month(month).rows)
        legacy = [row for row in rows if fleet[int(row.arn[1])].family is Family.LEGACY]
        price = SMALL.price("us-east-1", Family.LEGACY)
        assert price
        billed = sum(Fraction(row.quantity.billed) for row in legacy)
        assert sum(row.cost.exact for row in legacy) == price.cost(billed)
        for row in rows:
            cost, waste, marginal = row.cost.exact, row.waste.exact, row.marginal.exact
            assert 0 <= waste <= cost
            # On top of the pool it costs at most its average share: prices fall with volume.
            assert marginal <= cost


@given(demands, lines, families, st.integers(0, 39), st.integers(0, 2_000))
def test_cost_never_falls_with_demand(
    requests: list[float | None],
    floors: list[tuple[int, int]],
    family: Family,
    index: int,
    more: int,
) -> None:
    """More requests in a window never make the bill smaller."""
    cheap = resource(requests, floors, family=family)
    risen = [
        value if value is None or number != index else value + more
        for number, value in enumerate(requests)
    ]
    dear = resource(risen, floors, family=family)
    assert bill([cheap], SMALL).cost.exact <= bill([dear], SMALL).cost.exact


@given(demands, lines, families, st.integers(0, 5))
def test_cost_never_falls_with_the_floor(
    requests: list[float | None], floors: list[tuple[int, int]], family: Family, more: int
) -> None:
    """A higher floor never makes the bill smaller."""
    cheap = resource(requests, floors, family=family)
    raised = [(at, floor + more if floor else 0) for at, floor in floors]
    dear = resource(requests, raised, family=family)
    assert bill([cheap], SMALL).cost.exact <= bill([dear], SMALL).cost.exact


@given(fleets(), st.integers(0, 40))
def test_a_bill_in_two_parts_meters_the_same(fleet: list[Metered], cut: int) -> None:
    """Cutting the time at an hour changes no quantity."""
    for item in fleet:
        middle = START + cut * HOUR
        parts = [
            meter(windows_of(item, low, high), item.floors)
            for low, high in pairwise(sorted({item.start, min(middle, item.end), item.end}))
            if (high - item.start) % item.window == 0 or high == item.end
        ]
        assert sum(parts, Quantity()) == quantity(item)


def test_the_saving_of_a_lower_floor_in_a_month() -> None:
    """From 100 to 1 an idle legacy campaign saves $9,154, not the linear $14,454."""
    item = resource([0.0] * 12, [(0, 100)])
    prices = shipped_prices()
    saving = possible_saving([item], {"a": 1}, prices)["a"]
    assert saving.exact == 9_154
    assert possible_saving([item], {"a": 0}, prices)["a"].exact == 9_300
    assert possible_saving([item], {"a": [(START, 100), (START + HOUR // 2, 1)]}, prices)[
        "a"
    ].exact == 9_300 - (4_000 + Fraction(50.5) * 73 - 2_000)
    assert possible_saving([item], {"a": 200}, prices)["a"].exact == -7_300


def test_a_saving_without_any_known_demand_is_unknown() -> None:
    """Nothing is promised without data; what is known of the others stays."""
    blank = resource([None] * 12, [(0, 5)], arn="blank")
    half = resource([0.0] * 6 + [None] * 6, [(0, 5)], arn="half")
    savings = possible_saving(
        [blank, half],
        {"blank": 1, "half": 1, "gone": 1},
        shipped_prices(),
        since=START,
        until=START + HOUR,
    )
    assert str(savings["blank"]) == "unknown"
    assert savings["half"].exact == 4 * 146
    assert set(savings) == {"blank", "half"}
