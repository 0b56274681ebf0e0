"""The second look of the executors: what no longer holds is left alone, with the reason."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.aws.script import refused
from tests.datapoints import MARIA, Desk
from tests.support import ACCOUNT, BEGIN, a_resource

from personalize_monitor.clock import RealTime
from personalize_monitor.contract import (
    CAMPAIGN_DELETED_EVENT,
    FLOOR_UPDATED_EVENT,
    RECOMMENDER_STOPPED_EVENT,
)
from personalize_monitor.errors import JournalUnavailable, NoSuchResource, Unavailable
from personalize_monitor.execute.action_requests import (
    ActionRequest,
    delete_request,
    floor_request,
    stop_request,
)
from personalize_monitor.execute.actions import Executor
from personalize_monitor.execute.outcome import Outcome, Result
from personalize_monitor.model.entry import ANNOUNCED, GAVE_UP, HELD, INTENT
from personalize_monitor.model.resource import Kind, Resource

NOW = BEGIN
HOUR = timedelta(hours=1)
SHOES = a_resource()
RADIO = a_resource("radio", kind=Kind.RECOMMENDER)
IDLE: dict[str, Any] = {"TotalRequestsDuringIdleThresholdHours": 0, "IdleThresholdHours": 24}


def request(resource: Resource = SHOES, **detail: Any) -> ActionRequest:
    """A request about a resource: for a floor when it names one, otherwise to remove it."""
    event = {
        "id": "e-1",
        "time": NOW.isoformat(),
        "detail": {"ARN": str(resource.arn), "Reason": "So it is.", **detail},
    }
    if "NewMinTPS" in detail:
        return floor_request(event, account=ACCOUNT, request_id="")
    removal = delete_request if resource.kind is Kind.CAMPAIGN else stop_request
    return removal(event, account=ACCOUNT, request_id="")


def carry_out(operator: Desk, asked: ActionRequest, *, actions: bool = True) -> Outcome:
    """What the executor of this kind of request does."""
    executor = Executor(
        operator.access,
        operator.announcer,
        operator.diary.reader,
        actions=actions,
        now=RealTime(NOW),
    )
    if asked.floor is not None:
        return executor.set_floor(asked)
    return executor.delete(asked) if asked.arn.kind == Kind.CAMPAIGN else executor.stop(asked)


@pytest.fixture
def operator(tmp_path: Path) -> Desk:
    """An idle campaign and an idle recommender with floors of 10."""
    return Desk(tmp_path, SHOES, RADIO, now=NOW)


@pytest.mark.parametrize(
    ("resource", "detail", "changed", "announced"),
    [
        (SHOES, {"NewMinTPS": 3}, "update_campaign", FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]),
        (SHOES, IDLE, "delete_campaign", CAMPAIGN_DELETED_EVENT),
        (RADIO, IDLE, "stop_recommender", RECOMMENDER_STOPPED_EVENT),
        (SHOES, {}, "delete_campaign", CAMPAIGN_DELETED_EVENT),
    ],
)
def test_intent_deed_announcement(
    operator: Desk, resource: Resource, detail: dict[str, Any], changed: str, announced: str
) -> None:
    """In this order, each once, all three under the id of the request."""
    done = carry_out(operator, request(resource, **detail))
    assert done.result is Result.DONE
    assert operator.changes == [changed]
    assert operator.written[:3] == [INTENT, announced, ANNOUNCED]
    assert {one["RequestId"] for one in operator.said(INTENT, announced, ANNOUNCED)} == {"e-1"}
    (said,) = operator.said(announced)
    assert done.message == said["Summary"]
    assert said["Reason"] == "So it is."
    assert said["PreviousMinTPS"] == 10


def test_a_switch_stops_every_deed_before_it_looks(operator: Desk) -> None:
    """Actions Off: nothing is read, changed or written."""
    for one in (request(NewMinTPS=3), request(), request(RADIO)):
        told = carry_out(operator, one, actions=False)
        assert told.result is Result.SWITCHED_OFF
        assert told.message == f"Actions is Off; {one.arn} is left alone."
    assert (operator.personalize.calls, operator.written) == ([], [])


@pytest.mark.parametrize("detail", [{"NewMinTPS": 3}, {}, IDLE])
@pytest.mark.parametrize(
    ("status", "result", "said"),
    [
        ("DELETE IN_PROGRESS", Result.GONE, "is being deleted."),
        ("CREATE PENDING", Result.BUSY, "is changing at the moment"),
        ("CREATE FAILED", Result.NOT_ACTIVE, "it serves nothing and is left alone."),
        ("INACTIVE", Result.NO_CHANGE, "is stopped."),
        ("STOP IN_PROGRESS", Result.NO_CHANGE, "is stopped."),
    ],
)
def test_what_does_not_serve_is_left_alone(
    operator: Desk, detail: dict[str, Any], status: str, result: Result, said: str
) -> None:
    """Each status has its outcome in words, whatever was asked, and nothing is announced."""
    for resource in (SHOES, RADIO):
        operator.show(replace(resource, status=status))
        told = carry_out(operator, request(resource, **detail))
        assert (told.result, said in told.message) == (result, True)
    assert (operator.changes, operator.written) == ([], [])


def test_p13_what_is_gone_is_gone_for_the_monitor_and_an_error_for_a_person(operator: Desk) -> None:
    """A misspelt ARN in somebody's schedule must be noticed; no answer is tried again."""
    operator.show()
    assert carry_out(operator, request(**IDLE)).result is Result.GONE
    asked: tuple[dict[str, Any], ...] = ({}, {"NewMinTPS": 3})
    for detail in asked:
        with pytest.raises(NoSuchResource, match=r"does not exist\. Nothing was changed"):
            carry_out(operator, request(**detail))
    operator.personalize.answers["describe_campaign"] = refused("InternalServerException")
    with pytest.raises(Unavailable, match=f"Reading {SHOES.arn} failed"):
        carry_out(operator, request())


