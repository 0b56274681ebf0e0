"""Mode ``lower`` at its thresholds, and each of its sentences."""

from __future__ import annotations

from dataclasses import replace

import pytest

from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.policy.lower import Bounds, Proposal, propose

NOW = 1_700_000_000 // 3600 * 3600 + 300
HOUR_AGO = NOW - 300
TWO_WEEKS = 14 * 24


def flat(*hourly: float, until: int = HOUR_AGO) -> Demand:
    """Hours of an even rate (requests per second) that end at ``until``; NaN is unknown."""
    sums = tuple(rate * 300 for rate in hourly for _ in range(12))
    return Demand(until - 300 * len(sums), sums)


def asked(demand: Demand, floor: int, age: float = 480, **more: object) -> Proposal:
    """What is proposed for a resource that is old enough."""
    return propose(demand, now=NOW, floor=floor, age_hours=age, **more)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("bounds", "floor", "becomes"),
    [
        (Bounds(), 5, 5),
        (Bounds(), 1, 1),
        (Bounds(), 0, 1),
        (Bounds(), -3, 1),
        (Bounds(4), 3, 4),
        (Bounds(4), 4, 4),
        (Bounds(4), 5, 5),
        (Bounds(1, 6), 7, 6),
        (Bounds(1, 6), 6, 6),
        (Bounds(1, 6), 5, 5),
        (Bounds(8, 6), 7, 8),
        (Bounds(0, 0), 9, 1),
    ],
)
def test_bounds_of_a_person(bounds: Bounds, floor: int, becomes: int) -> None:
    """Into the bounds, never below 1, and where the bounds exclude each other the minimum wins."""
    assert bounds.clamp(floor) == becomes


def test_as_low_as_it_may_be() -> None:
    """At 1, or at a person's minimum, nothing is asked of the history; the numbers stay visible."""
    demand = flat(*[0.5] * 20, 2.25)
    assert asked(demand, 1) == Proposal(
        1, None, "lowest", "The floor is 1, as low as it may be.", "", 0.5, 2.25, 21
    )
    at_minimum = asked(demand, 4, bounds=Bounds(4))
    assert (at_minimum.rule, at_minimum.reason) == (
        "lowest",
        "The floor is 4, as low as it may be.",
    )
    assert asked(demand, 5, bounds=Bounds(4)).to_floor == 4


@pytest.mark.parametrize(
    ("age", "least", "rule"), [(23.9, 24, "young"), (24, 24, "idle"), (7.9, 8, "young")]
)
def test_the_age(age: float, least: float, rule: str) -> None:
    """From exactly the minimum age on the floor may change; before, the sentence tells both."""
    got = asked(flat(*[0.0] * 48), 9, age=age, min_age_hours=least)
    assert got.rule == rule
    if rule == "young":
        assert got.held_by == "young"
        assert got.reason == (
            f"The resource is {age} hours old; floors are left alone for the first {least}."
        )


def test_a_minimum_age_of_part_of_an_hour() -> None:
    """A minimum that is no whole number is told as it is."""
    assert asked(flat(0.0), 9, age=1.0, min_age_hours=2.5).reason == (
        "The resource is 1.0 hours old; floors are left alone for the first 2.5."
    )


@pytest.mark.parametrize(("late", "fresh"), [(0, True), (2, True), (3, False)])
def test_three_hours_are_fresh(late: int, fresh: bool) -> None:
    """One of the last three whole hours must be known, or nothing follows."""
    demand = flat(*[4.0] * 40, *[UNKNOWN] * late)
    got = asked(demand, 9)
    assert (got.to_floor == 4) is fresh
    if not fresh:
        assert (got.rule, got.held_by) == ("unknown", "unknown")
        assert got.reason == ("No whole hour of the last 3 is known; nothing follows from that.")


@pytest.mark.parametrize(("late", "rule"), [(3, "far-above"), (4, "unknown")])
def test_on_the_hour_itself_the_last_one_is_not_settled(late: int, rule: str) -> None:
    """At the stroke of the hour nobody can know it yet, so one more hour back still counts."""
    demand = flat(*[4.0] * 36, 1.0, *[UNKNOWN] * late)
    assert propose(demand, now=demand.end, floor=9, age_hours=480).rule == rule


@pytest.mark.parametrize(
    ("known", "least_age", "needed"),
    [(11, 24, 12), (12, 24, 12), (11, 48, 12), (2, 6, 3), (3, 6, 3), (3, 7.9, 3), (1, 1, 1)],
)
def test_half_of_the_minimum_age_must_be_known(known: int, least_age: float, needed: int) -> None:
    """Twelve whole hours, or half of a shorter minimum age, are needed for the first step."""
    got = asked(flat(*[4.0] * known), 9, min_age_hours=least_age)
    if known >= needed:
        assert got.to_floor == 4
    else:
        assert got == Proposal(
            9,
            None,
            "evidence",
            f"Only {known} whole hours are known; {needed} are needed.",
            "evidence",
            4.0,
            4.0,
            known,
        )


def test_young_and_unknown_keep_their_numbers() -> None:
    """Whatever holds, the proposal says what was known."""
    young = asked(flat(*[4.0] * 5), 9, age=3)
    assert (young.to_floor, young.watermark, young.peak, young.known_hours) == (None, 4.0, 4.0, 5)
    nothing = asked(Demand(0, ()), 9)
    assert (nothing.watermark, nothing.peak, nothing.known_hours) == (None, 0.0, 0)


