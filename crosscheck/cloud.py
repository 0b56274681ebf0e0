"""One side of the comparison: clients of an endpoint, and queues that listen."""

from __future__ import annotations

import json
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any

import boto3
from botocore.config import Config

ACCOUNT = "123456789012"
REGION = "us-east-1"
_CONFIG = Config(
    parameter_validation=False,
    retries={"mode": "standard", "total_max_attempts": 1},
    connect_timeout=5,
    read_timeout=60,
)


@dataclass(frozen=True, slots=True)
class Queue:
    """An SQS queue that topics and rules may send to."""

    sqs: Any
    url: str
    arn: str

    def messages(self) -> list[dict[str, Any]]:
        """What is there now, taken out; oldest first as far as SQS tells."""
        taken: list[dict[str, Any]] = []
        while True:
            answer = self.sqs.receive_message(
                QueueUrl=self.url, MaxNumberOfMessages=10, MessageAttributeNames=["All"]
            )
            batch = answer.get("Messages", [])
            if not batch:
                return taken
            for message in batch:
                self.sqs.delete_message(QueueUrl=self.url, ReceiptHandle=message["ReceiptHandle"])
            taken += batch

    def await_one(self, most: float = 15.0) -> list[dict[str, Any]]:
        """Wait until there is a message, so many seconds at most, and a little for a second."""
        taken: list[dict[str, Any]] = []

        def is_there() -> bool:
            taken.extend(self.messages())
            return bool(taken)

        wait_until(is_there, most=most)
        time.sleep(0.5)
        return taken + self.messages()

    def bodies(self) -> list[str]:
        """The texts of what is there now, taken out."""
        return [message["Body"] for message in self.messages()]


@dataclass(slots=True)
class Cloud:
    """A named endpoint that speaks AWS."""

    name: str
    endpoint: str
    _clients: dict[tuple[str, str], Any] = field(default_factory=dict)

    def client(self, service: str, region: str = REGION) -> Any:
        """A boto3 client of the test account; twelve digits as key name the account to both."""
        found = self._clients.get((service, region))
        if found is None:
            session = boto3.Session()
            make: Any = session.client
            found = self._clients[service, region] = make(
                service,
                region_name=region,
                endpoint_url=self.endpoint,
                aws_access_key_id=ACCOUNT,
                aws_secret_access_key="crosscheck",  # noqa: S106 - not a secret
                config=_CONFIG,
            )
        return found

    def queue(self, name: str, region: str = REGION) -> Queue:
        """A new queue with a policy that lets events and topics in."""
        sqs = self.client("sqs", region)
        arn = f"arn:aws:sqs:{region}:{ACCOUNT}:{name}"
        policy = _policy(arn, "sqs:SendMessage", "events.amazonaws.com", "sns.amazonaws.com")
        url = sqs.create_queue(QueueName=name, Attributes={"Policy": policy})["QueueUrl"]
        return Queue(sqs, url, arn)

    def topic(self, name: str) -> str:
        """A new topic with a policy that lets alarms and events publish; its ARN."""
        sns = self.client("sns")
        arn: str = sns.create_topic(Name=name)["TopicArn"]
        policy = _policy(arn, "sns:Publish", "events.amazonaws.com", "cloudwatch.amazonaws.com")
        sns.set_topic_attributes(TopicArn=arn, AttributeName="Policy", AttributeValue=policy)
        return arn

    def rule(self, name: str, queue: Queue, pattern: Mapping[str, Any], **target: Any) -> str:
        """A rule with one target, the queue; its ARN."""
        events = self.client("events")
        arn: str = events.put_rule(Name=name, EventPattern=json.dumps(pattern))["RuleArn"]
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queue.arn, **target}])
        return arn


def _policy(resource: str, action: str, *services: str) -> str:
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": list(services)},
        "Action": action,
        "Resource": resource,
    }
    return json.dumps({"Version": "2012-10-17", "Statement": [statement]})


def wait_until(done: Callable[[], bool], *, most: float, every: float = 0.5) -> bool:
    """Look every so many seconds, at most so long; whether it came true."""
    end = time.monotonic() + most
    while time.monotonic() < end:
        if done():
            return True
        time.sleep(every)
    return done()
