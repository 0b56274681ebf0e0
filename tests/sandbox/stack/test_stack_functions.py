"""Functions: their process, their role, schedules, retries, dead letters, kills, cold starts."""

from __future__ import annotations

import json
from datetime import timedelta
from typing import Any

import boto3
import pytest
from botocore.exceptions import ClientError
from tests.sandbox.stack.stack_support import BEGIN, App, allow

from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import DeployError
from aws_sandbox.stack.stack import Grant

EVERY_FIVE = {"Tick": {"Type": "Schedule", "Properties": {"Schedule": "rate(5 minutes)"}}}
PUBLISHER = """
    import boto3, os
    from concurrent.futures import ThreadPoolExecutor

    def put(number):
        boto3.client("sns").publish(TopicArn=os.environ["TOPIC"], Message=str(number))

    def handler(event, context):
        with ThreadPoolExecutor(2) as pool:
            list(pool.map(put, range(event.get("count", 1))))
        return "sent"
"""


def publisher(app: App, **properties: Any) -> App:
    """A function that may publish to the stack's topic."""
    app.code(PUBLISHER).add("Topic", "AWS::SNS::Topic", TopicName="t")
    return app.function(
        Environment={"Variables": {"TOPIC": {"Ref": "Topic"}}},
        Policies=[allow("sns:Publish", resource={"Ref": "Topic"}, Sid="Send")],
        **properties,
    )


def test_the_schedule_invokes_every_five_minutes(box: Sandbox, app: App) -> None:
    """A rate of five minutes runs once in every tick, with the event's own time."""
    box.deploy(app.function(Events=EVERY_FIVE).write())
    box.run(until=BEGIN + timedelta(minutes=15))
    runs = box.invocations("Worker")
    assert [run.time for run in runs] == [BEGIN + timedelta(minutes=m) for m in (5, 10, 15)]
    assert runs[0].event["time"] == "2026-03-02T10:05:00Z"
    assert runs[0].event["detail-type"] == "Scheduled Event"
    assert runs[0].event["resources"][0].startswith("arn:aws:events:us-east-1:123456789012:rule/")


def test_the_process_of_a_function(box: Sandbox, app: App) -> None:
    """Variables, context and the log are Lambda's; nothing of it stays behind."""
    app.code("""
        import logging, os
        from datetime import UTC, datetime

        def handler(event, context):
            logging.getLogger("x").info("hello %s", "you", extra={"summary": {"a": 1}})
            return {
                "env": {k: os.environ.get(k) for k in event["names"]},
                "context": [context.function_name, context.memory_limit_in_mb,
                            context.aws_request_id, context.invoked_function_arn],
                "left": context.get_remaining_time_in_millis(),
                "now": datetime.now(UTC).isoformat(),
            }
    """)
    box.deploy(
        app.function(
            FunctionName="named",
            MemorySize=512,
            Environment={"Variables": {"MINE": {"Ref": "AWS::StackName"}}},
            LoggingConfig={"LogFormat": "JSON"},
        ).write()
    )
    names = ["MINE", "AWS_REGION", "AWS_LAMBDA_FUNCTION_NAME", "AWS_ENDPOINT_URL", "AWS_PROFILE"]
    run = box.invoke("Worker", {"names": names})
    assert run.ok, run.error
    assert run.result["env"] == {
        "MINE": "personalize-monitor",
        "AWS_REGION": "us-east-1",
        "AWS_LAMBDA_FUNCTION_NAME": "named",
        "AWS_ENDPOINT_URL": None,
        "AWS_PROFILE": None,
    }
    assert run.result["context"] == ["named", "512", run.request_id, box.function("named").arn]
    assert 20_000 < run.result["left"] <= 30_000
    assert run.result["now"] == "2026-03-02T10:00:00+00:00"
    line = json.loads(run.log[0])
    assert (line["level"], line["message"], line["summary"]) == ("INFO", "hello you", {"a": 1})
    events = box.client("logs").filter_log_events(logGroupName="/aws/lambda/named")["events"]
    assert events[0]["message"] == run.log[0]


def test_a_function_has_the_rights_of_its_role_and_no_others(box: Sandbox, app: App) -> None:
    """An action outside of the policy is denied in AWS's words, from every thread."""
    publisher(app)
    app.resources["Worker"]["Properties"]["Policies"] = [allow("sns:ListTopics")]
    box.deploy(app.write())
    run = box.invoke("Worker")
    assert run.error is not None
    assert "is not authorized to perform: sns:Publish on resource:" in run.error["errorMessage"]
    assert ":assumed-role/personalize-monitor-WorkerRole-" in run.error["errorMessage"]
    assert len(box.mailbox) == 0


def test_every_grant_is_counted_and_can_be_taken_away(box: Sandbox, app: App) -> None:
    """The grants of a role are known with their use; without one of them the function fails."""
    publisher(app)
    stack = box.deploy(app.write())
    grant = Grant("WorkerRole", "Send", "sns:Publish")
    assert stack.grants() == stack.unused_grants() == [grant]
    assert box.invoke("Worker", {"count": 3}).ok
    assert box.iam_usage() == {grant: 3}
    box.delete()
    box.deploy(app.write(), without=[grant])
    assert not box.invoke("Worker").ok


