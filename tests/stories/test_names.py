"""Names as CloudFormation makes them: long ones are cut, and nothing hangs on them."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import suppress
from datetime import UTC, datetime
from pathlib import Path

import pytest
from botocore.exceptions import ClientError

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import DeployError, ParameterError
from aws_sandbox.stack.template import load as load_template
from aws_sandbox.traffic.shapes import Steady
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.stackinfo import Stacks
from personalize_monitor.collect import shards
from personalize_monitor.errors import SettingsError
from personalize_monitor.settings import load

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
    told = [m.message for m in box.mailbox.delivered_to(TEAM)]
    for campaign, account, region in (
        ("home", "123456789012", "us-east-1"),
        ("away", OTHER, "eu-west-1"),
    ):
        what = f"{campaign} ({account}, {region}): floor 9 -> 2"
        assert any(what in text for text in told)
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
            RoleArn=role, RoleSessionName="stranger", ExternalId="monitor/123456789012/us-east-1"
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


def may_write(box: Sandbox, role: str, group: str, stream: str) -> bool:
    """Whether a role may put a record into a stream, which the test makes."""
    with suppress(ClientError):  # it is there
        box.client("logs").create_log_stream(logGroupName=group, logStreamName=stream)
    now = int(box.now.timestamp() * 1000)
    try:
        box.client_as(role, "logs").put_log_events(
            logGroupName=group,
            logStreamName=stream,
            logEvents=[{"timestamp": now, "message": "{}"}],
        )
    except ClientError as error:
        if error.response["Error"]["Code"] != "AccessDeniedException":
            raise
        return False
    return True


def test_a3_functions_write_their_log_and_what_is_theirs_of_the_journal(box: Sandbox) -> None:
    """Own records come from those that act; copies of events and notes cannot look like them."""
    stack = box.deploy(
        TEMPLATE, {"AutoDeleteIdleCampaigns": "Yes", "AutoStopIdleRecommenders": "Yes"}
    )
    logs, journal = (stack.physical_id(name) for name in ("FunctionLogs", "Journal"))
    box.client("logs").create_log_group(logGroupName="/aws/lambda/another")
    places = {
        "log": (logs, "x"),
        "own": (journal, "intents/x"),
        "copies": (journal, "events/x"),
        "notes": (journal, "told/x"),
        "any": ("/aws/lambda/another", "x"),
    }
    writers: dict[str, set[str]] = {place: set() for place in places}
    for role in [name for name in stack.resources if name.endswith("FunctionRole")]:
        arn = stack.resources[role].made.attributes["Arn"]
        for place, (group, stream) in places.items():
            if may_write(box, arn, group, stream):
                writers[place].add(role)
    acting = {"UpdateFunctionRole", "DeleteFunctionRole", "StopFunctionRole"}
    assert writers["own"] == acting
    assert writers["copies"] == acting | {"JournalFunctionRole"}
    assert writers["notes"] == acting | {"NotifyFunctionRole"}
    assert writers["any"] == set()
    assert len(writers["log"]) == 8


def test_a6_the_account_may_have_used_up_its_policies_for_logs(box: Sandbox) -> None:
    """Ten policies are all that Logs takes in a region; the journal needs none."""
    logs = box.client("logs")
    for number in range(10):
        logs.put_resource_policy(policyName=f"p{number}", policyDocument="{}")
    with pytest.raises(ClientError, match="LimitExceeded"):
        logs.put_resource_policy(policyName="p10", policyDocument="{}")
    stack = box.deploy(TEMPLATE, {})
    box.tick()
    found = logs.filter_log_events(logGroupName=stack.physical_id("Journal"))["events"]
    assert found


def test_a6_the_journal_asks_for_nothing_but_a_function() -> None:
    """No rule writes it, and no policy lets one: both are not known everywhere."""
    resources = load_template(TEMPLATE)["Resources"]
    assert "AWS::Logs::ResourcePolicy" not in {one["Type"] for one in resources.values()}
    assert "ResourcePolicyDocument" not in resources["Journal"]["Properties"]
    targets = str([r for r in resources.values() if r["Type"] == "AWS::Events::Rule"])
    assert "log-group" not in targets


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


def _arns(count: int, width: int) -> list[str]:
    names = (f"campaign-{n:02}".ljust(width, "x") for n in range(count))
    return [f"arn:aws:personalize:us-east-1:123456789012:campaign/{name}" for name in names]


@pytest.mark.parametrize(("name", "count", "width"), [("n" * 128, 53, 22), ("monitor", 34, 63)])
def test_a6_as_many_arns_as_a_parameter_takes_can_be_deployed(
    box: Sandbox, name: str, count: int, width: int
) -> None:
    """CloudFormation takes 4,096 characters; the functions' variables have room for them."""
    text = ",".join(_arns(count, width))
    assert 3_900 < len(text) <= 4_096
    box.deploy(TEMPLATE, {"CampaignARNs": text, "RecommenderARNs": "none"}, name=name)
    box.tick()
    problems = box.invocations("MonitorFunction")[-1].result["problems"]
    assert len(problems) == count  # each is asked for, and none of them exists
    with pytest.raises(ParameterError, match="4096"):
        box.deploy(TEMPLATE, {"CampaignARNs": text + "," + text})


