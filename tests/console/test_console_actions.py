"""What a person does in the console happens in the account, is journalled, and can be undone."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

from tests.console.stage import CAMPAIGN, Seat, big, changes, seated
from tests.support import eventually

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


def test_deleted_and_restored(seat: Seat) -> None:
    """A campaign deleted here is made again from the journal, under the same ARN."""
    before = _campaign(seat)
    assert seat.post(f"{CAMPAIGN}/delete", name="search-ranking", reason="by mistake")[0] == 200
    assert "is still being deleted" in seat.client.get(f"{CAMPAIGN}/shown/restore").text
    seat.world.clock.advance(timedelta(minutes=10))
    seat.look()
    page = seat.client.get(CAMPAIGN)
    assert page.status_code == 404
    assert "not there now" in page.text
    assert (
        "Create campaign search-ranking again" in seat.client.get(f"{CAMPAIGN}/shown/restore").text
    )
    assert seat.post(f"{CAMPAIGN}/restore")[0] == 200
    eventually(lambda: "CreateCampaign" in changes(seat))
    seat.world.clock.advance(timedelta(minutes=30))
    eventually(lambda: "is ACTIVE again" in seat.client.get("/pulse?heard=0").text)
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
    eventually(lambda: "StartRecommender" in changes(seat))


def test_the_plan_is_carried_out_item_by_item(seat: Seat) -> None:
    """Only what was ticked is done; what has moved meanwhile is refused."""
    page = seat.client.get("/plan").text
    assert ARN in page
    assert seat.post("/plan")[0] == 422
    assert seat.post("/plan", item="arn:aws:personalize:us-east-1:1:campaign/x|0")[0] == 422
    assert seat.post("/plan", item=ticked(page))[0] == 200
    eventually(lambda: len(seat.watch.applied) == 1)
    assert changes(seat) == ["UpdateCampaign"]
    update = _campaign(seat)["latestCampaignUpdate"]
    assert isinstance(update, dict)
    assert update["minProvisionedTPS"] == 1


def test_a_plan_whose_world_has_moved(seat: Seat) -> None:
    """A floor that somebody changed since the plan was drawn is left as it is."""
    item = ticked(seat.client.get("/plan").text)
    client = seat.watch.here.access.client("personalize", "us-east-1")
    client.update_campaign(campaignArn=ARN, minProvisionedTPS=12)
    assert seat.post("/plan", item=item)[0] == 200
    eventually(lambda: len(seat.watch.applied) == 1)
    assert str(seat.watch.applied[0].fate) == "drifted"
    assert changes(seat) == ["UpdateCampaign"]  # the other person's


def test_an_empty_account(tmp_path: Path) -> None:
    """An account without campaigns is told what to do, not shown an empty table."""
    with big(0) as world, seated(world, tmp_path) as seat:
        assert "No campaign or recommender here" in seat.client.get("/").text


def test_without_scripts(seat: Seat) -> None:
    """A form that is sent without htmx leads back to its page."""
    shown = seat.shown(f"{CAMPAIGN}/hold")
    form = {"csrf": seat.app.state.csrf, "hours": "24", "shown": shown}
    answer = seat.client.post(f"{CAMPAIGN}/hold", data=form, headers={"Origin": seat.url})
    assert answer.status_code == 303
    assert answer.headers["Location"] == CAMPAIGN


def ticked(page: str, arn: str = ARN) -> str:
    """The checkbox of a resource on the plan page."""
    found = re.search(rf'value="({re.escape(arn)}\|\w+)"', page)
    assert found, page
    return found[1]
