"""The engine: order of creation, rollback, updates, deletion, custom resources."""

from __future__ import annotations

from typing import Any

import pytest
from tests.sandbox.stack.stack_support import App, allow

from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import DeployError

ANSWERING = """
    import json, urllib.request

    seen = []

    def handler(event, context):
        seen.append(event["RequestType"])
        wanted = event["ResourceProperties"]
        if event["RequestType"] in wanted.get("Silent", "").split(","):
            return None
        if event["RequestType"] in wanted.get("Crash", "").split(","):
            raise RuntimeError("no luck")
        failed = event["RequestType"] in wanted.get("Fail", "").split(",")
        physical = wanted.get("Id") or event.get("PhysicalResourceId") or "one"
        answer = {
            "Status": "FAILED" if failed else "SUCCESS",
            "Reason": "as asked" if failed else "",
            "PhysicalResourceId": physical,
            "StackId": event["StackId"],
            "RequestId": event["RequestId"],
            "LogicalResourceId": event["LogicalResourceId"],
            "Data": {"Said": wanted.get("Say", "nothing")},
        }
        request = urllib.request.Request(
            event["ResponseURL"], json.dumps(answer).encode(), method="PUT"
        )
        urllib.request.urlopen(request).close()
"""


def custom(app: App, **properties: Any) -> App:
    """A custom resource whose function does what the properties say."""
    app.code(ANSWERING).function()
    return app.add(
        "Thing", "Custom::Thing", ServiceToken={"Fn::GetAtt": ["Worker", "Arn"]}, **properties
    )


def requests(box: Sandbox) -> list[tuple[str, dict[str, Any] | None]]:
    """Kind and old properties of each request that the custom resource got."""
    return [
        (i.event["RequestType"], i.event.get("OldResourceProperties"))
        for i in box.invocations("Worker")
    ]


def statuses(box: Sandbox, status: str) -> list[str]:
    """Logical ids of the events with this status, in order."""
    return [event.logical_id for event in box.stack.events if event.status == status]


def test_resources_are_made_in_order_of_dependency_and_deleted_in_reverse(
    box: Sandbox, app: App
) -> None:
    """What is referred to, or named in DependsOn, comes first and goes last."""
    app.add(
        "Rule", "AWS::SNS::TopicPolicy", Topics=[{"Ref": "Topic"}], PolicyDocument={"Statement": []}
    )
    app.add("Topic", "AWS::SNS::Topic", depends="Group")
    app.add("Group", "AWS::Logs::LogGroup")
    box.deploy(app.write())
    assert statuses(box, "CREATE_COMPLETE") == ["Group", "Topic", "Rule"]
    box.delete()
    assert statuses(box, "DELETE_COMPLETE") == ["Rule", "Topic", "Group"]
    assert box.stack.status == "DELETE_COMPLETE"
    assert box.leftovers() == []


def test_a_failed_resource_rolls_everything_back(box: Sandbox, app: App) -> None:
    """After a failure nothing is left, and the error names the resource and the reason."""
    app.add("Topic", "AWS::SNS::Topic", TopicName="t")
    app.add("Alarm", "AWS::CloudWatch::Alarm", depends="Topic", ComparisonOperator="Nonsense",
            MetricName="m", Namespace="n", Period=60, EvaluationPeriods=1, Threshold=1,
            Statistic="Sum")  # fmt: skip
    with pytest.raises(DeployError, match=r"ROLLBACK_COMPLETE: Alarm: .*Nonsense"):
        box.deploy(app.write())
    assert statuses(box, "CREATE_FAILED") == ["Alarm"]
    assert box.leftovers() == []


def test_an_unknown_property_is_refused(box: Sandbox, app: App) -> None:
    """A property that the sandbox does not know must not be swallowed."""
    app.add("Topic", "AWS::SNS::Topic", Colour="red")
    with pytest.raises(DeployError, match="no property Colour"):
        box.deploy(app.write())


