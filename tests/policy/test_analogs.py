"""Past days that resemble today: which are seen, how much each says, and at what level."""

from __future__ import annotations

from collections.abc import Sequence
from math import exp, log

import pytest

from personalize_monitor.model.demand import PER_DAY, UNKNOWN, Demand
from personalize_monitor.policy.follow.analogs import Analog, find, is_weekend

MONDAY = 1_736_121_600
TWO_HOURS = 24


def days(count: float, rate: float = 300.0) -> list[float]:
    """So many days of an even rate."""
    return [rate] * round(count * PER_DAY)


def analogs_of(sums: Sequence[float], start: int = MONDAY) -> tuple[Analog, ...]:
    """The past days in use, which there must be."""
    found = find(Demand(start, tuple(sums)))
    assert found is not None
    return found.days


@pytest.mark.parametrize(
    ("day", "weekend"),
    [(0, False), (3, False), (4, False), (5, True), (6, True), (7, False), (-1, True)],
)
def test_weekends_are_those_of_utc(day: int, weekend: bool) -> None:
    """From a Monday on: Saturday and Sunday, from their first five minutes to their last."""
    first = MONDAY // 300 + day * PER_DAY
    assert is_weekend(first) is weekend
    assert is_weekend(first + PER_DAY - 1) is weekend


def test_days_alike_count_by_their_age_alone() -> None:
    """The same weekday counts three times; each day of age takes four percent."""
    found = analogs_of(days(8.5))
    weights = {day.days_ago: day.weight for day in found}
    assert set(weights) == set(range(1, 9))
    for ago, weight in weights.items():
        assert weight == pytest.approx((exp(-0.04 * ago) + 1e-7) * (3 if ago == 7 else 1), rel=1e-9)
    assert [day.weight for day in found] == sorted(weights.values(), reverse=True)
    assert all(day.level == 0 for day in found)
    assert all(day.offset == round((8.5 - day.days_ago) * PER_DAY) for day in found)


def test_at_most_four_weeks_and_twelve_days() -> None:
    """Days before the last 28 are not seen, and of these the dozen that says most is kept."""
    found = analogs_of(days(60))
    assert len(found) == 12
    assert {day.days_ago for day in found} == {7, 14, 21, 28, 1, 2, 3, 4, 5, 6, 8, 9}
    strange = [*days(31, 900.0), *days(28)]
    assert all(day.level == 0 for day in analogs_of(strange)), "an old level is not seen"


def test_two_hours_are_compared() -> None:
    """With two hours of today, and as much of yesterday before that, yesterday is seen."""
    whole = [300.0] * (PER_DAY + TWO_HOURS)
    assert [day.days_ago for day in analogs_of(whole)] == [1]
    assert analogs_of(whole[1:]) == ()
    assert find(Demand(MONDAY, tuple(whole[: TWO_HOURS - 1]))) is None
    assert find(Demand(MONDAY, tuple(whole[:TWO_HOURS]))) is not None


@pytest.mark.parametrize(
    ("at", "known"), [(-1, False), (-TWO_HOURS, False), (-TWO_HOURS - 1, True)]
)
def test_unknown_hours_of_today(at: int, known: bool) -> None:
    """With one of the last two hours' intervals unknown nothing can be compared."""
    sums = days(5)
    sums[at] = UNKNOWN
    assert (find(Demand(MONDAY, tuple(sums))) is not None) is known


def test_unknown_hours_of_a_past_day_leave_it_out() -> None:
    """A day whose same two hours are not known is not seen, and does not count as alike."""
    sums = days(5)
    sums[3 * PER_DAY - 5] = UNKNOWN
    found = find(Demand(MONDAY, tuple(sums)))
    assert found is not None
    assert sorted(day.days_ago for day in found.days) == [1, 3, 4]
    assert found.like == 0, "the coming hours are a Saturday's, and none of them was"


@pytest.mark.parametrize(
    ("start", "count", "like"),
    [
        pytest.param(0, 5.5, 5, id="five weekdays before a Saturday's noon"),
        pytest.param(0, 12.5, 12, id="before a Saturday's noon"),
        pytest.param(0, 14.5, 14, id="before a Monday's noon"),
    ],
)
def test_days_of_the_same_kind(start: int, count: float, like: int) -> None:
    """Days count as alike by the kind of the two hours to come."""
    found = find(Demand(MONDAY + start, tuple(days(count))))
    assert found is not None
    here = MONDAY // 300 + round(count * PER_DAY) + TWO_HOURS
    kinds = [is_weekend(here - ago * PER_DAY) == is_weekend(here) for ago in range(1, like + 1)]
    assert found.like == sum(kinds)
    assert 0 < found.like < like or not any(kinds)


@pytest.mark.parametrize(("hour", "like"), [(21, 4), (22, 0), (23, 0)])
def test_the_kind_is_that_of_the_coming_hours(hour: int, like: int) -> None:
    """On a Friday evening from ten o'clock on it is the Saturday that is planned for."""
    found = find(Demand(MONDAY, tuple(days(4 + hour / 24))))
    assert found is not None
    assert found.like == like


