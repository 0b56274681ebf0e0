"""The realised saving: the true difference between the bill with us and the bill without us."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, date, datetime
from fractions import Fraction
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.bill import bill
from personalize_monitor.model.floor_changes import ChangeKind, FloorChange, floor_history
from personalize_monitor.model.floors import floor_at
from personalize_monitor.model.ledger import Ledger, ledger
from personalize_monitor.model.metered import HOUR, Metered
from personalize_monitor.model.money import Money
from personalize_monitor.model.price_file import load_prices, shipped_prices
from personalize_monitor.model.prices import Family, Price

START = int(datetime(2026, 11, 30, 23, tzinfo=UTC).timestamp())
SMALL = load_prices(
    {
        "as_of": date(2026, 11, 1),
        "prices": {
            "us-east-1": {
                "legacy": {
                    "tiers": [
                        {"up_to_requests": 3_000, "per_1000_requests": 3_000},
                        {"up_to_requests": 9_000, "per_1000_requests": 1_000},
                        {"per_1000_requests": 500},
                    ]
                },
                "recommender": {
                    "hourly_fee": 2,
                    "included_requests_per_hour": 400,
                    "tiers": [
                        {"up_to_requests": 5_000, "per_1000_requests": 1_000},
                        {"per_1000_requests": 700},
                    ],
                },
            }
        },
    }
)
LOWERED, RAISED, DELETED = ChangeKind.LOWERED, ChangeKind.RAISED, ChangeKind.DELETED
STOPPED, RESTORED, PERSON = ChangeKind.STOPPED, ChangeKind.RESTORED, ChangeKind.PERSON


def campaign(
    requests: Sequence[float | None],
    floors: Sequence[tuple[int, int]] = ((0, 10),),
    arn: str = "a",
    family: Family = Family.LEGACY,
) -> Metered:
    """A resource since START; floors in seconds from START."""
    line = [(START + at, floor) for at, floor in floors]
    return Metered(arn, "us-east-1", family, START, 300, requests, line)


def change(at: int, before: int, after: int, kind: ChangeKind) -> FloorChange:
    """A change, its time in seconds from START."""
    return FloorChange(START + at, before, after, kind)


def saved(item: Metered, *changes: FloorChange, until: int | None = None) -> Ledger:
    """The ledger of one resource."""
    return ledger([item], {item.arn: changes}, SMALL, until=until)


def requests_saved(reader: Ledger) -> float:
    """Billable requests that were not billed thanks to us."""
    return sum(row.requests for row in reader.rows)


def test_a_lower_floor_saves_what_lies_between_the_floors_and_above_the_demand() -> None:
    """At 09:00 the floor goes from 10 to 4; demand of 6 leaves only 4 of the 6 to save."""
    item = campaign([1_800.0, 1_800.0, 0.0, 6_000.0])
    reader = saved(item, change(300, 10, 4, LOWERED))
    assert requests_saved(reader) == 0 + (3_000 - 1_800) + (3_000 - 1_200) + 0
    assert reader.saved.basis == "estimate, prices of 2026-11-01"
    assert reader.unknown_hours == 0


def test_several_of_our_steps_are_counted_from_the_floor_before_the_first() -> None:
    """Each window is credited with all that we took away until then."""
    item = campaign([0.0] * 3)
    reader = saved(item, change(300, 10, 4, LOWERED), change(600, 4, 1, LOWERED))
    assert requests_saved(reader) == 6 * 300 + 9 * 300


def test_a_floor_that_we_raise_costs() -> None:
    """A pre-warm above the former floor is a negative saving, and it is shown."""
    reader = saved(campaign([0.0] * 2), change(0, 10, 12, RAISED), change(300, 12, 10, LOWERED))
    assert requests_saved(reader) == -2 * 300
    assert str(reader.saved) == "-$600.00"


def test_a_deletion_saves_the_whole_floor_from_then_on() -> None:
    """After a deletion there is no demand; what is missing from CloudWatch is no gap."""
    item = campaign([0.0, None, None])
    reader = saved(item, change(300, 10, 0, DELETED), until=START + 4 * 300)
    assert requests_saved(reader) == 3 * 3_000
    assert reader.unknown_hours == 0


def test_a_stopped_recommender_saves_its_fee_as_well() -> None:
    """Two hours of fee and of the floor beyond the included requests, until it is started."""
    item = campaign([0.0] * 48, family=Family.RECOMMENDER)
    stop, start = change(HOUR, 10, 0, STOPPED), change(3 * HOUR, 0, 10, RESTORED)
    reader = saved(item, stop, start)
    assert requests_saved(reader) == 2 * (36_000 - 400)
    fees = 2 * 2
    price = SMALL.price("us-east-1", Family.RECOMMENDER)
    assert price
    # All of it lies in December, where the last hour is billed with us and without us.
    base = Fraction(36_000 - 400)
    assert reader.saved.exact == fees + price.cost(3 * base) - price.cost(base)


def test_a_persons_setting_replaces_the_floor_without_us() -> None:
    """From 10 we went to 4; a person sets 6, we go to 5: from then on we have saved 1, not 5."""
    item = campaign([0.0] * 4)
    ours, person, again = (
        change(300, 10, 4, LOWERED),
        change(600, 4, 6, PERSON),
        change(900, 6, 5, LOWERED),
    )
    reader = saved(item, ours, person, again)
    assert requests_saved(reader) == 6 * 300 + 0 + 300


def test_a_persons_setting_may_be_seen_instead_of_recorded() -> None:
    """A floor that shows up in the observed line and is not ours is a person's."""
    item = campaign([0.0] * 4, [(0, 10), (300, 4), (450, 4), (600, 6)])
    reader = saved(item, change(300, 10, 4, LOWERED), change(900, 6, 5, LOWERED))
    assert requests_saved(reader) == 6 * 300 + 0 + 300
    assert reader.unknown_hours == 0


