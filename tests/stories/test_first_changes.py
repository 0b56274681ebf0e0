"""First changes of a kind: what they left as it was is remembered, what they did not is told."""

from __future__ import annotations

import re
from datetime import timedelta

from tests.stories.conftest import OPS, Story

from aws_sandbox.traffic.shapes import Steady
from personalize_monitor_desk.cli.doctor.finding import Mark
from personalize_monitor_desk.cli.doctor.selftest import ended, findings

EXPLORES = {"itemExplorationConfig": {"explorationWeight": "0.3"}}
SYNC = "syncWithLatestSolutionVersion"
BUSY = Steady(2.0)


def told(story: Story) -> list[str]:
    """The subjects of the mails about what changed beside a floor."""
    return [
        str(mail.subject)
        for mail in story.box.mailbox.delivered_to(OPS)
        if "Until then every automatic change of a floor is held" in mail.message
    ]


def test_an_update_that_loses_a_member_holds_all_floors_until_a_person_ends_it(
    story: Story,
) -> None:
    """One notice names the member, before and after; the hold outlives a restart."""
    story.box.world.habits.loses = {SYNC}
    story.campaign("first", BUSY, floor=20, config={**EXPLORES, SYNC: True})
    later = story.campaign("later", BUSY, floor=20)
    story.tag(later, Exempt="yes")
    story.deploy()
    story.run(2)
    assert told(story) == [f"UpdateCampaign changed campaignConfig.{SYNC}: all floors are held"]
    story.untag(later, "Exempt")
    story.box.update({"IdleGraceHours": "1"})
    story.box.cold_start("MonitorFunction")
    story.run(2)
    assert story.decisions(later)[-1]["held_by"] == "update check"
    assert len(told(story)) == 1
    found = {one.mark: one.said for one in findings(story.access, story.stack)}
    assert " of first at 2026-11-26" in found[Mark.WRONG]
    assert "before true, after absent." in found[Mark.WRONG]
    (done,) = ended(story.access, story.stack)
    assert "accepted from now on: UpdateCampaign changed campaignConfig.sync" in done.said
    story.run(2)
    assert story.floor(later) == 2
    assert len(told(story)) == 1
    assert [one.mark for one in ended(story.access, story.stack)] == [Mark.OK]


def test_first_changes_that_leave_all_as_it_was_are_remembered(story: Story) -> None:
    """Of each kind: the doctor shows it, and the next digest tells it."""
    story.campaign("first", BUSY, floor=20, config=EXPLORES)
    story.recommender("second", BUSY, floor=20)
    story.recommender("idle", floor=2)
    story.deploy(AutoStopIdleRecommenders="Yes")
    story.run(2)
    said = [one.said for one in findings(story.access, story.stack)]
    at = r" in account 123456789012: verified at 2026-11-26 \d\d:\d\d UTC that it leaves "
    for operation, members in (
        ("UpdateCampaign", "campaignConfig.itemExplorationConfig, solutionVersionArn"),
        ("UpdateRecommender", "modelMetrics, recipeArn"),
        ("StopRecommender", "recipeArn"),
    ):
        assert any(re.fullmatch(f"{operation}{at}{members} as before.", one) for one in said)
    assert story.box.invoke("MonitorFunction", {"Digest": True}).ok
    story.box.catch_up()
    (digest,) = story.mails("The digest of the deployment")
    assert "What changes left as it was:\n- StopRecommender in account" in digest
    assert told(story) == []


def test_a_recommender_that_is_trained_anew_is_told(story: Story) -> None:
    """The metrics of its model say so."""
    story.box.world.habits.loses = {"modelMetrics"}
    story.recommender("second", BUSY, floor=20)
    story.deploy()
    story.box.run(until=story.now + timedelta(hours=2))
    assert told(story) == ["UpdateRecommender changed modelMetrics: all floors are held"]