def test_a6_short_forms_name_the_same_resources(box: Sandbox) -> None:
    """REGION/NAME is of this account, REGION:ACCOUNT/NAME of another; the command reads both."""
    member = {
        "HomeAccountId": "123456789012", "HomeStackName": "monitor", "HomeRegion": "us-east-1",
    }  # fmt: skip
    box.deploy(ROOT / "member-account.yaml", member, account=OTHER, name="member")
    parameters = {
        "CampaignARNs": f"us-east-1/home, eu-west-1:{OTHER}/away",
        "MonitoredRoleARNs": box.stack.outputs["RoleArn"],
    }
    box.deploy(TEMPLATE, parameters, name="monitor")
    box.tick()
    summary = box.invocations("MonitorFunction")[-1].result
    assert (summary["problems"], summary["resources"]) == ([], 2)
    stack = Stacks(Access(), box.home).find()
    assert stack is not None
    assert {str(arn) for arn in load(stack.values).campaigns.arns} == {
        "arn:aws:personalize:us-east-1:123456789012:campaign/home",
        f"arn:aws:personalize:eu-west-1:{OTHER}:campaign/away",
    }


def test_a6_what_is_too_much_is_refused_in_lambdas_words(box: Sandbox) -> None:
    """Two full lists are more than Lambda takes; nothing stays of the attempt."""
    before = box.leftovers()
    text = ",".join(f"us-east-1/campaign-{n:03}" for n in range(150))
    with pytest.raises(DeployError, match="exceeded the 4KB limit"):
        box.deploy(TEMPLATE, {"CampaignARNs": text, "RecommenderARNs": text})
    assert box.leftovers() == before


def test_a11_a_deployment_may_live_in_china() -> None:
    """Another partition: ARNs, addresses and policies are its own, and nothing is left behind."""
    with Sandbox(datetime(2026, 3, 2, 6, tzinfo=UTC), seed=4, home="cn-north-1") as box:
        fleet.add_campaign(box.world, "home", floor=9, shape=Steady(2.0), region="cn-north-1")
        box.deploy(TEMPLATE, {"NotificationEndpoint": TEAM})
        box.confirm(TEAM)
        box.run(days=0.06)
        mail, greeting = box.mailbox.delivered_to(TEAM)
        assert str(mail.subject).startswith("home: floor 9 -> 2")
        assert "0 refusals" in greeting.message
        assert "arn:aws-cn:personalize:cn-north-1:" in mail.message
        assert [c for c in box.gate.calls if "Denied" in str(c.error)] == []
        box.delete()
        box.tick()
        assert box.leftovers() == []


def test_a9_a_second_deployment_in_a_region_is_refused(box: Sandbox) -> None:
    """The topic has one name, so CloudFormation says at once that it exists."""
    first = box.deploy(TEMPLATE, {}, name="first")
    before = box.leftovers()
    with pytest.raises(DeployError, match="PersonalizeMonitorNotifications already exists"):
        box.deploy(TEMPLATE, {}, name="second")
    assert box.leftovers() == before
    assert first.status == "CREATE_COMPLETE"


def test_a9_a_mail_address_is_no_link(box: Sandbox) -> None:
    """What people copy from a page is refused before anything is made."""
    with pytest.raises(ParameterError, match="give one e-mail address"):
        box.deploy(TEMPLATE, {"NotificationEndpoint": "mailto:a@b.de"})
    with pytest.raises(SettingsError, match="give one e-mail address"):
        load({"NotificationEndpoint": "mailto:a@b.de"})
