"""The published schemas and the functions agree: who follows a schema is understood."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import boto3
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.support import ACCOUNT, HOME

from personalize_monitor import contract
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.execute.action_requests import (
    ActionRequest,
    delete_request,
    floor_request,
    stop_request,
)
from personalize_monitor.model.resource import Kind
from personalize_monitor_desk.schemas import event_schema

pytestmark = pytest.mark.clock

SHOES = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/shoes"
FILMS = f"arn:aws:personalize:{HOME}:{ACCOUNT}:recommender/films"
READERS: dict[str, Callable[..., ActionRequest]] = {
    contract.UPDATE_FLOOR_EVENT[Kind.CAMPAIGN]: floor_request,
    contract.UPDATE_FLOOR_EVENT[Kind.RECOMMENDER]: floor_request,
    contract.DELETE_CAMPAIGN_EVENT: delete_request,
    contract.STOP_RECOMMENDER_EVENT: stop_request,
}
VALID = {name: Draft202012Validator(event_schema(name)) for name in READERS}
KEYS = {name: event_schema(name)["$defs"]["detail"]["properties"] for name in READERS}


def ours(name: str) -> str:
    """A resource of the kind that an event is about."""
    return FILMS if "Recommender" in name else SHOES


def event(name: str, detail: dict[str, Any]) -> dict[str, Any]:
    """As EventBridge brings it."""
    return {"source": contract.EVENT_SOURCE, "detail-type": name, "detail": detail}


def understood(name: str, detail: dict[str, Any]) -> bool:
    """Whether the function takes the request."""
    try:
        READERS[name](event(name, detail), account=ACCOUNT, request_id="r")
    except InvalidRequest:
        return False
    return True


arns = st.sampled_from([SHOES, FILMS, "shoes", SHOES.replace("campaign", "solution"), 7, "", []])
floors = st.sampled_from([1, 3, 500, 0, 501, -1, 2.5, "3", True, [3]])
said = {
    "ARN": arns,
    "CampaignARN": arns,
    "NewMinTPS": floors,
    "MinProvisionedTPS": floors,
    "HoldMinutes": st.sampled_from([1, 44640, 0, 44641, "5"]),
    "CurrentMinTPS": st.sampled_from([1, 12, 0, "4"]),
    "IdleThresholdHours": st.sampled_from([1, 24, 48, 0, "24"]),
    "TotalRequestsDuringIdleThresholdHours": st.just(0),
}


@given(st.data())
@settings(max_examples=150)
def test_what_the_schema_refuses_the_function_refuses(data: st.DataObject) -> None:
    """And the other way round: about resource, floor, hold and measurements there is one truth."""
    name = data.draw(st.sampled_from(sorted(READERS)))
    known = sorted(set(said) & set(KEYS[name]))
    chosen = data.draw(st.sets(st.sampled_from(known), max_size=4))
    detail = {key: data.draw(said[key]) for key in sorted(chosen)}
    if "IdleThresholdHours" in detail:  # it is only read beside the requests of that time
        detail["TotalRequestsDuringIdleThresholdHours"] = 0
    twins = [("ARN", "CampaignARN"), ("NewMinTPS", "MinProvisionedTPS")]
    agree = all(detail.get(a, detail.get(b)) == detail.get(b, detail.get(a)) for a, b in twins)
    follows = VALID[name].is_valid(event(name, detail))
    assert understood(name, detail) == (follows and agree), detail


@pytest.mark.parametrize("name", READERS)
def test_a_request_with_every_key_of_its_schema_is_understood(name: str) -> None:
    """Nothing that the schema describes makes a request unreadable."""
    examples: dict[str, Any] = {
        "string": "x",
        "integer": 3,
        "number": 0,
        "boolean": False,
        "object": {},
        "array": [],
    }
    detail: dict[str, Any] = {}
    for key, described in KEYS[name].items():
        kind = described["type"]
        detail[key] = examples[kind if isinstance(kind, str) else kind[0]]
        if key.endswith("ARN"):
            detail[key] = ours(name)
        if key == "HoldUntil":
            detail[key] = "2026-03-03T08:00:00Z"
    assert VALID[name].is_valid(event(name, detail))
    assert understood(name, detail)


@pytest.mark.parametrize("name", READERS)
def test_every_example_of_a_schema_is_understood(name: str) -> None:
    """What people copy from the documentation works."""
    for example in event_schema(name)["examples"]:
        assert understood(name, example["detail"])


@pytest.mark.parametrize("name", ["", "../events", "PersonalizeMonitorIntent", "updatepersonalize"])
def test_there_is_no_schema_of_what_is_not_ours(name: str) -> None:
    """The answer lists the events that there are, and no path leads to another file."""
    with pytest.raises(KeyError) as refused:
        event_schema(name)
    assert contract.NOTICE_EVENT in str(refused.value)


@pytest.mark.parametrize("name", READERS)
def test_another_kind_of_resource_is_nobody_s(name: str) -> None:
    """A campaign is not stopped, a recommender not deleted: schema and function refuse it."""
    detail = {"ARN": SHOES if ours(name) == FILMS else FILMS, "NewMinTPS": 3}
    assert not VALID[name].is_valid(event(name, detail))
    assert not understood(name, detail)


def test_the_names_of_alarms_tell_kind_and_sort() -> None:
    """No alarm's name begins with another's, so a name is read back in one way only."""
    tables = (
        contract.LOW_UTILIZATION_ALARM,
        contract.IDLE_ALARM,
        contract.CLIENT_ERROR_ALARM,
        contract.SERVER_ERROR_ALARM,
    )
    prefixes = [prefix for table in tables for prefix in table.values()]
    assert len(set(prefixes)) == 2 * len(tables)
    for one in prefixes:
        assert one.startswith(contract.ALARM_PREFIX)
        assert not [other for other in prefixes if other != one and other.startswith(one)]
        # CloudWatch: at most 255 characters, and Personalize names have up to 63.
        assert len(one) + 63 <= 255


def test_the_regions_are_those_of_the_service() -> None:
    """Regions that may be named are the ones for which AWS's own list has an endpoint."""
    session = boto3.Session()
    known = {
        region
        for partition in ("aws", "aws-cn")
        for region in session.get_available_regions("personalize", partition_name=partition)
    }
    assert set(contract.PERSONALIZE_REGIONS) == known
    assert list(contract.PERSONALIZE_REGIONS) == sorted(contract.PERSONALIZE_REGIONS)
