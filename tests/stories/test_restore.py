"""What was deleted, stopped or lowered comes back as it was, from the journal of the stack."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aws_sandbox.faults import Rule
from aws_sandbox.traffic.shapes import Idle, Steady
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.plan.operator import Operator
from personalize_monitor_desk.restore.restorer import Restorer

if TYPE_CHECKING:
    from tests.stories.conftest import Story

    from personalize_monitor.model.arn import Arn

CONFIG = {
    "itemExplorationConfig": {"explorationWeight": "0.4", "explorationItemAgeCutOff": "14"},
    "enableMetadataWithRecommendations": True,
}
MOVING = {"status", "creationDateTime", "lastUpdatedDateTime", "latestCampaignUpdate"}


def operator(story: Story) -> Operator:
    """A person with the command, beside the deployment."""
    return Operator.open(story.access, story.stack, now=story.now, path=Path("/nowhere"))


def restore(story: Story, arn: Arn, **more: Any) -> str:
    """What the command does."""
    at = operator(story)
    restorer = Restorer(at.access, at.reader, at.announcer)
    wanted = restorer.look(arn, now=story.now, **more)
    return restorer.carry_out(wanted, now=story.now, sleep=story.sleep)


def refusal(story: Story, arn: Arn, **more: Any) -> str:
    """The sentence with which a restoration is refused."""
    with pytest.raises(InvalidRequest) as refused:
        restore(story, arn, **more)
    return str(refused.value)


def an_idle_campaign(story: Story, name: str = "pilot", **more: Any) -> Arn:
    """One that will be deleted, beside a busy one."""
    story.campaign("busy", Steady(3.0), floor=3)
    return story.campaign(
        name, Idle(), floor=7, tags={"team": "shop", "PersonalizeMonitor:MinTPS": "7"}, **more
    )


def same(before: dict[str, Any], after: dict[str, Any]) -> bool:
    """Equal in every field but status and dates."""

    def lasting(found: dict[str, Any]) -> dict[str, Any]:
        kept = {key: value for key, value in found.items() if key not in MOVING}
        kept["tags"] = sorted(kept["tags"], key=lambda tag: tag["tagKey"])
        return kept

    return lasting(before) == lasting(after)


def test_a_deleted_campaign_comes_back(story: Story) -> None:
    """Same ARN, floor, configuration, tags and alarms; people are told; it is not deleted again."""
    arn = an_idle_campaign(story, config=CONFIG)
    story.deploy()
    story.run(0.25)
    before, alarms = story.describe(arn), story.alarms(arn.name)
    assert len(alarms) == 2
    story.box.update({"AutoDeleteIdleCampaigns": "Yes"})
    story.run(1.5)
    assert story.status(arn) == "GONE"
    assert story.alarms(arn.name) == set()
    told = restore(story, arn)
    assert told == f"{arn} is ACTIVE again; its alarms return with the monitor's next cycle."
    story.run(0.5)
    assert same(before, story.describe(arn))
    assert story.alarms(arn.name) == alarms
    assert len(story.mails(f"Campaign {arn.name} in us-east-1 is created again.")) == 1
    board = story.box.client("cloudwatch").get_dashboard(DashboardName="Amazon-Personalize-Monitor")
    assert arn.name in board["DashboardBody"]
    story.run(4)
    assert story.status(arn) == "ACTIVE"


def test_after_the_function_died_before_announcing(story: Story) -> None:
    """The recipe is in the journal before anything is deleted, so a silent deletion comes back."""
    arn = an_idle_campaign(story, config=CONFIG)
    story.deploy(AutoDeleteIdleCampaigns="Yes")
    before = story.describe(arn)
    story.box.gate.faults.add(
        Rule(service="events", action="PutEvents", principal="*DeleteFunction*", code="Dead")
    )
    story.run(1.5)
    assert story.status(arn) == "GONE"
    assert story.mails("Deletion of campaign pilot") == []
    story.box.gate.faults.clear()
    at = operator(story)
    wanted = Restorer(at.access, at.reader, at.announcer).look(arn, now=story.now)
    assert "its announcement never came" in wanted.reason
    restore(story, arn)
    assert same(before, story.describe(arn))


def test_nothing_is_deleted_that_could_not_be_restored(story: Story) -> None:
    """While the journal cannot be written, an idle campaign stays."""
    arn = an_idle_campaign(story)
    story.deploy(AutoDeleteIdleCampaigns="Yes")
    story.box.gate.faults.add(
        Rule(service="logs", action="PutLogEvents", principal="*DeleteFunction*", code="Dead")
    )
    story.run(3)
    assert story.status(arn) == "ACTIVE"


def test_a_campaign_that_followed_its_solution(story: Story) -> None:
    """Auto-sync stays on: the campaign is created from $LATEST."""
    config = {"syncWithLatestSolutionVersion": True}
    arn = an_idle_campaign(story, config=config)
    story.deploy(AutoDeleteIdleCampaigns="Yes")
    before = story.describe(arn)
    story.run(1.5)
    restore(story, arn)
    created = [c for c in story.box.gate.calls if c.action == "CreateCampaign"][-1]
    assert str(created.params["solutionVersionArn"]).endswith("/$LATEST")
    assert same(before, story.describe(arn))


def test_a_stopped_recommender_starts(story: Story) -> None:
    """A recommender that we stopped serves again."""
    story.recommender("busy", Steady(3.0), floor=3)
    arn = story.recommender("quiet", Idle(), floor=2)
    story.deploy(AutoStopIdleRecommenders="Yes")
    story.run(1.5)
    assert story.status(arn) == "INACTIVE"
    restore(story, arn)
    assert story.status(arn) == "ACTIVE"
    assert len(story.mails("Recommender quiet in us-east-1 is started again.")) == 1


def test_a_floor_returns_and_stays(story: Story) -> None:
    """A lowered floor goes back, and right-sizing leaves it alone for a week."""
    arn = story.campaign("shoes", Steady(3.0, noise=0.0), floor=20)
    story.deploy(RespectManualHours="1")  # long over when we look: what holds is the week
    story.run(1.5)
    assert story.floor(arn) == 3
    told = restore(story, arn)
    assert "from 3 to 20" in told
    story.run(5)
    assert story.floor(arn) == 20
    held = [d for d in story.decisions(arn) if d["held_by"] == "held"]
    assert "its floor is held until" in held[-1]["reason"]
    assert "there is nothing to undo" in refusal(story, arn)


def test_the_floor_before_our_first_change(story: Story) -> None:
    """With first, all our changes are undone at once; a person may also while Actions is Off."""
    arn = story.campaign("shoes", Steady(3.0, noise=0.0), floor=20)
    story.deploy(RespectManualHours="2")
    story.run(1.5)
    at = operator(story)
    story.box.client("personalize").update_campaign(campaignArn=str(arn), minProvisionedTPS=9)
    story.run(4)
    assert story.floor(arn) == 3
    restorer = Restorer(at.access, at.reader, at.announcer)
    assert restorer.look(arn, now=story.now).floor == 9
    assert restorer.look(arn, now=story.now, first=True).floor == 20
    story.box.update({"Actions": "Off"})
    assert "from 3 to 20" in restore(story, arn, first=True)
    story.run(1)
    assert story.floor(arn) == 20


def test_refusals(story: Story) -> None:
    """What cannot be restored is refused with a sentence, and nothing is changed."""
    arn = an_idle_campaign(story)
    story.deploy(AutoDeleteIdleCampaigns="Yes")
    assert "knows of no change" in refusal(story, arn)
    assert "knows of no deletion" in refusal(story, type(arn)(f"{arn}-never-was"))
    while story.status(arn) == "ACTIVE":
        story.sleep(60)
    assert "still being deleted" in refusal(story, arn)
    story.run(0.5)
    client = story.box.client("personalize")
    version = story.describe(type(arn)(str(arn).replace("pilot", "busy")))["solutionVersionArn"]
    story.run(0.1)
    client.create_campaign(name="pilot", solutionVersionArn=version)
    story.run(0.5)
    assert "The name is taken" in refusal(story, arn)
    client.delete_campaign(campaignArn=str(arn))
    story.run(0.5)
    solution = version.replace("/busy/", "/pilot/").rsplit("/", 1)[0]
    client.delete_solution(solutionArn=solution)
    story.run(0.5)
    assert "solution version" in refusal(story, arn)
