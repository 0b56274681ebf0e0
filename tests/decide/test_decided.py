"""Decisions of one place in one cycle, and what the executors make of them."""

from __future__ import annotations

import json
from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.aws.script import refused
from tests.datapoints import Desk, known
from tests.support import ACCOUNT, BEGIN, a_resource, with_parameters

from personalize_monitor.aws.events import Event
from personalize_monitor.clock import RealTime
from personalize_monitor.context.budget import Budget
from personalize_monitor.contract import FLOOR_METRIC, FLOOR_UPDATED_EVENT
from personalize_monitor.decide.considered import Considered
from personalize_monitor.decide.decide import Decided, Deciding
from personalize_monitor.decide.requests import request_of
from personalize_monitor.errors import JournalUnavailable, Unavailable
from personalize_monitor.execute.action_requests import floor_request
from personalize_monitor.execute.actions import Executor
from personalize_monitor.execute.announce import Announcer
from personalize_monitor.execute.outcome import Result
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.entry import ANNOUNCED, INTENT
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample, unknown
from personalize_monitor.model.window import Window

pytestmark = pytest.mark.clock
LATER = RealTime(BEGIN + timedelta(hours=1))

FIVE = timedelta(minutes=5)
END = BEGIN.replace(minute=0)
WINDOW = Window(END - FIVE)
WIDE = a_resource("wide", floor=20)
OLD = a_resource("old", floor=1)
ON = {"AutoDeleteIdleCampaigns": "Yes", "AutoStopIdleRecommenders": "Yes"}


class Turn(Desk):
    """A place at the end of a window: ``wide`` with 5 TPS for two weeks, ``old`` with none."""

    def __init__(self, folder: Path, *fleet: Resource, **parameters: str) -> None:
        super().__init__(folder, *fleet, now=END + FIVE)
        self.fleet, self.memory = fleet, known(*fleet)
        self.settings = with_parameters({**ON, **parameters})
        fortnight = [END - nth * FIVE for nth in range(1, 14 * 288 + 1)]
        self.put("GetRecommendations", WIDE, 1500.0, *fortnight)
        for one in fleet:
            self.put(FLOOR_METRIC[one.kind], one, float(one.floor), *fortnight[:288])

    def decide(self, budget: Budget | None = None, **samples: Sample) -> Decided:
        """One cycle's decisions; a sample is what the metrics say unless it is given by name."""
        seen = {
            one: samples.get(one.name, Sample(1500.0 if one.name == "wide" else 0.0))
            for one in self.fleet
        }
        deciding = Deciding(
            self.target,
            self.metrics,
            self.diary.reader,
            self.settings,
            self.memory,
            WINDOW,
            self.now,
        )
        return deciding.run(seen, budget or Budget())

    def decisions(self, **samples: Sample) -> dict[str, Decision]:
        """The decisions by name."""
        found = self.decide(None, **samples).considered
        return {one.decision.resource.name: one.decision for one in found}


def test_one_decision_out_of_both_questions(tmp_path: Path) -> None:
    """Too wide goes down, idle goes; each carries its reason and its demand or threshold."""
    found = Turn(tmp_path, WIDE, OLD).decide()
    by_name = {one.decision.resource.name: one for one in found.considered}
    assert (by_name["wide"].decision.action, by_name["wide"].decision.to_floor) == (
        Action.SET_FLOOR,
        5,
    )
    assert by_name["wide"].demand is not None
    assert (by_name["old"].decision.action, by_name["old"].idle_hours) == (Action.DELETE, 24)
    assert by_name["old"].demand is None
    assert all(one.decision.reason.endswith(".") for one in found.considered)
    assert found.finished


def test_two_reasons_to_leave_it_alone_are_both_told(tmp_path: Path) -> None:
    """Young for one question and for the other; the evidence of both goes along."""
    young = replace(
        OLD, created=END - timedelta(hours=3), updated=END - timedelta(hours=3), floor=9
    )
    decision = Turn(tmp_path, young).decisions()["old"]
    assert decision.action is Action.LEAVE
    assert "idle resources are left alone until 24 hours" in decision.reason
    assert "floors are left alone for the first 24 hours" in decision.reason
    assert decision.held_by == "recently updated"


