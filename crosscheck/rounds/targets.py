"""Delivery: queues, topics, log groups, buses, dead letters; rules that are off or elsewhere."""

from __future__ import annotations

import json
import re
import time
from collections.abc import Mapping
from typing import Any

from crosscheck.checks import Answer, Check, Round
from crosscheck.cloud import ACCOUNT, REGION, Cloud, Queue

STRUCTURE = "EventBridge user guide, Event structure"
TARGETS = "EventBridge user guide, Targets"
SNS = "SNS developer guide, Message delivery to SQS queues"
DEAD = "EventBridge user guide, Dead-letter queues"
SOURCE = "crosscheck.targets"
_TIME = re.compile(r"\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ")
_FIELDS = [
    "account",
    "detail",
    "detail-type",
    "id",
    "region",
    "resources",
    "source",
    "time",
    "version",
]
_GIVEN = {
    "version": "0",
    "detail-type": "Target",
    "source": SOURCE,
    "account": ACCOUNT,
    "region": REGION,
    "resources": ["arn:aws:x:::y"],
    "detail": {"n": 1, "text": "ünïcode"},
}

QUEUE = "queue: fields of the event"
VALUES = "queue: values of the event"
ID = "the event's id is the EventId of PutEvents"
OWN_TIME = "a Time given with the entry is the event's time"
NOW = "form of the event's time"
TOPIC = "topic: the message is the event"
NO_SUBJECT = "topic: the message has no subject"
RAW = "topic with raw delivery: the body is the event"
LOG = "log group: the message is the event"
OFF = "a disabled rule delivers nothing, an enabled one again"
REMOVED = "a removed target gets nothing"
ELSEWHERE = "an event in another region reaches no rule here"
OTHER_BUS = "a rule on another bus sees only that bus"
FORWARDED = "an event forwarded to another bus"
FIVE = "two targets of a rule, both"
DEAD_LETTER = "attributes of a dead letter after a target that does not exist"
CHECKS = [
    Check(QUEUE, (_FIELDS,), STRUCTURE),
    Check(VALUES, (_GIVEN,), STRUCTURE),
    Check(ID, (True,), "API reference, PutEventsResultEntry"),
    Check(OWN_TIME, ("2026-01-02T03:04:05Z",), STRUCTURE),
    Check(NOW, (True,), STRUCTURE),
    Check(TOPIC, (_GIVEN,), TARGETS),
    Check(NO_SUBJECT),
    Check(RAW, (_GIVEN,), SNS),
    Check(LOG, (_GIVEN,), TARGETS),
    Check(OFF, ([0, 1],), "API reference, DisableRule"),
    Check(REMOVED, (0,), "API reference, RemoveTargets"),
    Check(ELSEWHERE, (0,), TARGETS),
    Check(OTHER_BUS, ([0, 1],), "EventBridge user guide, Event buses"),
    Check(FORWARDED, (_GIVEN,), "EventBridge user guide, Sending events between buses"),
    Check(FIVE, ([1, 1],), TARGETS),
    Check(DEAD_LETTER, (["ERROR_CODE", "ERROR_MESSAGE", "RULE_ARN", "TARGET_ARN"],), DEAD),
]


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """One part after the other; each waits a few seconds for its deliveries."""
    return {
        **_to_a_queue(cloud),
        **_to_a_topic(cloud),
        **_to_logs(cloud),
        **_switched(cloud),
        **_other_places(cloud),
        **_dead_letter(cloud),
    }


def _put(cloud: Cloud, kind: str, region: str = REGION, **more: Any) -> str:
    """Put an event of our source; its id."""
    entry = {
        "Source": SOURCE,
        "DetailType": kind,
        "Detail": json.dumps(_GIVEN["detail"]),
        "Resources": _GIVEN["resources"],
        **more,
    }
    answer = cloud.client("events", region).put_events(Entries=[entry])
    return str(answer["Entries"][0].get("EventId"))


def _pattern(kind: str) -> dict[str, Any]:
    return {"source": [SOURCE], "detail-type": [kind]}


def _known(event: Mapping[str, Any]) -> dict[str, Any]:
    """The event without what differs between any two clouds."""
    known = {name: value for name, value in event.items() if name not in {"id", "time"}}
    return known | {"detail-type": "Target"}


def _only(bodies: list[str]) -> dict[str, Any]:
    """The single JSON body, or an empty event."""
    found: dict[str, Any] = json.loads(bodies[0]) if len(bodies) == 1 else {}
    return found


def _texts(queue: Queue) -> list[str]:
    return [message["Body"] for message in queue.await_one()]


def _to_a_queue(cloud: Cloud) -> dict[str, Answer]:
    queue, second = cloud.queue("target-queue"), cloud.queue("target-second")
    cloud.rule("target-queue", queue, _pattern("Queue"))
    twin = [{"Id": "second", "Arn": second.arn}]
    cloud.client("events").put_targets(Rule="target-queue", Targets=twin)
    put = _put(cloud, "Queue")
    bodies = _texts(queue)
    event = _only(bodies)
    answers: dict[str, Answer] = {
        QUEUE: sorted(event),
        VALUES: _known(event),
        ID: event.get("id") == put,
        NOW: bool(_TIME.fullmatch(str(event.get("time")))),
        FIVE: [len(bodies), len(_texts(second))],
    }
    _put(cloud, "Queue", Time=1767323045)
    return answers | {OWN_TIME: _only(_texts(queue)).get("time")}


