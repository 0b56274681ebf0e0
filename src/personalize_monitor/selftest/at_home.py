"""What is tried in the deployment's own account and region: its log, journal, bus and queue."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from functools import partial

from botocore.exceptions import ClientError

from personalize_monitor.aws.billing import REGION as PRICES_AT
from personalize_monitor.aws.queues import address_of
from personalize_monitor.contract import DASHBOARD_NAME, EVENT_SOURCE, TEST_EVENT
from personalize_monitor.selftest.at_place import NOTHING, Place
from personalize_monitor.selftest.tries import Try

_STREAM = "tests/permissions"
_UNWRITABLE = "\x00"
"""A character that SQS takes in no message: it refuses after the permission was looked at."""


def log(place: Place, group: str) -> Iterator[Try]:
    """The function's own log, and the queue for what fails."""
    arn = place.arn("logs", f"log-group:{group}:*")
    yield _stream(place, "WriteLog", group, arn)
    yield _line(place, "WriteLog", group, arn, NOTHING)


def lists(place: Place, names: Sequence[str]) -> Iterator[Try]:
    """The parameters of Systems Manager that hold lists of ARNs."""
    client = place.client("ssm")
    for name in names:
        arn = place.arn("ssm", f"parameter{name}")
        yield Try("ssm:GetParameter", "ReadLists", arn, partial(client.get_parameter, Name=name))


def queue(place: Place, dead_letters: str) -> Iterator[Try]:
    """The dead letters, with a message that SQS cannot take; ``dead_letters`` is an ARN."""
    client = place.client("sqs")
    yield Try(
        "sqs:SendMessage",
        "KeepWhatFails",
        dead_letters,
        lambda: client.send_message(
            QueueUrl=address_of(client, dead_letters), MessageBody=_UNWRITABLE
        ),
    )


def journal(
    place: Place, group: str, *, make: str, read: str = "", look: str = "", write: str = ""
) -> Iterator[Try]:
    """The journal: by the Sids of the statements that allow each; ``write`` is SID/STREAMS."""
    client = place.client("logs")
    arn = place.arn("logs", f"log-group:{group}:*")
    yield _stream(place, make, group, arn)
    for action, statement, ask in (
        ("logs:FilterLogEvents", read, client.filter_log_events),
        ("logs:DescribeLogStreams", look, client.describe_log_streams),
    ):
        if statement:
            yield Try(action, statement, arn, partial(ask, logGroupName=group, limit=1))
    if write:
        statement, _, streams = write.partition("/")
        yield _line(place, statement, group, arn, f"{streams}/{NOTHING}")


def prices(place: Place, group: str) -> Iterator[Try]:
    """The bill and the list prices; the bill with a span that Cost Explorer refuses: of no day."""
    statement, home = "LearnPrices", place.target.access
    bill, listed = home.client_once("ce", PRICES_AT), home.client_once("pricing", PRICES_AT)
    day = f"{place.now:%Y-%m-%d}"
    yield Try(
        "ce:GetCostAndUsage",
        statement,
        "*",
        lambda: bill.get_cost_and_usage(
            TimePeriod={"Start": day, "End": day}, Granularity="DAILY", Metrics=["UsageQuantity"]
        ),
    )
    yield Try(
        "pricing:GetProducts",
        statement,
        "*",
        lambda: listed.get_products(ServiceCode="AmazonPersonalize", MaxResults=1),
    )
    arn = place.arn("logs", f"log-group:{group}:*")
    yield _line(place, "KeepLearnedPrices", group, arn, f"prices/{NOTHING}")


def release(place: Place, group: str, statement: str) -> Iterator[Try]:
    """The deletion of a log stream that does not exist."""
    client = place.client("logs")
    yield Try(
        "logs:DeleteLogStream",
        statement,
        place.arn("logs", f"log-group:{group}:log-stream:told/*"),
        lambda: client.delete_log_stream(logGroupName=group, logStreamName=f"told/{NOTHING}"),
    )


def bus(place: Place) -> Iterator[Try]:
    """The bus, with an event that it cannot take: its detail is no JSON."""
    client = place.client("events")

    def put() -> None:
        entry = {"Source": EVENT_SOURCE, "DetailType": TEST_EVENT, "Detail": "no JSON"}
        (answer,) = client.put_events(Entries=[entry])["Entries"]
        code = str(answer.get("ErrorCode"))
        # One entry's own denial comes in an answer that is well otherwise.
        raise ClientError(
            {
                "Error": {"Code": code, "Message": str(answer.get("ErrorMessage"))},
                "ResponseMetadata": {"HTTPStatusCode": 400},  # type: ignore[typeddict-item]
            },
            "PutEvents",
        )

    yield Try("events:PutEvents", "SendEvents", place.arn("events", "event-bus/default"), put)


def dashboards(place: Place) -> Iterator[Try]:
    """The dashboards; the one that is written has a body that CloudWatch cannot take."""
    client = place.client("cloudwatch")
    name = f"{DASHBOARD_NAME}-self-test"
    partition, account = place.deployment.partition, place.target.account
    ours = f"arn:{partition}:cloudwatch::{account}:dashboard/{DASHBOARD_NAME}*"
    yield Try(
        "cloudwatch:ListDashboards",
        "SeeDashboards",
        "*",
        lambda: client.list_dashboards(DashboardNamePrefix=name),
    )
    yield Try(
        "cloudwatch:PutDashboard",
        "KeepDashboards",
        ours,
        lambda: client.put_dashboard(DashboardName=name, DashboardBody="no JSON"),
    )
    yield Try(
        "cloudwatch:GetDashboard",
        "KeepDashboards",
        ours,
        lambda: client.get_dashboard(DashboardName=name),
    )
    yield Try(
        "cloudwatch:DeleteDashboards",
        "KeepDashboards",
        ours,
        lambda: client.delete_dashboards(DashboardNames=[name]),
    )


def others(place: Place, functions: Sequence[str]) -> Iterator[Try]:
    """Leave to start each function, asked for by Lambda's own dry run."""
    client = place.client("lambda")

    def asked(name: str) -> Try:
        return Try(
            "lambda:InvokeFunction",
            "ShareTheWork",
            place.arn("lambda", f"function:{name}"),
            lambda: client.invoke(FunctionName=name, InvocationType="DryRun"),
        )

    for name in functions:
        yield asked(name)


def message(place: Place, statement: str, topic: str) -> Try:
    """A topic, with a message that it cannot take: an empty one."""
    client = place.client("sns")
    return Try("sns:Publish", statement, topic, lambda: client.publish(TopicArn=topic, Message=""))


def _stream(place: Place, statement: str, group: str, arn: str) -> Try:
    client = place.client("logs")
    return Try(
        "logs:CreateLogStream",
        statement,
        arn,
        lambda: client.create_log_stream(logGroupName=group, logStreamName=_STREAM),
    )


def _line(place: Place, statement: str, group: str, arn: str, stream: str) -> Try:
    """A line for a stream that does not exist, so that nothing is written."""
    client = place.client("logs")
    line = {"timestamp": int(place.now.timestamp() * 1000), "message": "{}"}
    return Try(
        "logs:PutLogEvents",
        statement,
        arn,
        lambda: client.put_log_events(logGroupName=group, logStreamName=stream, logEvents=[line]),
    )
