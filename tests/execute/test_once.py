"""K3, K4, K10: one request, one change, one announcement, whatever dies, is lost or is doubled."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from tests.support import ACCOUNT, HOME, JOURNAL, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.gate import Call, Unreachable
from aws_sandbox.personalize.responses import store_of
from personalize_monitor.errors import PersonalizeMonitorError
from personalize_monitor.functions import delete, stop, update

VERBS = ("UpdateCampaign", "UpdateRecommender", "DeleteCampaign", "StopRecommender")
SAID = (
    "PersonalizeCampaignMinProvisionedTPSUpdated",
    "PersonalizeCampaignDeleted",
    "PersonalizeRecommenderStopped",
)
IDLE = {"TotalRequestsDuringIdleThresholdHours": 0, "IdleThresholdHours": 24}
ON = {"AutoDeleteIdleCampaigns": "Yes", "AutoStopIdleRecommenders": "Yes"}
Handler = Callable[[dict[str, Any], Any], dict[str, str]]


class Killed(BaseException):
    """The environment of the invocation is gone."""


@dataclass
class Trial:
    """A deployment whose bus copies events into the journal; counts what the service accepted."""

    local: Local
    accepted: list[str] = field(default_factory=list)
    said: list[dict[str, Any]] = field(default_factory=list)
    seen: int = 0
    strike: Callable[[int], None] = lambda _: None
    working: bool = False
    busy: str = ""
    lag: timedelta = timedelta(0)
    """How late records can be found, as CloudWatch Logs may be."""

    def __post_init__(self) -> None:
        self.local.with_journal()
        self.local.env(**ON)
        self._stream()
        self.local.world.gate.alter.append(self._after)

    def _stream(self) -> None:
        logs = self.local.client("logs")
        logs.create_log_stream(logGroupName=JOURNAL, logStreamName="rule-1")

    def again(self, *arns: str, case: str = "measured") -> None:
        """An hour later, with an empty journal: nothing of this request has happened yet.

        Of the resources there are those named, and the busy one.
        """
        store = store_of(ACCOUNT, HOME)
        here: tuple[dict[str, Any], ...] = (store.campaigns, store.recommenders)
        for reader in here:
            for arn in set(reader) - {self.busy, *arns}:
                del reader[arn]
        self.strike = lambda _: None
        logs = self.local.client("logs")
        logs.delete_log_group(logGroupName=JOURNAL)
        logs.create_log_group(logGroupName=JOURNAL)
        self._stream()
        if case.startswith("measured"):  # the monitor's own datapoints are a part of its reasons
            self.local.cycle(65, AutoAdjustCampaignMinProvisionedTPS="No", DryRun="Yes")
        else:
            self.local.world.clock.advance(timedelta(minutes=65))
        self.accepted, self.said, self.seen = [], [], 0

    def _after(self, call: Call, answer: dict[str, Any]) -> dict[str, Any]:
        """Each call that the service carried out, before its answer reaches anybody."""
        if call.action in VERBS:
            self.accepted.append(call.action)
        if call.action == "FilterLogEvents" and self.lag:
            until = (self.local.now - self.lag).timestamp() * 1000
            answer["events"] = [one for one in answer["events"] if one["timestamp"] <= until]
        if call.action == "PutEvents":
            for entry in call.params["Entries"]:
                self._copy(entry)
        if self.working:
            self.seen += 1
            self.strike(self.seen)
        return answer

    def _copy(self, entry: Any) -> None:
        record = {
            "time": self.local.now.isoformat(),
            "detail-type": entry["DetailType"],
            "resources": entry.get("Resources", []),
            "detail": json.loads(entry["Detail"]),
        }
        if entry["DetailType"] in SAID:
            self.said.append(record["detail"])
        working, self.working = self.working, False
        event = {
            "timestamp": int(self.local.now.timestamp() * 1000),
            "message": json.dumps(record),
        }
        self.local.client("logs").put_log_events(
            logGroupName=JOURNAL, logStreamName="rule-1", logEvents=[event]
        )
        self.working = working

    def deliver(self, handler: Handler, event: dict[str, Any], context: Any = None) -> None:
        """As Lambda does: three attempts, one and two minutes apart; a kill is a cold start."""
        for wait in (0, 1, 2):
            self.local.world.clock.advance(timedelta(minutes=wait))
            self.working = True
            try:
                handler(event, context)
            except Killed:
                self.local.env()
            except PersonalizeMonitorError:
                pass
            else:
                return
            finally:
                self.working = False

    def event(self, detail: dict[str, Any], number: int = 0) -> dict[str, Any]:
        """An EventBridge event of now."""
        number = number or len(self.local.world.gate.calls)
        return {"id": f"e-{number}", "time": self.local.now.isoformat(), "detail": detail}


def kill(trial: Trial, at: int) -> None:
    """The environment goes away after the call was carried out."""

    def strike(seen: int) -> None:
        if seen == at:
            raise Killed

    trial.strike = strike


def lose(trial: Trial, at: int) -> None:
    """The service carries a call out, and its answer never arrives."""

    def strike(seen: int) -> None:
        if seen == at:
            raise Unreachable("lost")

    trial.strike = strike


def a_case(trial: Trial, case: str, number: int) -> tuple[Handler, dict[str, Any], str]:
    """The handler, a fresh resource's request, and the call that it should make."""
    world, name = trial.local.world, f"{case.rsplit(maxsplit=1)[-1]}-{number}"
    measured = case.startswith("measured")
    if case.endswith("floor"):
        arn = fleet.add_campaign(world, name, floor=20, shape=every_window(1500)).arn
        more: dict[str, Any] = {"CurrentMinTPS": 20} if measured else {}
        return update.handler, {"ARN": arn, "NewMinTPS": 5, **more}, "UpdateCampaign"
    more = IDLE if measured else {}
    if case.endswith("deletion"):
        arn = fleet.add_campaign(world, name).arn
        return delete.handler, {"ARN": arn, **more}, "DeleteCampaign"
    arn = fleet.add_recommender(world, name).arn
    return stop.handler, {"ARN": arn, **more}, "StopRecommender"


