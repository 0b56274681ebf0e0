"""EventBridge Scheduler: schedules are made whole, listed whole, and removed without complaint."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, in_pages, refused
from tests.support import HOME

from personalize_monitor.errors import InvalidRequest, JournalUnavailable, Unavailable
from personalize_monitor_desk.prewarm.scheduler import Group, Scheduler, Timed

GROUP = Group("monitor-prewarms", "arn:role", "arn:bus", "arn:dead-letters")
UNTIL = datetime(2026, 12, 1, tzinfo=UTC)
ONCE = Timed(
    name="pw-1-up-0",
    expression="at(2026-11-27T07:00:00)",
    zone="UTC",
    detail_type="UpdatePersonalizeCampaignMinProvisionedTPS",
    detail={"ARN": "arn:c", "NewMinTPS": 60},
    once=True,
)


def at(**answers: Any) -> tuple[Scheduler, Script]:
    """The schedules of a group, answered by script."""
    client = Script(**answers)
    return Scheduler(Scripted({"scheduler": client}), HOME, GROUP), client


def test_a_schedule_that_fires_once_vanishes() -> None:
    """It puts one event of ours on the bus, exactly at its time, and leaves nothing behind."""
    scheduler, client = at(create_schedule={})
    scheduler.put(ONCE)
    (request,) = client.asked("create_schedule")
    assert (request["Name"], request["GroupName"]) == ("pw-1-up-0", "monitor-prewarms")
    assert request["ScheduleExpression"] == "at(2026-11-27T07:00:00)"
    assert request["ScheduleExpressionTimezone"] == "UTC"
    assert request["FlexibleTimeWindow"] == {"Mode": "OFF"}
    assert request["ActionAfterCompletion"] == "DELETE"
    assert "EndDate" not in request
    target = request["Target"]
    assert (target["Arn"], target["RoleArn"]) == ("arn:bus", "arn:role")
    assert json.loads(target["Input"]) == ONCE.detail
    assert target["EventBridgeParameters"] == {
        "Source": "personalize.monitor",
        "DetailType": ONCE.detail_type,
    }


def test_a_request_that_comes_too_late_does_not_come_at_all() -> None:
    """Half an hour of trying, then the dead letters: a floor that rises at night helps nobody."""
    scheduler, client = at(create_schedule={})
    scheduler.put(ONCE)
    target = client.asked("create_schedule")[0]["Target"]
    assert target["RetryPolicy"]["MaximumEventAgeInSeconds"] == 1800
    assert 0 <= target["RetryPolicy"]["MaximumRetryAttempts"] <= 185  # what Scheduler allows
    assert target["DeadLetterConfig"] == {"Arn": "arn:dead-letters"}


def test_a_recurring_schedule_stays_until_its_end() -> None:
    """With an end it is told to Scheduler; without one it goes on."""
    scheduler, client = at(create_schedule={})
    weekly = Timed("pw-2-up-0", "cron(0 8 ? * MON *)", "Europe/Berlin", "X", {}, once=False)
    scheduler.put(weekly)
    scheduler.put(
        Timed("pw-2-up-1", weekly.expression, weekly.zone, "X", {}, once=False, until=UNTIL)
    )
    first, second = client.asked("create_schedule")
    assert first["ActionAfterCompletion"] == second["ActionAfterCompletion"] == "NONE"
    assert ("EndDate" in first, second["EndDate"]) == (False, UNTIL)
    assert first["ScheduleExpressionTimezone"] == "Europe/Berlin"


def test_k8_a_schedule_that_is_there_already_is_told() -> None:
    """A pre-warm that was cut short is made whole by asking again."""
    assert at(create_schedule={})[0].put(ONCE)
    assert not at(create_schedule=refused("ConflictException"))[0].put(ONCE)


@pytest.mark.parametrize(
    ("code", "kind", "said"),
    [
        ("ValidationException", InvalidRequest, "Scheduler refuses at(2026-11-27T07:00:00) in UTC"),
        ("ThrottlingException", Unavailable, "Making schedule pw-1-up-0 failed"),
        ("AccessDeniedException", Unavailable, "a permission is missing"),
        ("ServiceQuotaExceededException", Unavailable, "AWS refused"),
        ("InternalServerException", Unavailable, "InternalServerException"),
    ],
)
def test_a_schedule_that_is_refused(code: str, kind: type[Exception], said: str) -> None:
    """What the person must change is their request; what AWS did not do may be tried again."""
    scheduler, _ = at(create_schedule=refused(code))
    with pytest.raises(kind) as problem:
        scheduler.put(ONCE)
    assert said in str(problem.value)
    assert not isinstance(problem.value, JournalUnavailable)


@given(st.lists(st.text("abc-0", min_size=1, max_size=6), unique=True, max_size=30))
def test_names_of_all_pages_in_order(names: list[str]) -> None:
    """Every schedule of the group and of no other, sorted."""
    items = [{"Name": name} for name in names]
    scheduler, client = at(list_schedules=in_pages("Schedules", items, 4, token="NextToken"))
    assert scheduler.names() == sorted(names)
    assert {call["GroupName"] for call in client.asked("list_schedules")} == {GROUP.name}


def test_half_a_list_is_no_list() -> None:
    """Cancelling must see every schedule of a pre-warm, so a list that breaks off is an error."""
    half = {"Schedules": [{"Name": "pw-1-up-0"}], "NextToken": "1"}
    scheduler, _ = at(list_schedules=[half, refused("InternalServerException")])
    with pytest.raises(Unavailable, match="Listing schedules failed"):
        scheduler.names()


def test_the_detail_of_a_schedule_is_read_back() -> None:
    """What was put is what is found."""
    answer = {"Target": {"Input": json.dumps(ONCE.detail)}}
    scheduler, client = at(get_schedule=answer)
    assert scheduler.detail("pw-1-up-0") == ONCE.detail
    assert client.asked("get_schedule") == [{"GroupName": GROUP.name, "Name": "pw-1-up-0"}]


@pytest.mark.parametrize("text", ["", "no JSON", "[1]", '"text"', "null", "7"])
def test_a_schedule_of_somebody_else_has_no_detail(text: str) -> None:
    """A person may put schedules into the group; they are not ours, and no error."""
    scheduler, _ = at(get_schedule={"Target": {"Input": text}})
    assert scheduler.detail("mine") is None
    scheduler, _ = at(get_schedule={"Target": {}})
    assert scheduler.detail("mine") is None


def test_a_schedule_that_is_gone_has_no_detail() -> None:
    """It fired between the list and the question; any other failure is one."""
    scheduler, _ = at(get_schedule=refused("ResourceNotFoundException"))
    assert scheduler.detail("pw-1-up-0") is None
    scheduler, _ = at(get_schedule=refused("ThrottlingException"))
    with pytest.raises(Unavailable, match="Reading schedule pw-1-up-0 failed"):
        scheduler.detail("pw-1-up-0")


def test_removing_twice_is_removing() -> None:
    """Gone is gone; but a schedule that could not be removed would still fire, so that is said."""
    scheduler, client = at(delete_schedule=[{}, refused("ResourceNotFoundException")])
    scheduler.remove("pw-1-up-0")
    scheduler.remove("pw-1-up-0")
    assert len(client.asked("delete_schedule")) == 2
    scheduler, _ = at(delete_schedule=refused("AccessDeniedException"))
    with pytest.raises(Unavailable, match="Deleting schedule pw-1-up-0 failed"):
        scheduler.remove("pw-1-up-0")
