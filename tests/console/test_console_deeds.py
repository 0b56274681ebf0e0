"""What a person does in the console happens in the account, is journalled, and can be undone."""

from __future__ import annotations

import time
from datetime import timedelta

import pytest
from tests.console.stage import CAMPAIGN, Seat, changes

ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/search-ranking"
RECOMMENDER = "/r/us-east-1/recommender/bought-together"


def _campaign(seat: Seat) -> dict[str, object]:
    client = seat.watch.here.access.client("personalize", "us-east-1")
    found: dict[str, object] = client.describe_campaign(campaignArn=ARN)["campaign"]
    return found


def _tags(seat: Seat) -> dict[str, str]:
    client = seat.watch.here.access.client("personalize", "us-east-1")
    tags = client.list_tags_for_resource(resourceArn=ARN)["tags"]
    return {tag["tagKey"]: tag["tagValue"] for tag in tags}


def test_a_floor_is_changed_and_held(seat: Seat) -> None:
    """A new floor is asked of the service, and the resource says until when it is to be left."""
    status, said = seat.post(f"{CAMPAIGN}/floor", floor="4", hold="24", reason="a sale")
    assert status == 200, said
    assert "from 10 to 4" in said
    update = _campaign(seat)["latestCampaignUpdate"]
    assert isinstance(update, dict)
    assert update["minProvisionedTPS"] == 4
    assert _tags(seat) == {"PersonalizeMonitor:HoldUntil": "2026-03-03T10:02:00Z"}


@pytest.mark.parametrize("floor", ["0", "501", "-3", "4.5", "", "ten", "１０0000"])
def test_floors_that_cannot_be(seat: Seat, floor: str) -> None:
    """A floor outside 1 to 500 is refused in words, and nothing is changed."""
    status, said = seat.post(f"{CAMPAIGN}/floor", floor=floor)
    assert status == 422
    assert "whole number from 1 to 500" in said
    assert not changes(seat)


def test_a_hold_begins_and_ends(seat: Seat) -> None:
    """A hold is a tag on the resource; ending it removes the tag."""
    assert seat.post(f"{CAMPAIGN}/hold", hours="48")[0] == 200
    assert _tags(seat) == {"PersonalizeMonitor:HoldUntil": "2026-03-04T10:02:00Z"}
    assert seat.post(f"{CAMPAIGN}/hold", hours="0")[0] == 200
    assert not _tags(seat)


def test_exemptions(seat: Seat) -> None:
    """Exempt for good, up to a day, or not: as the tag says that the application reads."""
    assert seat.post(f"{CAMPAIGN}/exempt", how="yes")[0] == 200
    assert _tags(seat) == {"PersonalizeMonitor:Exempt": "yes"}
    assert seat.post(f"{CAMPAIGN}/exempt", how="until", day="2026-04-01")[0] == 200
    assert _tags(seat) == {"PersonalizeMonitor:Exempt": "until:2026-04-01"}
    for wrong in ({"day": "2026-01-01"}, {"day": "soon"}, {"how": ""}):
        assert seat.post(f"{CAMPAIGN}/exempt", **{"how": "until", "day": "", **wrong})[0] == 422
    assert seat.post(f"{CAMPAIGN}/exempt", how="no")[0] == 200
    assert not _tags(seat)


def test_deletion_needs_the_name(seat: Seat) -> None:
    """Nothing is deleted unless its name is typed as it is."""
    status, said = seat.post(f"{CAMPAIGN}/delete", name="search-rankin")
    assert status == 422
    assert "Type search-ranking" in said
    assert not changes(seat)


