"""Every member of an answer that AWS calls optional may be missing, and nothing dies of it (P17).

What is optional is read from botocore's own description of each operation's answer, so that an
operation that is called tomorrow is tried tomorrow.
"""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import botocore.session
import pytest
from tests.support import HOME, Local, every_window

import personalize_monitor
from personalize_monitor.app.memory import Memory
from personalize_monitor.contract import IDLE_HOURS_TAG
from personalize_monitor.errors import Blind
from personalize_monitor.functions import dashboard, lifecycle, monitor, runtime
from personalize_monitor.sandbox import fleet

AWAY = "eu-west-1"
Members = tuple[str, ...]
_EACH = "*"
_ROOT = Path(personalize_monitor.__file__).parent
_SOURCES = "".join(
    path.read_text("utf-8") for room in ("app", "aws") for path in (_ROOT / room).rglob("*.py")
)
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
    return local


MISSING: dict[int, list[tuple[str, str, Members] | None]] = {}


def take_away(asked: tuple[str, str, Members] | None, model: Any, parsed: Any) -> None:
    """Strip the answer of the operation that is asked for."""
    if asked and asked[:2] == (model.service_model.service_name, model.name):
        strip(parsed, asked[2])


def run(local: Local, path: tuple[str, str, Members] | None = None) -> list[str]:
    """All three functions, cold, with a member missing from each answer; the cycles' problems."""
    here = runtime.runtime()
    here.memory = Memory()
    missing = MISSING.setdefault(id(here), [])
    if not missing:  # beneath every client, before the first of them is made
        missing.append(None)
        here.access._session.events.register(
            "after-call.*.*", lambda model, parsed, **_: take_away(missing[0], model, parsed)
        )
    missing[0] = path
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
    run(everywhere)
    everywhere.env(Regions=HOME)
    run(everywhere)
    called = {(call.service, call.action) for call in everywhere.world.gate.calls}
    known = {(service, name) for service, names in OPERATIONS.items() for name in names}
    ours = {pair for pair in called if pair[1] not in {"TagResource", "CreateLogGroup"}}
    assert ours <= known, ours - known


@pytest.mark.parametrize(
    ("service", "operation"), [(s, name) for s, names in OPERATIONS.items() for name in names]
)
def test_p17_no_optional_member_is_needed(everywhere: Local, service: str, operation: str) -> None:
    """Whatever is missing: no function fails, and no place does."""
    session = botocore.session.get_session()
    shape = session.get_service_model(service).operation_model(operation).output_shape
    run(everywhere)  # so that there are alarms, topics and dashboards to be read
    for path in filter(named_in_our_code, optional(shape)):
        problems = run(everywhere, (service, operation, path))
        assert [p for p in problems if "failed unexpectedly" in p] == [], path
        assert [p for p in problems if "at home failed" in p] == [], path
