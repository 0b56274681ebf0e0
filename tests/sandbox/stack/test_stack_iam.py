"""IAM: policies are judged as AWS judges them; calls are mapped to the permissions they need."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_sandbox import iam
from aws_sandbox.iam.conditions import ConditionError, holds, like

ALARM = "arn:aws:cloudwatch:us-east-1:123456789012:alarm:PersonalizeMonitor-x"


def statement(**more: Any) -> dict[str, Any]:
    """An Allow on everything, changed as wanted."""
    return {"Effect": "Allow", "Action": "cloudwatch:PutMetricAlarm", "Resource": "*", **more}


@pytest.mark.parametrize(
    ("change", "allowed"),
    [
        ({}, True),
        ({"Action": "cloudwatch:*"}, True),
        ({"Action": "CloudWatch:putmetricalarm"}, True),
        ({"Action": ["sns:Publish", "cloudwatch:Put*"]}, True),
        ({"Action": "cloudwatch:PutMetricData"}, False),
        ({"Action": "*"}, True),
        ({"Resource": ALARM}, True),
        ({"Resource": "arn:aws:cloudwatch:*:123456789012:alarm:PersonalizeMonitor-*"}, True),
        ({"Resource": "arn:aws:cloudwatch:us-east-1:123456789012:alarm:Other-*"}, False),
        ({"Resource": ["arn:aws:sns:*:*:*", ALARM[:-1] + "?"]}, True),
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": "us-east-1"}}}, True),
        ({"Condition": {"StringEquals": {"aws:RequestedRegion": ["a", "b"]}}}, False),
    ],
)
def test_one_statement(change: dict[str, Any], allowed: bool) -> None:
    """Action, Resource and Condition must all match; actions without regard to case."""
    verdict = iam.is_allowed(
        [statement(**change)],
        "cloudwatch:PutMetricAlarm",
        (ALARM,),
        {"aws:RequestedRegion": "us-east-1"},
    )
    assert verdict.allowed is allowed


def test_an_explicit_deny_wins() -> None:
    """A Deny beats any Allow, whatever their order."""
    policies = [statement(Effect="Deny", Resource=ALARM), statement()]
    verdict = iam.is_allowed(policies, "cloudwatch:PutMetricAlarm", (ALARM,), {})
    assert verdict.explicit_deny
    assert not verdict


def test_not_action_and_not_resource() -> None:
    """NotAction and NotResource match everything but what they name."""
    policy = {"Effect": "Allow", "NotAction": "iam:*", "NotResource": "arn:aws:sns:*"}
    assert iam.is_allowed([policy], "sqs:SendMessage", ("arn:aws:sqs:x",), {})
    assert not iam.is_allowed([policy], "iam:PassRole", ("arn:aws:iam:x",), {})
    assert not iam.is_allowed([policy], "sns:Publish", ("arn:aws:sns:x",), {})


def test_every_resource_of_a_call_must_be_allowed() -> None:
    """One name outside of the policy refuses a batch, and the answer says which."""
    mine, foreign = ALARM, ALARM.replace("PersonalizeMonitor", "Other")
    policy = statement(Action="cloudwatch:DeleteAlarms", Resource=ALARM[:-1] + "*")
    verdict = iam.is_allowed([policy], "cloudwatch:DeleteAlarms", (mine, foreign), {})
    assert verdict.refused_resource == foreign


def test_no_policies_is_an_administrator() -> None:
    """None stands for a principal without limits."""
    assert iam.is_allowed(None, "iam:CreateUser", ("*",), {})
    assert not iam.is_allowed([], "iam:CreateUser", ("*",), {})


@pytest.mark.parametrize(
    ("condition", "context", "wanted"),
    [
        ({"StringLike": {"k": "a*c"}}, {"K": "abc"}, True),
        ({"StringNotEquals": {"k": "a"}}, {"k": "b"}, True),
        ({"StringNotEquals": {"k": ["a", "b"]}}, {"k": "b"}, False),
        ({"StringNotEquals": {"k": "a"}}, {}, True),
        ({"StringEquals": {"k": "a"}}, {}, False),
        ({"StringEqualsIfExists": {"k": "a"}}, {}, True),
        ({"ArnLike": {"k": "arn:aws:sns:*:1:t"}}, {"k": "arn:aws:sns:eu-west-1:1:t"}, True),
        ({"ArnLike": {"k": "arn:aws:*:t"}}, {"k": "arn:aws:sns:eu-west-1:1:t"}, False),
        (
            {"ArnEquals": {"k": "arn:aws:events:r:1:rule/*"}},
            {"k": "arn:aws:events:r:1:rule/x"},
            True,
        ),
        ({"Bool": {"aws:SecureTransport": "true"}}, {"aws:SecureTransport": "true"}, True),
        ({"Bool": {"aws:SecureTransport": False}}, {"aws:SecureTransport": "true"}, False),
        ({"ForAnyValue:StringEquals": {"k": ["a", "b"]}}, {"k": ["x", "b"]}, True),
        ({"ForAnyValue:StringEquals": {"k": "a"}}, {}, False),
        ({"ForAllValues:StringEquals": {"k": ["a", "b"]}}, {"k": ["a", "x"]}, False),
        ({"ForAllValues:StringEquals": {"k": "a"}}, {}, True),
        ({"Null": {"k": "true"}}, {}, True),
        ({"Null": {"k": "false"}}, {}, False),
        ({"NumericLessThan": {"k": "5"}}, {"k": 4}, True),
        ({"StringEquals": {"k": "a"}, "StringLike": {"j": "b*"}}, {"k": "a", "j": "c"}, False),
    ],
)
def test_conditions(condition: dict[str, Any], context: dict[str, Any], wanted: bool) -> None:
    """Operators, quantifiers and missing keys behave as the IAM user guide says."""
    assert holds(condition, context) is wanted


def test_an_unknown_operator_is_an_error_not_a_yes() -> None:
    """What the sandbox cannot judge must not pass."""
    with pytest.raises(ConditionError, match="IpAddress"):
        holds({"IpAddress": {"aws:SourceIp": "10.0.0.0/8"}}, {})


@pytest.mark.parametrize(
    ("wrong", "word"),
    [
        ({"Effect": "Maybe"}, "Effect"),
        ({"Effect": "Allow", "Action": "a:B"}, "Resource"),
        ({"Effect": "Allow", "Action": "publish", "Resource": "*"}, "not an action"),
        ({"Effect": "Allow", "Action": "a:B", "Resource": "*", "Scope": 1}, "Scope"),
        ({"Effect": "Allow", "Action": "a:B", "Resource": {"Ref": "x"}}, "strings"),
        (
            {"Effect": "Allow", "Action": "a:B", "Resource": "*", "Condition": {"Odd": {"k": 1}}},
            "Odd",
        ),
    ],
)
def test_a_malformed_statement_is_refused(wrong: dict[str, Any], word: str) -> None:
    """A policy that AWS would not take is not taken here either."""
    with pytest.raises(iam.PolicyError, match=word):
        iam.Statements([wrong])


def test_used_permissions_are_remembered() -> None:
    """Statements know which of their entries said yes."""
    policies = iam.Statements([statement(Action=["sns:Publish", "cloudwatch:Put*"])])
    iam.is_allowed(policies, "cloudwatch:PutMetricAlarm", (ALARM,), {})
    used = {entry.action for entry in policies.used}
    assert used == {"cloudwatch:Put*"}
    assert [entry.action for entry in policies.permissions()] == ["sns:Publish", "cloudwatch:Put*"]


@given(st.text("ab:/*", max_size=8))
def test_a_text_matches_itself_and_the_star(text: str) -> None:
    """Without wildcards a pattern is the text itself; `*` is everything."""
    assert like(text, "*")
    assert like(text, text)
    assert like("x" + text, "x*")


REGION = "eu-west-1"
ACCOUNT = "123456789012"


@pytest.mark.parametrize(
    ("service", "operation", "params", "needs"),
    [
        ("personalize", "ListCampaigns", {}, [("personalize:ListCampaigns", "*")]),
        (
            "personalize",
            "UpdateCampaign",
            {"campaignArn": "arn:c", "solutionVersionArn": "arn:s"},
            [("personalize:UpdateCampaign", "arn:c")],
        ),
        (
            "personalize",
            "CreateCampaign",
            {"name": "n", "solutionVersionArn": "s", "tags": [{"tagKey": "a", "tagValue": "b"}]},
            [
                ("personalize:CreateCampaign", "arn:aws:personalize:R:A:campaign/n"),
                ("personalize:TagResource", "arn:aws:personalize:R:A:campaign/n"),
            ],
        ),
        (
            "personalize",
            "DescribeSolutionVersion",
            {"solutionVersionArn": "arn:v"},
            [("personalize:DescribeSolutionVersion", "arn:v")],
        ),
        (
            "personalize-runtime",
            "GetRecommendations",
            {"campaignArn": "arn:c"},
            [("personalize:GetRecommendations", "arn:c")],
        ),
        ("cloudwatch", "GetMetricData", {}, [("cloudwatch:GetMetricData", "*")]),
        ("cloudwatch", "PutMetricData", {"Namespace": "N"}, [("cloudwatch:PutMetricData", "*")]),
        (
            "cloudwatch",
            "PutMetricAlarm",
            {"AlarmName": "x", "Tags": [{"Key": "a", "Value": "b"}]},
            [
                ("cloudwatch:PutMetricAlarm", "arn:aws:cloudwatch:R:A:alarm:x"),
                ("cloudwatch:TagResource", "arn:aws:cloudwatch:R:A:alarm:x"),
            ],
        ),
        (
            "cloudwatch",
            "DescribeAlarms",
            {"AlarmNames": ["x"]},
            [("cloudwatch:DescribeAlarms", "arn:aws:cloudwatch:R:A:alarm:*")],
        ),
        (
            "cloudwatch",
            "PutDashboard",
            {"DashboardName": "d"},
            [("cloudwatch:PutDashboard", "arn:aws:cloudwatch::A:dashboard/d")],
        ),
        (
            "events",
            "PutEvents",
            {"Entries": [{"Source": "s", "DetailType": "d"}]},
            [("events:PutEvents", "arn:aws:events:R:A:event-bus/default")],
        ),
        ("events", "PutRule", {"Name": "r"}, [("events:PutRule", "arn:aws:events:R:A:rule/r")]),
        (
            "events",
            "PutTargets",
            {"Rule": "r", "Targets": [{"Arn": "a", "RoleArn": "arn:role"}]},
            [("events:PutTargets", "arn:aws:events:R:A:rule/r"), ("iam:PassRole", "arn:role")],
        ),
        ("sns", "CreateTopic", {"Name": "t"}, [("sns:CreateTopic", "arn:aws:sns:R:A:t")]),
        ("sns", "Unsubscribe", {"SubscriptionArn": "x"}, [("sns:Unsubscribe", "*")]),
        ("sns", "Publish", {"TopicArn": "arn:t"}, [("sns:Publish", "arn:t")]),
        (
            "sqs",
            "SendMessage",
            {"QueueUrl": "https://sqs/1/q"},
            [("sqs:SendMessage", "arn:aws:sqs:R:A:q")],
        ),
        (
            "logs",
            "FilterLogEvents",
            {"logGroupName": "/g"},
            [("logs:FilterLogEvents", "arn:aws:logs:R:A:log-group:/g:log-stream:")],
        ),
        (
            "logs",
            "PutLogEvents",
            {"logGroupName": "/g", "logStreamName": "s"},
            [("logs:PutLogEvents", "arn:aws:logs:R:A:log-group:/g:log-stream:s")],
        ),
        (
            "scheduler",
            "CreateSchedule",
            {"Name": "n", "GroupName": "g", "Target": {"RoleArn": "arn:role"}},
            [
                ("scheduler:CreateSchedule", "arn:aws:scheduler:R:A:schedule/g/n"),
                ("iam:PassRole", "arn:role"),
            ],
        ),
        ("sts", "AssumeRole", {"RoleArn": "arn:r"}, [("sts:AssumeRole", "arn:r")]),
        ("sts", "GetCallerIdentity", {}, []),
        (
            "ssm",
            "GetParameter",
            {"Name": "/shop/campaigns"},
            [("ssm:GetParameter", "arn:aws:ssm:R:A:parameter/shop/campaigns")],
        ),
        (
            "lambda",
            "Invoke",
            {"FunctionName": "f"},
            [("lambda:InvokeFunction", "arn:aws:lambda:R:A:function:f")],
        ),
        ("tagging", "GetResources", {}, [("tagging:GetResources", "*")]),
    ],
)
def test_what_a_call_needs(
    service: str, operation: str, params: dict[str, Any], needs: list[tuple[str, str]]
) -> None:
    """Each call needs the actions and resources of the service authorization reference."""
    found = iam.request_of(service, operation, params, ACCOUNT, REGION)
    wanted = [(a, r.replace(":R:", f":{REGION}:").replace(":A:", f":{ACCOUNT}:")) for a, r in needs]
    assert [(need.action, need.resources[0]) for need in found] == wanted


def test_the_context_of_a_call() -> None:
    """Namespaces, event sources and tags are there for conditions."""
    (data,) = iam.request_of("cloudwatch", "PutMetricData", {"Namespace": "N"}, ACCOUNT, REGION)
    assert data.context["cloudwatch:namespace"] == "N"
    assert data.context["aws:RequestedRegion"] == REGION
    entry = {"Source": "personalize.monitor", "DetailType": "T"}
    (event,) = iam.request_of("events", "PutEvents", {"Entries": [entry]}, ACCOUNT, REGION)
    assert event.context["events:source"] == "personalize.monitor"
    assert event.context["events:detail-type"] == "T"
    tags = {"AlarmName": "x", "Tags": [{"Key": "CreatedBy", "Value": "us"}]}
    put, tag = iam.request_of("cloudwatch", "PutMetricAlarm", tags, ACCOUNT, REGION)
    assert put.context["aws:RequestTag/CreatedBy"] == "us"
    assert tag.context["aws:TagKeys"] == ["CreatedBy"]


def test_resource_policies_see_who_sends_and_from_where() -> None:
    """A service gets in by its principal and the conditions; a Deny keeps it out."""
    policy = {
        "Statement": [
            {
                "Effect": "Allow",
                "Principal": {"Service": ["events.amazonaws.com"]},
                "Action": "sns:Publish",
                "Resource": "arn:t",
                "Condition": {"StringEquals": {"aws:SourceAccount": ACCOUNT}},
            }
        ]
    }

    def may(service: str, account: str, document: Any = policy) -> bool:
        return iam.allows_service(
            document,
            service=service,
            action="sns:Publish",
            resource="arn:t",
            context={"aws:SourceAccount": account},
        )

    assert may("events.amazonaws.com", ACCOUNT)
    assert not may("events.amazonaws.com", "210987654321")
    assert not may("cloudwatch.amazonaws.com", ACCOUNT)
    deny = {**policy["Statement"][0], "Effect": "Deny"}
    assert not may("events.amazonaws.com", ACCOUNT, {"Statement": [*policy["Statement"], deny]})


def test_trust_policies() -> None:
    """A role is assumed by the service, account or role that it trusts, and by no other."""

    def trust(principal: dict[str, str]) -> dict[str, Any]:
        return {
            "Statement": {"Effect": "Allow", "Principal": principal, "Action": "sts:AssumeRole"}
        }

    service = trust({"Service": "scheduler.amazonaws.com"})
    assert iam.trusts(service, service="scheduler.amazonaws.com")
    assert not iam.trusts(service, service="lambda.amazonaws.com")
    other = trust({"AWS": f"arn:aws:iam::{ACCOUNT}:root"})
    assert iam.trusts(other, principal_arn="arn:aws:iam::123456789012:role/x", account=ACCOUNT)
    assert not iam.trusts(other, principal_arn="arn:aws:iam::9:role/x", account="9")
