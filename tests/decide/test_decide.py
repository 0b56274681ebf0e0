"""Decisions in the cycle: each resource in its hour, one decision out of all questions."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from tests.support import BEGIN, HOME, JOURNAL, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.traffic.shapes import Abandoned, Replay, Steady
from personalize_monitor.aws.journal import Journal
from personalize_monitor.decide.decide import _shown
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.entry import CASE
from personalize_monitor.policy.harm import By, Case, Memory, Reserve, State

UPDATE = "UpdatePersonalizeCampaignMinProvisionedTPS"
DELETE = "DeletePersonalizeCampaign"


def decisions(summary: dict[str, Any]) -> dict[str, dict[str, Any]]:
    """The decisions by the resource's name."""
    return {d["arn"].rsplit("/")[-1]: d for d in summary["decisions"]}


def test_every_resource_has_a_decision_and_a_reason(local: Local) -> None:
    """Also leaving alone is a decision, with a sentence."""
    fleet.add_campaign(local.world, "wide", floor=20, shape=every_window(1500))
    fleet.add_campaign(local.world, "fit", floor=1, shape=every_window(300))
    fleet.add_campaign(local.world, "young", floor=9, age=timedelta(hours=3))
    fleet.add_recommender(local.world, "wide-too", floor=20, shape=every_window(1500))
    found = decisions(local.at(local.now))
    assert {name: d["action"] for name, d in found.items()} == {
        "wide": "set-floor",
        "wide-too": "set-floor",
        "fit": "leave",
        "young": "leave",
    }
    assert found["wide"]["to_floor"] == found["wide-too"]["to_floor"] == 5
    assert found["young"]["held_by"] == "young"
    assert all(d["reason"].endswith(".") for d in found.values())
    assert len(local.sent("UpdatePersonalizeRecommenderMinRecommendationRPS")) == 1


def test_once_an_hour_each(local: Local) -> None:
    """In two hours of cycles each resource is decided about twice after the first look."""
    names = {f"c-{n}" for n in range(10)}
    for name in names:
        fleet.add_campaign(local.world, name, floor=1)
    assert set(decisions(local.at(local.now))) == names
    seen: list[str] = []
    for _ in range(24):
        seen += decisions(local.cycle())
    assert {name: seen.count(name) for name in names} == dict.fromkeys(names, 2)


def test_a_removal_goes_before_a_smaller_floor(local: Local) -> None:
    """A campaign that is idle and too wide is asked to go, and not to shrink first."""
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    until = BEGIN - timedelta(hours=50)
    fleet.add_campaign(local.world, "c", floor=20, shape=Abandoned(Steady(9.0), until))
    local.at(local.now, AutoDeleteIdleCampaigns="Yes")
    assert (len(local.sent(DELETE)), len(local.sent(UPDATE))) == (1, 0)


def test_an_idle_campaign_that_may_not_go_gives_up_its_floor(local: Local) -> None:
    """With deletion off, an abandoned resource at least does not keep its floor."""
    until = BEGIN - timedelta(hours=80)
    fleet.add_campaign(local.world, "c", floor=20, shape=Abandoned(Steady(9.0), until))
    local.at(local.now)
    assert [e["NewMinTPS"] for e in local.sent(UPDATE)] == [1]


def test_k12_a_decision_keeps_only_what_its_request_shows(local: Local) -> None:
    """A day of sums, not two weeks: thousands of decisions are in memory at once."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    shown = [entry["Datapoints"] for entry in _asked(local)]
    assert [len(points) for points in shown] == [24]
    demand = Demand(0, (1.0,) * 4032)
    assert len(_shown(demand) or ()) == 25 * 12


def _asked(local: Local) -> list[dict[str, Any]]:
    local.at(local.now)
    return local.sent(UPDATE)


def test_k2_a_lone_campaign_that_stopped_at_once_keeps_its_floor_for_three_days(
    local: Local,
) -> None:
    """Nobody else tells whether CloudWatch counts; the reason says how long that matters."""
    until = BEGIN.replace(minute=0) - timedelta(hours=50)
    fleet.add_campaign(local.world, "c", floor=20, shape=Abandoned(Steady(9.0), until))
    found = decisions(local.at(local.now))["c"]
    assert found["held_by"] == "doubtful silence"
    assert f"until {until + timedelta(hours=72):%Y-%m-%d %H:%M} UTC" in found["reason"]
    assert local.sent(UPDATE) == []


@pytest.mark.parametrize(
    ("tags", "held_by"),
    [
        ({"PersonalizeMonitor:Exempt": "yes"}, "exempt"),
        ({"PersonalizeMonitor:Exempt": "until:2026-03-02"}, "exempt"),
        ({"PersonalizeMonitor:Exempt": "maybe"}, "exempt"),
        ({"PersonalizeMonitor:HoldUntil": "2026-03-03T00:00:00Z"}, "held"),
        ({"PersonalizeMonitor:MinTPS": "20"}, "bounds"),
        ({"PersonalizeMonitor:Exempt": "until:2026-03-01"}, ""),
        ({"PersonalizeMonitor:HoldUntil": "2026-03-01T00:00:00Z"}, ""),
        ({"PersonalizeMonitor:MinTPS": "7"}, ""),
        ({"Team": "shoes"}, ""),
    ],
)
def test_tags_are_a_persons_word(local: Local, tags: dict[str, str], held_by: str) -> None:
    """Exempt, held and bounded resources are left alone as written; other tags mean nothing."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500), tags=tags)
    found = decisions(local.at(local.now))["c"]
    assert found["held_by"] == held_by
    if not held_by:
        assert found["to_floor"] == (7 if "MinTPS" in str(tags) else 5)


