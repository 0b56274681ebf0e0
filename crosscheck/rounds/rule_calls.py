"""What the calls on rules and targets accept and refuse."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from crosscheck.checks import Answer, Check, Round, code_of
from crosscheck.cloud import ACCOUNT, REGION, Cloud

PUT_RULE = "API reference, PutRule"
PUT_TARGETS = "API reference, PutTargets"
SCHEDULES = "EventBridge user guide, Creating a rule that runs on a schedule"
_PATTERN = json.dumps({"source": ["crosscheck.rules"]})
_BAD = ("ValidationException",)
_SCHEDULES: dict[str, tuple[str, ...]] = {
    "rate(1 minute)": ("accepted",),
    "rate(5 minutes)": ("accepted",),
    "rate(1 hour)": ("accepted",),
    "cron(0/15 * * * ? *)": ("accepted",),
    "cron(0 10 ? * MON-FRI *)": ("accepted",),
    "cron(0 18 L * ? *)": ("accepted",),
    "rate(1 minutes)": _BAD,
    "rate(5 minute)": _BAD,
    "rate(0 minutes)": _BAD,
    "rate(5 fortnights)": _BAD,
    "rate(5)": _BAD,
    "cron(0 10 * * *)": _BAD,
    "cron(0 10 * * MON *)": _BAD,
    "every hour": _BAD,
    "at(2030-01-01T00:00:00)": _BAD,
}

NEITHER = "a rule without pattern and schedule"
LONG = "a rule name of 65 characters"
NO_RULE = "targets for a rule that does not exist"
SIX = "six targets"
WITH_TARGETS = "deleting a rule that has targets"
GONE = "deleting a rule that does not exist"
DESCRIBE = "describing a rule that does not exist"
REPLACED = "a target of the same id is replaced"
UPDATED = "an update of a rule keeps its targets"
STATE = "state and pattern of a described rule"
LISTED = "rules listed by prefix"
CHECKS = [
    Check(NEITHER, _BAD, PUT_RULE),
    Check(LONG, _BAD, PUT_RULE),
    *(Check(f"schedule {text}", codes, SCHEDULES) for text, codes in _SCHEDULES.items()),
    Check(NO_RULE, ("ResourceNotFoundException",), PUT_TARGETS),
    Check(SIX, ("LimitExceededException",), PUT_TARGETS),
    Check(WITH_TARGETS, _BAD, "API reference, DeleteRule"),
    Check(GONE, ("accepted",), "API reference, DeleteRule"),
    Check(DESCRIBE, ("ResourceNotFoundException",), "API reference, DescribeRule"),
    Check(REPLACED, ([1, "b"],), PUT_TARGETS),
    Check(UPDATED, (1,), PUT_RULE),
    Check(STATE, (["ENABLED", _PATTERN],), "API reference, DescribeRule"),
    Check(LISTED, (["calls-a", "calls-b"],), "API reference, ListRules"),
]


def ask(cloud: Cloud) -> Mapping[str, Answer]:
    """A few dozen calls."""
    events = cloud.client("events")
    arn = f"arn:aws:sqs:{REGION}:{ACCOUNT}:rule-calls"
    cloud.queue("rule-calls")

    def rule(name: str, **rest: Any) -> str:
        return code_of(events.put_rule, Name=name, **rest)

    answers: dict[str, Answer] = {
        NEITHER: rule("calls-nothing"),
        LONG: rule("x" * 65, EventPattern=_PATTERN),
    }
    for index, text in enumerate(_SCHEDULES):
        answers[f"schedule {text}"] = rule(
            f"schedule-{index}", ScheduleExpression=text, State="DISABLED"
        )
    rule("calls-a", EventPattern=_PATTERN)
    rule("calls-b", EventPattern=_PATTERN)

    def targets(name: str, *ids: str) -> str:
        wanted = [{"Id": one, "Arn": arn} for one in ids]
        return code_of(events.put_targets, Rule=name, Targets=wanted)

    answers[NO_RULE] = targets("never-made", "a")
    answers[SIX] = targets("calls-b", *"abcdef")
    targets("calls-a", "b")
    targets("calls-a", "b")
    listed = events.list_targets_by_rule(Rule="calls-a")["Targets"]
    answers[REPLACED] = [len(listed), listed[0]["Id"]]
    rule("calls-a", EventPattern=_PATTERN, Description="changed")
    answers[UPDATED] = len(events.list_targets_by_rule(Rule="calls-a")["Targets"])
    shown = events.describe_rule(Name="calls-a")
    answers[STATE] = [shown["State"], shown["EventPattern"]]
    names = [one["Name"] for one in events.list_rules(NamePrefix="calls-")["Rules"]]
    answers[LISTED] = sorted(name for name in names if name in {"calls-a", "calls-b"})
    answers[WITH_TARGETS] = code_of(events.delete_rule, Name="calls-a")
    answers[GONE] = code_of(events.delete_rule, Name="never-made")
    answers[DESCRIBE] = code_of(events.describe_rule, Name="never-made")
    return answers


ROUND = Round("Rule calls", CHECKS, ask)
