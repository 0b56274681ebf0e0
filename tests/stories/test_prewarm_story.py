"""Pre-warms on the deployed template: raised in time, left alone, and back afterwards."""

from __future__ import annotations

import json
import re
from datetime import timedelta
from typing import TYPE_CHECKING

import pytest
from tests.support import unscheduled

from aws_sandbox import fleet
from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.shapes import FlashSale, Steady
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, UPDATE_FLOOR_EVENT
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.when import moment
from personalize_monitor_desk.prewarm.prewarms import Prewarms

if TYPE_CHECKING:
    from tests.stories.conftest import Story

UPDATED = FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
BEGIN = moment("2026-11-27 08:00 Europe/Berlin")
UNTIL = moment("2026-11-27 12:00 Europe/Berlin")
SALE = FlashSale(Steady(2.0, noise=0.0), at=BEGIN, peak_tps=55.0, minutes=180)


def a_sale(story: Story, *, prewarmed: bool) -> int:
    """A day and a half around the sale; answers how many requests were refused."""
    story.box.world.metrics.capacity = Capacity(headroom=0.0)
    arn = story.campaign("flash-sale", SALE, floor=4)
    story.deploy()
    story.run(1)
    prewarms = Prewarms(story.access, story.stack)
    if prewarmed:
        prewarms.once(arn, 60, begin=BEGIN, until=UNTIL, now=story.now)
    with unscheduled(story.box):
        story.box.run(until=BEGIN - timedelta(hours=2))
    if prewarmed:
        story.box.run(until=BEGIN)
        assert story.floor(arn) == 60  # in time, although the update takes a quarter of an hour
        story.box.run(until=UNTIL - timedelta(minutes=5))
        assert story.floor(arn) == 60  # right-sizing would have lowered it to 2
    story.box.run(until=UNTIL + timedelta(hours=1))
    return story.box.world.refused_between(str(arn), BEGIN - timedelta(hours=1), UNTIL)


def test_a_flash_sale(story: Story) -> None:
    """A pre-warm set a day ahead is in force at the begin, stays, and ends where it began."""
    refused = a_sale(story, prewarmed=True)
    arn = story.campaign("other").text.replace("other", "flash-sale")
    changes = [(d["PreviousMinTPS"], d["NewMinTPS"]) for d in story.events(UPDATED)]
    assert changes[-2:] == [(2, 60), (60, 2)]
    assert refused == 0
    assert any("Pre-warm" in mail and arn in mail for mail in story.mails("from 2 to 60"))
    assert story.box.client("scheduler").list_schedules()["Schedules"] == []


def test_the_same_sale_without(story: Story) -> None:
    """Without the pre-warm the same sale loses requests: far more than ten times as many."""
    assert a_sale(story, prewarmed=False) > 1000


def at(story: Story) -> Prewarms:
    """What the command has."""
    return Prewarms(story.access, story.stack)


def test_a_list_and_a_cancellation(story: Story) -> None:
    """What is set is listed until it is over; a running one that is cancelled ends at once."""
    arn = story.campaign("shoes", Steady(2.0, noise=0.0), floor=4)
    story.deploy(AutoAdjustCampaignMinProvisionedTPS="No")
    begin = story.now + timedelta(hours=1)
    made = at(story).once(arn, 30, begin=begin, until=begin + timedelta(hours=5), now=story.now)
    later = at(story).once(
        arn, 50, begin=begin + timedelta(days=2), until=begin + timedelta(days=3), now=story.now
    )
    assert at(story).all() == [made, later]
    with pytest.raises(InvalidRequest, match="set before"):
        at(story).once(arn, 30, begin=begin, until=begin + timedelta(hours=5), now=story.now)
    assert at(story).cancel(later.id, now=story.now) == later
    story.run(1)
    assert story.floor(arn) == 30
    assert at(story).all() == [made]
    assert made.state(story.now) == "active"
    at(story).cancel(made.id, now=story.now)
    story.run(0.5)
    assert (story.floor(arn), at(story).all()) == (4, [])
    with pytest.raises(InvalidRequest, match="There is no pre-warm"):
        at(story).cancel(made.id, now=story.now)
    at(story).once(
        arn, 50, begin=begin + timedelta(days=2), until=begin + timedelta(days=3), now=story.now
    )
    assert story.box.client("scheduler").list_schedules()["Schedules"]
    story.box.delete()
    assert story.box.client("scheduler").list_schedules()["Schedules"] == []


