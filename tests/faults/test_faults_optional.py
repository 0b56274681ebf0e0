"""Every member of an answer that AWS calls optional may be missing, and nothing dies of it (P17).

What is optional is read from botocore's own description of each operation's answer, so that an
operation that is called tomorrow is tried tomorrow.
"""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from tests.support import HOME, JOURNAL, Local, every_window

import personalize_monitor
from aws_sandbox import fleet
from personalize_monitor.context.memory import Memory
from personalize_monitor.contract import IDLE_HOURS_TAG
from personalize_monitor.errors import Blind
from personalize_monitor.functions import dashboard, lifecycle, monitor, runtime
from personalize_monitor.model.entry import INTENT

AWAY = "eu-west-1"
Members = tuple[str, ...]
_EACH = "*"
_ROOT = Path(personalize_monitor.__file__).parent
_SOURCES = "".join(path.read_text("utf-8") for path in _ROOT.rglob("*.py"))
OPERATIONS = {
    "cloudwatch": [
        "DeleteAlarms",
        "DeleteDashboards",
        "DescribeAlarms",
        "GetDashboard",
        "GetMetricData",
        "ListDashboards",
        "PutDashboard",
        "PutMetricAlarm",
        "PutMetricData",
    ],
    "events": ["PutEvents"],
    "logs": ["FilterLogEvents"],
    "personalize": [
        "DescribeCampaign",
        "ListCampaigns",
        "ListDatasetGroups",
        "ListRecommenders",
        "ListSolutions",
        "ListTagsForResource",
    ],
    "sns": [
        "CreateTopic",
        "DeleteTopic",
        "ListSubscriptionsByTopic",
        "ListTagsForResource",
        "Subscribe",
        "TagResource",
    ],
}


def optional(shape: Any, depth: int = 0) -> Iterator[Members]:
    """Paths of the members that a shape does not require, into lists and structures."""
    if shape is None or depth > 3:
        return
    if shape.type_name == "list":
        for rest in optional(shape.member, depth):
            yield (_EACH, *rest)
    if shape.type_name == "structure":
        for name, member in shape.members.items():
            if name not in shape.required_members:
                yield (name,)
            for rest in optional(member, depth + 1):
                yield (name, *rest)


def strip(value: Any, path: Members) -> None:
    """Take a member out of an answer, wherever the path leads."""
    first, *rest = path
    for inner in value if first == _EACH and isinstance(value, list) else ():
        strip(inner, tuple(rest))
    if isinstance(value, dict) and first in value:
        if rest:
            strip(value[first], tuple(rest))
        else:
            del value[first]


def present(value: Any, path: Members) -> bool:
    """Whether an answer has the member, anywhere that the path leads."""
    first, *rest = path
    if first == _EACH and isinstance(value, list):
        return any(present(inner, tuple(rest)) for inner in value)
    if not isinstance(value, dict) or first not in value:
        return False
    return not rest or present(value[first], tuple(rest))


def named_in_our_code(path: Members) -> bool:
    """Whether anything of ours speaks of the member; what nobody reads nobody misses."""
    return f'"{path[-1]}"' in _SOURCES


@pytest.fixture
def everywhere(local: Local) -> Local:
    """Two regions with something of each kind, in which a lowering and a notice are due."""
    local.with_journal()
    local.env(
        Regions=f"{HOME},{AWAY}",
        AutoDeleteIdleCampaigns="Yes",
        NotificationEndpoint="team@example.com",
    )
    for region in (HOME, AWAY):
        tagged = fleet.add_campaign(local.world, "tagged", region=region)
        local.client("personalize", region).tag_resource(
            resourceArn=tagged.arn, tags=[{"tagKey": IDLE_HOURS_TAG, "tagValue": "30"}]
        )
        fleet.add_campaign(local.world, "high", region=region, floor=20, shape=every_window(1500))
        fleet.add_recommender(local.world, "films", region=region, shape=every_window(900))
        moved = fleet.add_campaign(local.world, "moved", region=region, floor=2)
        local.client("personalize", region).update_campaign(
            campaignArn=moved.arn, campaignConfig={"syncWithLatestSolutionVersion": False}
        )
    logs = local.client("logs")
    logs.create_log_stream(logGroupName=JOURNAL, logStreamName="intents/1")
    record = {
        "time": local.now.isoformat(),
        "detail-type": INTENT,
        "resources": [moved.arn],
        "detail": {"ARN": moved.arn, "NewMinTPS": 2, "PreviousMinTPS": 9, "RequestId": "e-1"},
    }
    logs.put_log_events(
        logGroupName=JOURNAL,
        logStreamName="intents/1",
        logEvents=[{"timestamp": int(local.now.timestamp() * 1000), "message": json.dumps(record)}],
    )
    return local