def test_a_change_that_nobody_saw_makes_the_time_before_it_unknown() -> None:
    """We left 4 and find 8: somebody changed it meanwhile, so that stretch counts for nothing."""
    item = campaign([0.0] * 4, [(0, 10), (450, 4)])
    reader = saved(item, change(300, 10, 4, LOWERED), change(900, 8, 2, LOWERED))
    # 300 to 450 was as we left it, seen at 450; a window with an unknown part is unknown.
    assert requests_saved(reader) == 6 * 300
    assert reader.unknown_hours == pytest.approx(2 * 300 / HOUR)
    assert str(reader.saved) == "$1,800.00 as far as known (1 unknown)"


def test_a_resource_recreated_by_a_person_ends_the_credit() -> None:
    """We deleted it at floor 10; a person makes it again with floor 2: nothing is saved then."""
    item = campaign([None, 0.0, 0.0, 0.0], [(600, 2)])
    reader = saved(item, change(0, 10, 0, DELETED))
    assert requests_saved(reader) == 2 * 3_000
    assert requests_saved(saved(item, change(0, 10, 0, DELETED), change(600, 0, 2, RESTORED))) == (
        2 * 3_000 + 2 * 8 * 300
    )


def test_unknown_demand_is_unknown_only_where_it_matters() -> None:
    """Between equal floors nothing was saved whatever the demand; between others nobody knows."""
    item = campaign([None, 0.0, None, 0.0])
    reader = saved(item, change(300, 10, 4, LOWERED))
    assert requests_saved(reader) == 2 * 6 * 300
    assert reader.unknown_hours == pytest.approx(300 / HOUR)
    assert saved(item).saved == Money(Fraction(0), as_of=date(2026, 11, 1), signed=True)
    assert saved(item).unknown_hours == 0


def test_nothing_done_saves_nothing_even_at_an_unknown_price() -> None:
    """An unknown price makes only real differences unknown."""
    item = campaign([0.0] * 12, family=Family.RECOMMENDER)
    prices = shipped_prices()
    assert str(ledger([item], {}, prices).saved) == "$0.00"
    one = {"a": [change(0, 10, 4, LOWERED)]}
    assert str(ledger([item], one, prices).saved) == "unknown"


