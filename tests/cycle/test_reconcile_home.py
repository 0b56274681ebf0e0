"""After the datapoints: what was not sent is not done, and a dry run leaves no trace."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest
from tests.support import JOURNAL, Local, every_window, with_parameters

from aws_sandbox import fleet
from personalize_monitor.aws.events import Event
from personalize_monitor.collect.discover import Found
from personalize_monitor.context.budget import Budget
from personalize_monitor.context.memory import Memory
from personalize_monitor.context.terms import Terms
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.cycle import reconcile
from personalize_monitor.cycle.reconcile import Reconciler
from personalize_monitor.cycle.summary import Summary
from personalize_monitor.harm.cases import Cases
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.window import Window
from personalize_monitor.notify.blocked_notice import HELD_KIND

EXEMPT = {"PersonalizeMonitor:Exempt": "yes"}
UPDATE = "UpdatePersonalizeCampaignMinProvisionedTPS"
DOWN = {"action": "PutEvents", "code": "InternalException", "status": 500}


def held(local: Local) -> list[dict[str, Any]]:
    """The notices about what is held back."""
    return [one for one in local.sent(NOTICE_EVENT) if one["Kind"] == HELD_KIND]


def test_people_hear_what_is_held_back_if_they_want_to(local: Local) -> None:
    """Off by default; with NotifyHeldBack one notice, and none in the hours after it."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500), tags=EXEMPT)
    local.cycle()
    assert held(local) == []
    local.env(NotifyHeldBack="Yes")
    for _ in range(14):
        local.cycle()
    (notice,) = held(local)
    assert notice["Summary"] == "1 resource is left alone in us-east-1 for now."
    assert "c (exempt): " in notice["Reason"]


def test_a_notice_that_was_lost_is_told_again(local: Local) -> None:
    """EventBridge was down: a problem of the summary, and news again when the turn comes."""
    local.env(NotifyHeldBack="Yes")
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500), tags=EXEMPT)
    local.fail(**DOWN)
    summary = local.cycle()
    assert any(f"The event {NOTICE_EVENT} for" in problem for problem in summary["problems"])
    assert summary["requests_sent"] == 0
    local.heal()
    assert local.cycle()["requests_sent"] == 1
    assert len(held(local)) == 1


@pytest.mark.parametrize("switch", [{"DryRun": "Yes"}, {"Actions": "Off"}])
def test_a_dry_run_does_not_use_up_what_people_are_to_hear(
    local: Local, switch: dict[str, Any]
) -> None:
    """Somebody looks with a dry run; the next hour of the real one still tells."""
    local.env(NotifyHeldBack="Yes")
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500), tags=EXEMPT)
    assert local.cycle(**switch)["decisions"][0]["held_by"] == "exempt"
    assert held(local) == []
    for _ in range(13):
        local.cycle()
    assert len(held(local)) == 1


def test_a_past_that_cannot_be_read_is_said_and_costs_no_datapoint(local: Local) -> None:
    """Whether people know already is in the journal; without it nobody is told twice."""
    local.with_journal()
    local.env(NotifyHeldBack="Yes", JOURNAL_LOG_GROUP=JOURNAL)
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500), tags=EXEMPT)
    local.fail(action="FilterLogEvents", code="ServiceUnavailableException", status=503)
    summary = local.cycle()
    assert any(p.startswith("Nobody is told what is held back now. ") for p in summary["problems"])
    assert (summary["datapoints"], held(local)) == (5, [])


def test_a_request_that_was_lost_is_decided_again(local: Local) -> None:
    """Its turn is given back: five minutes later, not an hour."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    local.fail(**DOWN)
    summary = local.cycle()
    assert any(f"The event {UPDATE} for" in problem for problem in summary["problems"])
    local.heal()
    assert local.cycle()["requests_sent"] == 1
    assert local.cycle()["requests_sent"] == 0
    assert len(local.sent(UPDATE)) == 1


def back_of(arn: str) -> Event:
    """A step back as the look at recent lowerings asks for it."""
    detail = {"ARN": arn, "CurrentMinTPS": 20, "NewMinTPS": 30, "StepBack": True, "Reason": "Why."}
    return Event(UPDATE, detail, arn)


def test_a_step_back_wins_over_the_floor_that_was_decided(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One request for a resource: callers who suffer come before what would be saved."""
    member = fleet.add_campaign(local.world, "c", floor=20, shape=every_window(1500))
    monkeypatch.setattr(Cases, "run", lambda *_: ([back_of(member.arn)], []))
    assert local.cycle()["requests_sent"] == 1
    assert [one["NewMinTPS"] for one in local.sent(UPDATE)] == [30]


