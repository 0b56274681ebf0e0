"""Idle or lost? Silence of a place is evidence only where something else can be heard."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st
from tests.app.datapoints import Numbers, known
from tests.support import BEGIN, a_resource

from personalize_monitor.app.idleness import signs_of_life
from personalize_monitor.app.measure import apis_of, measure
from personalize_monitor.app.quiet import suspicion
from personalize_monitor.contract import FLOOR_METRIC
from personalize_monitor.model.recipe import ALL_APIS
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.window import Window
from personalize_monitor.policy.guards import ALL_QUIET

END = BEGIN.replace(minute=0)
HOUR = timedelta(hours=1)
IDLE, OTHER, ABROAD = a_resource("idle"), a_resource("other"), a_resource("x", region="eu-west-1")


def asked(*fleet: Resource, numbers: Numbers, ours: bool = True, **more: Any) -> str:
    """Why nothing may be concluded about ``idle`` among a fleet; 24 hours of silence."""
    if ours:
        numbers.put(FLOOR_METRIC[IDLE.kind], IDLE, 10.0, END - timedelta(minutes=10))
    return suspicion(numbers.site, [IDLE], known(*fleet).fleets, end=END, hours=24, **more)


def test_one_that_is_quiet_beside_one_that_is_not() -> None:
    """Traffic of a neighbour shows that metrics arrive."""
    numbers = Numbers()
    numbers.put("GetRecommendations", OTHER, 5.0, END - HOUR)
    assert asked(IDLE, OTHER, numbers=numbers) == ""


def test_when_not_even_our_own_datapoints_arrive() -> None:
    """Then CloudWatch is silent, not the campaign; nobody else need be asked."""
    numbers = Numbers()
    numbers.put("GetRecommendations", OTHER, 5.0, END - HOUR)
    told = asked(IDLE, OTHER, numbers=numbers, ours=False)
    assert told.startswith("not even our own datapoints")
    assert told.endswith(".")
    assert numbers.calls == 1


@pytest.mark.parametrize("minutes", [121, 600])
def test_our_own_datapoints_of_long_ago_do_not_count(minutes: int) -> None:
    """Only those of the last two hours show that something arrives now."""
    numbers = Numbers()
    numbers.put(FLOOR_METRIC[IDLE.kind], IDLE, 10.0, END - timedelta(minutes=minutes))
    assert "not even our own" in asked(IDLE, OTHER, numbers=numbers, ours=False)


def test_our_own_that_are_unknown_are_not_there() -> None:
    """An answer in part says nothing, so nothing goes."""
    numbers = Numbers()
    numbers.blind(metric=FLOOR_METRIC[IDLE.kind])
    assert "not even our own" in asked(IDLE, OTHER, numbers=numbers)


def test_where_nothing_is_deployed_no_datapoints_of_ours_are_missed() -> None:
    """The command without a deployment judges by the service's metrics alone."""
    numbers = Numbers()
    numbers.put("GetRecommendations", OTHER, 5.0, END - HOUR)
    assert asked(IDLE, OTHER, numbers=numbers, ours=False, deployed=False) == ""


def test_a_whole_fleet_without_traffic_is_doubtful() -> None:
    """Two that never had a request: the metrics may be lost, so a person should look."""
    assert asked(IDLE, OTHER, numbers=Numbers()) == ALL_QUIET


def test_the_only_resource_may_be_idle() -> None:
    """With one campaign in all there is nobody to compare it with, and idle it may well be."""
    assert asked(IDLE, numbers=Numbers()) == ""


def test_what_does_not_serve_is_no_witness() -> None:
    """A stopped recommender has no traffic for a good reason."""
    stopped = a_resource("stopped", kind=Kind.RECOMMENDER, status="INACTIVE")
    assert asked(IDLE, stopped, numbers=Numbers()) == ""


def test_several_that_fell_silent_together_lost_their_metrics() -> None:
    """Within two hours of each other, before the silence: an outage, not two decisions."""
    numbers = Numbers()
    numbers.put("GetRecommendations", IDLE, 5.0, END - 30 * HOUR)
    numbers.put("GetRecommendations", OTHER, 5.0, END - 32 * HOUR)
    told = asked(IDLE, OTHER, ABROAD, numbers=numbers)
    assert "several fell silent together" in told
    assert told.endswith(".")


def test_those_that_fell_silent_apart_did_not_lose_them() -> None:
    """A day between two last requests; traffic elsewhere in the account shows that all is well."""
    numbers = Numbers()
    numbers.put("GetRecommendations", IDLE, 5.0, END - 30 * HOUR)
    numbers.put("GetRecommendations", OTHER, 5.0, END - 54 * HOUR)
    assert asked(IDLE, OTHER, numbers=numbers) == ALL_QUIET
    numbers.put("GetRecommendations", ABROAD, 5.0, END - HOUR)
    assert asked(IDLE, OTHER, ABROAD, numbers=numbers) == ""


