"""The ledger at its edges: fees, hours that nobody knows, and the turn of a month."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from personalize_monitor.model.floor_changes import ChangeKind, FloorChange
from personalize_monitor.model.ledger import Ledger, ledger
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.money import Money
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.prices import Family

NOVEMBER = int(datetime(2026, 11, 1, tzinfo=UTC).timestamp())
PRICES = load_prices(
    {
        "as_of": date(2026, 11, 1),
        "prices": {
            "us-east-1": {
                "legacy": {"tiers": [{"per_1000_requests": 1_000}]},
                "recommender": {
                    "hourly_fee": 2,
                    "included_requests_per_hour": 4_000,
                    "tiers": [{"per_1000_requests": 1_000}],
                },
            }
        },
    }
)
"""A dollar a request; recommenders have a fee of $2 an hour that includes 4,000."""


def idle(family: Family, floor: int, windows: int = 48, start: int = NOVEMBER) -> Metered:
    """A resource that nobody asked, in windows of five minutes."""
    floors = ((start, floor),)
    return Metered("a", "us-east-1", family, start, 300, [0.0] * windows, floors)


def told(item: Metered, *changes: FloorChange) -> Ledger:
    """The ledger of one resource."""
    return ledger([item], {"a": changes}, PRICES, until=item.end)


def test_a_stopped_recommender_saves_its_fee() -> None:
    """From the stop on, $2 an hour; the floor was within what the fee includes."""
    stop = FloorChange(NOVEMBER + HOUR, 1, 0, ChangeKind.STOPPED)
    found = told(idle(Family.RECOMMENDER, 1), stop)
    assert str(found.saved) == "$6.00"
    assert (found.rows[0].requests, found.unknown_hours) == (0, 0)


def test_a_lower_floor_saves_no_fee() -> None:
    """Two instead of one above what is included: 3,200 requests an hour, the same fee."""
    lowered = FloorChange(NOVEMBER + HOUR, 2, 1, ChangeKind.LOWERED)
    assert told(idle(Family.RECOMMENDER, 2), lowered).saved.exact == 3 * 3_200


@pytest.mark.parametrize("unknown", [12, 24])
def test_an_unknown_hour_saves_nothing_and_is_counted(unknown: int) -> None:
    """Neither requests nor fee of an unknown hour are claimed; the sum says what it lacks."""
    item = idle(Family.RECOMMENDER, 2)
    sums = [*item.requests[: 48 - unknown], *[None] * unknown]
    lowered = FloorChange(NOVEMBER + HOUR, 2, 1, ChangeKind.LOWERED)
    found = told(replace(item, requests=sums), lowered)
    hours = unknown // 12
    assert found.saved.exact == (3 - hours) * 3_200
    assert (found.unknown_hours, found.saved.unknown) == (hours, 1)
    assert str(found.saved).endswith("as far as known (1 unknown)")


def test_an_unknown_hour_before_our_change_does_not_matter() -> None:
    """Where our change is not in force there is nothing to judge."""
    item = idle(Family.RECOMMENDER, 2)
    sums = [*[None] * 12, *item.requests[12:]]
    lowered = FloorChange(NOVEMBER + HOUR, 2, 1, ChangeKind.LOWERED)
    found = told(replace(item, requests=sums), lowered)
    assert found.saved.exact == 3 * 3_200
    assert found.unknown_hours == 0


def test_a_surprise_makes_the_time_before_it_unknown() -> None:
    """Our change found 9 where 5 was on record: from the beginning until then nobody knows."""
    surprise = FloorChange(NOVEMBER + 600, 9, 2, ChangeKind.LOWERED)
    found = told(idle(Family.LEGACY, 5, windows=6), surprise)
    assert found.unknown_hours == pytest.approx(600 / HOUR)
    # Four windows at 2 instead of 9.
    assert found.rows[0].requests == 4 * 7 * 300


def test_what_nobody_knew_last_month_is_known_in_this() -> None:
    """Unknown hours stay in the month in which they were, and sums go on over its turn."""
    start = NOVEMBER - 3 * HOUR
    surprise = FloorChange(start + HOUR, 9, 2, ChangeKind.LOWERED)
    found = told(idle(Family.LEGACY, 5, windows=72, start=start), surprise)
    assert [(row.month, row.unknown_hours) for row in found.rows] == [
        ("2026-10", 1.0),
        ("2026-11", 0.0),
    ]
    assert found.in_month("2026-11").saved.exact == 3 * 7 * 3_600
    october, both = 2 * 7 * 3_600, 5 * 7 * 3_600
    sums = found.cumulative()
    assert [month for month, _ in sums] == ["2026-10", "2026-11"]
    assert [money.exact for _, money in sums] == [october, both]


def test_nothing_changed_saved_nothing() -> None:
    """Without changes of ours every month is a known zero, signed as a difference."""
    found = told(idle(Family.LEGACY, 5))
    assert found.saved.exact == 0
    assert found.saved.is_known
    assert found.of("b").rows == ()
    assert found.of("b").saved == Money.total([])
    assert found.of("a").rows == found.rows
    assert all(row.saved.signed for row in found.rows)
