"""Events: acceptance, rules, targets, input transformers, duplicates, retries, dead letters."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import pytest
from botocore.exceptions import ClientError
from hypothesis import given
from hypothesis import strategies as st
from tests.sandbox.stack.stack_support import BEGIN, App, allow

from aws_sandbox import events
from aws_sandbox.events.transform import TransformError, look_up, target_input
from aws_sandbox.sandbox import Sandbox

ACCOUNT = "123456789012"
EVENT = {
    "version": "0",
    "id": "e",
    "detail-type": "T",
    "source": "s",
    "account": ACCOUNT,
    "time": "2026-03-02T10:00:00Z",
    "region": "us-east-1",
    "resources": ["arn:x"],
    "detail": {
        "name": "shoes",
        "tps": 2.5,
        "tags": ["a", "b"],
        "deep": {"k": "v"},
        "q": 'say "hi"',
    },
}
RULE = "arn:aws:events:us-east-1:123456789012:rule/r"


def entry(**more: Any) -> dict[str, Any]:
    """A PutEvents entry."""
    detail = json.dumps(more.pop("detail", {"name": "shoes"}))
    return {"Source": "mine", "DetailType": "Happened", "Detail": detail, **more}


def put(box: Sandbox, *entries: dict[str, Any], region: str = "us-east-1") -> Any:
    """PutEvents."""
    return box.client("events", region=region).put_events(Entries=list(entries) or [entry()])


def with_rule(app: App, target: dict[str, Any], pattern: Any = None, **more: Any) -> App:
    """A rule on our source with one target."""
    pattern = pattern or {"source": ["mine"]}
    return app.add(
        "Rule", "AWS::Events::Rule", Name="r", EventPattern=pattern,
        Targets=[{"Id": "one", **target}], **more,
    )  # fmt: skip


def listening(app: App, **event: Any) -> App:
    """A function that hears our events through a SAM rule."""
    rule = {"Type": "EventBridgeRule", "Properties": {"Pattern": {"source": ["mine"]}, **event}}
    return app.function(Events={"Heard": rule})


def topic(app: App, service: str = "events.amazonaws.com") -> App:
    """A topic that the service may publish to."""
    app.add("Topic", "AWS::SNS::Topic", TopicName="t")
    policy = allow("sns:Publish", resource={"Ref": "Topic"}, Principal={"Service": service})
    return app.add(
        "Policy", "AWS::SNS::TopicPolicy", Topics=[{"Ref": "Topic"}], PolicyDocument=policy
    )


def queue(app: App) -> App:
    """A queue that events may be sent to."""
    app.add("Queue", "AWS::SQS::Queue", QueueName="q")
    arn = {"Fn::GetAtt": ["Queue", "Arn"]}
    policy = allow("sqs:SendMessage", resource=arn, Principal={"Service": "events.amazonaws.com"})
    return app.add(
        "QueuePolicy", "AWS::SQS::QueuePolicy", Queues=[{"Ref": "Queue"}], PolicyDocument=policy
    )


def received(box: Sandbox) -> list[Any]:
    """The messages in the stack's queue."""
    answer = box.client("sqs").receive_message(
        QueueUrl=box.stack.physical_id("Queue"),
        MaxNumberOfMessages=10,
        MessageAttributeNames=["All"],
    )
    return list(answer.get("Messages", []))


@pytest.mark.parametrize(
    ("wrong", "code"),
    [
        ({"Source": ""}, "InvalidArgument"),
        ({"DetailType": "x" * 129}, "InvalidArgument"),
        ({"Source": "aws.cloudwatch"}, "NotAuthorizedForSourceException"),
        ({"Detail": "not json"}, "MalformedDetail"),
        ({"Detail": "[1]"}, "MalformedDetail"),
        ({"EventBusName": "nowhere"}, "InvalidArgument"),
    ],
)
def test_a_bad_entry_fails_alone_inside_a_200(
    box: Sandbox, wrong: dict[str, Any], code: str
) -> None:
    """FailedEntryCount counts, the entries keep their order, the others are accepted."""
    answer = put(box, entry(), {**entry(), **wrong}, entry())
    assert answer["FailedEntryCount"] == 1
    assert ["EventId" in one for one in answer["Entries"]] == [True, False, True]
    assert answer["Entries"][1]["ErrorCode"] == code
    assert len(box.events_log) == 2


@pytest.mark.parametrize(
    "entries",
    [[entry() for _ in range(11)], [entry(detail={"x": "y" * 150_000}) for _ in range(2)]],
)
def test_too_much_at_once_is_refused_whole(box: Sandbox, entries: list[Any]) -> None:
    """Ten entries and 256 KB are the most of a call."""
    with pytest.raises(ClientError):
        put(box, *entries)
    assert box.events_log == []