def test_what_served_just_now_is_not_asked_about(tmp_path: Path) -> None:
    """No tags and no signs of life are read for a campaign in use at the lowest floor."""
    turn = Turn(tmp_path, OLD)
    turn.decide(old=Sample(3.0))
    assert turn.personalize.calls == []
    assert turn.calls == 0


def test_a_sample_that_is_unknown_may_be_idle(tmp_path: Path) -> None:
    """The day is looked at instead of the window; with all of it known, idle is idle."""
    turn = Turn(tmp_path, WIDE, OLD)
    assert turn.decisions(old=unknown("No answer."))["old"].action is Action.DELETE
    turn = Turn(tmp_path, WIDE, OLD)
    turn.blind(resource=OLD)
    decision = turn.decisions(old=unknown("No answer."))["old"]
    assert (decision.action, decision.held_by) == (Action.LEAVE, "unknown data")


def test_tags_that_cannot_be_read_hold_both_questions(tmp_path: Path) -> None:
    """Somebody may have wanted something; its turn stays, so the next cycle asks again."""
    turn = Turn(tmp_path, WIDE, OLD)
    turn.personalize.answers["list_tags_for_resource"] = refused("ThrottlingException")
    found = turn.decisions()
    assert {name: one.held_by for name, one in found.items()} == {
        "wide": "unknown data",
        "old": "unknown data",
    }
    turn.tagged()
    assert turn.decisions()["wide"].action is Action.SET_FLOOR


def test_the_threshold_may_be_a_tag_of_each(tmp_path: Path) -> None:
    """Twelve days instead of one: read in a question of its own, and told in the event."""
    turn = Turn(tmp_path, WIDE, OLD)
    turn.tagged(PersonalizeMonitor__IdleHours="300")
    turn.put("GetRecommendations", OLD, 1.0, END - timedelta(hours=299))
    assert turn.decisions()["old"].action is Action.LEAVE
    turn = Turn(tmp_path, WIDE, OLD)
    turn.tagged(PersonalizeMonitor__IdleHours="300")
    turn.put("GetRecommendations", OLD, 1.0, END - timedelta(hours=301))
    (one,) = [c for c in turn.decide().considered if c.decision.resource is OLD]
    assert (one.decision.action, one.idle_hours) == (Action.DELETE, 300)


@pytest.mark.parametrize("switch", ["AutoDeleteIdleCampaigns", "AutoStopIdleRecommenders"])
def test_each_kind_has_its_own_switch(tmp_path: Path, switch: str) -> None:
    """Campaigns are deleted and recommenders stopped only where people allowed it."""
    radio = a_resource("radio", kind=Kind.RECOMMENDER, floor=1)
    found = Turn(tmp_path, WIDE, OLD, radio, **{switch: "No"}).decisions()
    acting = {name for name, one in found.items() if one.action in (Action.DELETE, Action.STOP)}
    assert acting == ({"radio"} if switch == "AutoDeleteIdleCampaigns" else {"old"})


def test_once_an_hour_and_what_was_not_reached_keeps_its_turn(tmp_path: Path) -> None:
    """Without time nothing is decided and said; the next cycle does it; then it is done."""
    turn = Turn(tmp_path, WIDE, OLD)
    empty = turn.decide(Budget(lambda: 1.0))
    assert (empty.considered, empty.finished) == ([], False)
    assert len(turn.decide().considered) == 2
    again = turn.decide()
    assert (again.considered, again.finished) == ([], True)


@pytest.mark.parametrize(("mode", "days"), [("lower", 14), ("follow", 28)])
def test_each_mode_reads_as_far_back_as_it_looks(tmp_path: Path, mode: str, days: int) -> None:
    """Two weeks to find the lowest hour, four to find days like today."""
    turn = Turn(tmp_path, WIDE, RightSizingMode=mode)
    turn.decide()
    fine = [
        call
        for call in turn.script.asked("get_metric_data")
        if call["MetricDataQueries"][0]["MetricStat"]["Period"] == 300
    ]
    spans = [call["EndTime"] - call["StartTime"] for call in fine]
    assert max(spans) == timedelta(days=days)


