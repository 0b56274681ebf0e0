"""The plan of mode follow in words and in steps: when it holds, what it orders, and when."""

from __future__ import annotations

import itertools
import re
from dataclasses import replace

import pytest

from personalize_monitor.model.counted import counted
from personalize_monitor.model.demand import PER_DAY, UNKNOWN, Demand
from personalize_monitor.policy.follow import CostProfile, Plan, Step, plan
from personalize_monitor.policy.follow.cost_profile import BALANCED, BOLD, CAREFUL, SAVER
from personalize_monitor.policy.follow.record import Record
from personalize_monitor.policy.lower import Bounds

MONDAY = 1_736_121_600
HOUR = 3600


def wave(day: int, hour: int, low: float = 2.0, high: float = 60.0) -> Demand:
    """Days from a Monday, low but from 8 to 20 o'clock, that end at an hour of a day."""
    size = day * PER_DAY + hour * 12
    return Demand(
        MONDAY, tuple(300.0 * (high if 96 <= i % PER_DAY < 240 else low) for i in range(size))
    )


def asked(demand: Demand, floor: int = 1, after: int = 300, **more: object) -> Plan:
    """The plan at so many seconds after the end of the data."""
    found = {"age_hours": 999.0, **more}
    return plan(demand, now=demand.end + after, floor=floor, **found)  # type: ignore[arg-type]


def held(floor: int, rule: str, reason: str) -> Plan:
    """A plan that holds the floor."""
    return Plan(floor, (), rule, f"{reason} The floor stays at {floor}.", rule)


EVENING = wave(15, 21)  # a Tuesday at nine in the evening, after the busy day


@pytest.mark.parametrize(("age", "least"), [(23.96, 24), (5.0, 6)])
def test_young(age: float, least: float) -> None:
    """Below the minimum age the floor is held, and the age is told."""
    found = asked(EVENING, 7, age_hours=age, min_age_hours=least)
    assert found == held(7, "young", f"The resource is only {age:.1f} hours old.")
    assert asked(EVENING, 7, age_hours=float(least), min_age_hours=least).rule != "young"


@pytest.mark.parametrize(
    ("after", "known"),
    [(-900, False), (-600, True), (0, True), (2700, True), (2701, False), (9000, False)],
)
def test_the_latest_requests_must_be_known(after: int, known: bool) -> None:
    """A step serves a quarter of an hour from now, and is planned an hour ahead of data at most."""
    found = asked(EVENING, 7, after=after)
    if known:
        assert found.rule == "plan"
    else:
        assert found == held(7, "unknown", "The latest requests are not known yet.")


def test_a_gap_of_today() -> None:
    """With an interval of the last two hours unknown nothing is changed."""
    sums = (*EVENING.sums[:-3], UNKNOWN, *EVENING.sums[-2:])
    found = asked(replace(EVENING, sums=sums), 7)
    assert found == held(7, "unknown", "Requests of the last two hours are not all known.")


@pytest.mark.parametrize("floor", [20, 3, 2])
def test_few_days(floor: int) -> None:
    """Before there are three days to go by, the floor only comes down, by the rule of lowering."""
    demand = wave(2, 21)
    found = asked(demand, floor)
    assert found.reason.startswith("There are not enough past days like today to plan by. In ")
    assert (found.rule, found.floor, found.held_by) == ("few-days", floor, "")
    expected = (Step(demand.end + 300, 2),) if floor > 2 else ()
    assert found.steps == expected
    told = f"Lower it to {2}." if expected else "as low as its quietest hour allows."
    assert found.reason.endswith(told)


def test_few_days_hold_what_the_lowering_holds() -> None:
    """A guard of the lowering rule is named; its bounds and its age are those of the plan."""
    short = wave(0, 5)
    assert asked(short, 20).held_by == "evidence"
    assert asked(short, 20, min_age_hours=6.0).steps == (Step(short.end + 300, 2),)
    assert asked(wave(2, 21), 20, bounds=Bounds(9)).steps[0].floor == 9


@pytest.mark.parametrize(
    ("days", "rule"), [(3, "plan"), (2, "few-days")], ids=["three days", "two days"]
)
def test_three_days_are_enough(days: int, rule: str) -> None:
    """Three past days, of which two are of the kind to come, make a plan."""
    assert asked(wave(days, 9), 70).rule == rule


