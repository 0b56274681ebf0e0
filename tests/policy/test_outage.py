"""May a silence be believed? Attacked with holes, losses and neighbours of any kind."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from math import isnan

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.demand import HOUR, PER_DAY, PER_HOUR, Demand
from personalize_monitor.policy import lower
from personalize_monitor.policy.outage import (
    Past,
    Voice,
    believed,
    doubt_about_silence,
    lasted,
    odd_hours,
)

DAY = 24 * HOUR
NOON = 20_000 * DAY + 12 * HOUR
BOUND = lasted(24)
RANKING = frozenset({"GetPersonalizedRanking"})


def busy(rate: float, days: float = 14, *, noise: float = 0.08, seed: int = 1) -> list[float]:
    """Five-minute sums around a rate, up to NOON."""
    dice = random.Random(seed)
    return [
        float(round(300 * rate * (1 + noise * dice.uniform(-1, 1))))
        for _ in range(int(days * PER_DAY))
    ]


def office(rate: float, days: int = 14) -> list[float]:
    """Busy from 8 to 18 o'clock, silent at night."""
    first = NOON // 300 - days * PER_DAY
    return [
        300 * rate if 8 * PER_HOUR <= (first + i) % PER_DAY < 18 * PER_HOUR else 0.0
        for i in range(days * PER_DAY)
    ]


def hole(sums: Sequence[float], begin: int, windows: int, kept: float = 0.0) -> list[float]:
    """``windows`` sums from ``begin`` windows before the end are lost, but for a part."""
    at = len(sums) - begin
    return [float(int(v * kept)) if at <= i < at + windows else v for i, v in enumerate(sums)]


def floor_after(sums: Sequence[float], floor: int, *others: Sequence[float]) -> int:
    """The floor that mode ``lower`` leaves, with all that it may believe."""
    demand = Demand(NOON - 300 * len(sums), tuple(sums))
    odd = odd_hours(demand, BOUND)
    voices = [Voice(NOON - 300 * len(other), other) for other in others]
    sure, doubt = believed(demand, odd, voices, BOUND)
    if doubt is not None:
        return floor
    age = len(sums) / PER_HOUR
    return lower.propose(sure, now=NOON, floor=floor, age_hours=age).to_floor or floor