def test_a_campaign_in_the_middle_of_an_update(story: Story) -> None:
    """A request that meets another update is not lost, and nobody is alarmed."""
    arn = story.campaign("shoes", Steady(2.0, noise=0.0), floor=4)
    story.deploy(AutoAdjustCampaignMinProvisionedTPS="No")
    begin = story.now + timedelta(hours=1)
    at(story).once(arn, 30, begin=begin, until=begin + timedelta(hours=1), now=story.now)
    story.run(0.45)
    fleet.autosync(story.box.world, str(arn))  # takes 15 minutes; the first request comes into it
    story.box.run(until=begin)
    assert story.floor(arn) in (4, 30)
    story.run(0.25)
    assert story.floor(arn) == 30
    alarms = story.box.client("cloudwatch").describe_alarms(StateValue="ALARM")["MetricAlarms"]
    assert [alarm["AlarmName"] for alarm in alarms if "DeadLetters" in alarm["AlarmName"]] == []
    story.run(1.25)
    assert story.floor(arn) == 4


def test_a_recurring_one_over_a_change_of_the_clocks(story: Story) -> None:
    """Each morning at eight in Berlin, whatever UTC says."""
    story.box.clock.advance(moment("2027-03-27 05:00 UTC") - story.now)
    arn = story.campaign("shoes", Steady(2.0, noise=0.0), floor=4)
    story.deploy(AutoAdjustCampaignMinProvisionedTPS="No")
    at(story).recurring(
        arn, 30, cron="0 8 ? * * *", zone="Europe/Berlin", lasting=timedelta(hours=2)
    )
    for day in ("2027-03-27", "2027-03-28"):  # the clocks go forward in the night between
        with unscheduled(story.box):
            story.box.run(until=moment(f"{day} 07:20 Europe/Berlin"))
        assert story.floor(arn) == 4
        story.box.run(until=moment(f"{day} 08:00 Europe/Berlin"))
        assert story.floor(arn) == 30
        story.box.run(until=moment(f"{day} 10:30 Europe/Berlin"))
        assert story.floor(arn) == 4


def test_refusals(story: Story) -> None:
    """What cannot be meant is refused with a sentence, and no schedule is left behind."""
    arn = story.campaign("shoes", Steady(2.0, noise=0.0), floor=4)
    story.deploy()
    now, hour = story.now, timedelta(hours=1)
    good = {"begin": now + hour, "until": now + 2 * hour, "now": now}
    unknown = type(arn)(f"{arn}-unknown")
    foreign = type(arn)(str(arn).replace(arn.account, "999999999999"))
    for who, tps, change, sentence in (
        (arn, 501, {}, "501 TPS is out of range; allowed are 1 to 500"),
        (arn, 0, {}, "0 TPS is out of range"),
        (unknown, 30, {}, "does not exist; nothing was set"),
        (arn, 30, {"until": now + hour}, "is not after the begin"),
        (foreign, 30, {}, "belongs to account 999999999999, which this deployment does not watch"),
        (arn, 30, {"begin": now - hour}, "is in the past; it is 2026-11-26 06:00 UTC now"),
        (arn, 30, {"lead": 2 * hour}, "too late for a lead of 120 minutes: the begin is in 60"),
        (arn, 30, {"until": now + 800 * hour}, "lasts at most 31 days"),
    ):  # fmt: skip
        with pytest.raises(InvalidRequest, match=re.escape(sentence)):
            at(story).once(who, tps, **{**good, **change})  # type: ignore[arg-type]
    with pytest.raises(InvalidRequest, match="lasts from 5 minutes to 22 hours"):
        at(story).recurring(arn, 9, cron="0 8 ? * * *", zone="UTC", lasting=24 * hour)
    assert at(story).all() == []


def test_users_own_automation(story: Story) -> None:
    """An event with HoldUntil gets the same protection; a longer hold of a person stays."""
    arn = story.campaign("shoes", Steady(2.0, noise=0.0), floor=4)
    longer = story.campaign("longer", Steady(2.0, noise=0.0), floor=4)
    story.tag(longer, HoldUntil="2027-01-31T00:00:00Z")
    story.deploy()
    for one in (arn, longer):
        until = (story.now + timedelta(hours=4)).isoformat()
        detail = {"ARN": str(one), "NewMinTPS": 40, "HoldUntil": until}
        story.box.client("events").put_events(
            Entries=[
                {
                    "Source": "personalize.monitor",
                    "DetailType": UPDATE_FLOOR_EVENT[Kind.CAMPAIGN],
                    "Detail": json.dumps(detail),
                }
            ]
        )
    story.run(3.5)
    assert (story.floor(arn), story.floor(longer)) == (40, 40)
    (tag,) = story.describe(longer)["tags"]
    assert tag["tagValue"] == "2027-01-31T00:00:00Z"