def test_deleted_and_restored(seat: Seat) -> None:
    """A campaign deleted here is made again from the journal, under the same ARN."""
    before = _campaign(seat)
    assert seat.post(f"{CAMPAIGN}/delete", name="search-ranking", reason="by mistake")[0] == 200
    assert "is still being deleted" in seat.client.get(f"{CAMPAIGN}/restoration").text
    seat.world.clock.advance(timedelta(minutes=10))
    seat.look()
    page = seat.client.get(CAMPAIGN)
    assert page.status_code == 404
    assert "not there now" in page.text
    assert "Create campaign search-ranking again" in seat.client.get(f"{CAMPAIGN}/restoration").text
    assert seat.post(f"{CAMPAIGN}/restore")[0] == 200
    _until(lambda: "CreateCampaign" in changes(seat))
    seat.world.clock.advance(timedelta(minutes=30))
    _until(lambda: "is ACTIVE again" in seat.client.get("/pulse?heard=0").text)
    after = _campaign(seat)
    same = ("name", "campaignArn", "solutionVersionArn", "minProvisionedTPS")
    assert [before[key] for key in same] == [after[key] for key in same]


def test_a_recommender_is_stopped_and_started(seat: Seat) -> None:
    """A recommender is stopped, never deleted, and restoring starts it."""
    status, said = seat.post(f"{RECOMMENDER}/delete", name="bought-together")
    assert status == 200, said
    assert "StopRecommender" in changes(seat)
    seat.world.clock.advance(timedelta(minutes=15))
    assert seat.post(f"{RECOMMENDER}/restore")[0] == 200
    _until(lambda: "StartRecommender" in changes(seat))


def test_nothing_to_undo(seat: Seat) -> None:
    """What this application never changed cannot be undone, and says so."""
    status, said = seat.post(f"{CAMPAIGN}/restore")
    assert status == 422
    assert "nothing to undo" in said


def test_prewarms_need_the_application(seat: Seat) -> None:
    """Schedules belong to the deployed application; without it a pre-warm is refused in words."""
    form = {"floor": "30", "begin": "2026-03-03T08:00", "until": "2026-03-03T12:00", "lead": "30"}
    status, said = seat.post(f"{CAMPAIGN}/prewarm", **form)
    assert status == 422
    assert "deploy it first" in said


def test_the_plan_is_carried_out_item_by_item(seat: Seat) -> None:
    """Only what was ticked is done; what has moved meanwhile is refused."""
    page = seat.client.get("/plan").text
    assert ARN in page
    assert seat.post("/plan")[0] == 422
    assert seat.post("/plan", arn="arn:aws:personalize:us-east-1:1:campaign/x")[0] == 422
    assert seat.post("/plan", arn=ARN)[0] == 200
    _until(lambda: len(seat.watch.applied) == 1)
    assert changes(seat) == ["UpdateCampaign"]
    update = _campaign(seat)["latestCampaignUpdate"]
    assert isinstance(update, dict)
    assert update["minProvisionedTPS"] == 1


def test_a_plan_whose_world_has_moved(seat: Seat) -> None:
    """A floor that somebody changed since the plan was drawn is left as it is."""
    seat.client.get("/plan")
    client = seat.watch.here.access.client("personalize", "us-east-1")
    client.update_campaign(campaignArn=ARN, minProvisionedTPS=12)
    assert seat.post("/plan", arn=ARN)[0] == 200
    _until(lambda: len(seat.watch.applied) == 1)
    assert str(seat.watch.applied[0].fate) == "drifted"
    assert changes(seat) == ["UpdateCampaign"]  # the other person's


def test_the_plan_as_a_file(seat: Seat) -> None:
    """The saved plan is one that the command accepts."""
    from personalize_monitor.model.plan import Plan

    seat.client.get("/plan")
    answer = seat.client.get("/plan/plan.json")
    assert "attachment" in answer.headers["Content-Disposition"]
    assert ARN in {item.arn for item in Plan.from_json(answer.text).acting}


def test_without_scripts(seat: Seat) -> None:
    """A form that is sent without htmx leads back to its page."""
    form = {"csrf": seat.app.state.csrf, "hours": "24"}
    answer = seat.client.post(f"{CAMPAIGN}/hold", data=form, headers={"Origin": seat.url})
    assert answer.status_code == 303
    assert answer.headers["Location"] == CAMPAIGN


def _until(true: object) -> None:
    """Wait for a thread of the console, at most twenty seconds."""
    end = time.monotonic() + 20
    while not true():  # type: ignore[operator]
        assert time.monotonic() < end, "it did not happen"
        time.sleep(0.05)