def test_an_unknown_managed_policy_is_refused(box: Sandbox, app: App) -> None:
    """Only AWSLambdaBasicExecutionRole is known; others must be written inline."""
    app.function(Policies=["arn:aws:iam::aws:policy/AdministratorAccess"])
    with pytest.raises(DeployError, match="AdministratorAccess is not known"):
        box.deploy(app.write())


def test_a_custom_resource_hears_of_create_update_and_delete(box: Sandbox, app: App) -> None:
    """Create, then Update with the old properties, then Delete; values are text."""
    custom(app, Say={"Ref": "Word"}, Number=5, Flag=True)
    template = app.write(
        Parameters={"Word": {"Type": "String", "Default": "one"}},
        Outputs={"Said": {"Value": {"Fn::GetAtt": ["Thing", "Said"]}}},
    )
    stack = box.deploy(template)
    assert stack.outputs == {"Said": "one"}
    assert stack.physical_id("Thing") == "one"
    box.update({"Word": "two"})
    assert stack.outputs == {"Said": "two"}
    box.delete()
    old = {"Say": "one", "Number": "5", "Flag": "true"}
    token = box.invocations("Worker")[0].event["ServiceToken"]
    assert requests(box) == [
        ("Create", None),
        ("Update", {"ServiceToken": token, **old}),
        ("Delete", None),
    ]


def test_nothing_changed_is_no_update(box: Sandbox, app: App) -> None:
    """An update with the same values touches nothing."""
    custom(app, Say={"Ref": "Word"})
    box.deploy(app.write(Parameters={"Word": {"Type": "String", "Default": "one"}}))
    box.update({"Word": "one"})
    assert requests(box) == [("Create", None)]


def test_a_new_physical_id_has_the_old_one_deleted(box: Sandbox, app: App) -> None:
    """An update that answers another id is a replacement."""
    custom(app, Id={"Ref": "Word"})
    box.deploy(app.write(Parameters={"Word": {"Type": "String", "Default": "one"}}))
    box.update({"Word": "two"})
    assert [kind for kind, _ in requests(box)] == ["Create", "Update", "Delete"]
    assert box.invocations("Worker")[-1].event["PhysicalResourceId"] == "one"
    assert box.stack.physical_id("Thing") == "two"


def test_a_failed_create_is_deleted_again(box: Sandbox, app: App) -> None:
    """FAILED on Create rolls back; the id that it named gets a Delete."""
    custom(app, Fail="Create")
    with pytest.raises(DeployError, match="as asked"):
        box.deploy(app.write())
    assert [kind for kind, _ in requests(box)] == ["Create", "Delete"]
    # Lambda itself made the log group that the template does not have, as it does in AWS.
    assert {thing.kind for thing in box.leftovers()} == {"log group"}


def test_a_failed_update_puts_the_old_properties_back(box: Sandbox, app: App) -> None:
    """The custom resource hears of the way back, and the stack is as before."""
    custom(app, Fail={"Ref": "Word"})
    stack = box.deploy(app.write(Parameters={"Word": {"Type": "String", "Default": "none"}}))
    with pytest.raises(DeployError, match="UPDATE_ROLLBACK_COMPLETE: Thing"):
        box.update({"Word": "Update"})
    assert requests(box)[-1][1] is not None
    assert box.invocations("Worker")[-1].event["ResourceProperties"]["Fail"] == "none"
    assert stack.parameters == {"Word": "none"}


@pytest.mark.parametrize(("how", "word"), [("Silent", "returned without"), ("Crash", "no luck")])
def test_a_function_that_never_answers_fails_after_the_timeout(
    box: Sandbox, app: App, how: str, word: str
) -> None:
    """CloudFormation waits for the service timeout, then gives up; crashes are retried twice."""
    before = box.now
    custom(app, ServiceTimeout=600, **{how: "Create"})
    with pytest.raises(DeployError, match=f"did not receive a response.*{word}"):
        box.deploy(app.write())
    assert (box.now - before).total_seconds() >= 600
    assert len(box.invocations("Worker")) == (3 if how == "Crash" else 1)


