"""The sandbox as a whole: topics and mail, clients, other accounts, ticks, repeatability."""

from __future__ import annotations

import os
import threading
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from moto.core import utils as moto_utils
from tests.sandbox.stack.stack_support import BEGIN, App, allow

from aws_sandbox import fleet
from aws_sandbox.cloudwatch import on_state_change
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import StackError

ANNA = "anna@example.com"


def subscribed(app: App) -> App:
    """A topic with an e-mail subscription."""
    app.add("Topic", "AWS::SNS::Topic", TopicName="t")
    return app.add(
        "Mail", "AWS::SNS::Subscription",
        TopicArn={"Ref": "Topic"}, Protocol="email", Endpoint=ANNA,
    )  # fmt: skip


def test_an_email_subscription_waits_for_its_person(box: Sandbox, app: App) -> None:
    """Until confirmed it has no ARN in lists, gets no mail, and cannot be asked about."""
    box.deploy(subscribed(app).write())
    sns, topic = box.client("sns"), box.stack.physical_id("Topic")

    def listed() -> list[str]:
        one = sns.list_subscriptions_by_topic(TopicArn=topic)["Subscriptions"]
        every = sns.list_subscriptions()["Subscriptions"]
        assert one == every
        return [subscription["SubscriptionArn"] for subscription in one]

    assert listed() == ["PendingConfirmation"]
    for call in (sns.get_subscription_attributes, sns.unsubscribe):
        with pytest.raises(ClientError, match="InvalidParameter"):
            call(SubscriptionArn="PendingConfirmation")
    sns.publish(TopicArn=topic, Subject="one", Message="m")
    assert box.confirm(ANNA) == 1
    assert box.confirm(ANNA) == 0
    assert listed()[0].startswith(topic)
    sns.publish(TopicArn=topic, Subject="two", Message="m")
    assert [message.subject for message in box.mailbox.delivered_to(ANNA)] == ["two"]
    assert [message.subject for message in box.mailbox.published_to("t")] == ["one", "two"]
    again = sns.subscribe(TopicArn=topic, Protocol="email", Endpoint=ANNA)
    assert again["SubscriptionArn"] == listed()[0]
    sns.unsubscribe(SubscriptionArn=listed()[0])
    assert listed() == []


def test_subscribing_answers_pending_confirmation(box: Sandbox) -> None:
    """Subscribe names no ARN unless asked to, and twice is once."""
    sns = box.client("sns")
    arn = sns.create_topic(Name="t")["TopicArn"]
    wanted: dict[str, Any] = {"TopicArn": arn, "Protocol": "email", "Endpoint": ANNA}
    assert sns.subscribe(**wanted)["SubscriptionArn"] == "pending confirmation"
    answer = sns.subscribe(**wanted, ReturnSubscriptionArn=True)
    assert answer["SubscriptionArn"].startswith(arn)
    assert len(sns.list_subscriptions()["Subscriptions"]) == 1


def test_topics_deliver_to_functions_that_let_them(box: Sandbox, app: App) -> None:
    """An SNS event of a SAM function comes with a permission and arrives as a record."""
    app.add("Topic", "AWS::SNS::Topic", TopicName="t")
    app.function(Events={"Mail": {"Type": "SNS", "Properties": {"Topic": {"Ref": "Topic"}}}})
    box.deploy(app.write())
    box.client("sns").publish(TopicArn=box.stack.physical_id("Topic"), Subject="s", Message="m")
    box.catch_up()
    record = box.invocations("Worker")[0].event["Records"][0]["Sns"]
    assert (record["Subject"], record["Message"]) == ("s", "m")
    assert record["Timestamp"] == "2026-03-02T10:00:00.000Z"


def test_an_alarm_needs_the_topics_permission(box: Sandbox) -> None:
    """A topic whose policy leaves CloudWatch out hears nothing of an alarm."""
    sns, cloudwatch = box.client("sns"), box.client("cloudwatch")
    arn = sns.create_topic(Name="t")["TopicArn"]

    def ring(name: str) -> int:
        cloudwatch.put_metric_alarm(
            AlarmName=name, MetricName="m", Namespace="n", Statistic="Sum", Period=300,
            Threshold=1, EvaluationPeriods=1, ComparisonOperator="LessThanThreshold",
            TreatMissingData="breaching", AlarmActions=[arn],
        )  # fmt: skip
        box.tick()
        return len(box.mailbox)

    assert ring("default policy of the owner") == 1
    policy = allow("sns:Publish", resource=arn, Principal={"Service": "events.amazonaws.com"})
    sns.set_topic_attributes(
        TopicArn=arn, AttributeName="Policy", AttributeValue=str(policy).replace("'", '"')
    )
    assert ring("policy without cloudwatch") == 1


def test_a_role_of_another_account_is_assumed_by_those_it_trusts(box: Sandbox) -> None:
    """AssumeRole gives the role's rights in its own account, and to nobody else."""
    other = "210987654321"
    trust = allow("sts:AssumeRole", Principal={"AWS": "arn:aws:iam::123456789012:role/reader"})
    del trust["Statement"][0]["Resource"]
    there = box.create_role(
        "watched", trust=trust, account=other,
        statements=allow("personalize:ListCampaigns")["Statement"],
    )  # fmt: skip
    here: dict[str, Any] = {"Statement": []}
    statements = allow("sts:AssumeRole", resource=there.arn)["Statement"]
    reader = box.create_role("reader", trust=here, statements=statements)
    stranger = box.create_role("stranger", trust=here, statements=statements)
    fleet.add_campaign(box.world, "theirs", account=other)
    answer = box.client_as(reader.arn, "sts").assume_role(RoleArn=there.arn, RoleSessionName="test")
    key = answer["Credentials"]
    client = boto3.client(
        "personalize",
        region_name="us-east-1",
        aws_access_key_id=key["AccessKeyId"],
        aws_secret_access_key=key["SecretAccessKey"],
        aws_session_token=key["SessionToken"],
    )
    assert [c["name"] for c in client.list_campaigns()["campaigns"]] == ["theirs"]
    with pytest.raises(
        ClientError, match="not authorized to perform: personalize:ListRecommenders"
    ):
        client.list_recommenders()
    with pytest.raises(ClientError, match="AccessDenied"):
        box.client_as(stranger.arn, "sts").assume_role(RoleArn=there.arn, RoleSessionName="test")


