"""Whatever arrives at a function: one clear sentence, and nothing is done because of it."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import ACCOUNT, HOME, Local, every_window

from aws_sandbox import fleet
from personalize_monitor.contract import (
    DELETE_CAMPAIGN_EVENT,
    STOP_RECOMMENDER_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.errors import PersonalizeMonitorError, ResourceBusy, SettingsError
from personalize_monitor.functions import dashboard, delete, monitor, stop, update
from personalize_monitor.model.resource import Kind

Handler = Callable[..., dict[str, Any]]
EXECUTORS: dict[str, Handler] = {
    "update": update.handler,
    "delete": delete.handler,
    "stop": stop.handler,
}
HANDLERS: dict[str, Handler] = {
    **EXECUTORS,
    "monitor": monitor.handler,
    "dashboard": dashboard.handler,
}
SHOES = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/shoes"
FILMS = f"arn:aws:personalize:{HOME}:{ACCOUNT}:recommender/films"
READING = ("Get", "List", "Describe", "Assume", "Filter", "Start Query", "StartQuery")


def done(local: Local) -> list[str]:
    """Operations that were called and that are more than reading."""
    return [c.action for c in local.world.gate.calls if not c.action.startswith(READING)]


def refused(handler: Handler, event: Any) -> str:
    """The sentence with which a handler refuses an event."""
    with pytest.raises(PersonalizeMonitorError) as caught:
        handler(event, None)
    said = str(caught.value)
    assert said.endswith((".", "?")), said
    assert "\n" not in said
    return said


@pytest.fixture
def account(local: Local) -> Local:
    """A campaign and a recommender that anybody might ask something of."""
    fleet.add_campaign(local.world, "shoes", floor=10, shape=every_window(300))
    fleet.add_recommender(local.world, "films", floor=6, shape=every_window(300))
    local.world.gate.calls.clear()
    return local


NO_TIMES: list[Any] = ["yesterday", "", "2026-13-01T00:00:00Z", 5, [], {}, True]
NO_OBJECTS: list[Any] = [None, [], [{}], "event", 7, True, 1.5]


@pytest.mark.parametrize("name", HANDLERS)
def test_an_event_that_is_no_object(account: Local, name: str) -> None:
    """What is not a JSON object is refused by each function with that very sentence."""
    for event in NO_OBJECTS:
        assert "is not a JSON object" in refused(HANDLERS[name], event)
    assert not account.world.gate.calls


@pytest.mark.parametrize("name", HANDLERS)
def test_a_time_that_is_none(account: Local, name: str) -> None:
    """The time decides which window is meant, so nonsense is not replaced by anything."""
    detail = {"ARN": FILMS if name == "stop" else SHOES, "NewMinTPS": 3}
    for when in NO_TIMES:
        said = refused(HANDLERS[name], {"time": when, "detail": detail})
        assert said.startswith(f"time is {when!r}; give an ISO time such as ")
    assert not done(account)


DETAILS: list[tuple[str, Any, str]] = [
    ("update", {}, "MinProvisionedTPS (or NewMinTPS) is missing; give a whole number from 1 to"),
    ("update", {"NewMinTPS": 3}, "is missing; give the ARN of a campaign or recommender."),
    ("delete", {}, "CampaignARN (or ARN) is missing; give the ARN of a campaign."),
    ("stop", {}, "CampaignARN (or ARN) is missing; give the ARN of a recommender."),
    ("update", {"detail": []}, "The event's detail is not a JSON object; see the list of events."),
    ("delete", {"detail": "x"}, "The event's detail is not a JSON object; see the list of events."),
    ("stop", {"detail": None}, "The event's detail is not a JSON object; see the list of events."),
    ("delete", {"ARN": FILMS}, "is a recommender; give the ARN of a campaign."),
    ("stop", {"ARN": SHOES}, "is a campaign; give the ARN of a recommender."),
    ("update", {"ARN": SHOES}, "is missing; give a whole number from 1 to 10000."),
    ("update", {"ARN": SHOES, "NewMinTPS": "3"}, "NewMinTPS is '3'; give a whole number"),
    ("update", {"ARN": SHOES, "NewMinTPS": True}, "NewMinTPS is True; give a whole number"),
    ("update", {"ARN": SHOES, "NewMinTPS": 10**5}, "NewMinTPS is 100000; allowed"),
    ("update", {"ARN": SHOES, "CampaignARN": FILMS, "NewMinTPS": 3}, "differ; give one ARN."),
    ("update", {"ARN": [SHOES], "NewMinTPS": 3}, "cannot be used"),
    (
        "update",
        {"detail-type": UPDATE_FLOOR_EVENT[Kind.RECOMMENDER], "detail": {"ARN": SHOES}},
        "is missing; give a whole number",
    ),
    (
        "update",
        {
            "detail-type": UPDATE_FLOOR_EVENT[Kind.RECOMMENDER],
            "detail": {"ARN": SHOES, "NewMinTPS": 3},
        },
        "is a campaign; give the ARN of a recommender.",
    ),
    ("delete", {"ARN": SHOES.replace(ACCOUNT, "999999999999")}, "acts in 123456789012 only."),
    ("update", {"ARN": SHOES, "NewMinTPS": 3, "HoldUntil": "soon"}, "HoldUntil is 'soon'; give an"),
    ("update", {"ARN": SHOES, "NewMinTPS": 3, "HoldMinutes": 0}, "HoldMinutes is 0; allowed are"),
    ("update", {"ARN": SHOES, "EndPrewarm": True}, "which pre-warm is to end?"),
]


@pytest.mark.parametrize(("name", "event", "sentence"), DETAILS)
def test_a_request_that_cannot_be_meant(
    account: Local, name: str, event: Any, sentence: str
) -> None:
    """It is refused before the resource is even looked at."""
    assert sentence in refused(EXECUTORS[name], event)
    assert not [call for call in account.world.gate.calls if call.service == "personalize"]


json_values = st.recursive(
    st.one_of(
        st.none(),
        st.booleans(),
        st.integers(-5, 600),
        st.floats(),
        st.text(max_size=8),
        st.sampled_from([SHOES + "-not", FILMS + "-not", "2026-03-02T10:00:00Z"]),
    ),
    lambda inner: st.one_of(
        st.lists(inner, max_size=2), st.dictionaries(st.text(max_size=5), inner, max_size=2)
    ),
    max_leaves=3,
)
KEYS = [
    *("ARN", "CampaignARN", "NewMinTPS", "MinProvisionedTPS", "CurrentMinTPS", "HoldUntil"),
    *("HoldMinutes", "PrewarmId", "EndPrewarm", "Prewarm", "Reason", "SentAgain", "detail-type"),
    *("TotalRequestsDuringIdleThresholdHours", "IdleThresholdHours", "id", "time", "resources"),
]
details = st.dictionaries(st.sampled_from(KEYS), json_values, max_size=6)
events = st.one_of(details, st.builds(lambda d, e: {**e, "detail": d}, details, details))


@given(st.sampled_from(sorted(EXECUTORS)), events)
@settings(max_examples=60)
def test_nothing_breaks_an_executor(account: Local, name: str, event: Any) -> None:
    """Any event ends in a sentence or in an outcome; a resource that is not there stays so."""
    account.world.gate.calls.clear()
    try:
        answer = EXECUTORS[name](event, None)
    except PersonalizeMonitorError as problem:
        said = str(problem)
    else:
        said = answer["message"]
        json.dumps(answer)
    assert said
    assert "\n" not in said.strip()
    assert not done(account)


def test_bad_parameters_of_an_event_stop_the_cycle_before_it_begins(account: Local) -> None:
    """All of them are told at once, and not one call is made."""
    with pytest.raises(SettingsError) as caught:
        account.at(
            account.now, IdleCampaignThresholdHours=49, DryRun="perhaps", Regionss="us-east-1"
        )
    assert len(caught.value.problems) == 3
    assert [p.split()[0] for p in caught.value.problems] == [
        "Regionss",
        "IdleCampaignThresholdHours",
        "DryRun",
    ]
    assert not done(account)


@pytest.mark.parametrize("shard", [5, "us-east-1", [], {}, {"Region": HOME}, {"Account": ACCOUNT}])
def test_a_shard_that_is_none(account: Local, shard: Any) -> None:
    """A part of the work that nobody could mean is not taken for the whole of it."""
    said = refused(monitor.handler, {"time": account.now.isoformat(), "Shard": shard})
    assert said.startswith(f"Shard is {shard!r}; give ")
    assert not done(account)


@pytest.mark.parametrize("name", [*EXECUTORS, "dashboard"])
def test_a_deployment_with_bad_parameters_acts_for_nobody(account: Local, name: str) -> None:
    """With parameters that cannot be meant, no request is carried out on a guess."""
    account.env(IdleCampaignThresholdHours="49")
    event = {"ARN": FILMS if name == "stop" else SHOES, "NewMinTPS": 3}
    assert "IdleCampaignThresholdHours is '49'" in refused(HANDLERS[name], event)
    assert not done(account)


# --- outcomes ---


@pytest.mark.parametrize(
    ("name", "event", "operation"),
    [
        ("update", {"ARN": SHOES, "NewMinTPS": 4}, "UpdateCampaign"),
        ("update", {"ARN": FILMS, "NewMinTPS": 4}, "UpdateRecommender"),
        ("delete", {"CampaignARN": SHOES}, "DeleteCampaign"),
        ("stop", {"ARN": FILMS}, "StopRecommender"),
    ],
)
def test_a_good_request_is_an_answer_in_json(
    account: Local, name: str, event: dict[str, Any], operation: str
) -> None:
    """Called directly, the detail alone is enough, and the answer says what was done."""
    answer = EXECUTORS[name](event, SimpleNamespace(aws_request_id="r-1"))
    assert answer["outcome"] == "done"
    assert answer["arn"] == event.get("ARN", SHOES)
    assert answer["message"].endswith(".")
    assert answer["arn"].rpartition("/")[2] in answer["message"]
    assert json.loads(json.dumps(answer)) == answer
    assert operation in done(account)


BUSY: list[tuple[str, dict[str, Any], bool]] = [
    ("a person's event", {"detail": {"ARN": SHOES, "NewMinTPS": 5}}, True),
    ("a person's direct call", {"ARN": SHOES, "NewMinTPS": 5}, False),
    ("the monitor's", {"detail": {"ARN": SHOES, "NewMinTPS": 2, "CurrentMinTPS": 4}}, False),
    ("sent again anyway", {"detail": {"ARN": SHOES, "NewMinTPS": 5, "SentAgain": True}}, False),
]


@pytest.mark.parametrize(("event", "raises"), [b[1:] for b in BUSY], ids=[b[0] for b in BUSY])
def test_a_busy_resource(account: Local, event: dict[str, Any], raises: bool) -> None:
    """Only a person's event fails, so that Lambda delivers it again; nobody's is forgotten."""
    update.handler({"ARN": SHOES, "NewMinTPS": 4}, None)
    if raises:
        with pytest.raises(ResourceBusy, match="ask again when it is ACTIVE"):
            update.handler(event, None)
    else:
        assert update.handler(event, None)["outcome"] == "busy"
    assert len(account.calls("UpdateCampaign", errors=False)) == 1


def test_a_dashboard_is_built_for_an_empty_event(account: Local) -> None:
    """The request needs nothing: it answers the names of the dashboards, and no problem."""
    assert dashboard.handler({}, None) == {
        "dashboards": ["Amazon-Personalize-Monitor"],
        "problems": [],
    }


# --- one invocation after the other ---


def test_an_override_is_gone_with_its_invocation(local: Local) -> None:
    """A cycle that was told to delete asks for it; the next one, that was not, does not."""
    fleet.add_campaign(local.world, "pilot")
    fleet.add_campaign(local.world, "busy", shape=every_window(600), floor=2)
    local.env(AutoDeleteIdleCampaigns="No", AutoAdjustCampaignMinProvisionedTPS="No")
    local.at(local.now, AutoDeleteIdleCampaigns="Yes")
    asked = local.sent(DELETE_CAMPAIGN_EVENT)
    assert [detail["ARN"].rpartition("/")[2] for detail in asked] == ["pilot"]
    local.cycle(60)
    assert local.sent(DELETE_CAMPAIGN_EVENT) == asked


NEXT: list[dict[str, Any]] = [
    {},
    {"Regions": "us-east-1,eu-west-1"},
    {"CampaignARNs": "none"},
    {},
]


def test_regions_of_an_event_are_watched_once(local: Local) -> None:
    """The next cycle is in the deployment's own regions again."""
    fleet.add_campaign(local.world, "here")
    fleet.add_campaign(local.world, "there", region="eu-west-1")
    seen = [local.cycle(5, **more)["resources"] for more in NEXT]
    assert seen == [1, 2, 0, 1]