@pytest.fixture
def trial(local: Local) -> Trial:
    """A place with a resource in use, so that idleness is believed."""
    made = Trial(local)
    made.busy = fleet.add_campaign(local.world, "busy", floor=1, shape=every_window(900)).arn
    return made


CASES = ("floor", "measured floor", "deletion", "measured deletion", "stop", "measured stop")


@pytest.mark.parametrize("fault", [kill, lose])
@pytest.mark.parametrize("case", CASES)
def test_k3_k10_one_change_and_one_announcement_whatever_is_lost(
    trial: Trial, case: str, fault: Callable[[Trial, int], None]
) -> None:
    """Killed after, or without the answer of, each call in turn; then delivered once more."""
    at = 0
    while trial.seen >= at:
        at += 1
        handler, detail, verb = a_case(trial, case, at)
        trial.again(detail["ARN"], case=case)
        fault(trial, at)
        event = trial.event(detail)
        trial.deliver(handler, event)
        trial.strike = lambda _: None
        trial.deliver(handler, event)  # the bus delivers at least once
        wasted = case in ("measured deletion", "measured stop") and not trial.accepted
        if wasted and trial.said == []:
            continue  # killed with its place in the hour taken: the next decision asks anew
        assert trial.accepted == [verb], (at, trial.accepted)
        assert [one["RequestId"] for one in trial.said] == [event["id"]], (at, trial.said)
    assert at > 5


@pytest.mark.parametrize("number", ["", "nightly"])
@pytest.mark.parametrize("case", ["floor", "deletion", "stop"])
def test_k3_a_direct_invocation_that_says_no_time_is_told_of_as_well(
    trial: Trial, case: str, number: str
) -> None:
    """Lambda's id is the same for its attempts, and another one for the next invocation."""
    local, at = trial.local, 0
    while trial.seen >= at:
        at += 1
        trial.strike = lambda _: None
        handler, detail, verb = a_case(trial, case, at)
        trial.accepted, trial.said, trial.seen = [], [], 0
        kill(trial, at)
        context = SimpleNamespace(aws_request_id=f"lambda-{at}")
        trial.deliver(handler, {**detail, **({"id": number} if number else {})}, context)
        assert trial.accepted == [verb], (at, trial.accepted)
        assert [one["RequestId"] for one in trial.said] == [f"lambda-{at}"], at
        local.world.clock.advance(timedelta(minutes=65))
    assert at > 5


