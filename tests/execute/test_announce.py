"""Announcements: exactly one for each change, however often and wherever an attempt dies."""

from __future__ import annotations

import json
from typing import Any

import pytest
from tests.support import JOURNAL, Local

from aws_sandbox import fleet
from personalize_monitor.errors import JournalUnavailable, Unavailable
from personalize_monitor.functions import delete, update

DELETED = "PersonalizeCampaignDeleted"


def event(local: Local, detail: dict[str, Any], number: int = 1) -> dict[str, Any]:
    """An EventBridge event of now."""
    return {"id": f"e-{number}", "time": local.now.isoformat(), "detail": detail}


def test_what_could_not_be_announced_is_announced_by_the_next_attempt(local: Local) -> None:
    """The change was made, PutEvents failed: the repeated invocation announces, and only once."""
    local.with_journal()
    member = fleet.add_campaign(local.world, "c")
    asked = event(local, {"ARN": member.arn, "Reason": "Old."})
    local.fail(action="PutEvents", code="InternalException", status=500)
    with pytest.raises(Unavailable, match="is made but"):
        delete.handler(asked, None)
    local.heal()
    answer = delete.handler(asked, None)
    assert answer["outcome"] == "gone"
    assert "announced now" in answer["message"]
    (said,) = local.sent(DELETED)
    assert (said["Reason"], said["Restore"]["name"]) == ("Old.", "c")
    for _ in range(2):
        delete.handler(asked, None)
    assert len(local.sent(DELETED)) == 1


def test_another_request_does_not_announce_what_was_announced(local: Local) -> None:
    """Only the request whose announcement is missing owes it."""
    local.with_journal()
    member = fleet.add_campaign(local.world, "c", floor=20)
    update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 5}), None)
    again = update.handler(event(local, {"ARN": member.arn, "NewMinTPS": 5}, 2), None)
    assert again["outcome"] == "no change needed"
    assert len(local.sent()) == 1


def test_without_a_journal_a_second_delivery_stays_silent(local: Local) -> None:
    """Where no journal is deployed, a change that is found done is not announced again."""
    member = fleet.add_campaign(local.world, "c", floor=20)
    asked = event(local, {"ARN": member.arn, "NewMinTPS": 5})
    update.handler(asked, None)
    assert update.handler(asked, None)["outcome"] == "no change needed"
    assert len(local.sent()) == 1


def test_k10_a_journal_that_cannot_be_read_is_asked_again(local: Local) -> None:
    """Whether an announcement is owed is not known then: neither silence nor a second one."""
    local.with_journal()
    member = fleet.add_campaign(local.world, "c", floor=20)
    asked = event(local, {"ARN": member.arn, "NewMinTPS": 5})
    update.handler(asked, None)
    local.fail(action="FilterLogEvents", code="ServiceUnavailableException", status=503)
    with pytest.raises(JournalUnavailable, match="was about to change it"):
        update.handler(asked, None)
    local.heal()
    assert update.handler(asked, None)["outcome"] == "no change needed"
    assert len(local.sent()) == 1


def test_a_floor_is_changed_also_when_the_journal_is_down(local: Local) -> None:
    """A change of the floor can be undone from its announcement, so it does not wait."""
    local.with_journal()
    member = fleet.add_campaign(local.world, "c", floor=20)
    local.fail(action="PutLogEvents", code="ServiceUnavailableException", status=503)
    asked = event(local, {"ARN": member.arn, "NewMinTPS": 5})
    assert update.handler(asked, None)["outcome"] == "done"
    assert len(local.sent()) == 1


def test_the_intent_tells_what_will_be_said(local: Local) -> None:
    """The journal's record carries the request, the announcement and the recipe."""
    local.with_journal()
    member = fleet.add_campaign(local.world, "c")
    delete.handler(event(local, {"ARN": member.arn}), None)
    answer = local.client("logs").filter_log_events(logGroupName=JOURNAL)
    intent, noted = (json.loads(one["message"]) for one in answer["events"])
    assert intent["detail"]["Announcement"] == noted["detail"]["Announcement"] == DELETED
    assert intent["detail"]["RequestId"] == noted["detail"]["RequestId"] == "e-1"
    assert intent["detail"]["AnnouncementDetail"] == local.sent(DELETED)[0]
    assert intent["resources"] == [member.arn]
