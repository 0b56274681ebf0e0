"""What right-sizing says, word for word, and the numbers that it leaves as evidence."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from math import cos, tau
from typing import Any

import pytest
from tests.support import BEGIN, a_resource, with_parameters

from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.resource import Resource
from personalize_monitor.policy import follow
from personalize_monitor.policy.floor import FOLLOW, decide_floor, may_change
from personalize_monitor.policy.follow.headroom import Headroom
from personalize_monitor.settings import Settings

NOW = int(BEGIN.timestamp())
HOUR_AGO = NOW // 3600 * 3600
FOLLOWING = with_parameters(RightSizingMode="follow")


def past(*hourly: float) -> Demand:
    """Flat hours (requests per second) that end with the last whole hour."""
    sums = tuple(rate * 300 for rate in hourly for _ in range(12))
    return Demand(HOUR_AGO - 300 * len(sums), sums)


@pytest.mark.parametrize(
    ("changes", "parameters", "reason", "held_by"),
    [
        pytest.param(
            {},
            {"AutoAdjustCampaignMinProvisionedTPS": "No"},
            "AutoAdjustCampaignMinProvisionedTPS is No.",
            "",
            id="switched off",
        ),
        pytest.param(
            {"stale": True},
            {},
            "AWS did not answer about it in this cycle; nothing is decided on old knowledge.",
            "unknown data",
            id="stale",
        ),
        pytest.param(
            {"update_pending": True},
            {},
            "It is being updated; one change at a time.",
            "busy",
            id="busy",
        ),
        pytest.param({"floor": 1}, {}, "The floor is 1, the lowest there is.", "", id="lowest"),
        pytest.param(
            {"created": BEGIN - timedelta(hours=20.04)},
            {},
            "It is 20.0 hours old; floors are left alone for the first 24 hours.",
            "young",
            id="young",
        ),
        pytest.param(
            {"floor": 1, "created": BEGIN - timedelta(hours=1)},
            {"RightSizingMode": "follow", "AdjustMinAgeHours": "6"},
            "It is 1.0 hours old; floors are left alone for the first 6 hours.",
            "young",
            id="young at the lowest floor, in mode follow",
        ),
    ],
)
def test_why_history_is_not_even_read(
    changes: dict[str, Any], parameters: dict[str, str], reason: str, held_by: str
) -> None:
    """The sentence names the switch, the state or the age; and the guard where one holds."""
    resource = a_resource(**changes)
    found = may_change(resource, with_parameters(parameters), BEGIN)
    assert found == leave(resource, reason, held_by=held_by)


@pytest.mark.parametrize(
    ("floor", "mode", "asked"),
    [
        (1, "lower", False),
        (2, "lower", True),
        (1, "follow", True),
        (2, "follow", True),
    ],
)
def test_the_lowest_floor_is_only_the_end_for_mode_lower(
    floor: int, mode: str, asked: bool
) -> None:
    """Mode follow may raise a floor of 1; mode lower has nothing to do there."""
    settings = with_parameters(RightSizingMode=mode)
    assert (may_change(a_resource(floor=floor), settings, BEGIN) is None) is asked


@pytest.mark.parametrize(("hours", "asked"), [(23.999, False), (24, True), (24.001, True)])
def test_the_minimum_age_is_included(hours: float, asked: bool) -> None:
    """A resource that is exactly as old as AdjustMinAgeHours may be changed."""
    resource = a_resource(created=BEGIN - timedelta(hours=hours))
    assert (may_change(resource, with_parameters(), BEGIN) is None) is asked


@pytest.mark.parametrize("mode", ["lower", "follow"])
def test_nothing_follows_from_old_requests(mode: str) -> None:
    """With the latest five minutes unknown no mode decides, however well the rest is known."""
    demand = past(*[0.0] * 48)
    demand = replace(demand, sums=(*demand.sums, UNKNOWN))
    resource = a_resource()
    found = decide_floor(resource, demand, with_parameters(RightSizingMode=mode), BEGIN)
    assert found == leave(
        resource,
        "Its latest requests are not known; nothing follows from older ones.",
        held_by="unknown data",
    )


@pytest.mark.parametrize("mode", ["lower", "follow"])
def test_without_any_history_nothing_is_lowered(mode: str) -> None:
    """An empty history is not silence."""
    empty = Demand(HOUR_AGO, ())
    found = decide_floor(a_resource(), empty, with_parameters(RightSizingMode=mode), BEGIN)
    assert not found.acts
    assert found.held_by in ("unknown data", "unknown")


def test_lowering_leaves_its_numbers() -> None:
    """The decision carries the rule, the low watermark, the peak and how much is known."""
    resource = a_resource(floor=100)
    demand = past(*[20.0] * 30, 9.123456, *[30.0] * 5)
    assert decide_floor(resource, demand, with_parameters(), BEGIN) == Decision(
        resource,
        Action.SET_FLOOR,
        "In 36 hours it used 9.12 to 30.0 TPS; you pay for 100. Lower it to 10.",
        to_floor=10,
        evidence={"rule": "far-above", "watermark": 9.1235, "peak": 30.0, "known_hours": 36},
    )


def test_leaving_alone_leaves_its_numbers_too() -> None:
    """A floor that is used is left with the same evidence, and no guard held it."""
    resource = a_resource(floor=10)
    assert decide_floor(resource, past(*[9.99] * 40), with_parameters(), BEGIN) == leave(
        resource,
        "In 40 hours it used 9.99 TPS; you pay for 10. That is as low as its quietest hour allows.",
        evidence={"rule": "watermark", "watermark": 9.99, "peak": 9.99, "known_hours": 40},
    )


def test_one_guard_has_one_name() -> None:
    """Hours that are not known are held by "unknown data", whoever finds it, without a number."""
    resource = a_resource()
    demand = Demand(HOUR_AGO - 300, (0.0,))
    assert decide_floor(resource, demand, with_parameters(), BEGIN) == leave(
        resource,
        "No whole hour of the last 3 is known; nothing follows from that.",
        held_by="unknown data",
        evidence={"rule": "unknown", "watermark": None, "peak": 0.0, "known_hours": 0},
    )


def test_one_guard_has_one_name_in_mode_follow() -> None:
    """A gap in the last two hours: asked again soon, not in an hour."""
    sums = list(days(10).sums)
    sums[-3] = UNKNOWN
    found = decide_floor(
        a_resource(floor=20), Demand(days(10).start, tuple(sums)), FOLLOWING, BEGIN
    )
    assert (found.acts, found.held_by) == (False, "unknown data")


def test_too_little_evidence_keeps_its_own_name() -> None:
    """Other guards of the rule are named as the rule names them."""
    found = decide_floor(a_resource(), past(*[1.0] * 4), with_parameters(), BEGIN)
    assert (found.acts, found.held_by) == (False, "evidence")


@pytest.mark.parametrize(
    ("parameters", "rule"),
    [({"IdleCampaignThresholdHours": "24"}, "idle"), ({"IdleCampaignThresholdHours": "25"}, "far")],
)
def test_the_idle_threshold_reaches_the_rule(parameters: dict[str, str], rule: str) -> None:
    """A day without requests is called idle only where the deployment's threshold says so."""
    demand = past(*[2.0] * 20, *[0.0] * 24)
    found = decide_floor(
        a_resource(), demand, with_parameters(parameters), BEGIN - timedelta(minutes=2)
    )
    assert found.to_floor == 1
    assert str(found.evidence["rule"]).startswith(rule)