@pytest.mark.parametrize("lag", [0, 30])
@pytest.mark.parametrize("case", ["floor", "deletion", "measured deletion"])
def test_k10_two_deliveries_at_the_same_moment(trial: Trial, case: str, lag: int) -> None:
    """The second one runs in the middle of the first, after each of its calls in turn."""
    at = 0
    trial.lag = timedelta(seconds=lag)
    while trial.seen >= at:
        at += 1
        handler, detail, verb = a_case(trial, case, at)
        trial.again(detail["ARN"], case=case)
        asked = len(trial.local.calls(verb))
        event = trial.event(detail)

        def strike(seen: int, event: dict[str, Any] = event, at: int = at) -> None:
            if seen == at:
                trial.working = False
                with suppress(PersonalizeMonitorError):
                    handler(event, None)  # noqa: B023
                trial.working = True

        trial.strike = strike
        trial.deliver(handler, event)
        trial.strike = lambda _: None
        trial.deliver(handler, event)
        assert trial.accepted == [verb], (at, trial.accepted)
        assert len(trial.local.calls(verb)) == asked + 1, at  # the other one did not even try
        assert len(trial.said) == 1, (at, trial.said)
    assert at > 5


def test_k10_two_executors_take_no_more_than_is_allowed(trial: Trial) -> None:
    """Two deletions of one hour, the second in the middle of the first: one goes.

    Neither can find the other's record in the journal yet.
    """
    local, trial.lag = trial.local, timedelta(minutes=5)
    local.cycle(5)
    for at in range(1, 16):
        first = a_case(trial, "measured deletion", 100 + at)
        second = a_case(trial, "measured deletion", 200 + at)
        trial.again(first[1]["ARN"], second[1]["ARN"])
        one, two = trial.event(first[1], 1000 + at), trial.event(second[1], 2000 + at)

        def strike(seen: int, two: dict[str, Any] = two, at: int = at) -> None:
            if seen == at:
                trial.working = False
                with suppress(PersonalizeMonitorError):
                    delete.handler(two, None)
                trial.working = True

        trial.strike = strike
        trial.deliver(delete.handler, one)
        assert len(trial.accepted) <= 1, at


def test_k4_the_same_event_never_acts_again(trial: Trial) -> None:
    """Deleted, made anew by a person, and delivered once more: hours, days and weeks later."""
    local = trial.local
    handler, detail, verb = a_case(trial, "deletion", 1)
    client = local.client("personalize")
    version = client.describe_campaign(campaignArn=detail["ARN"])["campaign"]["solutionVersionArn"]
    event = trial.event(detail)
    trial.deliver(handler, event)
    local.world.clock.advance(timedelta(minutes=30))
    client.create_campaign(name="deletion-1", solutionVersionArn=version)
    for hours in (1, 5):
        local.world.clock.advance(timedelta(hours=hours))
        answer = handler(event, None)
        assert answer["outcome"] == "no change needed"
        assert "was carried out before" in answer["message"]
    for days in (4, 40):  # from the dead letters, when nobody reads so far back any more
        local.world.clock.advance(timedelta(days=days))
        assert handler(event, None)["outcome"] == "no longer true"
    assert trial.accepted == [verb]


def test_k4_an_old_request_does_not_undo_a_newer_floor(trial: Trial) -> None:
    """It waited for hours; what somebody set meanwhile counts."""
    local = trial.local
    handler, detail, _ = a_case(trial, "floor", 1)
    old = trial.event(detail)
    local.world.clock.advance(timedelta(hours=2))
    trial.deliver(handler, trial.event({**detail, "NewMinTPS": 40}))
    local.world.clock.advance(timedelta(hours=2))
    answer = handler(old, None)
    assert answer["outcome"] == "no longer true"
    assert "came late" in answer["message"]
    assert trial.accepted == ["UpdateCampaign"]