def test_traffic_in_another_account_is_no_witness() -> None:
    """Another account's CloudWatch may be fine while this one's is not; its way is not ours."""
    numbers = Numbers()
    member = a_resource("theirs")
    theirs = known(IDLE, OTHER)
    theirs.fleets["999999999999", "us-east-1"] = (member,)
    numbers.put("GetRecommendations", member, 5.0, END - HOUR)
    numbers.put(FLOOR_METRIC[IDLE.kind], IDLE, 10.0, END - timedelta(minutes=10))
    told = suspicion(numbers.site, [IDLE], theirs.fleets, end=END, hours=24)
    assert told == ALL_QUIET
    assert numbers.calls == 2


def test_an_unknown_neighbour_is_no_evidence_of_life() -> None:
    """What was not answered is not taken for a request."""
    numbers = Numbers()
    numbers.put("GetRecommendations", OTHER, 5.0, END - HOUR)
    numbers.blind(resource=OTHER)
    assert asked(IDLE, OTHER, numbers=numbers) == ALL_QUIET


def test_a_zero_is_no_request() -> None:
    """Personalize reports none for a quiet hour, but a zero would mean the same."""
    numbers = Numbers()
    numbers.put("GetRecommendations", OTHER, 0.0, END - HOUR)
    assert asked(IDLE, OTHER, numbers=numbers) == ALL_QUIET


@given(st.integers(0, 71), st.integers(0, 71))
@example(24, 60)
@example(25, 60)
@example(30, 32)
@example(30, 33)
def test_two_silences_are_judged_by_when_they_began(first: int, second: int) -> None:
    """Any two last requests: recent ones are life, near ones suspicious, the others doubtful."""
    numbers = Numbers()
    numbers.put("GetRecommendations", IDLE, 5.0, END - first * HOUR)
    numbers.put("GetRecommendations", OTHER, 5.0, END - second * HOUR)
    told = asked(IDLE, OTHER, numbers=numbers)
    if min(first, second) <= 24:
        assert told == ""
    elif abs(first - second) <= 2:
        assert "together" in told
    else:
        assert told == ALL_QUIET


@pytest.mark.parametrize(
    "metric", [str(api) for api in ALL_APIS] + [m for api in ALL_APIS for m in api.error_metrics]
)
def test_every_request_and_every_error_is_a_sign_of_life(metric: str) -> None:
    """Whatever the recipe: a metric that nobody expected still counts."""
    numbers = Numbers()
    numbers.put(metric, IDLE, 2.0, END - 3 * HOUR)
    life = signs_of_life(numbers.metrics, [IDLE, OTHER], end=END, hours=24)
    assert (life[IDLE].requests, life[OTHER].requests) == (2.0, 0.0)
    assert numbers.calls == 1


@pytest.mark.parametrize(
    ("at", "counted"),
    [
        (END, False),
        (END - timedelta(minutes=5), True),
        (END - 24 * HOUR, True),
        (END - 24 * HOUR - timedelta(minutes=5), False),
    ],
)
def test_exactly_the_hours_before_the_end_count(at: datetime, counted: bool) -> None:
    """From the first window of the threshold to the last one before the end."""
    numbers = Numbers()
    numbers.put("GetRecommendations", IDLE, 1.0, at)
    life = signs_of_life(numbers.metrics, [IDLE], end=END, hours=24)[IDLE]
    assert (life.requests == 1.0) is counted


def test_one_unknown_sign_makes_the_life_unknown() -> None:
    """Eight answers of nine are a lower bound, and idle is a claim about all of them."""
    numbers = Numbers()
    numbers.blind(metric="GetActionRecommendations5xxErrors")
    life = signs_of_life(numbers.metrics, [IDLE], end=END, hours=24)[IDLE]
    assert life.requests is None
    assert "InternalError" in life.why_unknown


@pytest.mark.parametrize(
    ("recipe", "metrics"),
    [
        ("aws-personalized-ranking-v2", ["GetPersonalizedRanking"]),
        ("aws-next-best-action", ["GetActionRecommendations"]),
        ("aws-sims", ["GetRecommendations"]),
        ("aws-of-tomorrow", [str(api) for api in ALL_APIS]),
        (None, [str(api) for api in ALL_APIS]),
    ],
)
def test_a_window_is_measured_by_what_the_recipe_serves(
    recipe: str | None, metrics: list[str]
) -> None:
    """A known recipe costs one metric, an unknown one all three; the sum is the requests."""
    arn = f"arn:aws:personalize:::recipe/{recipe}" if recipe else None
    resource = a_resource(recipe_arn=arn)
    numbers, window = Numbers(), Window(END)
    for metric in ("GetPersonalizedRanking", "GetActionRecommendations", "GetRecommendations"):
        numbers.put(metric, resource, 10.0, END)
    assert [str(api) for api in apis_of(resource)] == metrics
    assert measure(numbers.metrics, [resource], window)[resource].requests == 10.0 * len(metrics)
    numbers.blind(metric=metrics[-1])
    assert not measure(numbers.metrics, [resource], window)[resource].known