def test_a_large_place_is_decided_about_in_parts(tmp_path: Path) -> None:
    """Fifty at a time, with a look at the clock before each; what was decided stays decided."""
    fleet = [a_resource(f"c-{n:03}", floor=1) for n in range(120)]
    turn = Turn(tmp_path, *fleet, AutoDeleteIdleCampaigns="No")
    left = iter([99.0, 99.0, 0.0])
    found = turn.decide(Budget(lambda: next(left)))
    assert (len(found.considered), found.finished) == (100, False)
    assert len(turn.decide().considered) == 20


def test_the_step_of_a_plan_is_due_at_its_time(tmp_path: Path) -> None:
    """Mode follow wakes a resource between its hours; afterwards it is as before."""
    turn = Turn(tmp_path, WIDE)
    turn.decide()
    arn = str(WIDE.arn)
    turn.memory.wakes[arn] = int((turn.now + FIVE).timestamp())
    assert turn.decide().considered == []
    turn.memory.wakes[arn] = int(turn.now.timestamp())
    assert len(turn.decide().considered) == 1
    assert arn not in turn.memory.wakes  # mode lower has no next step


def test_a_request_has_no_datapoints_without_a_demand() -> None:
    """What was decided without history says so by an empty list, and is valid JSON."""
    lower = Decision(WIDE, Action.SET_FLOOR, "Less.", to_floor=5)
    event = request_of(Considered(lower, unknown("No answer.")), now=BEGIN)
    detail = json.loads(json.dumps(event.detail, allow_nan=False))
    assert (detail["Datapoints"], detail["CampaignUtilization"]) == ([], None)
    assert (detail["MinAverageTPS"], detail["MaxAverageTPS"]) == (None, None)
    assert detail["CampaignAgeHours"] == detail["AgeHours"] == 720.0


def prewarm(operator: Desk, *, ends: bool, floor: int = 30) -> Any:
    """What the executor makes of the begin or end of a pre-warm."""
    detail = {"ARN": str(WIDE.arn), "PrewarmId": "pw-1", "EndPrewarm": ends, "Reason": "Sale."}
    if not ends:
        detail |= {"NewMinTPS": floor, "HoldMinutes": 60}
    event = {"id": "e-9" if ends else "e-8", "time": operator.now.isoformat(), "detail": detail}
    request = floor_request(event, account=ACCOUNT, request_id="")
    now = RealTime(operator.now)
    return Executor(operator.access, operator.announcer, operator.diary.reader, now=now).set_floor(
        request
    )


def test_a_pre_warm_begins_and_ends_through_the_journal(tmp_path: Path) -> None:
    """Raised with its reason; at the end the floor is what it was before, said with the id."""
    operator = Desk(tmp_path, WIDE, now=BEGIN)
    up = prewarm(operator, ends=False)
    assert up.result is Result.DONE
    (said,) = operator.said(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN])
    assert (said["PrewarmId"], said["EndPrewarm"], said["RequestedBy"]) == (
        "pw-1",
        False,
        "prewarm",
    )
    assert said["Reason"] == "Pre-warm pw-1 begins. Sale."
    later = Desk(tmp_path, replace(WIDE, floor=30), now=BEGIN + timedelta(hours=1))
    down = prewarm(later, ends=True)
    assert down.result is Result.DONE
    assert "from 30 to 20" in down.message
    again = Desk(tmp_path, WIDE, now=BEGIN + timedelta(hours=1, minutes=10))
    third = prewarm(again, ends=True)
    assert (third.result, again.changes) == (Result.NO_CHANGE, [])


def test_a_pre_warm_below_the_floor_changes_nothing(tmp_path: Path) -> None:
    """Overlapping ones take the higher floor; why is said."""
    operator = Desk(tmp_path, WIDE, now=BEGIN)
    told = prewarm(operator, ends=False, floor=12)
    assert told.result is Result.NO_CHANGE
    assert "The floor already is 20, and pre-warm pw-1 asks for 12." in told.message
    assert operator.changes == ["tag_resource"]