def _to_a_topic(cloud: Cloud) -> dict[str, Answer]:
    sns, topic = cloud.client("sns"), cloud.topic("target-topic")
    wrapped, raw = cloud.queue("target-wrapped"), cloud.queue("target-raw")
    sns.subscribe(TopicArn=topic, Protocol="sqs", Endpoint=wrapped.arn)
    sns.subscribe(
        TopicArn=topic,
        Protocol="sqs",
        Endpoint=raw.arn,
        Attributes={"RawMessageDelivery": "true"},
    )
    events = cloud.client("events")
    events.put_rule(Name="target-topic", EventPattern=json.dumps(_pattern("Topic")))
    events.put_targets(Rule="target-topic", Targets=[{"Id": "topic", "Arn": topic}])
    _put(cloud, "Topic")
    envelope = _only(_texts(wrapped))
    return {
        TOPIC: _known(json.loads(envelope.get("Message", "{}"))),
        NO_SUBJECT: "Subject" not in envelope,
        RAW: _known(_only(_texts(raw))),
    }


def _to_logs(cloud: Cloud) -> dict[str, Answer]:
    logs, events = cloud.client("logs"), cloud.client("events")
    group = "/aws/events/crosscheck"
    logs.create_log_group(logGroupName=group)
    arn = f"arn:aws:logs:{REGION}:{ACCOUNT}:log-group:{group}"
    statement = {
        "Effect": "Allow",
        "Principal": {"Service": ["events.amazonaws.com", "delivery.logs.amazonaws.com"]},
        "Action": ["logs:CreateLogStream", "logs:PutLogEvents"],
        "Resource": f"{arn}:*",
    }
    document = json.dumps({"Version": "2012-10-17", "Statement": [statement]})
    logs.put_resource_policy(policyName="crosscheck", policyDocument=document)
    events.put_rule(Name="target-logs", EventPattern=json.dumps(_pattern("Logs")))
    events.put_targets(Rule="target-logs", Targets=[{"Id": "logs", "Arn": arn}])
    _put(cloud, "Logs")
    time.sleep(3)
    lines: list[str] = []
    for stream in logs.describe_log_streams(logGroupName=group)["logStreams"]:
        answer = logs.get_log_events(logGroupName=group, logStreamName=stream["logStreamName"])
        lines += [line["message"] for line in answer["events"]]
    return {LOG: _known(_only(lines))}


def _count(cloud: Cloud, queue: Queue, kind: str) -> int:
    _put(cloud, kind)
    return len(queue.await_one(5))


def _switched(cloud: Cloud) -> dict[str, Answer]:
    events, queue = cloud.client("events"), cloud.queue("target-switch")
    cloud.rule("target-switch", queue, _pattern("Switch"))
    events.disable_rule(Name="target-switch")
    off = _count(cloud, queue, "Switch")
    events.enable_rule(Name="target-switch")
    on = _count(cloud, queue, "Switch")
    events.remove_targets(Rule="target-switch", Ids=["queue"])
    return {OFF: [off, on], REMOVED: _count(cloud, queue, "Switch")}


def _other_places(cloud: Cloud) -> dict[str, Answer]:
    events, queue = cloud.client("events"), cloud.queue("target-places")
    cloud.rule("target-here", queue, _pattern("Here"))
    _put(cloud, "Here", "eu-west-1")
    bus = events.create_event_bus(Name="other")["EventBusArn"]
    there = cloud.queue("target-there")
    events.put_rule(
        Name="target-there", EventBusName="other", EventPattern=json.dumps({"source": [SOURCE]})
    )
    events.put_targets(
        Rule="target-there", EventBusName="other", Targets=[{"Id": "q", "Arn": there.arn}]
    )
    _put(cloud, "Bus")
    time.sleep(2)
    default = len(there.bodies())
    _put(cloud, "Bus", EventBusName="other")
    own = len(_texts(there))
    events.put_rule(Name="target-forward", EventPattern=json.dumps(_pattern("Forward")))
    events.put_targets(Rule="target-forward", Targets=[{"Id": "bus", "Arn": bus}])
    _put(cloud, "Forward")
    return {
        ELSEWHERE: len(queue.bodies()),
        OTHER_BUS: [default, own],
        FORWARDED: _known(_only(_texts(there))),
    }


def _dead_letter(cloud: Cloud) -> dict[str, Answer]:
    events, letters = cloud.client("events"), cloud.queue("target-letters")
    gone = f"arn:aws:sqs:{REGION}:{ACCOUNT}:never-made"
    events.put_rule(Name="target-dead", EventPattern=json.dumps(_pattern("Dead")))
    target = {"Id": "gone", "Arn": gone, "DeadLetterConfig": {"Arn": letters.arn}}
    events.put_targets(Rule="target-dead", Targets=[target])
    _put(cloud, "Dead")
    messages = letters.await_one()
    attributes = set(messages[0].get("MessageAttributes", {})) if messages else set()
    # Whether and how often it was tried again depends on the error.
    return {DEAD_LETTER: sorted(attributes - {"RETRY_ATTEMPTS", "EXHAUSTED_RETRY_CONDITION"})}


ROUND = Round("Delivery", CHECKS, ask)