def test_savings_by_month_and_resource_and_in_all() -> None:
    """The ledger has a row per resource and month and adds up as time goes on."""
    fleet = [campaign([0.0] * 24, arn="a"), campaign([0.0] * 24, arn="b")]
    reader = ledger(fleet, {"b": [change(0, 10, 9, LOWERED)]}, SMALL)
    assert [(row.arn, row.month, row.requests) for row in reader.rows] == [
        ("a", "2026-11", 0),
        ("a", "2026-12", 0),
        ("b", "2026-11", 3_600),
        ("b", "2026-12", 3_600),
    ]
    # Far above the limits of the lower tiers each request is $0.50.
    assert [(month, str(money)) for month, money in reader.cumulative()] == [
        ("2026-11", "$1,800.00"),
        ("2026-12", "$3,600.00"),
    ]
    assert str(reader.of("b").in_month("2026-12").saved) == "$1,800.00"


@dataclass(frozen=True)
class World:
    """One resource as it was, and who changed its floor."""

    item: Metered
    changes: tuple[FloorChange, ...]


@st.composite
def worlds(draw: st.DrawFn, name: str) -> World:
    """Known demand, a first floor, and changes by us and by people at any minute."""
    requests = [float(n) for n in draw(st.lists(st.integers(0, 3_000), min_size=24, max_size=36))]
    family = draw(st.sampled_from([Family.LEGACY, Family.RECOMMENDER]))
    floor = first = draw(st.integers(1, 12))
    minutes = sorted(draw(st.sets(st.integers(0, 190), max_size=6)))
    changes: list[FloorChange] = []
    for minute in minutes:
        after = draw(st.integers(0, 12))
        kind = draw(st.sampled_from([LOWERED, PERSON]))
        changes.append(change(minute * 60, floor, after, kind))
        floor = after
    item = campaign(requests, [(0, first)], name, family)
    return World(item, tuple(changes))