def test_entries_can_be_made_to_fail(box: Sandbox) -> None:
    """A fault hook answers error codes for entries of its choice."""

    def fault(account: str, region: str, one: Any) -> tuple[str, str] | None:
        return ("ThrottlingException", "slow down") if one["DetailType"] == "Bad" else None

    box.chaos.entry_faults.append(fault)
    answer = put(box, entry(DetailType="Bad"), entry())
    assert answer["Entries"][0]["ErrorCode"] == "ThrottlingException"
    assert answer["FailedEntryCount"] == 1


def test_an_event_reaches_the_function_of_its_rule(box: Sandbox, app: App) -> None:
    """The function gets the whole event, asynchronously, with the sandbox's time."""
    box.deploy(listening(app).write())
    box.clock.advance(timedelta(minutes=3))
    put(box, entry(Resources=["arn:r"]), entry(Source="other"))
    assert box.invocations("Worker") == []
    box.catch_up()
    (run,) = box.invocations("Worker")
    assert run.event == {
        "version": "0",
        "id": run.event["id"],
        "detail-type": "Happened",
        "source": "mine",
        "account": ACCOUNT,
        "time": "2026-03-02T10:03:00Z",
        "region": "us-east-1",
        "resources": ["arn:r"],
        "detail": {"name": "shoes"},
    }


def test_events_stay_in_their_region_and_account(box: Sandbox, app: App) -> None:
    """A rule hears its own bus only."""
    box.deploy(listening(app).write())
    put(box, region="eu-west-1")
    box.client("events", account="210987654321").put_events(Entries=[entry()])
    box.catch_up()
    assert box.invocations("Worker") == []
    assert [(one.account, one.region) for one in box.events_log] == [
        (ACCOUNT, "eu-west-1"),
        ("210987654321", "us-east-1"),
    ]


@pytest.mark.parametrize(
    ("pattern", "matches"),
    [
        ({"detail": {"name": ["shoes"]}}, True),
        ({"detail": {"name": [{"prefix": "sh"}]}}, True),
        ({"detail": {"name": [{"anything-but": ["shoes"]}]}}, False),
        ({"detail": {"tps": [{"numeric": [">", 2, "<=", 3]}]}}, True),
        ({"detail": {"gone": [{"exists": False}]}}, True),
        ({"detail-type": ["Happened"], "account": [ACCOUNT]}, True),
        ({"detail-type": ["Other"]}, False),
    ],
)
def test_patterns(box: Sandbox, app: App, pattern: dict[str, Any], matches: bool) -> None:
    """Content-based patterns choose the events."""
    box.deploy(with_rule(topic(app), {"Arn": {"Ref": "Topic"}}, pattern).write())
    put(box, entry(detail={"name": "shoes", "tps": 2.5}))
    box.catch_up()
    assert len(box.mailbox) == int(matches)


def test_a_disabled_rule_is_silent(box: Sandbox, app: App) -> None:
    """State DISABLED delivers nothing, of events and of schedules."""
    app.add("Clock", "AWS::Events::Rule", Name="c", ScheduleExpression="rate(1 minute)",
            State="DISABLED", Targets=[{"Id": "t", "Arn": {"Ref": "Topic"}}])  # fmt: skip
    box.deploy(with_rule(topic(app), {"Arn": {"Ref": "Topic"}}, State="DISABLED").write())
    put(box)
    box.tick()
    assert len(box.mailbox) == 0
    box.client("events").enable_rule(Name="c")
    box.tick()
    assert len(box.mailbox) == 5


def test_a_topic_receives_readable_text(box: Sandbox, app: App) -> None:
    """An input transformer of quoted lines makes the mail; paths that find nothing vanish."""
    transformer = {
        "InputPathsMap": {"name": "$.detail.name", "gone": "$.detail.gone", "tps": "$.detail.tps"},
        "InputTemplate": '"<name> has <tps> TPS<gone>"\n"Regards"',
    }
    target = {"Arn": {"Ref": "Topic"}, "InputTransformer": transformer}
    box.deploy(with_rule(topic(app), target).write())
    put(box, entry(detail={"name": "shoes", "tps": 2.5}))
    box.catch_up()
    assert box.mailbox.messages[0].message == '"shoes has 2.5 TPS"\n"Regards"'


