"""Grace: people are told the date first, and only what stayed idle all the time may go then."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path

import pytest
from tests.datapoints import Diary, Numbers
from tests.support import BEGIN, a_resource

from personalize_monitor.aws.events import Event
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.decide.grace import FIRST_NOTICE, LAST_CALL, Grace
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.resource import Kind, Resource

HOUR = timedelta(hours=1)
NOW = BEGIN
IDLE = a_resource()


class Waiting:
    """A resource that is idle, and what people hear of it."""

    def __init__(self, folder: Path, *, hours: int = 72, resource: Resource = IDLE) -> None:
        self.numbers, self.diary = Numbers(), Diary(folder)
        self.hours, self.resource = hours, resource

    def at(self, moment: datetime, *, idle_hours: int = 24) -> tuple[Decision, str]:
        """What is decided at a moment, and the kind of the notice that goes out and is kept."""
        decision, event = self.ask(moment, idle_hours=idle_hours)
        if event is not None:
            self.diary.told(NOTICE_EVENT, self.resource.arn, moment, **event.detail)
        return decision, "" if event is None else str(event.detail["Kind"])

    def ask(self, moment: datetime, *, idle_hours: int = 24) -> tuple[Decision, Event | None]:
        """The same, with the event, and nothing kept."""
        removes = Action.DELETE if self.resource.kind is Kind.CAMPAIGN else Action.STOP
        grace = Grace(self.numbers.metrics, self.diary.reader, moment, self.hours, idle_hours)
        return grace.apply(Decision(self.resource, removes, "No request came in 24 hours."))


def test_first_a_notice_then_a_last_call_then_the_deed(tmp_path: Path) -> None:
    """Three days: told at once, reminded in the last day, gone after the date and not before."""
    story = Waiting(tmp_path)
    heard = {}
    for hour in range(74):
        decision, notice = story.at(NOW + hour * HOUR)
        if notice:
            heard[hour] = notice
        assert decision.acts is (hour >= 72)
    assert heard == {0: FIRST_NOTICE, 48: LAST_CALL}


@pytest.mark.parametrize("hours", [1, 12, 24])
def test_a_short_grace_has_no_last_call(tmp_path: Path, hours: int) -> None:
    """Two notices in one day would be one too many."""
    story = Waiting(tmp_path, hours=hours)
    heard = [story.at(NOW + hour * HOUR)[1] for hour in range(hours + 1)]
    assert heard == [FIRST_NOTICE, *[""] * hours]


def test_while_the_grace_lasts_the_decision_says_until_when(tmp_path: Path) -> None:
    """Held by its name, with what would be done and the date in UTC."""
    decision, _ = Waiting(tmp_path).at(NOW)
    assert decision.held_by == "grace"
    assert decision.evidence["would"] == "delete"
    assert decision.reason == (
        "No request came in 24 hours. Blocked: people are given until 2026-03-05 10:02 UTC."
    )


@pytest.mark.parametrize(
    ("kind", "verb"), [(Kind.CAMPAIGN, "deleted"), (Kind.RECOMMENDER, "stopped")]
)
def test_a_notice_says_what_happens_when_and_how_to_prevent_it(
    tmp_path: Path, kind: Kind, verb: str
) -> None:
    """A person who reads only this mail knows all they need."""
    _, event = Waiting(tmp_path, resource=a_resource(kind=kind)).ask(NOW)
    assert event is not None
    assert event.detail["Summary"] == (
        f"{kind} shoes in us-east-1 is idle and will be {verb} after 2026-03-05 10:02 UTC."
    )
    assert "send it a request, or tag it PersonalizeMonitor:Exempt" in event.detail["Reason"]
    assert event.detail["ActAfter"] == "2026-03-05T10:02:00+00:00"
    assert event.resource == event.detail["ARN"]


def test_the_last_call_says_so(tmp_path: Path) -> None:
    """The same sentence, marked, with the same date as the first."""
    story = Waiting(tmp_path)
    story.at(NOW)
    _, event = story.ask(NOW + 50 * HOUR)
    assert event is not None
    assert event.detail["Summary"].startswith("Last call: campaign shoes")
    assert event.detail["ActAfter"] == "2026-03-05T10:02:00+00:00"


def test_traffic_withdraws_the_notice(tmp_path: Path) -> None:
    """One request in between, and the next idleness begins with a new notice and a new date."""
    story = Waiting(tmp_path)
    story.at(NOW)
    story.numbers.put("GetRecommendations", IDLE, 1.0, BEGIN.replace(minute=0) + 30 * HOUR)
    again = NOW + 60 * HOUR
    decision, notice = story.at(again)
    assert (notice, decision.acts) == (FIRST_NOTICE, False)
    assert f"{again + 72 * HOUR:%Y-%m-%d %H:%M}" in decision.reason
    assert not story.at(NOW + 73 * HOUR)[0].acts


def test_errors_of_callers_withdraw_it_too(tmp_path: Path) -> None:
    """Somebody who is refused is somebody who needs it."""
    story = Waiting(tmp_path)
    story.at(NOW)
    metric = "GetRecommendations4xxErrors"
    story.numbers.put(metric, IDLE, 1.0, BEGIN.replace(minute=0) + 30 * HOUR)
    assert story.at(NOW + 73 * HOUR)[1] == FIRST_NOTICE


def test_what_is_not_known_is_no_idleness(tmp_path: Path) -> None:
    """With metrics lost no notice counts, and none is sent: nobody is told what may be wrong."""
    story = Waiting(tmp_path)
    story.at(NOW)
    story.numbers.blind()
    decision, notice = story.at(NOW + 73 * HOUR)
    assert (decision.acts, notice) == (False, "")
    assert "a request has come, or may have come, in these minutes" in decision.reason


def test_a_request_of_this_minute_sends_no_notice(tmp_path: Path) -> None:
    """The window that was decided on is five minutes old; who calls just now is not warned."""
    story = Waiting(tmp_path)
    story.numbers.put("GetRecommendations", IDLE, 1.0, NOW.replace(minute=55) - HOUR)
    decision, notice = story.at(NOW)
    assert (decision.held_by, notice) == ("grace", "")


def test_notices_about_others_and_other_matters_do_not_count(tmp_path: Path) -> None:
    """A name that begins alike, a notice of another kind, an event that only names the ARN."""
    story = Waiting(tmp_path)
    due = (NOW - HOUR).isoformat()
    twin = replace(IDLE, arn=a_resource("shoes-2").arn)
    early = NOW - 80 * HOUR
    story.diary.told(NOTICE_EVENT, twin.arn, early, Kind=FIRST_NOTICE, ActAfter=due)
    story.diary.told(NOTICE_EVENT, IDLE.arn, early, Kind="held-back", ActAfter=due)
    story.diary.told("Else", IDLE.arn, early, Kind=FIRST_NOTICE, ActAfter=due)
    decision, notice = story.at(NOW)
    assert (decision.acts, notice) == (False, FIRST_NOTICE)


def test_a_last_call_alone_is_no_notice(tmp_path: Path) -> None:
    """Who was told nothing before gets the whole time."""
    story = Waiting(tmp_path)
    due = (NOW - HOUR).isoformat()
    story.diary.told(NOTICE_EVENT, IDLE.arn, NOW - HOUR, Kind=LAST_CALL, ActAfter=due)
    assert story.at(NOW)[1] == FIRST_NOTICE


def test_a_journal_that_cannot_be_read_stops_it(tmp_path: Path) -> None:
    """Without knowing what people were told nothing goes; whoever asks holds the decision."""
    story = Waiting(tmp_path)
    story.diary.breaks()
    with pytest.raises(JournalUnavailable):
        story.ask(NOW)


@pytest.mark.parametrize("date", [None, "", "soon", "2026-13-45", "2026-03-01T00:00:00"])
def test_k5_a_notice_without_a_date_is_none(tmp_path: Path, date: str | None) -> None:
    """Others may write notices too: such a one neither breaks a decision nor starts the grace."""
    story = Waiting(tmp_path)
    detail = {"Kind": FIRST_NOTICE} | ({} if date is None else {"ActAfter": date})
    story.diary.told(NOTICE_EVENT, IDLE.arn, NOW - 100 * HOUR, **detail)
    decision, kind = story.at(NOW)
    assert (decision.acts, kind) == (False, FIRST_NOTICE)
