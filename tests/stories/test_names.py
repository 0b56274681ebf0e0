"""Names as CloudFormation makes them: long ones are cut, and nothing hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from personalize_monitor.app import shards
from personalize_monitor.sandbox import fleet
from personalize_monitor.sandbox.sandbox import Sandbox
from personalize_monitor.sandbox.stack.errors import DeployError
from personalize_monitor.sandbox.traffic.shapes import Steady

ROOT = Path(__file__).parents[2]
TEMPLATE = ROOT / "template.yaml"
OTHER = "210987654321"
TEAM = "team@example.com"
NAMES = ["personalize-monitor", "serverlessrepo-personalize-monitor", "n" * 128]


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """Home, and a member account with a campaign whose floor is too high."""
    with Sandbox(datetime(2026, 3, 2, 6, tzinfo=UTC), seed=4) as box:
        fleet.add_campaign(box.world, "home", floor=9, shape=Steady(2.0))
        fleet.add_campaign(
            box.world, "away", floor=9, shape=Steady(2.0), account=OTHER, region="eu-west-1"
        )
        yield box


def deploy(box: Sandbox, name: str) -> None:
    """The stack under this name, and the member's role for it."""
    member = {"HomeAccountId": "123456789012", "HomeStackName": name, "HomeRegion": "us-east-1"}
    box.deploy(ROOT / "member-account.yaml", member, account=OTHER, name="member")
    role = box.stack.outputs["RoleArn"]
    parameters = {"Regions": "us-east-1,eu-west-1", "MonitoredRoleARNs": role}
    box.deploy(TEMPLATE, {**parameters, "NotificationEndpoint": TEAM}, name=name)
    box.confirm(TEAM)


@pytest.mark.parametrize("name", NAMES)
def test_a2_a_stack_of_any_name_works_with_members_and_shards(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch, name: str
) -> None:
    """Floors change in both accounts, and a fleet is shared between invocations."""
    monkeypatch.setattr(shards, "RESOURCES_AT_ONCE", 1)
    deploy(box, name)
    box.run(days=0.06)
    denied = {(c.principal_name, c.action) for c in box.gate.calls if "Denied" in str(c.error)}
    assert denied == set()
    subjects = {str(m.subject).split(",")[0] for m in box.mailbox.delivered_to(TEAM)}
    assert {"home: floor 9 -> 2", "away: floor 9 -> 2"} <= subjects
    assert [i for i in box.invocations("MonitorFunction") if "Shard" in i.event]
    for kind, limit in (("role", 64), ("function", 64), ("queue", 80), ("rule", 64)):
        for thing in box.leftovers():
            assert thing.kind != kind or len(thing.name) <= limit, thing
    for stack in reversed(box.stacks):
        stack.delete()
    box.tick()
    assert box.leftovers() == []


def test_a2_a_stack_of_a_similar_name_is_not_let_in(box: Sandbox) -> None:
    """The member's role trusts the roles of one stack, not of all that begin alike."""
    deploy(box, "monitor")
    role = box.stack.parameters["MonitoredRoleARNs"]
    box.deploy(TEMPLATE, {}, name="monitor-two", region="eu-central-1")
    stranger = box.stack.resources["MonitorFunctionRole"].made.attributes["Arn"]
    with pytest.raises(ClientError, match="AccessDenied"):
        box.client_as(stranger, "sts").assume_role(
            RoleArn=role, RoleSessionName="x", ExternalId="monitor/123456789012/us-east-1"
        )


def test_a3_installing_again_ten_times_finds_nothing_in_its_way(box: Sandbox) -> None:
    """Late lines of functions that are gone make no log group, and each life begins anew."""
    for _ in range(10):
        box.deploy(TEMPLATE, {"NotificationEndpoint": TEAM})
        box.tick()
        assert box.invocations("MonitorFunction")[-1].ok
        box.delete()
        box.tick()
        assert box.leftovers() == []


def test_a3_functions_write_their_log_and_not_the_journal(box: Sandbox) -> None:
    """The journal is written by those that act; nobody can make or write another group."""
    stack = box.deploy(TEMPLATE, {"AutoDeleteIdleCampaigns": "Yes", "AutoStopIdleRecommenders": "Yes"})
    groups = {name: stack.physical_id(name) for name in ("FunctionLogs", "Journal")}
    writers: dict[str, set[str]] = {"FunctionLogs": set(), "Journal": set(), "any": set()}
    groups["any"] = "/aws/lambda/another"
    for role in [name for name in stack.resources if name.endswith("FunctionRole")]:
        arn = stack.resources[role].made.attributes["Arn"]
        logs = box.client_as(arn, "logs")
        for which, group in groups.items():
            try:
                logs.create_log_stream(logGroupName=group, logStreamName=role)
            except ClientError as error:
                if error.response["Error"]["Code"] == "AccessDeniedException":
                    continue
            writers[which].add(role)
    acting = {"UpdateFunctionRole", "DeleteFunctionRole", "StopFunctionRole"}
    assert writers["Journal"] == acting
    assert writers["any"] == set()
    assert len(writers["FunctionLogs"]) == 7


def test_a6_the_account_may_have_used_up_its_policies_for_logs(box: Sandbox) -> None:
    """Ten policies are all that Logs takes in a region; the journal brings its own."""
    logs = box.client("logs")
    for number in range(10):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument="{}")
    with pytest.raises(ClientError, match="LimitExceeded"):
        logs.put_resource_policy(policyName="p10", policyDocument="{}")
    stack = box.deploy(TEMPLATE, {})
    box.tick()
    found = logs.filter_log_events(logGroupName=stack.physical_id("Journal"))["events"]
    assert found


def test_a6_a_role_takes_so_many_members_and_no_more(box: Sandbox) -> None:
    """IAM's limit on the policies of a role is met with a sentence, before anything runs."""
    arns = [f"arn:aws:iam::{100000000000 + n}:role/personalize-monitor-member" for n in range(200)]
    with pytest.raises(DeployError, match="Maximum policy size of 10240 bytes exceeded"):
        box.deploy(TEMPLATE, {"MonitoredRoleARNs": ",".join(arns)})


def test_a8_tags_need_the_right_on_everything(box: Sandbox) -> None:
    """AWS defines no resource types for the actions on tags, so ARNs in a policy match nothing."""
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/home"
    statement = {"Effect": "Allow", "Action": "personalize:ListTagsForResource", "Resource": arn}
    trust = {"Version": "2012-10-17", "Statement": []}
    narrow = box.create_role("narrow", trust=trust, statements=[statement])
    wide = box.create_role("wide", trust=trust, statements=[{**statement, "Resource": "*"}])
    with pytest.raises(ClientError, match="AccessDenied"):
        box.client_as(narrow.arn, "personalize").list_tags_for_resource(resourceArn=arn)
    assert "tags" in box.client_as(wide.arn, "personalize").list_tags_for_resource(resourceArn=arn)