@pytest.mark.parametrize(
    ("code", "result"),
    [("ResourceInUseException", Result.BUSY), ("ResourceNotFoundException", Result.GONE)],
)
@pytest.mark.parametrize("detail", [{"NewMinTPS": 3}, {}])
def test_a_race_with_somebody_else(
    operator: Desk, detail: dict[str, Any], code: str, result: Result
) -> None:
    """Between the look and the deed another one was quicker: said, and not announced."""
    for call in ("update_campaign", "delete_campaign"):
        operator.personalize.answers[call] = refused(code)
    assert carry_out(operator, request(**detail)).result is result
    assert operator.written == [INTENT, GAVE_UP]


def test_a_deed_that_is_refused_is_tried_again(operator: Desk) -> None:
    """The sentence names what was tried; nothing is announced."""
    operator.personalize.answers["delete_campaign"] = refused("AccessDeniedException")
    with pytest.raises(Unavailable, match=f"Changing {SHOES.arn} failed .AccessDenied"):
        carry_out(operator, request())
    assert operator.written == [INTENT, GAVE_UP]


@pytest.mark.parametrize(
    ("tags", "result", "said"),
    [
        ({"PersonalizeMonitor__Exempt": "yes"}, Result.HELD, "is exempt. Tag"),
        ({"PersonalizeMonitor__Exempt": "perhaps"}, Result.HELD, "cannot be understood"),
        ({"PersonalizeMonitor__HoldUntil": "2026-03-09T00:00:00Z"}, Result.HELD, "is held until"),
        ({"PersonalizeMonitor__HoldUntil": "2026-03-01T00:00:00Z"}, Result.DONE, "from 10 to 3"),
        ({"Team": "shop"}, Result.DONE, "from 10 to 3"),
    ],
)
def test_a_persons_word_since_the_decision(
    operator: Desk, tags: dict[str, str], result: Result, said: str
) -> None:
    """A tag that came after the cycle still holds the monitor's request."""
    operator.tagged(**tags)
    told = carry_out(operator, request(NewMinTPS=3, CurrentMinTPS=10))
    assert (told.result, said in told.message) == (result, True)
    assert bool(operator.changes) is (result is Result.DONE)


@pytest.mark.parametrize("detail", [{"NewMinTPS": 3, "CurrentMinTPS": 10}, IDLE])
def test_tags_that_cannot_be_read_hold_the_request(operator: Desk, detail: dict[str, Any]) -> None:
    """Somebody may have wanted something."""
    operator.personalize.answers["list_tags_for_resource"] = refused("ThrottlingException")
    told = carry_out(operator, request(**detail))
    assert told.result is Result.HELD
    assert told.message.endswith("It is left alone.")
    assert operator.changes == []