def test_weekdays_are_no_model_of_the_first_saturday() -> None:
    """On the first weekend no day of its kind is known, so nothing is planned by weekdays."""
    assert asked(wave(5, 9), 70).rule == "few-days"
    assert asked(wave(6, 9), 70).rule == "few-days", "one Saturday is one day"
    assert asked(wave(12, 9), 70).rule == "plan"


def test_a_resource_that_nobody_used() -> None:
    """Without any request there is nothing to follow, and the floor comes down to 1."""
    found = asked(wave(10, 9, 0.0, 0.0), 9)
    assert (found.rule, found.steps) == ("few-days", (Step(found.steps[0].start, 1),))


# --- a plan that changes something -----------------------------------------------------------


def test_the_sentence_of_a_plan() -> None:
    """It tells how many days it rests on, the nearest of them, and how many updates it has."""
    found = asked(EVENING, 60)
    assert found.steps
    assert found.reason == (
        f"By {len(found.days)} past days like today, the nearest {found.days[0]} days ago, "
        f"worth their cost in the coming day: {counted(len(found.steps), 'update')}."
    )
    assert (found.rule, found.held_by, found.gain, found.doubt) == ("plan", "", 0.0, 0.0)
    assert len(found.days) == 12
    assert found.days[0] == 7
    assert set(found.days) <= set(range(1, 16))


def test_a_flat_demand_needs_no_update() -> None:
    """A floor that is right stays, with its number in the sentence."""
    flat = wave(15, 9, 5.0, 5.0)
    found = asked(flat, 1)
    assert found == Plan(
        1,
        (),
        "plan",
        "By 12 past days like today, the nearest 7 days ago, no update pays for itself: the floor "
        "of 1 stays.",
        "",
        found.days,
    )


def test_down_now_and_up_in_time() -> None:
    """After the busy hours a floor of 60 comes down at once; it is up before the next ones."""
    found = asked(EVENING, 60)
    begin = EVENING.end + 300
    assert found.steps[0].start == begin
    assert found.steps[0].floor <= 2
    up = next(step for step in found.steps if step.floor > 30)
    busy = EVENING.end + 11 * HOUR
    # Planned by the hour that far ahead, a step may come up to an hour early, and never late.
    assert busy - 2 * HOUR <= up.start <= busy - 900 + HOUR
    assert all((step.start - begin) % 300 == 0 for step in found.steps)


def test_steps_change_the_floor_one_after_the_other() -> None:
    """Each step is later than the one before it, and asks for another floor."""
    found = asked(wave(15, 5), 30, taste=CAREFUL)
    floors = [30, *(step.floor for step in found.steps)]
    assert all(a != b for a, b in itertools.pairwise(floors))
    starts = [step.start for step in found.steps]
    assert starts == sorted(set(starts))


def test_before() -> None:
    """Which steps start before a moment: the moment itself is not before."""
    steps = (Step(100, 5), Step(200, 1))
    found = Plan(9, steps, "plan", "")
    assert found.before(100) == ()
    assert found.before(101) == steps[:1]
    assert found.before(200) == steps[:1]
    assert found.before(201) == steps


@pytest.mark.parametrize(("after", "begin"), [(0, 0), (1, 300), (299, 300), (300, 300), (301, 600)])
def test_steps_begin_on_five_minutes(after: int, begin: int) -> None:
    """The first step starts on the next mark after now, or at now if that is one."""
    found = asked(EVENING, 60, after=after)
    assert found.steps[0].start == EVENING.end + begin


@pytest.mark.parametrize(("ago", "wait"), [(0, 900), (300, 600), (600, 300), (900, 0), (5000, 0)])
def test_an_update_takes_a_quarter_of_an_hour(ago: int, wait: int) -> None:
    """Until the last update serves, no other one is started."""
    now = EVENING.end + 300
    found = asked(EVENING, 60, last_update=now - ago)
    assert found.steps[0].start == now + wait


