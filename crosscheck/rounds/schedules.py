"""A rule on a schedule really fires, and what it sends."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crosscheck.checks import Answer, Check, Round, When
from crosscheck.cloud import ACCOUNT, REGION, Cloud, wait_until

GUIDE = "EventBridge user guide, Creating a rule that runs on a schedule"
STRUCTURE = "EventBridge user guide, Event structure"
_MOST = 130
_ARN = f"arn:aws:events:{REGION}:{ACCOUNT}:rule/tick"
_EVENT = {
    "version": "0",
    "detail-type": "Scheduled Event",
    "source": "aws.events",
    "account": ACCOUNT,
    "region": REGION,
    "resources": [_ARN],
    "detail": {},
}

RATE = "rate(1 minute): the event"
CRON = "cron(* * * * ? *): the event"
CONSTANT = "rate(1 minute) with an Input: what arrives"
CHECKS = [
    Check(RATE, (_EVENT,), STRUCTURE),
    Check(CRON, (_EVENT | {"resources": [_ARN + "-cron"]},), STRUCTURE),
    Check(CONSTANT, ({"go": True},), GUIDE),
]
_RULES: dict[str, tuple[str, str, dict[str, Any]]] = {
    RATE: ("tick", "rate(1 minute)", {}),
    CRON: ("tick-cron", "cron(* * * * ? *)", {}),
    CONSTANT: ("tick-input", "rate(1 minute)", {"Input": '{"go": true}'}),
}


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """Wait for the first event of each rule, a good two minutes at most."""
    events = cloud.client("events")
    queues = {}
    for check, (name, expression, target) in _RULES.items():
        queues[check] = cloud.queue(name)
        events.put_rule(Name=name, ScheduleExpression=expression)
        events.put_targets(Rule=name, Targets=[{"Id": "queue", "Arn": queues[check].arn, **target}])
    answers: dict[str, Answer] = {}

    def all_there() -> bool:
        for check, queue in queues.items():
            for body in queue.bodies():
                event = json.loads(body)
                known = {name: event[name] for name in event if name not in {"id", "time"}}
                answers.setdefault(check, known)
        return len(answers) == len(queues)

    wait_until(all_there, most=_MOST, every=2)
    for name, _, _ in _RULES.values():
        events.disable_rule(Name=name)
    return answers


ROUND = Round("Scheduled rules", CHECKS, ask, When.BESIDE)
