"""A region that does not answer is never shown as one in which everything was deleted (C3)."""

from __future__ import annotations

import time
from datetime import timedelta
from pathlib import Path

import pytest
from tests.console.byhand.front import Front, Outline, put, words
from tests.console.byhand.values import SHOES
from tests.support import ACCOUNT, HOME, Local, every_window

from aws_sandbox import fleet
from personalize_monitor.aws.access import Access
from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.savings import Savings
from personalize_monitor_desk.console.metrics import exposition

AGE = timedelta(days=20)
FILMS = "/r/eu-west-1/campaign/films"
FAULTS: list[dict[str, object]] = [
    {"region": "eu-west-1", "code": "ThrottlingException"},
    {"region": "eu-west-1", "action": "List*", "code": "AccessDeniedException", "status": 400},
    {"region": "eu-west-1", "action": "ListCampaigns", "code": "ThrottlingException"},
    {"region": "eu-west-1", "action": "DescribeCampaign", "code": "ThrottlingException"},
    {"region": "eu-west-1", "down": True},
]


@pytest.fixture
def stage(local: Local, tmp_path: Path) -> Front:
    """A console over a campaign in each of two regions, which has looked once."""
    fleet.add_campaign(local.world, "shoes", floor=9, shape=every_window(300), age=AGE)
    fleet.add_campaign(
        local.world, "films", floor=9, shape=every_window(300), age=AGE, region="eu-west-1"
    )
    access = Access()
    front = Front(
        tmp_path,
        access=access,
        now=local.world.clock.now,
        operator=lambda: Operator.open(access, None, now=local.now, path=tmp_path / "j.jsonl"),
    )
    front.watch.day._look()
    return front


def break_and_look(local: Local, stage: Front, fault: dict[str, object], minutes: int = 5) -> None:
    """The fault begins, and the console looks again."""
    local.world.clock.advance(timedelta(minutes=minutes))
    local.fail(service="personalize", **fault)
    stage.watch.day._look()


@pytest.mark.parametrize("fault", FAULTS)
def test_c3_what_was_known_stays_with_since_when(
    local: Local, stage: Front, fault: dict[str, object]
) -> None:
    """Fleet and resource page keep it, its state unknown; counts say so; no Restore, no Undo."""
    break_and_look(local, stage, fault)
    local.world.clock.advance(timedelta(minutes=10))
    stage.watch.day._look()
    said = stage.words("/")
    assert "eu-west-1 is not answering since 2026-03-02 10:07 UTC." in said
    assert "films" in said
    assert "Serving 1 of at least 2, 1 unknown" in said
    answer = stage.get(FILMS)
    assert answer.status_code == 200
    told = words(answer.text)
    assert "is not answering since 2026-03-02 10:07 UTC" in told
    assert "State unknown" in told
    assert "is not there now" not in told
    assert "Restore" not in told
    assert 'data-open="do-restore"' not in answer.text
    text = exposition(stage.watch.day.shot()).decode()
    assert 'name="films"' in text
    assert 'state="unknown"' in text
    assert 'resource_floor_tps{kind="campaign",name="films"' not in text
    local.heal()
    stage.watch.day._look()
    said = stage.words("/")
    assert "not answering" not in said
    assert "Serving 2 of 2 " in said


@pytest.mark.parametrize("fault", FAULTS)
def test_c3_a_console_that_began_in_the_outage(
    local: Local, tmp_path: Path, fault: dict[str, object]
) -> None:
    """Nothing is known of the resource: that is said, and nothing is offered."""
    fleet.add_campaign(
        local.world, "films", floor=9, shape=every_window(300), age=AGE, region="eu-west-1"
    )
    fleet.add_recommender(local.world, "radio", age=AGE, region="eu-west-1")
    access = Access()
    front = Front(tmp_path, access=access, now=local.world.clock.now)
    break_and_look(local, front, fault)
    answer = front.get(FILMS)
    assert answer.status_code == 503
    said = words(answer.text)
    assert (
        "eu-west-1 is not answering since 2026-03-02 10:07 UTC; whether this campaign exists is not"
        in said
    )
    assert "Restore" not in said
    assert "is not there now" not in said
    assert "eu-west-1 is not answering" in front.words("/")
    assert "No campaign or recommender here" not in front.words("/")


