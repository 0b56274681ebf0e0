"""LearnPrices: the deployment learns from its own bill once a week, and all faces use it."""

from __future__ import annotations

import json
from contextlib import suppress
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from tests.stories.conftest import Story

from aws_sandbox.faults import Rule
from aws_sandbox.traffic.shapes import Steady, Weekly
from personalize_monitor.aws.journal import Journal
from personalize_monitor.model.price_file import shipped_prices
from personalize_monitor.model.prices import Family
from personalize_monitor.plan import learned_prices
from personalize_monitor.plan.learned_prices import InForce, in_force
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.plans import draw
from personalize_monitor.selftest import progress


def operator_of(story: Story) -> Operator:
    """Somebody at a desk."""
    return Operator.open(story.access, story.stack, now=story.now, path=None)  # type: ignore[arg-type]


def prices_of(story: Story) -> InForce:
    """The prices in force."""
    operator = operator_of(story)
    return in_force(operator.reader, operator.settings, account=story.access.account, now=story.now)


def learn(story: Story) -> dict[str, Any]:
    """What the monitor answers when it learns."""
    answer = story.box.invoke("MonitorFunction", {"LearnPrices": "now"})
    assert answer.ok, answer.error
    assert isinstance(answer.result, dict)
    return answer.result


def asked_of_billing(story: Story) -> list[str]:
    """Calls to Cost Explorer and the Price List."""
    return [c.action for c in story.box.gate.calls if c.service in {"ce", "pricing"}]


@pytest.fixture
def billed(story: Story) -> Story:
    """A fleet at a discount of 7.5 percent that the built-in prices do not know."""
    story.box.world.billing.discount = 0.075
    story.campaign("busy", floor=9, recipe="aws-sims", shape=Steady(2.0))
    story.campaign("wanted", floor=5, recipe="aws-sims", shape=Weekly(3.0))
    return story


def test_all_faces_use_what_was_learned(billed: Story) -> None:
    """The estimate of each month is the bill to 1 percent; plan and digest are at these prices."""
    billed.deploy(LearnPrices="Yes", DryRun="Yes")
    detail = learn(billed)
    assert detail["Explains"] is True
    assert detail["Problems"] == []
    assert {one["Month"] for one in detail["Checks"]} == {"2026-10", "2026-11"}
    assert all(abs(one["OffPercent"]) < 1 for one in detail["Checks"])
    now = prices_of(billed)
    assert now.learned is not None
    price = now.table.price("us-east-1", Family.LEGACY)
    built_in = shipped_prices().price("us-east-1", Family.LEGACY)
    assert price is not None
    assert built_in is not None
    assert "the account's own bill" in price.source
    share = price.tiers[0].per_request / built_in.tiers[0].per_request
    assert float(share) == pytest.approx(0.925, rel=0.001)
    operator = operator_of(billed)
    plans = [
        draw(operator, regions=["us-east-1"], now=billed.now, prices=table)
        for table in (shipped_prices(), now.table)
    ]
    shipped, learned = (plan.look.seen[0].figures.saving for plan in plans)
    assert shipped is not None
    assert learned is not None
    assert float(learned.exact / shipped.exact) == pytest.approx(0.925, rel=0.01)
    assert billed.box.invoke("MonitorFunction", {"Digest": True}).ok
    billed.box.catch_up()
    (mail,) = billed.mails("The digest of the deployment")
    assert "at prices learned from the account's bill on 2026-11-26" in mail


def test_it_learns_by_itself_once_a_week(billed: Story) -> None:
    """For the first time at once; then a week later."""
    billed.deploy(LearnPrices="Yes")
    billed.run(1)
    assert asked_of_billing(billed).count("GetCostAndUsage") == 1
    known = progress.begun(billed.now)
    assert not known.may_learn(billed.now, wanted=False)
    learned = progress.Progress(since=billed.now, learned=billed.now)
    assert not learned.may_learn(billed.now + timedelta(days=6), wanted=True)
    assert learned.may_learn(billed.now + timedelta(days=7), wanted=True)
    billed.box.cold_start("MonitorFunction")
    billed.run(1)
    assert asked_of_billing(billed).count("GetCostAndUsage") == 1


def test_by_default_nobody_asks_for_the_bill(billed: Story) -> None:
    """No call, no permission, and an event that asks for it changes nothing."""
    billed.deploy()
    billed.run(1)
    assert "LearnPrices is No" in learn(billed)["Problems"][0]
    assert asked_of_billing(billed) == []
    granted = {one.action for one in billed.box.stack.grants()}
    assert not granted & {"ce:GetCostAndUsage", "pricing:GetProducts"}
    assert prices_of(billed).learned is None


def test_a_refused_bill_is_one_problem_and_nothing_else(billed: Story) -> None:
    """It is told with what to do; the cycle goes on at the prices known before."""
    billed.deploy(LearnPrices="Yes", DryRun="Yes")
    billed.box.gate.faults.add(Rule(service="ce", code="AccessDeniedException", status=400))
    (problem,) = learn(billed)["Problems"]
    assert problem.startswith("Asking Cost Explorer for the bill failed (AccessDeniedException)")
    assert "LearnPrices = No ends this" in problem
    found = prices_of(billed)
    assert (found.learned, found.problems) == (None, (problem,))
    assert billed.box.invoke("MonitorFunction", {"Digest": True}).ok
    billed.box.catch_up()
    (mail,) = billed.mails("The digest of the deployment")
    assert "LearnPrices = No ends this" in mail