@pytest.mark.parametrize("most", [1, 2, 3])
def test_few_updates_a_day(most: int) -> None:
    """With fewer updates allowed, those that pay least are left out."""
    found = asked(wave(15, 5), 1, taste=CAREFUL, max_updates_per_day=most)
    assert len(found.steps) <= most
    assert len(asked(wave(15, 5), 1, taste=CAREFUL, max_updates_per_day=0).steps) <= 1


def test_bounds_of_a_plan() -> None:
    """Only floors within the bounds are gone to; where there is none, the floor is held."""
    found = asked(EVENING, 30, bounds=Bounds(5, 40))
    assert found.steps
    assert all(5 <= step.floor <= 40 for step in found.steps)
    none = asked(EVENING, 1, bounds=Bounds(400))
    assert none == held(1, "bounds", "The bounds leave no floor to choose.")


def test_a_raise_that_pays_tells_its_gain() -> None:
    """Before a rise that every day had, the floor goes up, and the trial's figures are kept."""
    found = asked(wave(16, 7), 1, after=600, taste=CAREFUL)
    assert found.rule == "plan"
    assert found.steps[0].floor > 30
    assert found.gain > 0
    assert found.gain > 1.2 * found.doubt


def restless() -> Demand:
    """Weeks in which only every third day is busy, so that days disagree about this morning."""
    size = 15 * PER_DAY + 7 * 12 + 6
    return Demand(
        MONDAY,
        tuple(
            300.0 * (60.0 if 96 <= i % PER_DAY < 240 and i // PER_DAY % 3 == 0 else 2.0)
            for i in range(size)
        ),
    )


def test_a_doubtful_raise_is_not_made() -> None:
    """Where past days disagree, the raise is held, with the gain and what it may be off by."""
    doubting = CostProfile(60.0, 0.0001, 9.0)
    found = asked(restless(), 1, taste=doubting)
    assert (found.rule, found.held_by) == ("doubt", "doubt")
    told = re.fullmatch(
        r"By \d+ past days like today, the nearest \d+ days ago, a raise now would save (-?\d+) "
        r"request prices, give or take (\d+): too uncertain to pay for\.",
        found.reason,
    )
    assert told
    assert (int(told[1]), int(told[2])) == (round(found.gain), round(found.doubt))
    assert found.gain <= 9.0 * found.doubt
    coming = found.before(restless().end + 300 + HOUR)
    assert all(step.floor <= 1 for step in coming)
    sure = asked(restless(), 1, taste=replace(doubting, doubt=-9.0))
    assert sure.held_by == ""
    assert sure.steps[0].floor > 1


def test_no_raise_in_an_outage() -> None:
    """Two silent hours before the rise, where past days had requests: nobody knows their end."""
    demand = wave(15, 7)
    sums = (*demand.sums[:-24], *[0.0] * 24)
    found = asked(replace(demand, sums=sums), 1, taste=CAREFUL)
    assert found.held_by == "doubt"
    assert found.reason.endswith(
        ", the last two hours should have had requests and had none: no raise now."
    )
    assert all(step.floor <= 1 for step in found.before(demand.end + 300 + HOUR))


def test_a_held_raise_keeps_the_ways_down() -> None:
    """While a raise is in doubt, what comes down in the coming hour still does."""
    found = asked(restless(), 5, taste=CostProfile(60.0, 0.0001, 9.0))
    assert found.held_by == "doubt"
    floors = [step.floor for step in found.before(restless().end + 300 + HOUR)]
    assert all(floor < 5 for floor in floors)


@pytest.mark.parametrize("preset", [SAVER, BALANCED, CAREFUL])
def test_presets_differ_in_their_exposure_price_alone(preset: CostProfile) -> None:
    """Any other price is a taste in line with them."""
    assert CostProfile(preset.exposure_price) == preset


def test_raises_that_paid_off_leave_less_doubt() -> None:
    """A raise that past days disagree about is made where the resource's own raises went well."""
    demand, doubting = restless(), CostProfile(200.0, 0.0001, 9.0)
    record = Record(((1.0, 2.0),) * 40)
    held = asked(demand, 1, taste=doubting, record=Record(((5.0, 0.0),) * 40))
    assert held.held_by == "doubt"
    assert held.gain > BOLD * held.doubt
    found = asked(demand, 1, taste=doubting, record=record)
    assert found.held_by == ""
    assert found.steps[0].floor > 1