def test_a_persons_request_needs_nobodys_leave(operator: Desk) -> None:
    """Without measurements it is carried out, tags and traffic or not."""
    operator.tagged(PersonalizeMonitor__Exempt="yes")
    operator.put("GetRecommendations", SHOES, 99.0, NOW.replace(minute=0))
    assert carry_out(operator, request(NewMinTPS=3)).result is Result.DONE
    assert carry_out(operator, request()).result is Result.DONE


@pytest.mark.parametrize(
    ("ago", "result"),
    [(24.1, Result.DONE), (23.9, Result.NO_LONGER_TRUE), (0, Result.NO_LONGER_TRUE)],
)
def test_an_update_since_makes_it_young_again(operator: Desk, ago: float, result: Result) -> None:
    """Who just updated a campaign is about to use it."""
    operator.show(replace(SHOES, updated=NOW - ago * HOUR))
    told = carry_out(operator, request(**IDLE))
    assert told.result is result
    if result is not Result.DONE:
        assert f"was updated {ago:.1f} hours ago" in told.message


def test_an_update_that_runs_makes_it_busy(operator: Desk) -> None:
    """Whoever asks: one change at a time."""
    operator.show(replace(SHOES, update_pending=True))
    assert carry_out(operator, request(**IDLE)).result is Result.BUSY
    assert carry_out(operator, request(NewMinTPS=3)).result is Result.BUSY
    assert operator.changes == []


def test_a_request_of_this_minute_saves_it(operator: Desk) -> None:
    """Also one in the window that is still running."""
    operator.put("GetRecommendations", SHOES, 2.0, NOW.replace(minute=0))
    told = carry_out(operator, request(**IDLE))
    assert told.result is Result.NO_LONGER_TRUE
    assert "had 2 requests in the last 24 hours; it is in use" in told.message


def test_an_unknown_life_saves_it(operator: Desk) -> None:
    """What is not known is no idleness, and the reason says why it is not."""
    operator.blind(metric="GetPersonalizedRanking")
    told = carry_out(operator, request(**IDLE))
    assert told.result is Result.NO_LONGER_TRUE
    assert "is not known now (CloudWatch answered InternalError.)" in told.message


@pytest.mark.parametrize(
    ("tag", "asked", "said"),
    [
        ({"PersonalizeMonitor__MinTPS": "6"}, 3, "at least 6"),
        ({"PersonalizeMonitor__MaxTPS": "20"}, 50, "at most 20"),
    ],
)
def test_p5_bounds_set_since_the_decision(
    operator: Desk, tag: dict[str, str], asked: int, said: str
) -> None:
    """Whoever carries out a request with measurements looks at the bounds again."""
    operator.tagged(**tag)
    told = carry_out(operator, request(NewMinTPS=asked, CurrentMinTPS=10))
    assert told.result is Result.HELD
    assert said in told.message
    assert operator.changes == []


def before(operator: Desk, count: int) -> None:
    """So many went within the hour, decided by the monitor."""
    for n in range(count):
        operator.diary.told(
            CAMPAIGN_DELETED_EVENT,
            a_resource(f"gone-{n}").arn,
            NOW - timedelta(minutes=10),
            RequestId=f"other-{n}",
            RequestedBy="monitor",
        )


@pytest.mark.parametrize(
    ("gone", "allowed", "result"),
    [
        (0, 1, Result.DONE),
        (1, 1, Result.HELD),
        (1, 2, Result.DONE),
        (3, 2, Result.HELD),
        (1, "many", Result.HELD),
        (1, -5, Result.HELD),
        (1, None, Result.HELD),
    ],
)
def test_no_more_than_were_allowed(operator: Desk, gone: int, allowed: Any, result: Result) -> None:
    """The number goes along with the request; one that cannot be meant allows one."""
    before(operator, gone)
    told = carry_out(operator, request(**IDLE, AllowedPerHour=allowed))
    assert told.result is result
    if result is Result.HELD:
        assert f"{gone} resources of us-east-1 went within the last hour" in told.message


def test_without_a_past_nothing_goes(operator: Desk) -> None:
    """How many went is not known, so this one waits."""
    operator.diary.breaks()
    told = carry_out(operator, request(**IDLE))
    assert told.result is Result.HELD
    assert told.message.endswith(f"{SHOES.arn} is left alone.")
    with pytest.raises(JournalUnavailable):  # a person's request fails loudly instead
        carry_out(operator, request())
    assert operator.changes == []