@dataclass
class Taken:
    """What is taken out of the answers of an operation; which of its members were ever there."""

    service: str = ""
    operation: str = ""
    members: tuple[Members, ...] = ()
    missing: Members = ()
    seen: set[Members] = field(default_factory=set)

    def away(self, model: Any, parsed: Any) -> None:
        """Note what the answer has, then strip it."""
        if (model.service_model.service_name, model.name) == (self.service, self.operation):
            self.seen |= {path for path in self.members if present(parsed, path)}
            if self.missing:
                strip(parsed, self.missing)


NOTHING = Taken()
TAKEN: dict[int, list[Taken]] = {}


def run(local: Local, taken: Taken = NOTHING) -> list[str]:
    """All three functions, cold, with a member missing from each answer; the cycles' problems."""
    here = runtime.runtime()
    here.memory = Memory()
    now = TAKEN.setdefault(id(here), [])
    if not now:  # beneath every client, before the first of them is made
        now.append(taken)
        here.access._session.events.register(
            "after-call.*.*", lambda model, parsed, **_: now[0].away(model, parsed)
        )
    now[0] = taken
    local.world.clock.advance(timedelta(minutes=5))
    try:
        problems = monitor.handler({"time": local.now.isoformat()}, None)["problems"]
    except Blind as blind:
        problems = [str(blind)]
    problems += dashboard.handler({}, None)["problems"]
    answer = lifecycle.handler({"RequestType": "Update", "StackId": "s"}, None)
    assert answer["Status"] == "SUCCESS"
    return [*problems, answer["Reason"]]


def test_p17_these_are_all_operations_that_are_called(everywhere: Local) -> None:
    """The list above leaves out nothing, but for what is only called when things are deleted."""
    begun = len(everywhere.world.gate.calls)
    run(everywhere)
    everywhere.env(Regions=HOME)
    run(everywhere)
    called = {(call.service, call.action) for call in everywhere.world.gate.calls[begun:]}
    known = {(service, name) for service, names in OPERATIONS.items() for name in names}
    ours = {pair for pair in called if pair[1] not in {"TagResource", "CreateLogGroup"}}
    assert ours <= known, ours - known


def members(service: str, operation: str) -> tuple[Members, ...]:
    """The optional members of an operation's answer that our code speaks of."""
    model = botocore.session.get_session().get_service_model(service)
    return tuple(filter(named_in_our_code, optional(model.operation_model(operation).output_shape)))


@pytest.mark.parametrize(
    ("service", "operation"),
    [(s, name) for s, names in OPERATIONS.items() for name in names if members(s, name)],
)
def test_p17_no_optional_member_is_needed(everywhere: Local, service: str, operation: str) -> None:
    """Whatever is missing: no function fails, and no place does."""
    taken = Taken(service, operation, members(service, operation))
    run(everywhere, taken)  # so that there are alarms, topics and dashboards to be read
    run(everywhere, taken)
    tried: set[Members] = set()
    while found := sorted(taken.seen - tried):  # what no answer has cannot be taken out of it
        taken.missing = found[0]
        tried.add(taken.missing)
        problems = run(everywhere, taken)
        assert [p for p in problems if "failed unexpectedly" in p] == [], taken.missing
        assert [p for p in problems if "at home failed" in p] == [], taken.missing
    # CloudWatch's warnings about a dashboard are the only ones that this world never has.
    assert tried or operation == "PutDashboard"