def test_moto_follows_the_clock(box: Sandbox) -> None:
    """What moto writes down as its time is the sandbox's."""
    box.clock.advance(timedelta(days=3))
    assert moto_utils.utcnow() == (BEGIN + timedelta(days=3)).replace(tzinfo=None)
    logs = box.client("logs")
    logs.create_log_group(logGroupName="/g")
    created = logs.describe_log_groups()["logGroups"][0]["creationTime"]
    assert created == int(box.now.timestamp() * 1000)


def test_closing_puts_everything_back() -> None:
    """After the block moto and the environment are as before, and another sandbox may start."""
    before = dict(os.environ)
    for _ in range(2):
        with Sandbox(BEGIN):
            pass
    assert dict(os.environ) == before
    machine_s = datetime.now(UTC).replace(tzinfo=None)
    assert abs(moto_utils.utcnow() - machine_s) < timedelta(hours=1)


def test_there_is_no_stack_before_a_deployment(box: Sandbox) -> None:
    """Asking for one says what to do."""
    with pytest.raises(StackError, match="call deploy first"):
        box.update({})


def test_run_wants_exactly_one_end(box: Sandbox) -> None:
    """Days or until, not both; it stops at the very minute."""
    with pytest.raises(ValueError, match="either days or until"):
        box.run()
    ticks: list[Any] = []
    box.run(until=BEGIN + timedelta(minutes=12), on_tick=lambda sandbox: ticks.append(sandbox.now))
    assert [moment - BEGIN for moment in ticks] == [timedelta(minutes=m) for m in (5, 10, 12)]


def test_a_clock_that_runs_by_itself_is_kept_up_with(box: Sandbox, app: App) -> None:
    """`keep_up` does what came due meanwhile, in its order."""
    rule = {"Tick": {"Type": "Schedule", "Properties": {"Schedule": "rate(5 minutes)"}}}
    box.deploy(app.function(Events=rule).write())
    box.clock.advance(timedelta(minutes=17))
    box.keep_up()
    assert [run.event["time"][11:16] for run in box.invocations("Worker")] == [
        "10:05",
        "10:10",
        "10:15",
    ]


def test_the_same_seed_gives_the_same_names_and_ids(app: App) -> None:
    """Physical ids, event ids and request ids repeat."""
    template = subscribed(app).function().write()

    def life() -> list[str]:
        with Sandbox(BEGIN, seed=5) as box:
            stack = box.deploy(template)
            run = box.invoke("Worker")
            return [*(stack.physical_id(name) for name in stack.resources), run.request_id]

    assert life() == life()


def test_stacks_are_described_as_cloudformation_describes_them(box: Sandbox, app: App) -> None:
    """DescribeStacks knows name, status, parameters and outputs, in the stack's own place only."""
    template = subscribed(app).write(
        Parameters={"Word": {"Type": "String", "Default": "one"}},
        Outputs={"Topic": {"Value": {"Ref": "Topic"}}},
    )
    stack = box.deploy(template)
    client = box.client("cloudformation")
    (found,) = client.describe_stacks(StackName="personalize-monitor")["Stacks"]
    assert (found["StackId"], found["StackStatus"]) == (stack.id, "CREATE_COMPLETE")
    assert found["Parameters"] == [{"ParameterKey": "Word", "ParameterValue": "one"}]
    assert found["Outputs"] == [{"OutputKey": "Topic", "OutputValue": stack.outputs["Topic"]}]
    assert found["CreationTime"] == BEGIN
    elsewhere = box.client("cloudformation", region="eu-west-1")
    assert elsewhere.describe_stacks()["Stacks"] == []
    box.delete()
    with pytest.raises(ClientError, match="does not exist"):
        client.describe_stacks(StackName="personalize-monitor")
    assert (
        client.describe_stacks(StackName=stack.id)["Stacks"][0]["StackStatus"] == "DELETE_COMPLETE"
    )


def test_requests_wait_while_alarms_are_evaluated(box: Sandbox) -> None:
    """A request from elsewhere, as over HTTP, cannot change what an evaluation is reading."""
    cloudwatch, sqs = box.client("cloudwatch"), box.client("sqs")
    cloudwatch.put_metric_alarm(
        AlarmName="a", Namespace="App", MetricName="m", Statistic="Sum", Period=300, Threshold=1.0,
        EvaluationPeriods=1, ComparisonOperator="LessThanThreshold", TreatMissingData="breaching",
    )  # fmt: skip
    answered = threading.Event()

    def ask() -> None:
        sqs.create_queue(QueueName="meanwhile")
        answered.set()

    asking = threading.Thread(target=ask)
    seen: list[bool] = []

    def during(_: object) -> None:
        asking.start()
        seen.append(answered.wait(0.2))

    stop = on_state_change(during)
    box.evaluate_alarms()
    stop()
    asking.join(10)
    assert seen == [False]
    assert answered.is_set()