def test_a_deleted_campaign_leaves_no_alarm(operator: Desk) -> None:
    """Its four names in one call; where that fails the monitor sweeps later, and it is done."""
    operator.script.answers["delete_alarms"] = refused("AccessDenied")
    assert carry_out(operator, request()).result is Result.DONE
    (call,) = operator.script.asked("delete_alarms")
    assert len(call["AlarmNames"]) == 4
    assert all(name.endswith("-shoes") for name in call["AlarmNames"])


def test_a_hold_is_written_before_the_floor(operator: Desk) -> None:
    """Otherwise the next cycle could take back what was just set."""
    carry_out(operator, request(NewMinTPS=30, HoldUntil="2026-03-05T12:00:00+02:00"))
    assert operator.changes == ["tag_resource", "update_campaign"]
    (call,) = operator.personalize.asked("tag_resource")
    assert call["tags"] == [
        {"tagKey": "PersonalizeMonitor:HoldUntil", "tagValue": "2026-03-05T10:00:00Z"}
    ]


@pytest.mark.parametrize(
    ("there", "written"),
    [
        ("2026-03-05T09:59:00Z", True),
        ("2026-03-05T10:00:00Z", False),
        ("2026-04-01T00:00:00Z", False),
        ("until I say so", False),
    ],
)
def test_a_longer_hold_stays(operator: Desk, there: str, written: bool) -> None:
    """So does one that nobody can read: it is a person's."""
    operator.tagged(PersonalizeMonitor__HoldUntil=there)
    carry_out(operator, request(NewMinTPS=30, HoldUntil="2026-03-05T10:00:00Z"))
    assert ("tag_resource" in operator.changes) is written


@pytest.mark.parametrize("more", [{}, {"PrewarmId": "pw-1"}], ids=["request", "prewarm"])
@pytest.mark.parametrize("code", ["TooManyTagsException", "AccessDeniedException"])
def test_k8_p9_a_floor_needs_no_room_for_a_tag(
    operator: Desk, code: str, more: dict[str, str]
) -> None:
    """With fifty tags the floor is raised all the same, and the journal keeps the hold."""
    operator.personalize.answers["tag_resource"] = refused(code)
    detail: dict[str, Any] = {"NewMinTPS": 30, "HoldUntil": "2026-03-05T10:00:00Z", **more}
    told = carry_out(operator, request(**detail))
    assert told.result is Result.DONE
    assert operator.changes[-1] == "update_campaign"
    (held,) = operator.said(HELD)
    assert held["HoldUntil"] == "2026-03-05T10:00:00+00:00"


def test_a_hold_for_a_floor_that_is_there_already_is_written_all_the_same(operator: Desk) -> None:
    """Keep it at 10 for the sale: nothing to change, but to be left alone."""
    told = carry_out(operator, request(NewMinTPS=10, HoldUntil="2026-03-05T10:00:00Z"))
    assert told.result is Result.NO_CHANGE
    assert operator.changes == ["tag_resource"]


def test_a_refused_request_holds_nothing(operator: Desk) -> None:
    """What no longer rests on the truth leaves no tag behind."""
    told = carry_out(
        operator, request(NewMinTPS=30, CurrentMinTPS=8, HoldUntil="2026-03-05T10:00:00Z")
    )
    assert told.result is Result.NO_LONGER_TRUE
    assert operator.changes == []


def test_a_floor_on_its_way_is_the_one_that_counts(operator: Desk) -> None:
    """A request measured at the floor before the update has been overtaken."""
    update = {"status": "CREATE IN_PROGRESS", "minProvisionedTPS": 6}
    operator.show(SHOES, latestCampaignUpdate=update)
    told = carry_out(operator, request(NewMinTPS=3, CurrentMinTPS=10))
    assert told.result is Result.NO_LONGER_TRUE
    assert "is 6 by now, not 10" in told.message


def test_who_asked_is_in_what_is_said(operator: Desk) -> None:
    """An order that knows its person names them in the announcement."""
    carry_out(operator, replace(request(NewMinTPS=3), by=MARIA, requester="apply"))
    (said,) = operator.said(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN])
    assert (said["By"], said["RequestedBy"]) == (MARIA, "apply")
