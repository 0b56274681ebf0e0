"""A plan is what the cycle would do; apply does what was approved, and only while it holds."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from aws_sandbox.traffic.shapes import Idle, Steady
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.decision import Action
from personalize_monitor.model.plan import Plan
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.plans import Applied, Fate, apply, chosen, draw
from personalize_monitor_desk.restore.restorer import Restorer

if TYPE_CHECKING:
    from tests.stories.conftest import Story

ALL = {"AutoDeleteIdleCampaigns": "Yes", "AutoStopIdleRecommenders": "Yes"}


def operator(story: Story, path: Path, *, deployed: bool) -> Operator:
    """A person with the command."""
    stack = story.stack if deployed else None
    return Operator.open(story.access, stack, now=story.now, path=path / "journal.jsonl")


def drawn(story: Story, at: Operator, **parameters: str) -> Plan:
    """A plan made now."""
    if at.stack is not None:
        at = replace(at, stack=replace(at.stack, parameters={**at.stack.parameters, **parameters}))
    return draw(at, regions=["us-east-1"], now=story.now, prices=load_prices()).plan


def applied(story: Story, at: Operator, plan: Plan, *only: str) -> dict[str, Applied]:
    """What became of each item, by name, after a look at the plan as it would be saved."""
    saved = Plan.from_json(plan.to_json())
    assert saved == plan
    fresh = drawn(story, at)
    done = apply(at, saved, chosen(saved, only), fresh, now=story.now)
    return {one.arn.rpartition("/")[2]: one for one in done}


def test_a_dry_run_shows_exactly_what_apply_does(story: Story, tmp_path: Path) -> None:
    """The cycle's dry run, the command's plan, and what apply changes are the same."""
    shoes = story.campaign("shoes", Steady(3.0, noise=0.0), floor=20)
    pilot = story.campaign("pilot", Idle(), floor=5)
    story.deploy(DryRun="Yes", **ALL)
    story.run(1.2)
    assert (story.floor(shoes), story.status(pilot)) == (20, "ACTIVE")
    at = operator(story, tmp_path, deployed=True)
    plan = drawn(story, at)
    acting = {item.arn: (item.action, item.to_floor) for item in plan.acting}
    assert acting[str(shoes)] == (Action.SET_FLOOR, 3)
    assert acting[str(pilot)] == (Action.DELETE, None)
    shown = {arn: story.decisions(arn)[-1] for arn in (shoes, pilot)}
    for item in plan.items:
        told = next(d for arn, d in shown.items() if str(arn) == item.arn)
        assert (told["action"], told["to_floor"]) == (str(item.action), item.to_floor)
        assert told["fingerprint"] == item.fingerprint
    assert all(item.saving and float(item.saving["usd"]) > 0 for item in plan.acting)
    done = applied(story, at, plan)
    assert {one.fate for one in done.values()} == {Fate.DONE}
    story.run(0.5)
    assert story.floor(shoes) == 3
    assert story.status(pilot) == "GONE"
    assert "Applied from a plan by arn:aws" in story.mails("changes from 20 to 3")[0]


def test_what_has_drifted_is_refused_item_by_item(story: Story, tmp_path: Path) -> None:
    """A touched resource and one whose reasons are gone stay; the rest is carried out."""
    names = ("shoes", "socks", "boots", "hats")
    arns = {n: story.campaign(n, Steady(3.0, noise=0.0), floor=20) for n in names}
    quiet = story.campaign("quiet", Idle(), floor=5)
    at = operator(story, tmp_path, deployed=False)
    plan = drawn(story, at)
    assert len(plan.acting) == 5
    client = story.box.client("personalize")
    client.update_campaign(campaignArn=str(arns["shoes"]), minProvisionedTPS=30)
    story.tag(arns["socks"], Exempt="yes")
    story.box.world.assign(str(quiet), Steady(1.0))
    story.run(0.5)
    only = [str(arns[n]) for n in ("shoes", "socks", "boots")] + [str(quiet)]
    done = applied(story, at, plan, *only)
    assert done["shoes"].fate is Fate.DRIFTED
    assert "its floor was 20 and is 30" in done["shoes"].message
    assert done["socks"].fate is Fate.DRIFTED
    assert "Tag PersonalizeMonitor:Exempt is yes" in done["socks"].message
    assert done["quiet"].fate is Fate.DRIFTED
    assert done["boots"].fate is Fate.DONE
    story.run(0.5)
    assert story.floor(arns["boots"]) == 3
    assert story.floor(arns["hats"]) == 20  # was not approved
    assert story.status(quiet) == "ACTIVE"


def test_without_a_deployment_the_recipe_is_kept_in_a_file(story: Story, tmp_path: Path) -> None:
    """A deletion by the command can be restored from its local journal."""
    story.campaign("busy", Steady(3.0), floor=3)
    arn = story.campaign("pilot", Idle(), floor=5, tags={"team": "shop"})
    at = operator(story, tmp_path, deployed=False)
    before = story.describe(arn)
    assert applied(story, at, drawn(story, at), str(arn))["pilot"].fate is Fate.DONE
    story.run(0.5)
    assert story.status(arn) == "GONE"
    assert at.path is not None
    assert "Restore" in at.path.read_text()
    at = operator(story, tmp_path, deployed=False)
    restorer = Restorer(at.access, at.reader, at.announcer)
    restorer.carry_out(restorer.look(arn, now=story.now), now=story.now, sleep=story.sleep)
    after = story.describe(arn)
    for key in ("campaignArn", "minProvisionedTPS", "solutionVersionArn", "tags"):
        assert after[key] == before[key]


def test_a_plan_that_was_edited_is_refused(story: Story, tmp_path: Path) -> None:
    """Approval is for what was shown; --only chooses, an editor does not."""
    arn = story.campaign("shoes", Steady(3.0, noise=0.0), floor=20)
    plan = drawn(story, operator(story, tmp_path, deployed=False))
    with pytest.raises(InvalidRequest, match="was changed after it was made"):
        Plan.from_json(plan.to_json().replace('"to_floor": 3', '"to_floor": 1'))
    with pytest.raises(InvalidRequest, match="is not a plan"):
        Plan.from_json("[]")
    with pytest.raises(InvalidRequest, match="changes nothing about"):
        chosen(plan, [f"{arn}-other"])


def test_the_kill_switch_stops_apply_too(story: Story, tmp_path: Path) -> None:
    """With Actions off the executor refuses whoever asks."""
    arn = story.campaign("shoes", Steady(3.0, noise=0.0), floor=20)
    story.deploy(Actions="Off")
    story.run(0.2)
    at = operator(story, tmp_path, deployed=True)
    done = applied(story, at, drawn(story, at))
    assert done["shoes"].fate is Fate.REFUSED
    assert "Actions is Off" in done["shoes"].message
    assert story.floor(arn) == 20