def test_without_permission_nothing_arrives_and_the_queue_hears_of_it(
    box: Sandbox, app: App
) -> None:
    """A topic whose policy does not name EventBridge: no retry, straight to the dead letters."""
    dead = {"DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}}}
    target = {"Arn": {"Ref": "Topic"}, **dead}
    box.deploy(with_rule(queue(topic(app, "cloudwatch.amazonaws.com")), target).write())
    put(box)
    box.tick()
    assert len(box.mailbox) == 0
    (message,) = received(box)
    assert json.loads(message["Body"])["detail"] == {"name": "shoes"}
    assert message["MessageAttributes"]["ERROR_CODE"]["StringValue"] == "NO_PERMISSIONS"
    (delivery,) = box.events_log[0].deliveries
    assert "NO_PERMISSIONS" in str(delivery.error)


def test_a_function_without_permission_is_not_invoked(box: Sandbox, app: App) -> None:
    """A rule needs a Lambda permission for its own ARN."""
    target = {"Arn": {"Fn::GetAtt": ["Worker", "Arn"]}}
    app.function()
    app.add("Allowed", "AWS::Lambda::Permission", Action="lambda:InvokeFunction",
            FunctionName={"Ref": "Worker"}, Principal="events.amazonaws.com",
            SourceArn=RULE.replace("rule/r", "rule/other"))  # fmt: skip
    box.deploy(with_rule(app, target).write())
    put(box)
    box.tick()
    assert box.invocations("Worker") == []


def test_queues_and_log_groups_are_targets(box: Sandbox, app: App) -> None:
    """Both receive the event as JSON, by their resource policies."""
    app.add("Group", "AWS::Logs::LogGroup", LogGroupName="/aws/events/journal")
    policy = allow(
        "logs:CreateLogStream", "logs:PutLogEvents",
        resource=f"arn:aws:logs:us-east-1:{ACCOUNT}:log-group:/aws/events/journal:*",
        Principal={"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
    )  # fmt: skip
    app.add("LogsPolicy", "AWS::Logs::ResourcePolicy", PolicyName="p",
            PolicyDocument=json.dumps(policy))  # fmt: skip
    group = {
        "Fn::Sub": "arn:aws:logs:${AWS::Region}:${AWS::AccountId}:log-group:/aws/events/journal"
    }
    with_rule(queue(app), {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}})
    app.resources["Rule"]["Properties"]["Targets"].append({"Id": "two", "Arn": group})
    app.resources["Rule"]["DependsOn"] = "LogsPolicy"
    box.deploy(app.write())
    put(box)
    box.catch_up()
    found = box.client("logs").filter_log_events(logGroupName="/aws/events/journal")["events"]
    texts = [found[0]["message"], received(box)[0]["Body"]]
    assert [json.loads(text)["detail"] for text in texts] == [{"name": "shoes"}] * 2
    assert found[0]["timestamp"] == int(BEGIN.timestamp() * 1000)
    box.client("logs").delete_resource_policy(policyName="p")
    put(box)
    box.catch_up()
    assert [d.error is None for d in box.events_log[-1].deliveries] == [True, False]


def test_another_region_is_reached_by_a_bus_target_with_a_role(box: Sandbox, app: App) -> None:
    """A rule forwards to the bus of another region; the event keeps id and region of origin."""
    home = {"Fn::Sub": "arn:aws:events:us-east-1:${AWS::AccountId}:event-bus/default"}
    trust = allow("sts:AssumeRole", Principal={"Service": "events.amazonaws.com"})
    del trust["Statement"][0]["Resource"]
    app.add(
        "Role", "AWS::IAM::Role", RoleName="forward", AssumeRolePolicyDocument=trust,
        Policies=[{"PolicyName": "p", "PolicyDocument": allow("events:PutEvents", resource=home)}],
    )  # fmt: skip
    with_rule(app, {"Arn": home, "RoleArn": {"Fn::GetAtt": ["Role", "Arn"]}})
    box.deploy(app.write(), region="eu-west-1")
    other = App(app.folder / "home")
    other.folder.mkdir()
    box.deploy(listening(other).write(), name="home")
    put(box, region="eu-west-1")
    box.catch_up()
    (run,) = box.invocations("Worker")
    assert run.event["region"] == "eu-west-1"
    box.cloud.roles.remove(f"arn:aws:iam::{ACCOUNT}:role/forward")
    put(box, region="eu-west-1")
    box.catch_up()
    assert len(box.invocations("Worker")) == 1


def test_duplicates_and_failures_of_delivery(box: Sandbox, app: App) -> None:
    """At least once: with chance at work an event comes twice, or after a retry, but it comes."""
    box.deploy(with_rule(topic(app), {"Arn": {"Ref": "Topic"}}).write())
    box.chaos.duplicates = box.chaos.delivery_failures = 0.5
    box.chaos.delay = timedelta(seconds=90)
    for number in range(30):
        put(box, entry(detail={"n": number}))
    box.run(until=BEGIN + timedelta(hours=2))
    numbers = [json.loads(message.message)["detail"]["n"] for message in box.mailbox.messages]
    assert set(numbers) == set(range(30))
    assert len(numbers) > 30
    assert any(d.error for record in box.events_log for d in record.deliveries)


def test_retries_end_with_the_policy(box: Sandbox, app: App) -> None:
    """MaximumRetryAttempts 2 is three attempts, then the dead-letter queue."""
    target = {
        "Arn": {"Ref": "Topic"},
        "RetryPolicy": {"MaximumRetryAttempts": 2},
        "DeadLetterConfig": {"Arn": {"Fn::GetAtt": ["Queue", "Arn"]}},
    }
    box.deploy(with_rule(queue(topic(app)), target).write())
    box.chaos.delivery_failures = 1.0
    put(box)
    box.run(until=BEGIN + timedelta(minutes=30))
    assert len(box.events_log[0].deliveries) == 3
    assert received(box)[0]["MessageAttributes"]["RETRY_ATTEMPTS"]["StringValue"] == "2"


def test_alarms_announce_their_changes_on_the_bus(box: Sandbox, app: App) -> None:
    """A state change of an alarm is an event of aws.cloudwatch."""
    box.deploy(
        with_rule(topic(app), {"Arn": {"Ref": "Topic"}}, {"source": ["aws.cloudwatch"]}).write()
    )
    cloudwatch = box.client("cloudwatch")
    cloudwatch.put_metric_alarm(
        AlarmName="a", MetricName="m", Namespace="n", Statistic="Sum", Period=300, Threshold=1,
        EvaluationPeriods=1, ComparisonOperator="LessThanThreshold", TreatMissingData="breaching",
    )  # fmt: skip
    box.tick()
    (message,) = box.mailbox.messages
    assert json.loads(message.message)["detail"]["alarmName"] == "a"


def test_publish_is_open_to_the_sandboxs_own_services(box: Sandbox) -> None:
    """`events.publish` accepts AWS's own sources; without a sandbox it does nothing."""
    assert events.publish(ACCOUNT, "us-east-1", entry(Source="aws.personalize"))
    box.close()
    assert events.publish(ACCOUNT, "us-east-1", entry()) is None


@pytest.mark.parametrize(
    ("target", "text"),
    [
        ({}, json.dumps(EVENT)),
        ({"Input": '{"a": 1}'}, '{"a": 1}'),
        ({"InputPath": "$.detail.deep"}, '{"k": "v"}'),
        ({"InputPath": "$.resources[0]"}, '"arn:x"'),
        ({"InputTransformer": {"InputTemplate": '"<aws.events.rule-name>"'}}, '"r"'),
        ({"InputTransformer": {"InputTemplate": '{"t": <aws.events.event.ingestion-time>}'}},
         '{"t": "2026-03-02T10:00:00Z"}'),
    ],
)  # fmt: skip
def test_target_inputs(target: dict[str, Any], text: str) -> None:
    """Input, InputPath and the predefined variables."""
    assert target_input(target, EVENT, RULE) == text


@pytest.mark.parametrize(
    ("template", "text"),
    [
        ('{"n": <name>, "s": "is <name>"}', '{"n": "shoes", "s": "is shoes"}'),
        ('{"n": <tps>, "t": <tags>, "d": <deep>}', '{"n": 2.5, "t": ["a", "b"], "d": {"k": "v"}}'),
        ('{"n": <gone>}', '{"n": ""}'),
        ('"<name> <unknown> <tags>"', '"shoes <unknown> ["a", "b"]"'),
    ],
)
def test_templates(template: str, text: str) -> None:
    """Outside of quotes a value is JSON, inside it is text; unknown placeholders stay."""
    paths = {name: f"$.detail.{name}" for name in ("name", "tps", "tags", "deep", "gone")}
    transformer = {"InputPathsMap": paths, "InputTemplate": template}
    assert target_input({"InputTransformer": transformer}, EVENT, RULE) == text


def test_values_are_not_escaped() -> None:
    """A quote mark in a value breaks a JSON template: the delivery fails."""
    transformer = {"InputPathsMap": {"q": "$.detail.q"}, "InputTemplate": '{"a": "<q>"}'}
    with pytest.raises(TransformError):
        target_input({"InputTransformer": transformer}, EVENT, RULE)


@given(st.recursive(st.none() | st.integers() | st.text(), lambda x: st.lists(x, max_size=3)))
def test_a_path_finds_what_is_there(value: Any) -> None:
    """A dotted path walks objects; what is not there is None."""
    assert look_up("$.a.b", {"a": {"b": value}}) == value
    assert look_up("$.a.c", {"a": {"b": value}}) is None
