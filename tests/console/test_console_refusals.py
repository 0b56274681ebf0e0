"""What the console will not do it says in words, and nothing in the account has changed."""

from __future__ import annotations

import pytest
from tests.console.stage import CAMPAIGN, Seat, changes

from personalize_monitor.model.plan import Plan

ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/search-ranking"


@pytest.mark.parametrize("floor", ["0", "501", "-3", "4.5", "", "ten", "１０0000"])
def test_floors_that_cannot_be(still: Seat, floor: str) -> None:
    """A floor outside 1 to 500 is refused in words, and nothing is changed."""
    status, said = still.post(f"{CAMPAIGN}/floor", floor=floor)
    assert status == 422
    assert "whole number from 1 to 500" in said
    assert not changes(still)


def test_deletion_needs_the_name(still: Seat) -> None:
    """Nothing is deleted unless its name is typed as it is."""
    status, said = still.post(f"{CAMPAIGN}/delete", name="search-rankin")
    assert status == 422
    assert "Type search-ranking" in said
    assert not changes(still)


def test_nothing_to_undo(still: Seat) -> None:
    """What this application never changed cannot be undone, and says so."""
    status, said = still.post(f"{CAMPAIGN}/restore")
    assert status == 422
    assert "nothing to undo" in said


def test_prewarms_need_the_application(still: Seat) -> None:
    """Schedules belong to the deployed application; without it a pre-warm is refused in words."""
    form = {"floor": "30", "begin": "2026-03-03T08:00", "until": "2026-03-03T12:00", "lead": "30"}
    status, said = still.post(f"{CAMPAIGN}/prewarm", **form)
    assert status == 422
    assert "deploy it first" in said


def test_the_plan_as_a_file(still: Seat) -> None:
    """The saved plan is one that the command accepts."""
    still.client.get("/plan")
    answer = still.client.get("/plan/plan.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert ARN in {item.arn for item in Plan.from_json(answer.text).acting}
