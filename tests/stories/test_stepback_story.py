"""A lowering that callers suffer from is taken back within the hour, held, and told."""

from __future__ import annotations

from datetime import timedelta
from typing import TYPE_CHECKING

from personalize_monitor.sandbox.traffic.capacity import Capacity
from personalize_monitor.sandbox.traffic.shapes import FlashSale, Steady

if TYPE_CHECKING:
    from tests.stories.conftest import Story

    from personalize_monitor.model.arn import Arn


def after_a_lowering(story: Story, *, peak: float, headroom: float = 0.0) -> Arn:
    """A floor is lowered in the first cycle; soon afterwards more comes than it carries."""
    story.box.world.metrics.capacity = Capacity(headroom=headroom, lag_minutes=20)
    surge = FlashSale(
        Steady(3.0, noise=0.0), story.now + timedelta(minutes=35), peak_tps=peak, minutes=60
    )
    arn = story.campaign("shoes", surge, floor=20)
    story.deploy()
    story.run(0.5)
    assert story.floor(arn) == 3
    return arn


def test_a_step_back(story: Story) -> None:
    """Requests fail after the lowering: the floor before returns, is held, and people are told."""
    arn = after_a_lowering(story, peak=18.0)
    story.run(1.25)
    assert story.floor(arn) == 20
    (mail,) = story.mails("changes from 3 to 20")
    assert "A step back: after the floor was lowered from 20 to 3" in mail
    assert "% of the requests failed since then, and 0.0% in the hour before" in mail
    held = {tag["tagKey"]: tag["tagValue"] for tag in story.describe(arn)["tags"]}
    assert held["PersonalizeMonitor:HoldUntil"].startswith("2026-12-03")
    story.run(5)
    assert story.floor(arn) == 20


def test_no_step_back_while_all_is_well(story: Story) -> None:
    """A surge that the service's own scaling carries changes nothing."""
    arn = after_a_lowering(story, peak=0.5, headroom=0.4)
    story.run(2)
    assert story.floor(arn) in (3, 4)
    assert story.mails("A step back") == []


def test_a_cold_start_in_between(story: Story) -> None:
    """What was lowered before a cold start is known from the journal."""
    arn = after_a_lowering(story, peak=18.0)
    story.box.cold_start("MonitorFunction")
    story.run(1.25)
    assert story.floor(arn) == 20


def test_not_in_a_dry_run(story: Story) -> None:
    """A dry run takes nothing back either."""
    arn = after_a_lowering(story, peak=18.0)
    story.box.update({"DryRun": "Yes"})
    story.run(1.25)
    assert story.floor(arn) == 3
