"""Lists of ARNs in Systems Manager: read by each cycle, kept where they cannot be read."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support import untested

from aws_sandbox import fleet
from aws_sandbox.faults import Rule
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import StackError
from aws_sandbox.traffic.shapes import Steady
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.stackinfo import Stacks
from personalize_monitor.context.lists import Lists
from personalize_monitor.errors import SettingsError
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.operator import Operator
from personalize_monitor.settings import ACCOUNT

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
NAME = "/shop/campaigns"
KEPT = {"CampaignARNs": f"ssm:{NAME}", "RecommenderARNs": "none"}
HERE = {**KEPT, ACCOUNT: "123456789012"}


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Two campaigns."""
    with Sandbox(datetime(2026, 3, 2, 6, tzinfo=UTC), seed=4) as box:
        for name in ("home", "cart"):
            fleet.add_campaign(box.world, name, floor=2, shape=Steady(2.0))
        yield box


def put(box: Sandbox, text: str, **more: Any) -> None:
    """A person writes the list."""
    given = {"Type": "String", "Overwrite": True, **more}
    box.client("ssm").put_parameter(Name=NAME, Value=text, **given)


def cycle(box: Sandbox) -> dict[str, Any]:
    """What the next run says of itself."""
    box.run(until=box.now + timedelta(minutes=5))
    run = box.invocations("MonitorFunction")[-1]
    assert run.ok, run.error
    return dict(run.result or {})


def test_the_list_is_followed_without_a_deployment(box: Sandbox) -> None:
    """Longer than a parameter of CloudFormation may be, in short forms, changed by anybody."""
    put(box, "us-east-1/home", Tier="Advanced")
    box.deploy(TEMPLATE, KEPT)
    untested(box)
    assert cycle(box)["resources"] == 1
    strangers = [f"us-east-1/stranger-with-a-long-name-{number:03}" for number in range(130)]
    text = ",".join(["us-east-1/home", *strangers, "us-east-1/cart"])
    assert len(text) > 4096
    put(box, text, Tier="Advanced")
    found = cycle(box)
    assert found["resources"] == 2
    other = [one for one in found["problems"] if "stranger" not in one]
    assert other == ["... and 30 more"]


@pytest.mark.parametrize(
    ("rule", "said"),
    [
        (Rule(service="ssm", code="AccessDeniedException"), "See that the role may ssm:Get"),
        (Rule(service="ssm", code="ParameterNotFound"), f"See that the parameter {NAME} exists"),
        (Rule(service="ssm", down=True), "Reading CampaignARNs from /shop/campaigns"),
    ],
    ids=("denied", "gone", "silent"),
)
def test_a_list_that_cannot_be_read_stays_as_it_was(box: Sandbox, rule: Rule, said: str) -> None:
    """With a problem; a function that never read it fails, rather than watch nothing."""
    put(box, "us-east-1/home")
    box.deploy(TEMPLATE, KEPT)
    untested(box)
    cycle(box)
    box.gate.faults.add(rule)
    found = cycle(box)
    assert found["resources"] == 1
    (problem,) = found["problems"]
    assert said in problem
    assert problem.endswith("; the list stays as it was.")
    box.cold_start("MonitorFunction")
    box.run(until=box.now + timedelta(minutes=5))
    run = box.invocations("MonitorFunction")[-1]
    assert said in str(run.error)


@pytest.mark.parametrize(
    ("text", "more", "said"),
    [
        ("home", {}, "CampaignARNs from /shop/campaigns: it is 'home'"),
        ("us-east-1/home", {"Type": "SecureString"}, "is a SecureString; make it a String"),
    ],
)
def test_a_list_that_cannot_be_meant_stays_as_it_was(
    box: Sandbox, text: str, more: dict[str, str], said: str
) -> None:
    """And a deployment with it is refused."""
    put(box, "us-east-1/home")
    lists = Lists(Access(), box.home)
    assert lists.filled(HERE, box.now)["CampaignARNs"] == "us-east-1/home"
    box.client("ssm").delete_parameter(Name=NAME)
    put(box, text, **more)
    assert lists.filled(HERE, box.now + timedelta(minutes=5))["CampaignARNs"] == "us-east-1/home"
    (problem,) = lists.problems
    assert said in problem
    with pytest.raises(SettingsError):
        Lists(Access(), box.home).filled(HERE, box.now)
    with pytest.raises(StackError, match="CampaignARNs"):
        box.deploy(TEMPLATE, KEPT)


def test_no_function_reads_another_parameter(box: Sandbox) -> None:
    """And without a list in Systems Manager none at all; the desk reads with its own leave."""
    put(box, "us-east-1/home")
    stack = box.deploy(TEMPLATE, {**KEPT, "AutoDeleteIdleCampaigns": "Yes"})
    grants = [one for one in stack.grants() if one.action.startswith("ssm:")]
    arn = f"arn:aws:ssm:us-east-1:123456789012:parameter{NAME}"
    assert [(one.statement, one.action) for one in grants] == [
        ("ReadLists", "ssm:GetParameter")
    ] * 5
    roles = [role for role in box.cloud.roles.all() if "FunctionRole" in role.name]
    found = [s for role in roles for s in role.statements if s.get("Sid") == "ReadLists"]
    assert [one["Resource"] for one in found] == [[arn]] * 5
    info = Stacks(Access(), box.home).find()
    operator = Operator.open(Access(), info, now=box.now, path=Path())
    arns = operator.settings.selection(Kind.CAMPAIGN).arns
    assert arns == {Arn("arn:aws:personalize:us-east-1:123456789012:campaign/home")}
    box.update({"CampaignARNs": "all"})
    assert [one for one in stack.grants() if one.action.startswith("ssm:")] == []