def test_k4_the_newer_of_two_requests_counts_whichever_comes_first(trial: Trial) -> None:
    """Made within one minute, and delivered in the other order, hours apart."""
    local = trial.local
    handler, detail, _ = a_case(trial, "floor", 1)
    old = trial.event(detail, 1)
    local.world.clock.advance(timedelta(seconds=20))
    trial.deliver(handler, trial.event({**detail, "NewMinTPS": 40}, 2))
    local.world.clock.advance(timedelta(minutes=50))
    assert handler(old, None)["outcome"] == "no longer true"
    newest = trial.event({**detail, "NewMinTPS": 9}, 3)
    assert handler(newest, None)["outcome"] == "done"
    assert trial.accepted == ["UpdateCampaign"] * 2


@pytest.mark.parametrize("change", ["made anew", "floor"])
def test_k1_a_removal_means_the_campaign_that_there_was(trial: Trial, change: str) -> None:
    """It waits for minutes only; meanwhile somebody makes the campaign anew, or changes it."""
    takes = trial.local.world.timings
    takes.create = takes.update = timedelta(minutes=2)
    takes.delete = timedelta(minutes=1)
    handler, detail, _ = a_case(trial, "deletion", 1)
    event, client = trial.event(detail), trial.local.client("personalize")
    there = client.describe_campaign(campaignArn=detail["ARN"])["campaign"]
    trial.local.world.clock.advance(timedelta(minutes=2))
    if change == "floor":
        client.update_campaign(campaignArn=detail["ARN"], minProvisionedTPS=7)
    else:
        client.delete_campaign(campaignArn=detail["ARN"])
        trial.local.world.clock.advance(timedelta(minutes=3))
        version = there["solutionVersionArn"]
        client.create_campaign(name=there["name"], solutionVersionArn=version)
    trial.local.world.clock.advance(timedelta(minutes=6))
    trial.accepted.clear()
    assert handler(event, None)["outcome"] == "no longer true"
    assert trial.accepted == []


def test_k1_a_late_request_of_a_person_is_carried_out(trial: Trial) -> None:
    """It is a decision, and nobody has made another one since."""
    handler, detail, verb = a_case(trial, "floor", 1)
    event = trial.event(detail)
    trial.local.world.clock.advance(timedelta(hours=5))
    assert handler(event, None)["outcome"] == "done"
    assert trial.accepted == [verb]


@pytest.mark.parametrize("case", ["measured floor", "measured deletion", "measured stop"])
@pytest.mark.parametrize("late", [16, 240, 60 * 24 * 20, -2, -60 * 24 * 30])
def test_k1_p7_measurements_hold_for_minutes(trial: Trial, case: str, late: int) -> None:
    """What comes late, or from the future, is decided anew by the next cycle."""
    handler, detail, _ = a_case(trial, case, 1)
    event = trial.event(detail) | {"time": (trial.local.now - timedelta(minutes=late)).isoformat()}
    answer = handler(event, None)
    assert answer["outcome"] == "expired"
    assert "the next cycle decides anew" in answer["message"]
    assert trial.accepted == []


def test_p7_a_hold_counts_from_the_present(trial: Trial) -> None:
    """A request that says that it is of 2099 holds as long as it says, from now on."""
    handler, detail, _ = a_case(trial, "floor", 1)
    event = trial.event({**detail, "HoldMinutes": 60}) | {"time": "2099-01-01T00:00:00Z"}
    assert handler(event, None)["outcome"] == "done"
    tags = trial.local.client("personalize").list_tags_for_resource(resourceArn=detail["ARN"])
    (held,) = (tag["tagValue"] for tag in tags["tags"])
    until = trial.local.now + timedelta(hours=1)
    assert held.startswith(until.isoformat()[:16])