def test_a_dry_run_does_not_use_up_a_step_back(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Nothing could be sent, so nothing may be remembered as asked for."""
    fleet.add_campaign(local.world, "c", floor=20, shape=every_window(6000))
    looks: list[object] = []

    def look(*_: object) -> tuple[list[Event], list[Event]]:
        looks.append(1)
        return [], []

    monkeypatch.setattr(Cases, "run", look)
    local.cycle(DryRun="Yes")
    assert looks == []
    local.cycle()
    assert looks == [1]


def test_work_at_home_that_fails_costs_no_datapoint(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody expected is a sentence in the summary, with its name."""

    def broken(*_: object, **__: object) -> None:
        raise RuntimeError("a bug of tomorrow")

    fleet.add_campaign(local.world, "c", shape=every_window(300))
    monkeypatch.setattr(reconcile, "reconcile_home", broken)
    summary = local.cycle()
    assert summary["datapoints"] == 5
    assert "The work at home failed (RuntimeError: a bug of tomorrow)." in summary["problems"]


def at_home(local: Local) -> Reconciler:
    """The work at home of a function that has run before."""
    memory = Memory()
    memory.begin(local.now)
    memory.begin(local.now)
    window = Window(local.window())
    return Reconciler(
        target=local.target(),
        home=local.access,
        deployment=local.deployment(),
        terms=Terms.plain(with_parameters()),
        memory=memory,
        reader=JournalReader(None),
        window=window,
        now=local.now,
        budget=Budget(lambda: 30.0),  # no time to look after other regions
        summary=Summary(window),
    )


def test_a_shared_fleet_has_its_dashboard_asked_for_once_an_hour(local: Local) -> None:
    """Further invocations watch parts of it, so the dashboard's own function looks at all."""
    at = at_home(local)
    reconcile.reconcile_home(at, [], {at.target: None}, whole=False)
    reconcile.reconcile_home(at, [], {at.target: None}, whole=False)
    assert local.sent("BuildPersonalizeMonitorDashboard") == [{"Reason": "An hour has passed."}]
    assert local.calls("PutDashboard") == []


def test_a_dashboard_that_could_not_be_asked_for_is_said(local: Local) -> None:
    """It waits for the next hour, and nothing else is touched."""
    at = at_home(local)
    local.fail(**DOWN)
    reconcile.reconcile_home(at, [], {at.target: None}, whole=False)
    (problem,) = at.summary.problems
    assert problem.startswith("The dashboard is not rebuilt in this hour: Sending events failed")


def test_a_place_that_did_not_answer_is_noted_on_the_dashboard(local: Local) -> None:
    """Whoever looks at it knows that its resources are missing, not gone."""
    at = at_home(local)
    away = replace(at.target, region="eu-west-1")
    empty = Found(complete=frozenset(Kind))
    member = replace(away, account="210987654321")
    reconcile.reconcile_home(at, [], {at.target: empty, away: None, member: Found()}, whole=True)
    (call,) = local.calls("PutDashboard")
    assert "eu-west-1 did not answer." in str(call.params["DashboardBody"])
    assert "210987654321/eu-west-1 did not answer." in str(call.params["DashboardBody"])
    assert "us-east-1 did not answer." not in str(call.params["DashboardBody"])
    assert at.summary.dashboards == 1
    assert at.memory.swept == {}


def test_a_place_that_was_not_seen_is_not_tended(local: Local) -> None:
    """No alarm is touched and nothing is decided where the fleet is not known."""
    reconcile.reconcile_place(at_home(local), None, {})
    assert local.world.gate.calls == []