def test_c3_a_region_that_is_not_looked_at_is_no_deletion(stage: Front) -> None:
    """The address of a campaign elsewhere: nobody looked there."""
    answer = stage.get("/r/ap-south-1/campaign/x")
    assert answer.status_code == 404
    assert "does not look at ap-south-1" in words(answer.text)
    assert "Restore" not in words(answer.text)


def test_c3_what_is_deleted_is_still_told(local: Local, stage: Front) -> None:
    """The region answers, and it is not there: gone, and it can be restored."""
    arn = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/shoes"
    local.client("personalize").delete_campaign(campaignArn=arn)
    local.world.clock.advance(timedelta(minutes=30))
    stage.watch.day._look()
    answer = stage.get(SHOES)
    assert answer.status_code == 404
    assert "This campaign is not there now." in words(answer.text)
    assert "Restore" in words(answer.text)


@pytest.mark.parametrize("fault", FAULTS)
def test_c3_savings_do_not_call_it_gone(
    local: Local, stage: Front, fault: dict[str, object]
) -> None:
    """The row stays; what is not known is a question mark."""
    arn = f"arn:aws:personalize:eu-west-1:{ACCOUNT}:campaign/films"
    record = {
        "time": (local.now - timedelta(hours=30)).isoformat(),
        "source": "personalize.monitor",
        "detail-type": FLOOR_UPDATED_EVENT[Kind.CAMPAIGN],
        "resources": [arn],
        "detail": {"ARN": arn, "PreviousMinTPS": 30, "NewMinTPS": 9, "RequestedBy": "monitor"},
    }
    stage.watch.operator().announcer.journal.write(record, stream="", now=local.now)  # type: ignore[union-attr]
    break_and_look(local, stage, fault)
    stage.watch.deep._look()
    found: Savings = stage.watch._savings()
    put(stage.watch.saved, found)
    said = stage.words("/savings")
    assert "films not answering" in said
    assert "gone" not in said
    assert "eu-west-1 is not answering" in said


@pytest.mark.parametrize("fault", FAULTS)
def test_c3_the_plan_says_what_it_does_not_cover(
    local: Local, stage: Front, fault: dict[str, object]
) -> None:
    """Where a region is silent, "nothing to do" is not claimed."""
    local.world.clock.advance(timedelta(minutes=5))
    local.fail(service="personalize", **fault)
    stage.watch.deep._look()
    said = stage.words("/plan")
    assert "eu-west-1 is not answering" in said
    assert "there may be more to do" in said
    assert "Nothing to do" not in said


@pytest.mark.parametrize("fault", FAULTS)
def test_c4_the_line_at_the_top_names_the_region_and_since_when(
    local: Local, stage: Front, fault: dict[str, object]
) -> None:
    """It is not green over a region that says nothing, and green again once it answers."""
    assert "not answering" not in stage.words("/pulse")
    break_and_look(local, stage, fault)
    assert "eu-west-1 not answering since 10:07 UTC" in stage.words("/pulse")
    assert '"beat"' not in stage.get("/pulse").text
    local.world.gate.faults.clear()
    stage.watch.day._look()
    assert "not answering" not in stage.words("/pulse")
    assert '"beat"' in stage.get("/pulse").text


@pytest.mark.parametrize("path", ["", "/live"])
def test_c4_nothing_is_offered_where_nobody_knows_how_things_are(
    local: Local, stage: Front, path: str
) -> None:
    """Its buttons are off and say why; those of the other region stay on."""
    break_and_look(local, stage, FAULTS[0])
    for at, off in ((FILMS, True), (SHOES, False)):
        buttons = [
            one for one in Outline(stage.get(at + path).text).all("button") if "data-open" in one
        ]
        assert len(buttons) >= 5
        assert all(("disabled" in one) == off for one in buttons)
        assert all(("eu-west-1 is not answering" in one.get("title", "")) == off for one in buttons)
    put(stage.watch.day, stage.watch.day.last, "Everything is denied.")
    page = Outline(stage.get(SHOES + path).text)
    assert all("disabled" in one for one in page.all("button") if "data-open" in one)


def test_c4_a_look_that_takes_long_is_told(stage: Front) -> None:
    """The last look is shown with its time, and that the next one has been waiting for AWS."""
    stage.watch.day._begun = time.monotonic() - 45
    said = stage.words("/pulse")
    assert "waiting for AWS for 45 s; last look 10:02 UTC" in said
    stage.watch.day._look()
    assert "waiting" not in stage.words("/pulse")
