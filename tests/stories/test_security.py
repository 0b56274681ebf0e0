"""The statements of docs/security.md, each by its number, on the deployed template."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from aws_sandbox.faults import Rule
from aws_sandbox.iam import is_allowed
from aws_sandbox.stack.template import load
from aws_sandbox.traffic.shapes import Idle, Steady
from personalize_monitor.execute.announce import DEAD_AFTER

if TYPE_CHECKING:
    from tests.stories.conftest import Story

    from personalize_monitor.model.arn import Arn

ROOT = Path(__file__).parents[2]
DOC, TEMPLATE = ROOT / "docs" / "security.md", ROOT / "template.yaml"
BUSY = Steady(3.0, noise=0.0)
DELETE = "DeletePersonalizeCampaign"
UPDATE = "UpdatePersonalizeCampaignMinProvisionedTPS"
UPDATE_RADIO = "UpdatePersonalizeRecommenderMinRecommendationRPS"
ON = {"AutoDeleteIdleCampaigns": "Yes", "AutoStopIdleRecommenders": "Yes"}
ANYBODY = {"Effect": "Allow", "Principal": {"AWS": "*"}, "Action": "sts:AssumeRole"}
PUT = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}


def ask(story: Story, name: str, arn: Arn, *, client: Any = None, **detail: Any) -> None:
    """An event on the default bus, by an administrator unless said otherwise."""
    entry = {
        "Source": "personalize.monitor",
        "DetailType": name,
        "Detail": json.dumps({"ARN": str(arn), **detail}),
    }
    (client or story.box.client("events")).put_events(Entries=[entry])


def stranger(story: Story, *statements: dict[str, Any]) -> Any:
    """Somebody's client for EventBridge, with just these rights."""
    trust = {"Version": "2012-10-17", "Statement": [ANYBODY]}
    role = story.box.create_role("somebody", trust=trust, statements=statements)
    return story.box.client_as(role.arn, "events")


def test_every_statement_has_its_test() -> None:
    """The document claims nothing that is not tested here, and nothing is tested unsaid."""
    said = set(re.findall(r"^\*\*S(\d+)\.\*\*", DOC.read_text("utf-8"), re.MULTILINE))
    tested = set(re.findall(r"^def test_s(\d+)_", Path(__file__).read_text("utf-8"), re.MULTILINE))
    assert said == tested
    assert said


def test_s1_nothing_is_deleted_by_default(story: Story) -> None:
    """Without the parameters there is nobody who could."""
    arn = story.campaign("pilot", Idle(), floor=1)
    radio = story.recommender("radio", Idle(), floor=1)
    story.deploy()
    actions = {grant.action for grant in story.box.stack.grants()}
    assert not actions & {"personalize:DeleteCampaign", "personalize:StopRecommender"}
    assert not {"DeleteFunction", "StopFunction"} & set(story.box.stack.resources)
    ask(story, DELETE, arn)
    ask(story, "StopPersonalizeRecommender", radio)
    story.run(1.2)
    assert (story.status(arn), story.status(radio)) == ("ACTIVE", "ACTIVE")
    told = story.events("PersonalizeMonitorNotice")
    assert [(one["Kind"], one["ARN"]) for one in told] == [
        ("request-refused", str(arn)),
        ("request-refused", str(radio)),
    ]


def test_s2_who_may_put_events_can_delete(story: Story) -> None:
    """A plain request is a person's decision, exempt or not; its recipe is kept."""
    arn = story.campaign("shoes", BUSY, floor=3)
    story.tag(arn, Exempt="yes")
    story.deploy(**ON)
    ask(story, DELETE, arn, client=stranger(story, PUT))
    story.run(0.5)
    assert story.status(arn) == "GONE"
    assert story.events("PersonalizeCampaignDeleted")[0]["Restore"]["name"] == "shoes"
    hats = story.campaign("hats", BUSY, floor=3)
    story.box.invoke("DeleteFunction", {"ARN": str(hats)})
    story.run(0.5)
    assert story.status(hats) == "GONE"


def test_s3_forged_measurements_gain_nothing(story: Story) -> None:
    """What poses as the monitor's request is judged by the world as it is."""
    arn = story.campaign("shoes", BUSY, floor=3)
    touched = story.campaign("touched", Idle(), floor=1)
    exempt = story.campaign("exempt", Idle(), floor=1)
    story.tag(exempt, Exempt="yes")
    story.deploy(**ON, DryRun="Yes")
    story.box.client("personalize").update_campaign(
        campaignArn=str(touched), campaignConfig={"enableMetadataWithRecommendations": True}
    )
    story.run(0.5)
    for one in (arn, touched, exempt):
        ask(
            story, DELETE, one,
            IdleCampaignThresholdHours=24, TotalRequestsDuringIdleThresholdHours=0,
        )  # fmt: skip
    story.run(0.5)
    assert [story.status(one) for one in (arn, touched, exempt)] == ["ACTIVE"] * 3
    said = " ".join(str(ran.result) for ran in story.box.invocations("DeleteFunction"))
    assert "it is in use and left alone" in said
    assert "was updated" in said
    assert "is exempt" in said