def test_an_end_that_cannot_read_the_past_is_tried_again(tmp_path: Path) -> None:
    """Lambda repeats it; a guess could take a floor away that somebody needs."""
    operator = Desk(tmp_path, WIDE, now=BEGIN)
    operator.diary.breaks()
    with pytest.raises(JournalUnavailable):
        prewarm(operator, ends=True)
    assert operator.changes == []


class Deaf:
    """A bus that takes nothing."""

    def put(self, events: Any) -> list[tuple[Event, str]]:
        """Nothing is taken."""
        return [(event, "It is down.") for event in events]


@pytest.fixture
def died(tmp_path: Path) -> tuple[Desk, Any]:
    """A change that was made by an attempt that could not announce it."""
    operator = Desk(tmp_path, WIDE, now=BEGIN)
    detail = {"ARN": str(WIDE.arn), "NewMinTPS": 5, "Reason": "Less."}
    event = {"id": "e-1", "time": BEGIN.isoformat(), "detail": detail}
    request = floor_request(event, account=ACCOUNT, request_id="")
    mute = Announcer(Deaf(), operator.diary.file)
    with pytest.raises(Unavailable, match=r"The change of \S+ is made but .*: It is down\."):
        Executor(operator.access, mute, operator.diary.reader, now=LATER).set_floor(request)
    operator.show(replace(WIDE, floor=5))
    return operator, request


def test_what_was_not_announced_is_announced_by_the_next_attempt(died: tuple[Desk, Any]) -> None:
    """Once, in the words that were meant, and not again by the attempts after it."""
    operator, request = died
    executor = Executor(operator.access, operator.announcer, operator.diary.reader, now=LATER)
    first = executor.set_floor(request)
    assert first.result is Result.NO_CHANGE
    assert first.message.endswith("it is announced now.")
    (said,) = operator.said(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN])
    assert (said["PreviousMinTPS"], said["NewMinTPS"]) == (20, 5)
    for _ in range(2):
        assert "announced now" not in executor.set_floor(request).message
    assert operator.written.count(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]) == 1


def test_another_request_owes_nothing(died: tuple[Desk, Any]) -> None:
    """Only the one whose id is in the intent; a record that mentions it in passing is none."""
    operator, request = died
    executor = Executor(operator.access, operator.announcer, operator.diary.reader, now=LATER)
    other = replace(request, id="e-2")
    assert "announced now" not in executor.set_floor(other).message
    operator.diary.file.write(
        {"time": BEGIN.isoformat(), "detail-type": INTENT, "detail": "about e-1"},
        stream="",
        now=BEGIN,
    )
    assert "announced now" in executor.set_floor(request).message
    assert operator.written[-1] == ANNOUNCED


def test_a_past_that_cannot_be_read_keeps_silent(died: tuple[Desk, Any]) -> None:
    """Better one announcement too few than two."""
    operator, request = died
    operator.diary.breaks()
    told = Executor(
        operator.access, operator.announcer, operator.diary.reader, now=LATER
    ).set_floor(request)
    assert (told.result, "announced now" in told.message) == (Result.NO_CHANGE, False)


def test_without_a_journal_nothing_is_owed(tmp_path: Path) -> None:
    """A change is made and announced; a second delivery finds it done, and is silent."""
    operator = Desk(tmp_path, WIDE, now=BEGIN)
    bare = Announcer(operator.events, None)
    detail = {"ARN": str(WIDE.arn), "NewMinTPS": 5}
    request = floor_request({"id": "e-1", "detail": detail}, account=ACCOUNT, request_id="")
    executor = Executor(operator.access, bare, operator.diary.reader, now=LATER)
    assert executor.set_floor(request).result is Result.DONE
    operator.show(replace(WIDE, floor=5))
    assert executor.set_floor(request).result is Result.NO_CHANGE
    assert operator.written == [FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]]