def test_the_invoke_api_reaches_the_handler(box: Sandbox, app: App) -> None:
    """boto3's lambda.invoke answers what the handler returns, though it calls AWS from threads."""
    box.deploy(publisher(app).write())
    client, name = box.client("lambda"), box.function("Worker").name
    answer = client.invoke(FunctionName=name, Payload=json.dumps({"count": 4}))
    assert json.load(answer["Payload"]) == "sent"
    assert len(box.mailbox) == 4
    answer = client.invoke(FunctionName=name, InvocationType="Event", Payload=b"{}")
    assert answer["StatusCode"] == 202
    assert len(box.invocations("Worker")) == 1
    box.catch_up()
    assert len(box.invocations("Worker")) == 2
    answer = client.invoke(FunctionName=name, Payload=json.dumps({"count": "x"}))
    assert answer["FunctionError"] == "Unhandled"
    assert json.load(answer["Payload"])["errorType"] == "TypeError"
    with pytest.raises(ClientError, match="ResourceNotFound"):
        client.invoke(FunctionName="nobody")


FAILING = """
    def handler(event, context):
        raise ValueError("no")
"""


def test_a_failed_asynchronous_invocation_is_tried_after_one_and_two_minutes(
    box: Sandbox, app: App
) -> None:
    """Three attempts with one request id, then the event goes to the dead-letter queue."""
    app.code(FAILING).add("Dead", "AWS::SQS::Queue", QueueName="dead")
    app.function(DeadLetterQueue={"Type": "SQS", "TargetArn": {"Fn::GetAtt": ["Dead", "Arn"]}})
    box.deploy(app.write())
    box.functions.invoke_async(box.function("Worker").arn, '{"a": 1}', trigger="test")
    box.tick()
    runs = box.invocations("Worker")
    assert [run.time - BEGIN for run in runs] == [timedelta(minutes=m) for m in (0, 1, 3)]
    assert [run.attempt for run in runs] == [1, 2, 3]
    assert len({run.request_id for run in runs}) == 1
    answer = box.client("sqs").receive_message(
        QueueUrl=box.stack.physical_id("Dead"), MessageAttributeNames=["All"]
    )
    message = answer["Messages"][0]
    assert json.loads(message["Body"]) == {"a": 1}
    assert message["MessageAttributes"]["RequestID"]["StringValue"] == runs[0].request_id
    assert message["MessageAttributes"]["ErrorMessage"]["StringValue"] == "no"


@pytest.mark.parametrize(("attempts", "runs"), [(0, 1), (1, 2)])
def test_the_invoke_configuration_limits_attempts_and_names_a_destination(
    box: Sandbox, app: App, attempts: int, runs: int
) -> None:
    """MaximumRetryAttempts counts retries; OnFailure receives a record of the failure."""
    app.code(FAILING).add("Dead", "AWS::SQS::Queue", QueueName="dead")
    app.function(
        EventInvokeConfig={
            "MaximumRetryAttempts": attempts,
            "DestinationConfig": {
                "OnFailure": {"Type": "SQS", "Destination": {"Fn::GetAtt": ["Dead", "Arn"]}}
            },
        }
    )
    box.deploy(app.write())
    box.functions.invoke_async(box.function("Worker").arn, '{"a": 1}', trigger="test")
    box.tick()
    assert len(box.invocations("Worker")) == runs
    answer = box.client("sqs").receive_message(QueueUrl=box.stack.physical_id("Dead"))
    record = json.loads(answer["Messages"][0]["Body"])
    assert record["requestPayload"] == {"a": 1}
    assert record["requestContext"]["condition"] == "RetriesExhausted"
    assert record["requestContext"]["approximateInvokeCount"] == runs
    assert record["responsePayload"]["errorMessage"] == "no"


def test_the_age_of_an_event_ends_its_retries(box: Sandbox, app: App) -> None:
    """An event older than MaximumEventAgeInSeconds is not tried again."""
    config = {"MaximumRetryAttempts": 2, "MaximumEventAgeInSeconds": 60}
    box.deploy(app.code(FAILING).function(EventInvokeConfig=config).write())
    box.functions.invoke_async(box.function("Worker").arn, "{}", trigger="test")
    box.tick()
    assert len(box.invocations("Worker")) == 2
    assert len(box.functions.dead_letters) == 1


def test_a_kill_ends_an_invocation_at_its_nth_call(box: Sandbox, app: App) -> None:
    """What was done before stays done, the retry of an asynchronous invocation does the rest."""
    box.deploy(publisher(app).write())
    box.chaos.kill("Worker", at_call=3)
    box.functions.invoke_async(box.function("Worker").arn, '{"count": 5}', trigger="test")
    box.catch_up()
    (killed,) = box.invocations("Worker")
    assert killed.error is not None
    assert killed.error["errorType"] == "Runtime.ExitError"
    assert len(box.mailbox) == 2
    box.tick()
    assert [run.ok for run in box.invocations("Worker")] == [False, True]
    assert box.invocations("Worker")[1].cold
    assert len(box.mailbox) == 7