def test_a_failing_deletion_leaves_the_stack_undeletable(box: Sandbox, app: App) -> None:
    """FAILED on Delete is DELETE_FAILED; the rest is gone, a second try may succeed."""
    custom(app, Fail="Delete").add("Topic", "AWS::SNS::Topic", TopicName="t")
    box.deploy(app.write())
    with pytest.raises(DeployError, match="DELETE_FAILED"):
        box.delete()
    assert "Thing" in box.stack.resources
    assert "Topic" not in box.stack.resources


def test_an_update_creates_and_deletes_by_condition(box: Sandbox, app: App) -> None:
    """A condition that turns true makes its resource, one that turns false removes it."""
    app.add("Topic", "AWS::SNS::Topic", TopicName="t")
    app.resources["Topic"]["Condition"] = "On"
    template = app.add("Group", "AWS::Logs::LogGroup", LogGroupName="/g").write(
        Parameters={"Mode": {"Type": "String", "Default": "No"}},
        Conditions={"On": {"Fn::Equals": [{"Ref": "Mode"}, "Yes"]}},
    )
    stack = box.deploy(template)
    assert list(stack.resources) == ["Group"]
    box.update({"Mode": "Yes"})
    assert [thing.name for thing in box.leftovers()] == ["/g", "t"]
    box.update({"Mode": "No"})
    assert [thing.name for thing in box.leftovers()] == ["/g"]


def test_properties_are_changed_in_place(box: Sandbox, app: App) -> None:
    """Environment, schedule, policy, alarm and retention follow a parameter."""
    value = {"Ref": "N"}
    app.function(
        Environment={"Variables": {"N": value}},
        Events={
            "E": {"Type": "Schedule", "Properties": {"Schedule": {"Fn::Sub": "rate(${N} hours)"}}}
        },
    )
    app.add("Group", "AWS::Logs::LogGroup", LogGroupName="/g", RetentionInDays=value)
    app.add("Alarm", "AWS::CloudWatch::Alarm", AlarmName="a", MetricName="m", Namespace="n",
            Period=60, EvaluationPeriods=1, Threshold=value, Statistic="Sum",
            ComparisonOperator="LessThanThreshold")  # fmt: skip
    app.add("Queue", "AWS::SQS::Queue", QueueName="q", VisibilityTimeout=value)
    box.deploy(app.write(Parameters={"N": {"Type": "Number", "Default": 3}}))
    box.update({"N": 7})
    assert box.function("Worker").environment == {"N": "7"}
    rules = box.client("events").list_rules()["Rules"]
    assert [rule["ScheduleExpression"] for rule in rules] == ["rate(7 hours)"]
    groups = box.client("logs").describe_log_groups(logGroupNamePrefix="/g")["logGroups"]
    assert groups[0]["retentionInDays"] == 7
    alarms = box.client("cloudwatch").describe_alarms(AlarmNames=["a"])["MetricAlarms"]
    assert alarms[0]["Threshold"] == 7
    url = box.stack.physical_id("Queue")
    queue = box.client("sqs").get_queue_attributes(QueueUrl=url, AttributeNames=["All"])
    assert queue["Attributes"]["VisibilityTimeout"] == "7"


def test_a_changed_name_is_a_replacement(box: Sandbox, app: App) -> None:
    """The new one is made first, the old one deleted afterwards."""
    app.add("Topic", "AWS::SNS::Topic", TopicName={"Ref": "Name"})
    box.deploy(app.write(Parameters={"Name": {"Type": "String", "Default": "old"}}))
    box.update({"Name": "new"})
    assert [thing.name for thing in box.leftovers()] == ["new"]