def test_the_age_and_its_minimum_reach_the_rule() -> None:
    """The rule for lowering knows the resource's age itself: it asks, whoever asked before."""
    young = a_resource(floor=50, created=BEGIN - timedelta(hours=10))
    demand = past(*[3.0] * 9)
    late, early = with_parameters(), with_parameters(AdjustMinAgeHours="6")
    assert decide_floor(young, demand, late, BEGIN).held_by == "young"
    assert decide_floor(young, demand, early, BEGIN).to_floor == 3


# --- mode follow -----------------------------------------------------------------------------


def days(count: int, *, busy: float = 30.0, quiet: float = 0.5) -> Demand:
    """Days that repeat: busy from 8 to 20 o'clock. They end with the window before BEGIN."""
    end = NOW // 300 * 300
    start = end - count * 86_400
    sums = tuple(
        300 * (busy if 8 <= at % 86_400 // 3600 < 20 else quiet) for at in range(start, end, 300)
    )
    return Demand(start, sums)


def planned(
    resource: Resource, demand: Demand, settings: Settings, last: int | None = None
) -> follow.Plan:
    """The plan that the decision must rest on, asked for with every setting by name."""
    return follow.plan(
        demand,
        now=NOW,
        floor=resource.floor,
        age_hours=720.0,
        last_update=last,
        taste=follow.CostProfile(settings.exposure_price),
        headroom=settings.assumed_headroom,
        max_updates_per_day=settings.max_updates_per_day,
        min_age_hours=settings.adjust_min_age_hours,
    )


@pytest.mark.parametrize("floor", [1, 5, 40, 200])
@pytest.mark.parametrize(
    "parameters",
    [
        {},
        {"ExposurePrice": "careful"},
        {"AssumedHeadroom": "0.5"},
        {"MaxUpdatesPerDay": "1"},
    ],
    ids=["as shipped", "careful", "with headroom", "one update"],
)
def test_a_decision_is_the_step_that_is_due(floor: int, parameters: dict[str, str]) -> None:
    """Mode follow carries out exactly what the plan asks for in these five minutes.

    The evidence has the plan's rule, the gain that it expects, and its next step: the time at
    which the decision has to be taken again.
    """
    settings = with_parameters({"RightSizingMode": "follow", **parameters})
    resource, demand = a_resource(floor=floor), days(10)
    plan = planned(resource, demand, settings)
    due = [step for step in plan.steps if step.start < NOW + 300]
    later = [step for step in plan.steps if step.start >= NOW + 300]
    evidence = {
        "rule": "follow",
        "plan": plan.rule,
        "peak": 30.0,
        "watermark": 0.5,
        "expected_gain": round(plan.gain, 1),
        "next_step": later[0].start if later else None,
        "next_floor": later[0].floor if later else None,
    }
    found = decide_floor(resource, demand, settings, BEGIN)
    assert evidence.items() <= found.evidence.items()
    if due and due[-1].floor != floor:
        reason = f"{plan.reason} Now {floor} becomes {due[-1].floor}."
        expected = Decision(resource, Action.SET_FLOOR, reason, due[-1].floor, found.evidence)
    else:
        expected = leave(resource, plan.reason, held_by=plan.held_by, evidence=found.evidence)
    assert found == expected


def test_a_floor_far_too_high_comes_down_now() -> None:
    """Ten days of at most 30 a second: a floor of 200 is lowered at once, and the way is told."""
    found = decide_floor(a_resource(floor=200), days(10), FOLLOWING, BEGIN)
    assert found.action is Action.SET_FLOOR
    assert found.to_floor is not None
    assert found.to_floor < 60
    assert found.reason.endswith(f" Now 200 becomes {found.to_floor}.")


def test_an_update_of_a_moment_ago_is_waited_for() -> None:
    """The plan knows when the resource was last updated; its creation is no update."""
    just_now = BEGIN - timedelta(minutes=1)
    updated = a_resource(floor=200, updated=just_now)
    plan = planned(updated, days(10), FOLLOWING, last=int(just_now.timestamp()))
    assert all(step.start >= NOW + 300 for step in plan.steps)
    found = decide_floor(updated, days(10), FOLLOWING, BEGIN)
    assert not found.acts
    assert found.evidence["next_step"] == plan.steps[0].start
    assert found.evidence["next_floor"] == plan.steps[0].floor
    fresh = a_resource(floor=200, created=just_now, updated=just_now)
    soon = with_parameters(RightSizingMode="follow", AdjustMinAgeHours="1")
    held = decide_floor(fresh, days(10), soon, BEGIN)
    assert held.held_by == "young"
    grown = decide_floor(a_resource(floor=200), days(10), FOLLOWING, BEGIN)
    assert grown.acts, "a resource that was never updated waits for nothing"


def test_a_young_resource_is_held_by_the_plan_too() -> None:
    """Whoever asks the plan without the guard before it gets the same answer."""
    young = a_resource(floor=20, created=BEGIN - timedelta(hours=3))
    found = decide_floor(young, days(10), FOLLOWING, BEGIN)
    assert (found.acts, found.held_by) == (False, "young")
    assert found.evidence["plan"] == "young"
    assert found.evidence["next_step"] is None
    assert found.evidence["rule"] == FOLLOW


def test_the_minimum_age_reaches_the_plan() -> None:
    """AdjustMinAgeHours holds in mode follow as it does in mode lower."""
    middle = a_resource(floor=200, created=BEGIN - timedelta(hours=30))
    late = with_parameters(RightSizingMode="follow", AdjustMinAgeHours="48")
    assert decide_floor(middle, days(10), late, BEGIN).held_by == "young"
    assert decide_floor(middle, days(10), FOLLOWING, BEGIN).acts


@pytest.mark.parametrize("share", [0.0, 0.456])
def test_the_headroom_that_was_seen_wins(share: float) -> None:
    """What a resource's own ramps have shown counts instead of AssumedHeadroom, and is told."""
    settings = with_parameters(RightSizingMode="follow", AssumedHeadroom="0.9")
    seen = Headroom(share, 240, 0, "Its ramps have shown that.")
    resource, demand = a_resource(floor=5), days(10)
    told = decide_floor(resource, demand, settings, BEGIN, seen)
    assumed = with_parameters(RightSizingMode="follow", AssumedHeadroom=str(share))
    plan = planned(resource, demand, assumed)
    assert told.evidence["headroom"] == round(share, 2)
    assert told.evidence["expected_gain"] == round(plan.gain, 1)
    assert ("Its ramps have shown that." in told.reason) is (share > 0)
    assert told.reason.startswith(plan.reason)
    without = decide_floor(resource, demand, settings, BEGIN)
    assert without.evidence["headroom"] == 0.9


def gentle(count: int) -> Demand:
    """Days that rise and fall evenly, so that a little headroom covers every rise."""
    end = NOW // 300 * 300
    start = end - count * 86_400
    sums = tuple(
        300 * (31 - 30 * cos(tau * (at % 86_400) / 86_400)) for at in range(start, end, 300)
    )
    return Demand(start, sums)


@pytest.mark.parametrize("floor", [1, 30, 90])
def test_assumed_headroom_changes_what_pays(floor: int) -> None:
    """Where the service is said to keep half as much again, a gentle rise needs no floor."""
    resource, demand = a_resource(floor=floor), gentle(12)
    answers = []
    for share in ("0", "0.5"):
        settings = with_parameters(
            RightSizingMode="follow", AssumedHeadroom=share, ExposurePrice="100"
        )
        plan = planned(resource, demand, settings)
        found = decide_floor(resource, demand, settings, BEGIN)
        answers.append(max((step.floor for step in plan.steps), default=0))
        assert found.reason.startswith(plan.reason)
        assert found.evidence["expected_gain"] == round(plan.gain, 1)
        assert found.evidence["next_floor"] == next(
            (step.floor for step in plan.steps if step.start >= NOW + 300), None
        )
    without, with_headroom = answers
    assert with_headroom < without