@given(
    begin=st.integers(1, 5 * PER_DAY),
    minutes=st.sampled_from([5, 15, 30, 60, 120, 24 * 60, 48 * 60, 71 * 60]),
    kept=st.sampled_from([0.0, 0.0, 0.3, 0.5]),
    alone=st.booleans(),
    days=st.sampled_from([2, 5, 14]),
)
def test_k2_a_hole_never_lowers_a_steady_resource(
    begin: int, minutes: int, kept: float, alone: bool, days: int
) -> None:
    """Whenever, however long within the bound, whole or in part, alone or beside idle ones."""
    # A part is told from the days around it, and before its first day nobody knows a resource.
    minutes = min(minutes, 24 * 60 if kept else 71 * 60, 120 if days == 2 else 3 * 24 * 60)
    kept = 0.0 if days == 2 else kept
    begin = min(begin, (days - 1) * PER_DAY)
    sums = hole(busy(15, days), begin, minutes // 5, kept)
    idle = [0.0] * len(sums)
    others = () if alone else (idle, hole(busy(3, days, seed=2), begin, minutes // 5, kept))
    assert floor_after(sums, 15, *others) >= 14


@pytest.mark.parametrize("minutes", [30, 60, 120])
@pytest.mark.parametrize("begin", [0, 1, 7])
def test_k2_a_hole_up_to_now(minutes: int, begin: int) -> None:
    """Thirty minutes, one and two hours, up to the end or nearly: 15 stays, of 20 too."""
    windows = minutes // 5
    sums = hole(busy(15), windows + begin, windows)
    assert floor_after(sums, 15) == 15
    assert floor_after(sums, 20) >= 14


def test_k2_a_hole_of_today_is_no_watermark_tomorrow() -> None:
    """It lies in the fourteen days that are looked at, long after it has passed."""
    for days in range(1, 13):
        assert floor_after(hole(busy(15), days * PER_DAY, 24), 20) in (14, 15)


def test_a_pause_that_others_confirm_is_believed() -> None:
    """A neighbour of the same metric spoke all the time: the resource itself was not used."""
    sums = hole(busy(15), 60, 24)
    assert floor_after(sums, 15) == 15
    assert floor_after(sums, 15, busy(2, seed=3)) == 1


def test_half_a_loss_is_not_confirmed_by_those_who_lost_as_well() -> None:
    """Half of the datapoints of all are missing: everybody speaks, and nobody is as loud."""
    sums = hole(busy(15), 60, 24, 0.5)
    assert floor_after(sums, 15, hole(busy(8, seed=3), 60, 24, 0.5)) == 15
    assert floor_after(sums, 15, busy(8, seed=3)) == 8


@pytest.mark.parametrize(("kept", "floor"), [(0.59, 15), (0.61, 10)])
def test_how_low_is_odd(kept: float, floor: int) -> None:
    """Below 0.6 of the usual a low of two hours needs a witness."""
    assert floor_after(hole(busy(15, noise=0.0), 60, 24, kept), 15) == floor


def test_two_that_fall_silent_together_are_not_confirmed_by_a_third() -> None:
    """Metrics may be lost in part: two did not stop in the same minutes by chance."""
    sums, other = hole(busy(15), 60, 24), hole(busy(4, seed=2), 60, 24)
    assert floor_after(sums, 15, other, busy(2, seed=3)) == 15


def test_nights_are_believed() -> None:
    """What is silent every night needs no witness."""
    assert floor_after(office(15), 15) == 1
    assert floor_after(busy(0.02), 2) == 1


def test_a_weekly_pause_is_believed_when_it_comes_again() -> None:
    """Sundays: the first one is odd, two of them explain each other."""
    sums = busy(15)
    for index in (0, 1):
        at = len(sums) - (2 + 7 * index) * PER_DAY
        sums[at : at + 144] = [0.0] * 144
    assert floor_after(sums, 15) == 1


def test_a_silence_that_lasted_is_believed() -> None:
    """After the bound a floor comes down, although nobody confirms anything."""
    assert lasted(24) == 72 * HOUR
    assert lasted(48) == 144 * HOUR
    assert lasted(2) == 72 * HOUR
    assert lasted(336) == 336 * HOUR
    short, long = 71 * PER_HOUR, 73 * PER_HOUR
    assert floor_after(hole(busy(15), short, short), 15) == 15
    assert floor_after(hole(busy(15), long, long), 15) == 1


def test_the_doubt_says_its_end() -> None:
    """From when it stopped, three days."""
    sums = hole(busy(15), 36, 36)
    demand = Demand(NOON - 300 * len(sums), tuple(sums))
    sure, doubt = believed(demand, odd_hours(demand, BOUND), [], BOUND)
    assert doubt is not None
    assert doubt.until == datetime.fromtimestamp(NOON - 36 * 300 + BOUND, UTC)
    assert str(doubt).endswith(f"until {doubt.until:%Y-%m-%d %H:%M} UTC that is no sign of disuse.")
    assert sum(isnan(v) for v in sure.sums) == 36


def test_what_is_ordinary_is_not_copied() -> None:
    """The very same demand comes back, and nobody is asked."""
    demand = Demand(NOON - 300 * 14 * PER_DAY, tuple(busy(15)))
    assert odd_hours(demand, BOUND) == []
    assert believed(demand, [], [], BOUND) == (demand, None)


# --- removals ------------------------------------------------------------------------------------


def past(name: str, hours: Sequence[float], **more: object) -> Past:
    """Hourly requests up to NOON."""
    return Past(name, NOON - HOUR * len(hours), tuple(hours), **more)  # type: ignore[arg-type]


def stopped(hours_ago: int, rate: float = 100.0, days: int = 14) -> list[float]:
    """In use all the time until so many hours ago."""
    return [rate] * (24 * days - hours_ago) + [0.0] * hours_ago


IDLE = [0.0] * (14 * 24)


def gone(own: Past, *others: Past, hours: int = 24, now: int = NOON) -> bool:
    """Whether it may be taken out of service."""
    return doubt_about_silence(own, others, now=now, idle_hours=hours) is None


@given(
    count=st.sampled_from([1, 2, 20]),
    minute=st.integers(0, 59),
    lost=st.integers(24, 71),
    idle=st.integers(0, 3),
    rate=st.sampled_from([0.5, 36.0, 9000.0]),
)
def test_p1_nothing_goes_while_metrics_are_lost(
    count: int, minute: int, lost: int, idle: int, rate: float
) -> None:
    """Any minute, any length within the bound, any number, any rate, beside idle ones."""
    hours = [*stopped(lost + 1, rate)[:-1], 0.0]
    hours[-(lost + 1)] = rate * minute / 60  # the hour in which the loss began
    own = past("own", hours)
    company = [past(f"c-{n}", hours) for n in range(count - 1)]
    company += [past(f"idle-{n}", IDLE) for n in range(idle)]
    assert not gone(own, *company, now=NOON - HOUR + minute * 60)
    assert gone(own, *company, now=NOON + 50 * HOUR)


@pytest.mark.parametrize("count", [1, 2, 5])
def test_p2_what_was_abandoned_long_ago_goes(count: int) -> None:
    """Silent since birth or for days, at different times: also one, also the whole fleet."""
    fleet = [past(f"c-{n}", IDLE if n % 2 else stopped(73 + 30 * n)) for n in range(count)]
    for own in fleet:
        assert gone(own, *(other for other in fleet if other is not own))


def test_p2_a_tag_of_three_hours_counts_beside_another_idle_one() -> None:
    """Five hours of silence after some trials, or since birth: nothing was in steady use."""
    trial = [0.0] * 40 + [3.0, 0.0, 5.0] + [0.0] * 5
    assert gone(past("own", trial), past("idle", IDLE), hours=3)
    assert gone(past("own", [0.0] * 5), past("idle", IDLE), hours=3)
    nightly = ([0.0] * 12 + [50.0] * 7 + [0.0] * 5) * 14
    assert gone(past("own", nightly), past("idle", IDLE), hours=3)


def test_a_neighbour_that_speaks_makes_it_sure() -> None:
    """It need not be busy: it must be heard in most of the hours, and lately."""
    own = past("own", stopped(24))
    assert not gone(own)
    assert gone(own, past("busy", stopped(0)))
    assert gone(own, past("slow", [0.0, 1.0] * 168))
    assert not gone(own, past("early", stopped(10)))  # it may be lost since then
    assert not gone(own, past("late", [0.0] * 330 + [5.0] * 6))


@pytest.mark.parametrize(
    ("spoken", "last", "sure"),
    [(12, True, True), (11, True, False), (12, False, False), (21, False, False)],
)
def test_how_often_somebody_must_be_heard(spoken: int, last: bool, sure: bool) -> None:
    """In half of the 24 hours since, and in one of the last three of them."""
    end = [5.0, 0.0, 0.0] if last else [0.0, 0.0, 0.0]
    rest = spoken - int(last)
    since = [5.0] * rest + [0.0] * (21 - rest) + end
    assert gone(past("own", stopped(24)), past("other", [0.0] * 312 + since)) is sure


def test_another_metric_may_be_lost_alone() -> None:
    """One of the three operations is lost: those that serve another one prove nothing."""
    own = past("own", stopped(24), metrics=RANKING)
    other = frozenset({"GetRecommendations"})
    assert not gone(own, past("busy", stopped(0), metrics=other))
    assert gone(own, past("busy", stopped(0)))
    assert gone(own, past("busy", stopped(0), metrics=RANKING))


def test_several_that_fell_silent_in_one_hour_are_doubtful_beside_busy_ones() -> None:
    """A part of the metrics may be lost; the reason names the others."""
    own, other = past("own", stopped(24)), past("other", stopped(25))
    doubt = doubt_about_silence(own, [other, past("b", stopped(0))], now=NOON, idle_hours=24)
    assert doubt is not None
    assert doubt.why == "it fell silent in the same hour as other"
    assert gone(own, past("other", stopped(30)), past("b", stopped(0)))


def test_a_young_one_waits_while_others_are_lost() -> None:
    """Never heard of since its birth, in a time in which a busy one stopped at once."""
    young = past("young", [0.0] * 30)
    assert gone(young)
    assert not gone(young, past("busy", stopped(28)))
    assert gone(young, past("busy", stopped(80)))


def test_p1_one_that_was_born_yesterday_is_used_now_and_then() -> None:
    """Days to compare with are not there: a pause longer than any before is odd, after some use."""
    lived = [0.0] * 2 + ([9.0] + [0.0] * 5) * 6
    silent = [0.0] * 24
    assert not gone(past("own", [*lived, *silent]))
    assert gone(past("own", [*lived, *silent]), past("busy", stopped(0)))
    early = [*[0.0] * 8, *[9.0, 0.0] * 3, *[0.0] * 6]
    assert gone(past("own", early), hours=6)  # it was as silent as that before
    assert not gone(past("own", early[4:]), hours=6)
    assert gone(past("own", [9.0, 0.0, 9.0, *silent]))  # two trials are no use
    assert not gone(past("own", [2700.0, *silent]))  # an hour of production is


def test_the_old_ones_go_whatever_happens_to_others() -> None:
    """A month of silence is none of a loss that began yesterday."""
    assert gone(past("old", IDLE), past("busy", stopped(24)), past("more", stopped(24)))


def test_our_own_datapoints_know_better() -> None:
    """CloudWatch has forgotten even the past: what we published then tells of requests."""
    own = past("own", [0.0] * 300 + [5.0] * 2 + [0.0] * 34, lost=True)
    assert not gone(own, past("busy", stopped(0)))
    assert gone(own, now=NOON + 38 * HOUR)


HOURS = st.lists(st.sampled_from([0.0, 0.0, 5.0, 100.0]), min_size=1, max_size=14 * 24)


@given(own=HOURS, others=st.lists(HOURS, max_size=4), hours=st.integers(2, 48))
def test_doubt_is_bounded_whatever_others_do(
    own: list[float], others: list[list[float]], hours: int
) -> None:
    """What was silent for the bound goes; a doubt before it says the hour at which it ends."""
    company = [past(f"c-{n}", other) for n, other in enumerate(others)]
    bound = lasted(hours)
    silent = past("own", [*own, *[0.0] * (bound // HOUR)])
    assert gone(silent, *company, hours=hours)
    doubt = doubt_about_silence(past("own", own), company, now=NOON, idle_hours=hours)
    if doubt is not None:
        assert doubt.until.timestamp() == past("own", own).silent_since + bound > NOON


@pytest.mark.parametrize(
    ("idle_hours", "hours"), [(2, 72), (24, 72), (25, 75), (48, 144), (112, 336), (336, 336)]
)
def test_how_long_a_doubt_lasts(idle_hours: int, hours: int) -> None:
    """Three thresholds, from three days to the two weeks that are looked at."""
    assert lasted(idle_hours) == hours * HOUR


def test_lows_on_many_days_are_its_way_and_a_hole_among_them_is_not() -> None:
    """A bursty resource: its own lows are believed, a silence of an hour is no watermark."""
    sums = busy(15)
    for day in (2, 4, 6, 8, 10):
        sums = hole(sums, day * PER_DAY + 31 * day, 12, 0.4)
    assert floor_after(sums, 15) in (6, 7, 8, 9, 10, 11)
    assert floor_after(hole(sums, 60, 12), 15) == floor_after(sums, 15)


def test_a_stop_in_the_very_last_hour_is_not_odd_yet() -> None:
    """Less than an hour of silence may be late metrics."""
    assert not past("new", [100.0] * 24).stopped_oddly(NOON + HOUR // 2)
    assert past("new", [100.0] * 24).stopped_oddly(NOON + HOUR)


def test_only_the_asked_hours_are_looked_at() -> None:
    """With ``since`` every odd hour from there on is found, not only those of the watermark."""
    sums = hole(hole(busy(15), 60, 12), 400, 12)
    demand = Demand(NOON - 300 * len(sums), tuple(sums))
    late = odd_hours(demand, BOUND, since=NOON - 10 * HOUR)
    assert late
    assert all(at >= NOON - 10 * HOUR for at in late)
    assert min(odd_hours(demand, BOUND, since=NOON - 60 * HOUR)) < NOON - 10 * HOUR


def test_a_long_silence_is_ordinary_once_it_has_lasted() -> None:
    """Hours within a silence as long as the bound are no riddle any more."""
    sums = [*busy(15, 6), *([0.0] * (BOUND // 300)), *busy(15, 1)]
    assert odd_hours(Demand(NOON - 300 * len(sums), tuple(sums)), BOUND) == []


def test_a_young_one_has_no_days_to_compare_with() -> None:
    """Without two other days nothing but an abrupt end is odd."""
    sums = [*busy(15, 0.5), *([300.0] * 12), *busy(15, 0.5)]
    assert odd_hours(Demand(NOON - 300 * len(sums), tuple(sums)), BOUND) == []


@given(cut=st.floats(0.0, 1.0), begin=st.integers(20, 250))
def test_k2_five_lost_minutes_of_a_day_old_resource_lower_nothing(cut: float, begin: int) -> None:
    """They cut one window or two, and there are no other days to compare them with."""
    sums = busy(8, 1.05)
    sums[-begin] *= cut
    sums[1 - begin] *= 1 - cut
    assert floor_after(sums, 13) == floor_after(busy(8, 1.05), 13) == 8


def test_a_day_old_resource_may_rise_and_fall() -> None:
    """A step of demand is no hole: the low side of it counts."""
    sums = [*busy(2, 0.5), *busy(9, 0.3), *busy(2, 0.3)]
    assert floor_after(sums, 13) == 2


def test_a_loss_that_our_own_datapoints_know_of_is_odd_at_any_time() -> None:
    """Also when it was always used at that hour and nothing else is heard."""
    hours = stopped(5)
    assert past("new", hours, lost=True).stopped_oddly(NOON)


def test_unknown_windows_are_not_odd() -> None:
    """Nobody knows whether they were low."""
    sums = busy(15)
    sums[-30:-20] = [float("nan")] * 10
    demand = Demand(NOON - 300 * len(sums), tuple(sums))
    assert odd_hours(demand, BOUND, since=NOON - 5 * HOUR) == []


def test_where_every_hour_is_odd_all_are_found() -> None:
    """An hour in all, and it ends in silence."""
    sums = [*busy(8, 11 / PER_DAY), 0.0]
    assert odd_hours(Demand(NOON - HOUR, tuple(sums)), BOUND) == [NOON - HOUR]