def test_a_timeout_ends_an_invocation(box: Sandbox, app: App) -> None:
    """Beyond its time a function is ended at its next call, and Lambda says so."""
    box.deploy(publisher(app).write())
    box.functions.runner.time_limits["Worker"] = 0.0
    run = box.invoke("Worker")
    assert run.error is not None
    assert "Task timed out after 0.00 seconds" in run.error["errorMessage"]
    assert len(box.mailbox) == 0


def test_random_kills_are_the_same_for_the_same_seed(app: App) -> None:
    """Two sandboxes of one seed live the same life; another seed lives another."""
    template = publisher(app, Events=EVERY_FIVE).write()

    def life(seed: int) -> list[bool]:
        with Sandbox(BEGIN, seed=seed) as box:
            box.chaos.function_kills, box.chaos.kill_within = 0.5, 2
            box.deploy(template)
            box.run(until=BEGIN + timedelta(hours=1))
            return [run.ok for run in box.invocations("Worker")]

    first = life(1)
    assert life(1) == first
    assert life(2) != first


def test_warm_and_cold(box: Sandbox, app: App) -> None:
    """Module state lives until a cold start."""
    app.code("""
        count = []

        def handler(event, context):
            count.append(1)
            return len(count)
    """)
    box.deploy(app.function().write())
    assert [box.invoke("Worker").result for _ in range(2)] == [1, 2]
    box.cold_start("Worker")
    assert box.invoke("Worker").result == 1


def test_two_applications_may_use_one_module_name(box: Sandbox, app: App, tmp_path: Any) -> None:
    """Each function runs the code of its own folder."""
    other = App(tmp_path / "other")
    other.folder.mkdir()
    other.code("def handler(event, context):\n    return 'other'\n").function("Other")
    box.deploy(app.function().write(), name="one")
    box.deploy(other.write(), name="two")
    assert box.invoke("Worker", {"a": 1}).result == {"got": {"a": 1}}
    assert box.invoke("Other").result == "other"
    assert box.invoke("Worker", {}).result == {"got": {}}


@pytest.mark.parametrize(
    ("code", "handler", "kind"),
    [
        ("x = 1", "app.handler", "Runtime.ImportModuleError"),
        ("import nothing_of_that_name", "app.handler", "Runtime.ImportModuleError"),
        ("def handler(event, context): return object()", "app.handler", "TypeError"),
        ("def handler(event, context): raise SystemExit(3)", "app.handler", "SystemExit"),
    ],
)
def test_what_cannot_run_is_the_functions_error(
    box: Sandbox, app: App, code: str, handler: str, kind: str
) -> None:
    """A missing handler, a broken import, an answer that is not JSON: errors, not exceptions."""
    box.deploy(app.code(code).function(Handler=handler).write())
    error = box.invoke("Worker").error
    assert error is not None
    assert error["errorType"] == kind


@pytest.mark.parametrize(
    ("properties", "word"),
    [
        ({"Timeout": 901}, "Timeout"),
        ({"MemorySize": 64}, "MemorySize"),
        ({"Environment": {"Variables": {"AWS_REGION": "x"}}}, "reserved"),
        ({"Environment": {"Variables": {"X": "y" * 5000}}}, "exceeded the 4KB limit"),
    ],
)
def test_lambda_limits_are_kept(
    box: Sandbox, app: App, properties: dict[str, Any], word: str
) -> None:
    """What Lambda refuses at creation is refused here."""
    with pytest.raises(DeployError, match=word):
        box.deploy(app.function(**properties).write())


def test_lambda_metrics_wake_the_stacks_own_alarms(box: Sandbox, app: App) -> None:
    """Errors of a function are a metric; an alarm on it reaches the topic."""
    app.code(FAILING).function(Events=EVERY_FIVE, EventInvokeConfig={"MaximumRetryAttempts": 0})
    app.add("Topic", "AWS::SNS::Topic", TopicName="t")
    app.add(
        "Errors", "AWS::CloudWatch::Alarm", Namespace="AWS/Lambda", MetricName="Errors",
        Dimensions=[{"Name": "FunctionName", "Value": {"Ref": "Worker"}}], Statistic="Sum",
        Period=300, EvaluationPeriods=1, Threshold=1, AlarmActions=[{"Ref": "Topic"}],
        ComparisonOperator="GreaterThanOrEqualToThreshold", TreatMissingData="notBreaching",
    )  # fmt: skip
    box.deploy(app.write())
    box.run(until=BEGIN + timedelta(minutes=15))
    subjects = [message.subject or "" for message in box.mailbox.published_to("t")]
    assert [subject.split(":")[0] for subject in subjects] == ["ALARM"]


def test_the_default_session_of_the_process_is_untouched(box: Sandbox, app: App) -> None:
    """Functions have a session each; the caller's own comes back."""
    box.deploy(publisher(app).write())
    before = boto3.DEFAULT_SESSION
    assert box.invoke("Worker").ok
    assert boto3.DEFAULT_SESSION is before
