"""The monitor's own requests are orders that the executors understand."""

from __future__ import annotations

import json

import pytest
from tests.support import ACCOUNT, BEGIN, a_resource

from personalize_monitor.decide.considered import Considered
from personalize_monitor.decide.requests import request_of
from personalize_monitor.execute.action_requests import delete_request, floor_request, stop_request
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.sample import Sample

pytestmark = pytest.mark.clock

START = int(BEGIN.timestamp()) // 3600 * 3600 - 14 * 86400


@pytest.mark.parametrize("kind", list(Kind))
def test_a_lower_floor_survives_the_way_to_the_executor(kind: Kind) -> None:
    """What is written as an event is read back as the same order, marked as measured."""
    resource = a_resource(kind=kind)
    evidence = {"watermark": 3.5, "peak": 8.0}
    decision = Decision(resource, Action.SET_FLOOR, "Less.", to_floor=4, evidence=evidence)
    sums = tuple(1200.0 if n % 50 else UNKNOWN for n in range(14 * 288))
    event = request_of(Considered(decision, Sample(1200.0), Demand(START, sums), 24), now=BEGIN)
    detail = json.loads(json.dumps(event.detail, allow_nan=False))
    assert len(detail["Datapoints"]) <= 24
    assert len(event.entry()["Detail"]) < 4000
    request = floor_request(
        {"id": "e", "detail-type": event.detail_type, "detail": detail},
        account=ACCOUNT,
        request_id="",
    )
    assert (request.arn, request.floor, request.measured_floor) == (resource.arn, 4, 10)
    assert (request.reason, event.resource) == ("Less.", str(resource.arn))


@pytest.mark.parametrize(
    ("kind", "action", "read"),
    [
        (Kind.CAMPAIGN, Action.DELETE, delete_request),
        (Kind.RECOMMENDER, Action.STOP, stop_request),
    ],
)
def test_a_removal_survives_the_way_to_the_executor(
    kind: Kind, action: Action, read: type[object]
) -> None:
    """The threshold that was used goes along, so that the executor asks the same question."""
    decision = Decision(a_resource(kind=kind), action, "Idle.")
    event = request_of(Considered(decision, Sample(0.0), None, 36), now=BEGIN)
    request = (delete_request if kind is Kind.CAMPAIGN else stop_request)(
        {"id": "e", "detail": event.detail}, account=ACCOUNT, request_id=""
    )
    assert (request.measured_idle_hours, request.measured) == (36, True)
    assert event.detail["TotalRequestsDuringIdleThresholdHours"] == 0