def test_retained_resources_survive(box: Sandbox, app: App) -> None:
    """DeletionPolicy Retain spares the resource."""
    app.add("Group", "AWS::Logs::LogGroup", LogGroupName="/g")
    app.resources["Group"]["DeletionPolicy"] = "Retain"
    box.deploy(app.write())
    box.delete()
    assert [thing.name for thing in box.leftovers()] == ["/g"]


@pytest.mark.parametrize(
    ("stack", "logical", "name"),
    [
        ("shop", "WorkerRole", "shop-WorkerRole"),
        # As CloudFormation was seen to do it: the shorter part stays, the longer one is cut ...
        ("MyStack", "CustomS3AutoDeleteObjectsCustomResourceProviderRole3B1BD092",
         "MyStack-CustomS3AutoDeleteObjectsCustomResourcePro"),
        ("serverlessrepo-Datadog-Log-Forwarder", "loglambdaddfunction",
         "serverlessrepo-Datadog-Log-For-loglambdaddfunction"),
        # ... and both, where both are long.
        ("s" * 128, "l" * 100, f"{'s' * 24}-{'l' * 24}"),
    ],
)  # fmt: skip
def test_a2_long_names_are_cut_as_cloudformation_cuts_them(
    app: App, box: Sandbox, stack: str, logical: str, name: str
) -> None:
    """At most 64 characters for a role, the last twelve of them by chance."""
    app.add(logical, "AWS::IAM::Role", AssumeRolePolicyDocument=allow("sts:AssumeRole"))
    made = box.deploy(app.write(), name=stack).physical_id(logical)
    assert made.rpartition("-")[0] == name
    assert len(made) <= 64
    assert len(made.rpartition("-")[2]) == 12


def test_a2_policies_have_short_names_and_a_common_limit(app: App, box: Sandbox) -> None:
    """IAM takes 128 characters for a name and 10,240 for all of a role's inline policies."""
    trust = allow("sts:AssumeRole")
    policy = {"PolicyName": "n" * 129, "PolicyDocument": allow("sns:Publish")}
    app.add("Role", "AWS::IAM::Role", AssumeRolePolicyDocument=trust, Policies=[policy])
    with pytest.raises(DeployError, match="more than 128 characters"):
        box.deploy(app.write())
    policy = {"PolicyName": "n", "PolicyDocument": allow("sns:Publish", resource=["x" * 9_000])}
    app.add("Role", "AWS::IAM::Role", AssumeRolePolicyDocument=trust, Policies=[policy])
    more = allow("sns:Publish", resource=["y" * 2_000])
    app.add("More", "AWS::IAM::Policy", PolicyName="m", PolicyDocument=more,
            Roles=[{"Ref": "Role"}])  # fmt: skip
    with pytest.raises(DeployError, match="Maximum policy size of 10240 bytes exceeded"):
        box.deploy(app.write())


def test_a2_what_is_attached_to_a_role_stays_when_the_role_changes(app: App, box: Sandbox) -> None:
    """A policy of its own outlives an update of the role, and its own replacement by an equal."""
    trust = allow("sts:AssumeRole")
    role = {"AssumeRolePolicyDocument": trust}
    own = {"PolicyName": "own", "PolicyDocument": allow("sns:ListTopics")}
    app.add("Role", "AWS::IAM::Role", **role, Policies=[own])
    app.add("More", "AWS::IAM::Policy", PolicyName="m", PolicyDocument=allow("sns:Publish"),
            Roles=[{"Ref": "Role"}])  # fmt: skip
    stack = box.deploy(app.write())
    app.add("Role", "AWS::IAM::Role", **role, Description="x", Policies=[own])
    app.add("More", "AWS::IAM::Policy", PolicyName="m2", PolicyDocument=allow("sns:Publish"),
            Roles=[{"Ref": "Role"}])  # fmt: skip
    box.update({}, template=app.write())
    assert {grant.action for grant in stack.grants()} == {"sns:ListTopics", "sns:Publish"}
