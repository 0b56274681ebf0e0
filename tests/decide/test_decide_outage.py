"""Idle or lost? What is asked of CloudWatch before a silence is believed."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

import pytest
from tests.datapoints import Numbers
from tests.support import BEGIN, a_resource

from personalize_monitor.collect.idleness import signs_of_life
from personalize_monitor.collect.measure import apis_of, measure
from personalize_monitor.contract import AVERAGE_METRIC, FLOOR_METRIC
from personalize_monitor.decide.outage import Listening, doubt_about
from personalize_monitor.model.recipe import ALL_APIS
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import Window

END = BEGIN.replace(minute=0)
HOUR = timedelta(hours=1)
IDLE, OTHER = a_resource("idle"), a_resource("other")
LONG_AGO = [END - n * HOUR for n in range(25, 14 * 24)]


def asked(*fleet: Resource, numbers: Numbers, ours: bool = True, **more: Any) -> str:
    """Why nothing may be concluded about ``idle`` among a fleet; 24 hours of silence."""
    if ours:
        numbers.put(FLOOR_METRIC[IDLE.kind], IDLE, 10.0, END - timedelta(minutes=10))
    doubt = doubt_about(numbers.metrics, IDLE, fleet, end=END, idle_hours=24, **more)
    return "" if doubt is None else str(doubt)


def test_p2_one_that_never_had_a_request_goes_alone_or_with_all() -> None:
    """Silence since birth is believed: of one, of two, of a whole fleet."""
    assert asked(IDLE, numbers=Numbers()) == ""
    assert asked(IDLE, OTHER, numbers=Numbers()) == ""


def test_p3_one_that_stopped_at_once_is_doubtful_for_three_days() -> None:
    """The only busy one, beside one that is idle; the sentence says when the doubt ends."""
    numbers = Numbers()
    numbers.put("GetRecommendations", IDLE, 5.0, *LONG_AGO)
    told = asked(IDLE, OTHER, numbers=numbers)
    assert told.startswith("it was always in use at this time")
    assert told.endswith(f"until {END + 48 * HOUR:%Y-%m-%d %H:%M} UTC that is no sign of disuse.")
    assert numbers.calls == 3  # ours, the pasts, and what we published then


def test_one_that_is_quiet_beside_one_that_is_not() -> None:
    """Traffic of a neighbour shows that metrics arrive, at whatever floor it is."""
    numbers = Numbers()
    numbers.put("GetRecommendations", IDLE, 5.0, *LONG_AGO)
    numbers.put("GetRecommendations", OTHER, 5.0, *(END - n * HOUR for n in range(1, 30)))
    assert asked(IDLE, OTHER, numbers=numbers) == ""
    stopped = a_resource("other", status="CREATE FAILED")
    assert "always in use" in asked(IDLE, stopped, numbers=numbers)


def test_when_not_even_our_own_datapoints_arrive() -> None:
    """Then CloudWatch is silent, not the campaign; nobody else need be asked."""
    numbers = Numbers()
    told = asked(IDLE, OTHER, numbers=numbers, ours=False)
    assert told.startswith("not even our own datapoints")
    assert told.endswith(f"until {END + HOUR:%Y-%m-%d %H:%M} UTC that is no sign of disuse.")
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
    assert asked(IDLE, OTHER, numbers=numbers, ours=False, deployed=False) == ""


def test_requests_that_we_published_and_cloudwatch_forgot() -> None:
    """It answers empty for all the past: what we measured then says otherwise."""
    numbers = Numbers()
    numbers.put(AVERAGE_METRIC[IDLE.kind], IDLE, 2.0, END - 30 * HOUR)
    assert asked(IDLE, OTHER, numbers=numbers).startswith("our own datapoints tell of requests")
    numbers.put("GetRecommendations", IDLE, 2.0, END - 30 * HOUR)
    assert asked(IDLE, OTHER, numbers=numbers) == ""


def test_an_unknown_past_is_no_sign_of_disuse() -> None:
    """An answer that is not complete may hide requests; the next hour asks again."""
    numbers = Numbers()
    numbers.put("GetRecommendations", IDLE, 5.0, *LONG_AGO)
    numbers.put("GetRecommendations", OTHER, 5.0, *(END - n * HOUR for n in range(1, 30)))
    numbers.blind(resource=OTHER)
    assert "always in use" in asked(IDLE, OTHER, numbers=numbers)


def test_those_who_speak_now_are_listened_to_first() -> None:
    """In a large fleet a hundred are asked, and the busy one is among them."""
    numbers = Numbers()
    fleet = [a_resource(f"a-{n:03}") for n in range(300)] + [OTHER]
    numbers.put("GetRecommendations", IDLE, 5.0, *LONG_AGO)
    numbers.put("GetRecommendations", OTHER, 5.0, *(END - n * HOUR for n in range(1, 30)))
    speaking = frozenset({str(OTHER.arn)})
    for heard in (speaking, frozenset()):
        place = Listening(numbers.metrics, fleet, END, heard, deployed=False)
        assert bool(place.doubts({IDLE: 24})) is (not heard)


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


@pytest.mark.parametrize("value", [float("nan"), float("inf"), -1.0, 1e300])
def test_k16_what_is_no_count_makes_it_unknown(value: float) -> None:
    """A number that cannot be a number of requests says nothing, and is no zero."""
    numbers, window = Numbers(), Window(END)
    numbers.put("GetRecommendations", IDLE, value, END)
    sample = measure(numbers.metrics, [IDLE], window)[IDLE]
    assert not sample.known
    assert sample.why_unknown
    life = signs_of_life(numbers.metrics, [IDLE], end=window.end, hours=24)[IDLE]
    assert not life.known


def test_k16_hours_beyond_all_time() -> None:
    """More hours than CloudWatch keeps, or than time has, are as many as it keeps."""
    numbers = Numbers()
    numbers.put("GetRecommendations", IDLE, 1.0, END - 400 * 24 * HOUR)
    for hours in (1e12, 10**30, 500 * 24):
        life = signs_of_life(numbers.metrics, [IDLE], end=END, hours=hours)[IDLE]
        assert life.requests == 1.0