def test_s4_the_recipe_comes_first(story: Story) -> None:
    """While the journal cannot be written, even a person's request deletes nothing."""
    arn = story.campaign("shoes", BUSY, floor=3)
    story.deploy(**ON)
    story.box.gate.faults.add(Rule(service="logs", action="PutLogEvents", code="Dead"))
    ask(story, DELETE, arn)
    story.run(0.5)
    assert story.status(arn) == "ACTIVE"
    deleted = [c for c in story.box.gate.calls if c.action == "DeleteCampaign"]
    # The self-test names what cannot exist.
    assert str(arn) not in {c.params["campaignArn"] for c in deleted}
    story.box.gate.faults.clear()
    ask(story, DELETE, arn)
    story.run(0.5)
    calls = [c for c in story.box.gate.calls if "DeleteFunction" in c.principal_name]
    order = [call.action for call in calls if call.error is None]
    assert order.index("PutLogEvents") < order.index("DeleteCampaign")


def test_s5_tags_delete_nothing_that_is_in_use(story: Story) -> None:
    """The shortest hours of idleness that a tag may ask for are 2; less counts as exempt."""
    busy = story.campaign("busy", BUSY, floor=3)
    greedy = story.campaign("greedy", Idle(), floor=1)
    story.tag(busy, IdleHours="2")
    story.tag(greedy, IdleHours="1")
    story.deploy(**ON)
    story.run(3)
    assert (story.status(busy), story.status(greedy)) == ("ACTIVE", "ACTIVE")


def test_s6_foreign_accounts_are_refused(story: Story) -> None:
    """An ARN of an account that is not watched is refused before anything is read."""
    arn = story.campaign("shoes", BUSY, floor=3)
    story.deploy(**ON)
    campaign = str(arn).replace(arn.account, "999999999999")
    recommender = campaign.replace(":campaign/", ":recommender/")
    before = len(story.box.gate.calls)
    for function, request in (
        ("DeleteFunction", {"ARN": campaign}),
        ("StopFunction", {"ARN": recommender}),
        ("UpdateFunction", {"ARN": campaign, "NewMinTPS": 3}),
        ("UpdateFunction", {"ARN": recommender, "NewMinTPS": 3, "CurrentMinTPS": 9}),
    ):
        ran = story.box.invoke(function, request)
        assert not ran.ok
        assert "999999999999; this deployment acts in 123456789012 only" in str(ran.error)
    calls = [c for c in story.box.gate.calls[before:] if c.service == "personalize"]
    assert calls == []


def test_s7_the_kill_switch(story: Story) -> None:
    """Off means off for the monitor and for everybody who asks."""
    arn = story.campaign("shoes", BUSY, floor=20)
    story.deploy(**ON, Actions="Off")
    ask(story, DELETE, arn)
    ask(story, UPDATE, arn, NewMinTPS=50)
    story.run(1.2)
    assert (story.status(arn), story.floor(arn)) == ("ACTIVE", 20)
    assert story.events(UPDATE) == [{"ARN": str(arn), "NewMinTPS": 50}]


OWNERS = {
    "personalize:DeleteCampaign": {"DeleteFunctionRole"},
    "personalize:StopRecommender": {"StopFunctionRole"},
    "personalize:UpdateCampaign": {"UpdateFunctionRole"},
    "personalize:UpdateRecommender": {"UpdateFunctionRole"},
    "personalize:TagResource": {"UpdateFunctionRole"},
    "cloudwatch:DeleteAlarms": {
        "MonitorFunctionRole",
        "DeleteFunctionRole",
        "StopFunctionRole",
        "LifecycleFunctionRole",
    },
    "cloudwatch:DeleteDashboards": {
        "MonitorFunctionRole",
        "DashboardFunctionRole",
        "LifecycleFunctionRole",
    },
    "sns:DeleteTopic": {"MonitorFunctionRole", "LifecycleFunctionRole"},
}


OURS = (
    (
        "cloudwatch:DeleteAlarms",
        "arn:aws:cloudwatch:us-east-1:123456789012:alarm:",
        "PersonalizeMonitor-IdleCampaign-shoes",
    ),
    (
        "cloudwatch:DeleteDashboards",
        "arn:aws:cloudwatch::123456789012:dashboard/",
        "Amazon-Personalize-Monitor-2",
    ),
    (
        "sns:DeleteTopic",
        "arn:aws:sns:eu-west-1:123456789012:",
        "PersonalizeMonitorNotifications",
    ),
)
"""Actions on what others have too: the beginning of its ARN, and a name that is ours."""