def test_a_dry_run_of_one_invocation_changes_nothing(local: Local) -> None:
    """It says what it would ask for; the next cycle asks."""
    fleet.add_recommender(local.world, "quiet", floor=3)
    fleet.add_recommender(local.world, "busy", floor=3, shape=every_window(900))
    local.env(AutoStopIdleRecommenders="Yes")
    local.at(local.now, DryRun=True)
    assert not local.sent(STOP_RECOMMENDER_EVENT)
    local.cycle(60)
    assert len(local.sent(STOP_RECOMMENDER_EVENT)) == 1


def test_a_refused_invocation_leaves_the_next_one_alone(local: Local) -> None:
    """After nonsense the same warm function works as if it had never come."""
    member = fleet.add_campaign(local.world, "shoes", shape=every_window(300))
    with pytest.raises(SettingsError):
        local.at(local.now, DryRun="perhaps")
    assert local.cycle()["measured"] == 1
    assert local.points("averageTPS", member.arn) == {local.window(): 1.0}


def test_the_examples_here_are_of_every_function() -> None:
    """A new function must not be forgotten in these tables."""
    folder = Path(monitor.__file__).parent
    shared = {"__init__", "orders", "runtime", "selftest", "digest", "pricing"}
    shared |= {"lifecycle", "notify", "journal"}
    assert {path.stem for path in folder.glob("*.py")} - shared == set(HANDLERS)