def test_tags_that_cannot_be_read_hold_the_decision(local: Local) -> None:
    """Whether a person minds is not known then, and unknown never leads to an action."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    local.fail(action="ListTagsForResource", service="personalize", code="AccessDeniedException")
    found = decisions(local.at(local.now))["c"]
    assert (found["action"], found["held_by"]) == ("leave", "unknown data")
    local.heal()
    assert decisions(local.cycle())["c"]["action"] == "set-floor"


def test_what_is_unknown_keeps_its_turn(local: Local) -> None:
    """A resource about which CloudWatch was silent is asked about in the next cycle again."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    local.blind("InternalError")
    assert decisions(local.at(local.now))["c"]["held_by"] == "unknown data"
    local.heal()
    assert decisions(local.cycle())["c"]["action"] == "set-floor"


def test_no_more_go_at_once_than_care_allows(local: Local) -> None:
    """One deletion per region and hour in a small fleet; the others wait and say so."""
    fleet.add_campaign(local.world, "busy", shape=every_window(300))
    for n in range(4):
        until = BEGIN - timedelta(days=2 + 2 * n)
        fleet.add_campaign(local.world, f"idle-{n}", shape=Abandoned(Steady(0.5), until))
    found = decisions(local.at(local.now, AutoDeleteIdleCampaigns="Yes"))
    assert len(local.sent(DELETE)) == 1
    held = [d["held_by"] for name, d in found.items() if name.startswith("idle")]
    assert sorted(held) == ["", "blast radius", "blast radius", "blast radius"]


def test_with_actions_off_there_are_decisions_and_no_requests(local: Local) -> None:
    """The master switch stops what goes out, not what is found."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    summary = local.at(local.now, Actions="Off")
    assert decisions(summary)["c"]["action"] == "set-floor"
    assert (summary["requests_sent"], local.sent()) == (0, [])


def learned(local: Local, arn: str, share: float) -> None:
    """The monitor's record of a case that showed what the service holds by itself."""
    case = Case(arn, 30, 20, By.MONITOR, 0, 0, 0, 30, state=State.HARMLESS)
    memory = Memory(reserve=Reserve(share, 0.9, 45, 0))
    record = {
        "time": local.now.isoformat(),
        "source": "personalize.monitor",
        "detail-type": CASE,
        "resources": [arn],
        "detail": {"ARN": arn, "Case": case.to_dict(), "Memory": memory.to_dict()},
    }
    journal = Journal(local.access, HOME, group=JOURNAL)
    journal.write(record, stream="cases/test", now=local.now)


@pytest.mark.parametrize("known", [True, False])
def test_what_cases_have_shown_counts_in_mode_lower(local: Local, known: bool) -> None:
    """Of 14 days' requests 6 % came faster than 3 TPS, and 1 % faster than the service holds."""
    local.with_journal()
    day = Replay(0, (900,) * 280 + (3000,) * 8, repeat=True)
    arn = fleet.add_campaign(local.world, "c", floor=20, shape=day).arn
    if known:
        learned(local, arn, 0.5)
    found = decisions(local.at(local.now, MaxExposurePercent="2"))["c"]
    assert found["to_floor"] == (3 if known else 8)
    assert ("is known to hold by itself" in found["reason"]) is known
    assert found["evidence"]["risk_sure"] is known


@pytest.mark.parametrize("known", [True, False])
def test_what_cases_have_shown_counts_in_mode_follow(local: Local, known: bool) -> None:
    """Plans rest on it instead of AssumedHeadroom."""
    local.with_journal()
    arn = fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500)).arn
    if known:
        learned(local, arn, 0.35)
    found = decisions(local.at(local.now, RightSizingMode="follow"))["c"]
    assert (found["evidence"]["headroom"] == 0.35) is known