def test_s8_each_destructive_right_is_with_one_role(story: Story) -> None:
    """The table of the document is the template's."""
    story.deploy(**ON)
    stack = story.box.stack
    grants = stack.grants()
    for action, roles in OWNERS.items():
        assert {grant.role for grant in grants if grant.action == action} == roles, action
    writing = ("Create", "Update", "Delete", "Stop", "Start", "Put", "Tag", "Untag", "Set")
    changing = {
        grant.action
        for grant in grants
        if grant.action.startswith("personalize:") and grant.action[12:].startswith(writing)
    }
    assert changing == {action for action in OWNERS if action.startswith("personalize:")}
    reading = {g.action[12:] for g in grants if g.action.startswith("personalize:")}
    reading -= {action[12:] for action in changing}
    assert all(verb.startswith(("List", "Describe")) for verb in reading), reading  # no Get...
    what = {re.sub(r"^(?:List|Describe)|s$", "", verb) for verb in reading}
    assert what <= {"Campaign", "Recommender", "Solution", "DatasetGroup", "TagsForResource"}
    services = {grant.action.split(":")[0] for grant in grants}
    known = {"personalize", "cloudwatch", "sns", "sqs", "events", "logs", "lambda", "sts"}
    assert services <= known
    for action, begin, ours in OURS:
        for role in OWNERS[action]:
            record = story.box.cloud.roles.get(stack.resources[role].made.attributes["Arn"])
            assert record is not None
            for name, allowed in ((ours, True), ("TheirOwn", False)):
                found = is_allowed(record.statements, action, (f"{begin}{name}",), {})
                assert bool(found) is allowed, (role, action, name)


def test_s9_the_monitor_changes_nothing_in_personalize(story: Story) -> None:
    """It may list, describe and read tags."""
    story.deploy(**ON)
    grants = story.box.stack.grants()
    mine = {g.action for g in grants if g.role == "MonitorFunctionRole"}
    verbs = {action[12:] for action in mine if action.startswith("personalize:")}
    assert verbs
    assert all(verb.startswith(("List", "Describe")) for verb in verbs)


def test_s10_schedules_ask_for_floors_only(story: Story) -> None:
    """A schedule with the pre-warms' role cannot ask for a deletion."""
    arn = story.campaign("shoes", BUSY, floor=3)
    story.deploy(**ON)
    out = story.stack.outputs
    for kind in (DELETE, UPDATE):
        story.box.client("scheduler").create_schedule(
            Name=kind,
            GroupName=out["PrewarmScheduleGroup"],
            ScheduleExpression="at(2026-11-26T06:10:00)",
            FlexibleTimeWindow={"Mode": "OFF"},
            Target={
                "Arn": f"arn:aws:events:us-east-1:{arn.account}:event-bus/default",
                "RoleArn": out["PrewarmRoleArn"],
                "Input": json.dumps({"ARN": str(arn), "NewMinTPS": 9}),
                "EventBridgeParameters": {"Source": "personalize.monitor", "DetailType": kind},
                "DeadLetterConfig": {"Arn": out["DeadLettersArn"]},
                "RetryPolicy": {"MaximumRetryAttempts": 0},
            },
        )
    story.run(0.6)
    assert (story.status(arn), story.floor(arn)) == ("ACTIVE", 9)
    assert story.events(DELETE) == []


def test_s11_the_owner_denies_requests(story: Story) -> None:
    """With the statement of the document nobody's events reach us; other events still go."""
    found = re.search(r"begin: deny -->\s*```json(.*?)```", DOC.read_text("utf-8"), re.DOTALL)
    assert found
    arn = story.campaign("shoes", BUSY, floor=3)
    story.deploy(**ON)
    client = stranger(story, PUT, json.loads(found.group(1)))
    for name in (DELETE, UPDATE):
        with pytest.raises(client.exceptions.ClientError, match=r"(?i)denied|not authorized"):
            ask(story, name, arn, client=client, NewMinTPS=9)
    entry = {"Source": "my.shop", "DetailType": "Sale", "Detail": "{}"}
    assert client.put_events(Entries=[entry])["FailedEntryCount"] == 0
    story.run(0.5)
    assert (story.status(arn), story.floor(arn)) == ("ACTIVE", 3)