def test_the_mean_is_of_what_is_known() -> None:
    """Requests per second on average; what is unknown is left out, not taken for zero."""
    sums = [*days(2, 600.0), *days(1, 0.0)]
    found = find(Demand(MONDAY, tuple(sums)))
    assert found is not None
    assert found.mean == pytest.approx(4 / 3)
    sums[10:20] = [UNKNOWN] * 10
    found = find(Demand(MONDAY, tuple(sums)))
    assert found is not None
    known = 3 * PER_DAY - 10
    assert found.mean == pytest.approx(2 * (2 * PER_DAY - 10) / known)


@pytest.mark.parametrize(
    ("factor", "level"),
    [(1.1, log(1.1)), (1.2, log(1.2)), (1.5, 0.25), (0.5, -log(2)), (0.2, -log(5)), (0.02, -2.0)],
)
def test_the_level_of_today(factor: float, level: float) -> None:
    """A past day is brought to today's level: up by a quarter (log) at most, down much further."""
    sums = [*days(6, 3000.0), *days(0.5, 3000.0 * factor)]
    found = analogs_of(sums)
    # The level is compared with a little added to both sides, so that zeros are no infinity.
    assert all(day.level == pytest.approx(level, abs=0.12) for day in found)
    if factor in (1.5, 0.02):
        assert all(day.level == level or factor == 0.02 for day in found)


def test_a_day_of_another_shape_says_less() -> None:
    """A day that rose while today is even counts less than even ones of the same age or older."""
    sums = days(10)
    rose = 9 * PER_DAY - TWO_HOURS
    sums[rose : rose + TWO_HOURS] = [100.0] * 6 + [150.0] * 6 + [220.0] * 6 + [300.0] * 6
    found = analogs_of(sums)
    weights = {day.days_ago: day.weight for day in found}
    assert 1 not in weights or weights[1] < weights[9]


def test_a_day_at_another_level_says_less() -> None:
    """A day at half of today's level counts less than older ones at today's."""
    sums = days(10)
    sums[8 * PER_DAY : 9 * PER_DAY] = [150.0] * PER_DAY
    weights = {day.days_ago: day.weight for day in analogs_of(sums)}
    assert 1 not in weights or weights[1] < weights[9]


def test_what_says_next_to_nothing_is_left_out() -> None:
    """A day with a fiftieth of the best one's weight is no forecast."""
    found = analogs_of([*days(1, 3.0), *days(6)])
    assert 7 not in {day.days_ago for day in found}
    assert min(day.weight for day in found) >= 0.02 * found[0].weight


@pytest.mark.parametrize(
    ("busy", "silent"), [(0, False), (1, False), (2, False), (3, True), (4, True)]
)
def test_silence_where_most_days_had_requests(busy: int, silent: bool) -> None:
    """Two hours without a request are an outage where more than half of the past days had some."""
    sums = [*days(4, 0.0), *[0.0] * TWO_HOURS]
    for day in range(busy):
        sums[day * PER_DAY + 3] = 5.0
    found = find(Demand(MONDAY, tuple(sums)))
    assert found is not None
    assert found.silent is silent
    spoke = [*sums[:-1], 1.0]
    found = find(Demand(MONDAY, tuple(spoke)))
    assert found is not None
    assert not found.silent, "one request is no silence"


def test_a_resource_that_never_spoke() -> None:
    """Only zeros: days alike, a mean of nothing, and no silence to wonder about."""
    found = find(Demand(MONDAY, tuple(days(3.5, 0.0))))
    assert found is not None
    assert (found.mean, found.silent) == (0.0, False)
    assert all(day.level == 0 for day in found.days)


def with_dents(*dented: int) -> list[float]:
    """Four days and two hours; in the dented ones the first of the last half hours is 10 % less."""
    sums = [300.0] * (4 * PER_DAY + TWO_HOURS)
    for ago in dented:
        begin = len(sums) - ago * PER_DAY - TWO_HOURS
        sums[begin : begin + 6] = [270.0] * 6
    return sums


@pytest.mark.parametrize(
    ("dented", "factor"),
    [
        # A log of 0.1 in one of three half hours is 0.0035; the kernel's width is 0.08 squared.
        pytest.param((2,), exp(-0.0035 / (2 * 0.0064)), id="one of four"),
        # Where the nearest day is as far away, the kernel is wider by just that distance.
        pytest.param((1, 2, 3, 4), exp(-0.0035 / (2 * 0.0064 * 1.55)), id="all of them"),
    ],
)
def test_how_much_a_shape_takes_away(dented: tuple[int, ...], factor: float) -> None:
    """A distance of 0.08 (log) counts 0.6, and less where all days are that far away."""
    weights = {day.days_ago: day.weight for day in analogs_of(with_dents(*dented))}
    assert weights[2] == pytest.approx(exp(-0.08) * factor, rel=0.03)


def test_how_much_a_level_takes_away() -> None:
    """A day at another level by 0.15 (log) counts 0.6 of one at today's."""
    sums = days(5.5, 3000.0)
    sums[3 * PER_DAY : 4 * PER_DAY] = [3000.0 * exp(-0.15)] * PER_DAY
    weights = {day.days_ago: day.weight for day in analogs_of(sums)}
    assert weights[2] == pytest.approx(exp(-0.08) * exp(-0.5), rel=0.05)