def test_prices_that_do_not_explain_the_bill_are_not_used(billed: Story) -> None:
    """A campaign that somebody deleted is on the bill, and not in the estimate."""
    gone = billed.campaign("gone", floor=40, recipe="aws-sims", shape=Steady(30.0))
    billed.deploy(DryRun="Yes")
    billed.run(0.2)
    billed.box.client("personalize").delete_campaign(campaignArn=str(gone))
    billed.run(0.5)
    billed.box.update({"LearnPrices": "Yes"})
    detail = learn(billed)
    assert detail["Explains"] is False
    assert detail["Prices"] == {}
    assert "does not explain the bill and is not used" in detail["Problems"][0]
    assert prices_of(billed).table == shipped_prices()


def test_a_record_that_cannot_be_read_costs_itself_only(billed: Story) -> None:
    """The one before it counts; a forged copy of an event counts never; after 60 days none does."""
    billed.deploy(LearnPrices="Yes", DryRun="Yes")
    billed.run(0.2)
    first = prices_of(billed)
    assert first.learned is not None
    billed.run(0.2)
    journal = Journal(billed.access, billed.box.home, group=billed.stack.journal_group)
    broken = learned_prices.failure("", account=billed.access.account, now=billed.now)
    broken["detail"] |= {"Prices": {"prices": {"us-east-1": {"legacy": 7}}}, "Problems": []}
    journal.write(broken, stream="prices/broken", now=billed.now)
    forged = json.loads(json.dumps(broken))
    forged["detail"]["Problems"] = ["forged"]
    journal.write(forged, stream="events/forged", now=billed.now)
    found = prices_of(billed)
    assert found.learned == first.learned
    assert found.unlearned == ()
    assert "cannot be read" in found.unreadable[0]
    operator = operator_of(billed)
    late = billed.now + timedelta(days=61)
    old = in_force(operator.reader, operator.settings, account=billed.access.account, now=late)
    assert old.learned is None


def test_it_asks_about_personalize_alone(billed: Story) -> None:
    """The role could read more; the questions do not."""
    billed.deploy(LearnPrices="Yes", DryRun="Yes")
    learn(billed)
    asked = [call.params for call in billed.box.gate.calls if call.service in {"ce", "pricing"}]
    assert len(asked) >= 2
    for params in asked:
        if "ServiceCode" in params:
            assert params["ServiceCode"] == "AmazonPersonalize"
        else:
            assert {"Dimensions": {"Key": "SERVICE", "Values": ["Amazon Personalize"]}} in (
                params["Filter"]["And"]
            )


def test_learning_is_granted_only_where_it_is_wanted(billed: Story) -> None:
    """Both questions to the monitor alone, and its streams; No takes them away."""
    billed.deploy(LearnPrices="Yes")
    wanted = {"ce:GetCostAndUsage", "pricing:GetProducts"}
    grants = [one for one in billed.box.stack.grants() if one.action in wanted]
    assert {one.role for one in grants} == {"MonitorFunctionRole"}
    assert {one.action for one in grants} == wanted
    assert keepers(billed) == ["MonitorFunctionRole", "UpdateFunctionRole"]
    billed.box.update({"LearnPrices": "No"})
    assert keepers(billed) == ["UpdateFunctionRole"]
    assert not [one for one in billed.box.stack.grants() if one.action in wanted]


def keepers(story: Story) -> list[str]:
    """The roles that may write into the streams of learned prices; executors may into all."""
    roles = sorted(name for name in story.box.stack.resources if name.endswith("FunctionRole"))
    return [role for role in roles if may_keep_prices(story, role)]


def may_keep_prices(story: Story, role: str) -> bool:
    """Whether a role may write into the streams of learned prices."""
    arn = story.box.stack.resources[role].made.attributes["Arn"]
    line = {"timestamp": int(story.now.timestamp() * 1000), "message": "{}"}
    logs, group = story.box.client_as(arn, "logs"), story.stack.journal_group
    with suppress(ClientError):  # it is there
        story.box.client("logs").create_log_stream(logGroupName=group, logStreamName="prices/x")
    try:
        logs.put_log_events(logGroupName=group, logStreamName="prices/x", logEvents=[line])
    except ClientError as error:
        return error.response["Error"]["Code"] != "AccessDeniedException"
    return True


def test_the_self_test_tries_what_learning_needs(billed: Story) -> None:
    """It costs no day of the bill, and names the statement that is missing."""
    billed.deploy(LearnPrices="Yes")
    well = billed.box.invoke("MonitorFunction", {"SelfTest": "own"})
    assert isinstance(well.result, dict)
    assert well.result["refused"] == []
    billed.box.gate.faults.add(Rule(service="ce", code="AccessDeniedException", status=400))
    found = billed.box.invoke("MonitorFunction", {"SelfTest": "own"})
    assert isinstance(found.result, dict)
    assert {one["statement"] for one in found.result["refused"]} == {"LearnPrices"}