@pytest.mark.parametrize(
    ("floor", "peak", "rule"), [(20, 10.0, "watermark"), (21, 10.0, "far-above")]
)
def test_far_above_is_over_twice_the_peak(floor: int, peak: float, rule: str) -> None:
    """Exactly twice the highest rate is not far above it."""
    got = asked(flat(*[4.0] * 30, peak), floor)
    assert (got.rule, got.to_floor) == (rule, 4)
    assert got.reason == (
        f"In 31 hours it used 4.00 to 10.0 TPS; you pay for {floor}. Lower it to 4."
    )


@pytest.mark.parametrize(("hours", "rule"), [(23, "far-above"), (24, "idle"), (25, "idle")])
def test_idle_needs_the_whole_threshold(hours: int, rule: str) -> None:
    """The silence is counted from the last request to now, five minutes after the last hour."""
    demand = flat(*[3.0] * 20, *[0.0] * hours)
    got = asked(demand, 9, idle_hours=24)
    assert (got.rule, got.to_floor) == (rule, 1)
    if rule == "idle":
        assert got.reason == (
            f"No request came for {hours} hours; you pay for 9 TPS. Lower it to 1."
        )


def test_the_threshold_of_silence_is_included() -> None:
    """Exactly the threshold is idle; the last request's five minutes are not silent."""
    demand = flat(*[0.0] * 30)
    sums = list(demand.sums)
    sums[-12 * 24] = 1.0
    before = replace(demand, sums=tuple(sums))
    # The silence begins 23 hours and 55 minutes before the last hour's end, and now is 5 later.
    assert asked(before, 9, idle_hours=24).rule == "idle"
    assert asked(before, 9, idle_hours=24.01).rule == "far-above"


def test_an_unknown_five_minutes_break_the_silence() -> None:
    """Nobody knows whether a request came then, so the resource is not called idle."""
    demand = flat(*[3.0] * 20, *[0.0] * 30)
    sums = list(demand.sums)
    sums[-40] = UNKNOWN
    assert asked(replace(demand, sums=tuple(sums)), 9).rule == "far-above"
    sums = list(demand.sums)
    sums[3] = UNKNOWN
    assert asked(replace(demand, sums=tuple(sums)), 9).rule == "idle", "before the last request"


def test_a_history_without_any_request_is_silent_from_its_beginning() -> None:
    """Nothing ever came: the silence is as long as what was looked at."""
    got = asked(flat(*[0.0] * 30), 9)
    assert got.reason == "No request came for 30 hours; you pay for 9 TPS. Lower it to 1."


@pytest.mark.parametrize(
    ("watermark", "becomes"),
    [(4.0, 4), (4.0000000005, 4), (4.01, 5), (0.0, 1), (0.2, 1), (1.0, 1), (1.2, 2)],
)
def test_up_to_the_next_whole_number(watermark: float, becomes: int) -> None:
    """A watermark of 4 is a floor of 4, also where the arithmetic misses it by a hair."""
    assert asked(flat(*[watermark] * 30), 9).to_floor == becomes


@pytest.mark.parametrize(
    ("floor", "target", "rule"),
    [
        (9, 9, "watermark"),
        (8, 9, "watermark"),
        (100, 96, "small-step"),
        (100, 95, "step"),
        (20, 19, "step"),
        (21, 20, "small-step"),
    ],
)
def test_five_percent_are_worth_it(floor: int, target: int, rule: str) -> None:
    """Nothing to lower, too little to lower, or one step; the sentence says which."""
    got = asked(flat(*[float(target)] * 30), floor)
    used = f"{target:.2f}" if target < 10 else f"{target:.1f}"
    told = f"In 30 hours it used {used} TPS; you pay for {floor}."
    if rule == "step":
        assert got.to_floor == target
        assert got.reason == f"{told} Lower it to {target}."
    else:
        end = (
            "That is as low as its quietest hour allows"
            if rule == "watermark"
            else "There is too little to gain for an update"
        )
        assert got == Proposal(
            floor, None, rule, f"{told} {end}.", "", float(target), float(target), 30
        )


def test_the_bound_is_the_target() -> None:
    """A person's maximum lowers further than the watermark, a minimum stops the way down."""
    busy = flat(*[6.0] * 30)
    assert asked(busy, 9, bounds=Bounds(1, 3)).to_floor == 3
    assert asked(busy, 9, bounds=Bounds(8)).to_floor == 8
    assert asked(busy, 9, bounds=Bounds(9)).rule == "lowest"


def test_two_weeks_to_the_hour() -> None:
    """An hour that began within two weeks counts; one before, or after now, does not."""
    newer = flat(0.0, *[6.0] * (TWO_WEEKS - 1), until=NOW - 300)
    assert asked(newer, 50).to_floor == 6, "its first intervals lie before the two weeks"
    whole = flat(*[6.0] * 3, 2.0, *[6.0] * (TWO_WEEKS - 2))
    assert asked(whole, 50).to_floor == 2
    ahead = flat(*[6.0] * 30, *[1.0] * 5, until=HOUR_AGO + 5 * 3600)
    assert asked(ahead, 50).to_floor == 6
