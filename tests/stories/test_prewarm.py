"""Pre-warms on the deployed template: raised in time, left alone, and back afterwards."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from personalize_monitor.app.prewarm import Prewarms
from personalize_monitor.contract import FLOOR_UPDATED_EVENT
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.when import moment
from personalize_monitor.sandbox.traffic.capacity import Capacity
from personalize_monitor.sandbox.traffic.shapes import FlashSale, Steady

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
    if prewarmed:
        prewarms = Prewarms(story.access, story.stack)
        prewarms.once(arn, 60, begin=BEGIN, until=UNTIL, now=story.now)
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