def brute_bill(world: World, floors: Mapping[int, int]) -> dict[str, tuple[float, int]]:
    """(Billable requests, minutes of existence) by month, minute by minute."""
    item, result = world.item, dict[str, tuple[float, int]]()
    price = SMALL.price(item.region, item.family)
    assert price
    there = actual_floors(world)
    for begin in range(item.start, item.end - item.window + 1, item.window):
        minutes = range(begin, begin + item.window, 60)
        alive = sum(1 for at in minutes if floors[at])
        asked = sum(
            item.requests[(at - item.start) // 300] or 0.0
            for at in range(begin, begin + item.window, 300)
            if any(there[at + offset] for offset in range(0, 300, 60))
        )
        free = Fraction(price.included_per_hour) * alive / 60
        billed = max(Fraction(sum(floors[at] * 60 for at in minutes)), Fraction(asked)) - free
        month = datetime.fromtimestamp(begin, UTC).strftime("%Y-%m")
        requests, existed = result.get(month, (0.0, 0))
        extra = float(max(billed, Fraction(0))) if alive else 0.0
        result[month] = (requests + extra, existed + alive)
    return result


def actual_floors(world: World) -> dict[int, int]:
    """The floor in force in each minute."""
    line = [(START, world.item.floors[0][1]), *((c.at, c.after) for c in world.changes)]
    return {at: floor_at(line, at) for at in range(START, world.item.end, 60)}


def floors_without_us(world: World) -> dict[int, int]:
    """The floor in each minute if our changes had never been made."""
    people = [(c.at, c.after) for c in world.changes if c.kind is PERSON]
    line = [(START, world.item.floors[0][1]), *people]
    return {at: floor_at(line, at) for at in range(START, world.item.end, 60)}


def brute_usd(price: Price, amounts: Sequence[tuple[float, int]]) -> Fraction:
    """A pool's month: tiers over all requests, and fees."""
    fees = sum(Fraction(minutes, 60) * price.hourly_fee for _, minutes in amounts)
    return price.cost(sum(requests for requests, _ in amounts)) + fees


@given(st.tuples(worlds("a"), worlds("b"), worlds("c")))
def test_the_ledger_is_the_true_difference_of_the_bills(fleet: tuple[World, ...]) -> None:
    """With known prices and demand, saved = bill without us - bill with us, to the last digit."""
    truth = Fraction(0)
    for family in (Family.LEGACY, Family.RECOMMENDER):
        members = [world for world in fleet if world.item.family is family]
        price = SMALL.price("us-east-1", family)
        assert price
        with_us = [brute_bill(world, actual_floors(world)) for world in members]
        without = [brute_bill(world, floors_without_us(world)) for world in members]
        for month in ("2026-11", "2026-12"):
            truth += brute_usd(price, [one.get(month, (0.0, 0)) for one in without])
            truth -= brute_usd(price, [one.get(month, (0.0, 0)) for one in with_us])
    reader = ledger(
        [world.item for world in fleet],
        {world.item.arn: world.changes for world in fleet},
        SMALL,
    )
    assert reader.unknown_hours == 0
    assert reader.saved.is_known
    # Requests included by a fee need not be a whole number in a part of an hour.
    assert float(reader.saved.exact) == pytest.approx(float(truth), abs=1e-6)
    if all(world.item.family is Family.LEGACY for world in fleet):
        assert reader.saved.exact == truth


@given(worlds("a"))
def test_the_bill_and_the_ledger_agree(world: World) -> None:
    """The ledger is also the difference of two calls of ``bill``, when nothing is deleted."""
    changes = tuple(
        replace(one, before=max(1, one.before), after=max(1, one.after)) for one in world.changes
    )
    history = floor_history(world.item.floors, changes)
    with_us = bill([replace(world.item, floors=history.actual)], SMALL).cost
    without = bill([replace(world.item, floors=history.without_us)], SMALL).cost
    reader = ledger([world.item], {"a": changes}, SMALL)
    assert not history.blind
    assert reader.saved.exact == (without - with_us).exact


@given(worlds("a"), st.randoms(use_true_random=False))
def test_the_journals_order_does_not_matter(world: World, random: Random) -> None:
    """Changes are sorted by their time; reading the journal in pages changes nothing."""
    shuffled = list(world.changes)
    random.shuffle(shuffled)
    assert ledger([world.item], {"a": shuffled}, SMALL) == ledger(
        [world.item], {"a": world.changes}, SMALL
    )


@given(worlds("a"))
def test_days_add_up_to_the_month(world: World) -> None:
    """Each day is priced at the tiers of the whole month, so none is lost or counted twice."""
    days = ledger([world.item], {"a": world.changes}, SMALL, daily=True)
    months = ledger([world.item], {"a": world.changes}, SMALL)
    assert all(row.day.startswith(row.month) for row in days.rows)
    assert len({row.day for row in days.rows}) == len(days.rows)
    assert float(days.saved.exact) == pytest.approx(float(months.saved.exact), abs=1e-6)
    assert days.unknown_hours == pytest.approx(months.unknown_hours)


@given(worlds("a"), st.sets(st.integers(0, 35)))
def test_unknown_windows_only_take_from_the_saving_they_would_have_made(
    world: World, missing: set[int]
) -> None:
    """A gap removes its own window from the requests saved, and nothing else."""
    item = replace(world.item, family=Family.LEGACY)
    gapped = replace(
        item,
        requests=[None if i in missing else value for i, value in enumerate(item.requests)],
    )
    singles = [
        requests_saved(
            ledger(
                [item],
                {"a": world.changes},
                SMALL,
                since=START + i * 300,
                until=START + i * 300 + 300,
            )
        )
        for i in range(len(item.requests))
        if i not in missing or gone(world, i)
    ]
    reader = ledger([gapped], {"a": world.changes}, SMALL)
    assert requests_saved(reader) == pytest.approx(sum(singles))


def gone(world: World, window: int) -> bool:
    """Whether the resource did not exist in any part of a 5-minute window."""
    floors = actual_floors(world)
    return not any(floors[START + window * 300 + at] for at in range(0, 300, 60))