def test_s11_the_stack_may_still_ask(story: Story) -> None:
    """With the exception of the document the deny strikes all but the roles of the stack."""
    text = DOC.read_text("utf-8")
    deny = json.loads(re.findall(r"begin: deny -->\s*```json(.*?)```", text, re.DOTALL)[0])
    found = re.search(r'`"ArnNotLike": (\{"aws:PrincipalArn": \[".*?", )PREWARM_ROLE\]\}`', text)
    assert found
    story.deploy(**ON)
    stack = story.box.stack
    prewarm = story.stack.outputs["PrewarmRoleArn"]
    except_ = json.loads(f'{found.group(1).replace("STACK", story.stack.name)}"{prewarm}"]}}')
    deny["Condition"]["ArnNotLike"] = except_
    allow = {"Effect": "Allow", "Action": "events:PutEvents", "Resource": "*"}
    bus = f"arn:aws:events:us-east-1:{story.access.account}:event-bus/default"

    def may(who: str) -> bool:
        context = {"aws:PrincipalArn": who, "events:source": "personalize.monitor"}
        return bool(is_allowed([allow, deny], "events:PutEvents", (bus,), context))

    roles = [
        existing.made.attributes["Arn"]
        for existing in stack.resources.values()
        if existing.order.type == "AWS::IAM::Role"
    ]
    assert len(roles) > 5
    assert [role for role in roles if not may(role)] == []
    assert not may(f"arn:aws:iam::{story.access.account}:role/somebody")
    assert not may(f"arn:aws:iam::{story.access.account}:role/personalize-monitor/other/x")


def test_s12_a_deny_wins_over_what_the_stack_allows() -> None:
    """The condition of the document refuses a deletion of what is tagged, and of nothing else."""
    text = DOC.read_text("utf-8")
    found = re.search(r'"Condition": (\{"StringEquals": \{"aws:ResourceTag.*?\}\})', text)
    assert found
    resource = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
    action = "personalize:DeleteCampaign"
    allow = {"Effect": "Allow", "Action": action, "Resource": "*"}
    deny = {**allow, "Effect": "Deny", "Condition": json.loads(found.group(1))}
    tagged = {"aws:ResourceTag/PersonalizeMonitor:Exempt": "yes"}
    assert not is_allowed([allow, deny], action, (resource,), tagged)
    assert is_allowed([allow, deny], action, (resource,), {})


def test_s13_only_what_is_named_is_asked_for(story: Story) -> None:
    """Resources that are not named are not touched, nor is another region."""
    named = story.campaign("named", BUSY, floor=20)
    others = [
        story.campaign("other", BUSY, floor=20),
        story.campaign("named", BUSY, floor=20, region="eu-west-1"),
        story.recommender("radio", BUSY, floor=20),
        story.recommender("radio", BUSY, floor=20, region="eu-west-1"),
    ]
    story.deploy(CampaignARNs=str(named), RecommenderARNs="none")
    story.run(1.5)
    assert (story.floor(named), [story.floor(arn) for arn in others]) == (3, [20] * 4)
    asked = {event["ARN"] for event in (*story.events(UPDATE), *story.events(UPDATE_RADIO))}
    assert asked == {str(named)}
    story.box.update({"CampaignARNs": "all", "RecommenderARNs": "all", "Regions": "eu-west-1"})
    story.run(1.5)
    assert [story.floor(arn) for arn in others] == [20, 3, 20, 3]
    found = {event["ARN"] for event in (*story.events(UPDATE), *story.events(UPDATE_RADIO))}
    assert found - asked == {str(others[1]), str(others[3])}


def test_s14_no_policy_on_the_bus(story: Story) -> None:
    """The stack opens the bus to nobody."""
    story.deploy(**ON)
    types = {existing.order.type for existing in story.box.stack.resources.values()}
    assert "AWS::Events::EventBusPolicy" not in types
    assert "Policy" not in story.box.client("events").describe_event_bus()


def test_what_could_not_be_delivered_waits() -> None:
    """Two weeks, the longest that SQS keeps a message, and encrypted."""
    resources = load(TEMPLATE)["Resources"]
    queues = [one for one in resources.values() if one["Type"] == "AWS::SQS::Queue"]
    assert [queue["Properties"] for queue in queues] == [
        {"MessageRetentionPeriod": 14 * 24 * 3600, "SqsManagedSseEnabled": True}
    ]


def test_topics_are_open_for_alarms_only() -> None:
    """The topic at home: CloudWatch, on behalf of this account, may publish, and nobody else."""
    resources = load(TEMPLATE)["Resources"].values()
    (policy,) = [one for one in resources if one["Type"] == "AWS::SNS::TopicPolicy"]
    (statement,) = policy["Properties"]["PolicyDocument"]["Statement"]
    assert statement["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert statement["Action"] == "sns:Publish"
    assert statement["Condition"] == {
        "StringEquals": {"aws:SourceAccount": {"Ref": "AWS::AccountId"}}
    }


def test_an_attempt_is_over_before_it_counts_as_dead() -> None:
    """What acts ends after 55 seconds; a minute after it began nobody is at it any more."""
    resources = load(TEMPLATE)["Resources"]
    for name in ("UpdateFunction", "DeleteFunction", "StopFunction"):
        assert resources[name]["Properties"]["Timeout"] == 55 < DEAD_AFTER.total_seconds() == 60
