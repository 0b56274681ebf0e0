"""Topics, functions and the caller's name: the small gateways, call by call."""

from __future__ import annotations

import json
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, in_pages, refused
from tests.support import ACCOUNT, HOME

from personalize_monitor.aws.caller import caller
from personalize_monitor.aws.functions import Functions
from personalize_monitor.aws.topics import Topics

ARN = f"arn:aws:sns:eu-west-1:{ACCOUNT}:PersonalizeMonitorNotifications"


def topic(partition: str = "aws", **answers: Any) -> tuple[Topics, Script]:
    """The notification topic of Ireland, answered by script."""
    client = Script(**answers)
    access = Scripted({"sns": client})
    return Topics(access, "eu-west-1", account=ACCOUNT, partition=partition), client


def test_a_topic_has_the_name_of_the_contract_in_its_place() -> None:
    """Whether it exists or not, alarms know where it would be; China has its own partition."""
    assert topic()[0].arn == ARN
    assert topic("aws-cn")[0].arn.startswith("arn:aws-cn:sns:eu-west-1:")


def test_tags_or_no_topic() -> None:
    """No topic is an answer; no permission to look is none."""
    found = {"Tags": [{"Key": "CreatedBy", "Value": "PersonalizeMonitor"}]}
    assert topic(list_tags_for_resource=found)[0].tags() == {"CreatedBy": "PersonalizeMonitor"}
    assert topic(list_tags_for_resource={})[0].tags() == {}
    assert topic(list_tags_for_resource=refused("ResourceNotFound"))[0].tags() is None
    with pytest.raises(Exception, match="AuthorizationError"):
        topic(list_tags_for_resource=refused("AuthorizationError"))[0].tags()


@pytest.mark.parametrize("partition", ["aws", "aws-cn"])
def test_a_topic_is_open_for_alarms_of_its_account_and_nobody_else(partition: str) -> None:
    """CloudWatch may publish for this account only; the account keeps its own right to."""
    topics, client = topic(partition, create_topic={})
    topics.create({"a": "1", "b": "2"})
    (request,) = client.asked("create_topic")
    assert request["Tags"] == [{"Key": "a", "Value": "1"}, {"Key": "b", "Value": "2"}]
    statements = json.loads(request["Attributes"]["Policy"])["Statement"]
    assert {s["Resource"] for s in statements} == {topics.arn}
    assert {s["Action"] for s in statements} == {"sns:Publish"}
    by_sid = {s["Sid"]: s for s in statements}
    assert by_sid["Account"]["Principal"] == {"AWS": f"arn:{partition}:iam::{ACCOUNT}:root"}
    assert by_sid["Alarms"]["Principal"] == {"Service": "cloudwatch.amazonaws.com"}
    assert by_sid["Alarms"]["Condition"] == {"StringEquals": {"aws:SourceAccount": ACCOUNT}}


@given(
    st.lists(st.tuples(st.sampled_from(["email", "sqs", "lambda"]), st.integers(0, 99)), max_size=9)
)
def test_only_addresses_of_people_are_told(subscriptions: list[tuple[str, int]]) -> None:
    """Queues and functions that somebody subscribed are not ours to look after; all pages count."""
    items = [
        {"Protocol": protocol, "Endpoint": f"{n}@example.com", "SubscriptionArn": f"arn:s:{n}"}
        for protocol, n in subscriptions
    ]
    pages = in_pages("Subscriptions", items, 2, token="NextToken")
    found = topic(list_subscriptions_by_topic=pages)[0].mail_subscriptions()
    people = {n for protocol, n in subscriptions if protocol == "email"}
    assert found == {f"{n}@example.com": f"arn:s:{n}" for n in people}


def test_half_a_list_of_subscriptions_asks_nobody() -> None:
    """Whoever was not listed would get a second mail otherwise."""
    half = {"Subscriptions": [], "NextToken": "1"}
    topics, _ = topic(list_subscriptions_by_topic=[half, refused("InternalError")])
    with pytest.raises(Exception, match="InternalError"):
        topics.mail_subscriptions()


def test_the_changes_of_a_topic() -> None:
    """Each names the topic, or the one subscription that it ends."""
    topics, client = topic(tag_resource={}, subscribe={}, unsubscribe={}, delete_topic={})
    topics.tag("Asked", "abc")
    topics.subscribe("ops@example.com")
    topics.unsubscribe("arn:s:1")
    topics.delete()
    assert client.calls == [
        ("tag_resource", {"ResourceArn": ARN, "Tags": [{"Key": "Asked", "Value": "abc"}]}),
        ("subscribe", {"TopicArn": ARN, "Protocol": "email", "Endpoint": "ops@example.com"}),
        ("unsubscribe", {"SubscriptionArn": "arn:s:1"}),
        ("delete_topic", {"TopicArn": ARN}),
    ]


def test_a_function_is_started_and_not_waited_for() -> None:
    """The invocation is an event: Lambda takes it and answers at once."""
    client = Script(invoke={"StatusCode": 202})
    Functions(Scripted({"lambda": client}), HOME).start("monitor", {"time": "now", "detail": {}})
    (request,) = client.asked("invoke")
    assert (request["FunctionName"], request["InvocationType"]) == ("monitor", "Event")
    assert json.loads(request["Payload"]) == {"time": "now", "detail": {}}


def test_the_caller_is_named_for_the_journal() -> None:
    """The ARN of the user or role behind the credentials."""
    arn = f"arn:aws:sts::{ACCOUNT}:assumed-role/ops/maria"
    assert caller(Scripted({"sts": Script(get_caller_identity={"Arn": arn})})) == arn


@pytest.mark.parametrize("error", [refused("AccessDenied"), NoCredentialsError()])
def test_a_caller_that_cannot_be_known_is_no_obstacle(error: Exception) -> None:
    """The journal then says nothing about who it was; the deed itself has its own permissions."""
    assert caller(Scripted({"sts": Script(get_caller_identity=error)})) == ""
    assert caller(Scripted({"sts": Script(get_caller_identity={})})) == ""
