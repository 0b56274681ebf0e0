"""The AWS/Personalize metrics: exact, late, by recipe, and only while the resource serves."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import boto3
import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_sandbox import fleet
from aws_sandbox.asked import Asked
from aws_sandbox.fleet import Member
from aws_sandbox.traffic import FlashSale, Idle, Replay, Steady
from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.metrics import NAMESPACE
from aws_sandbox.world import World

MINUTE = timedelta(minutes=1)


def points(world: World, member: Member, metric: str, minutes: int = 60) -> list[tuple[int, float]]:
    """The metric's points of the last `minutes`."""
    end = int(world.clock.epoch())
    dimension = "CampaignArn" if member.kind == "campaign" else "RecommenderArn"
    who = frozenset({(dimension, member.arn)})
    place = (member.account, member.region, NAMESPACE, metric)
    return world.metrics.points(Asked(*place, who, end - minutes * 60, end))


def total(world: World, member: Member, metric: str, minutes: int = 60) -> float:
    """The sum of those points."""
    return sum(value for _, value in points(world, member, metric, minutes))


@pytest.mark.parametrize(
    ("recipe", "metric"),
    [
        ("aws-user-personalization-v2", "GetRecommendations"),
        ("aws-personalized-ranking-v2", "GetPersonalizedRanking"),
        ("aws-personalized-ranking", "GetPersonalizedRanking"),
        ("aws-next-best-action", "GetActionRecommendations"),
        ("aws-similar-items", "GetRecommendations"),
        ("aws-hrnn-coldstart", "GetRecommendations"),
    ],
)
def test_the_recipe_chooses_the_metric(world: World, recipe: str, metric: str) -> None:
    """A campaign counts under the one API that its recipe serves, and under no other."""
    member = fleet.add_campaign(world, "c", recipe=recipe, floor=5, shape=Steady(2.0, noise=0))
    world.clock.advance(timedelta(hours=1))
    names = {name for _, name, _ in world.metrics.metrics(member.account, member.region)}
    assert names == {metric, f"{metric}Latency"}
    assert points(world, member, metric)[0][1] == 120


def test_a_window_sums_to_the_traffic(world: World) -> None:
    """For known traffic the five minutes are exact, through CloudWatch's own API too."""
    member = fleet.add_campaign(world, "c", floor=5, shape=Steady(2.0, noise=0))
    client = boto3.client("cloudwatch", region_name="us-east-1")
    start = world.clock.now()
    world.clock.advance(7 * MINUTE)
    answer = client.get_metric_statistics(
        Namespace=NAMESPACE,
        MetricName="GetRecommendations",
        Dimensions=[{"Name": "CampaignArn", "Value": member.arn}],
        StartTime=start,
        EndTime=start + 5 * MINUTE,
        Period=300,
        Statistics=["Sum"],
    )
    assert [point["Sum"] for point in answer["Datapoints"]] == [600.0]
    assert world.requests_between(member.arn, start, start + 5 * MINUTE) == 600


def test_points_arrive_late(world: World) -> None:
    """A minute is visible once it has ended and the delivery delay has passed."""
    member = fleet.add_campaign(world, "c", floor=5, shape=Steady(1.0, noise=0))
    now = int(world.clock.epoch())
    assert points(world, member, "GetRecommendations")[-1][0] == now - 180
    world.clock.advance(timedelta(seconds=59))
    assert points(world, member, "GetRecommendations")[-1][0] == now - 180
    world.clock.advance(timedelta(seconds=1))
    assert points(world, member, "GetRecommendations")[-1][0] == now - 120
    world.metrics.delay = timedelta(0)
    assert points(world, member, "GetRecommendations")[-1][0] == now


def test_silence_has_no_points(world: World) -> None:
    """A minute without requests has no datapoint: zero and missing look alike, as on AWS."""
    member = fleet.add_campaign(world, "c", shape=Idle())
    assert points(world, member, "GetRecommendations", 1440) == []
    assert list(world.metrics.metrics(member.account, member.region)) == []
    one = Replay(int(world.clock.epoch()) - 3600, (2,))
    world.assign(member.arn, one)
    assert len(points(world, member, "GetRecommendations", 1440)) == 2


def test_other_owners_and_dimensions_see_nothing(world: World) -> None:
    """Account, region, namespace and dimension name must all fit."""
    member = fleet.add_campaign(world, "c", shape=Steady(1.0))
    arn, end = member.arn, int(world.clock.epoch())
    right = (member.account, "us-east-1", NAMESPACE, "GetRecommendations")
    fitting = frozenset({("CampaignArn", arn)})
    assert world.metrics.points(Asked(*right, fitting, end - 600, end))
    for place in (
        ("210987654321", *right[1:]),
        (right[0], "eu-west-1", *right[2:]),
        (*right[:2], "AWS/Other", right[3]),
        (*right[:3], "GetPersonalizedRanking"),
    ):
        assert world.metrics.points(Asked(*place, fitting, end - 600, end)) == []
    for wrong in (
        frozenset({("RecommenderArn", arn)}),
        frozenset[tuple[str, str]](),
        frozenset({("CampaignArn", arn), ("X", "y")}),
    ):
        assert world.metrics.points(Asked(*right, wrong, end - 600, end)) == []


def test_only_a_serving_campaign_has_metrics(world: World, personalize: Any) -> None:
    """Requests count from ACTIVE to the deletion; what was counted stays visible after it."""
    member = fleet.add_campaign(
        world, "c", floor=5, shape=Steady(1.0, noise=0), age=timedelta(minutes=40)
    )
    # Created 40 minutes ago and ACTIVE 10 minutes later: 30 minutes, of which 2 are not delivered.
    assert total(world, member, "GetRecommendations") == 28 * 60
    personalize.delete_campaign(campaignArn=member.arn)
    world.clock.advance(timedelta(hours=1))
    assert total(world, member, "GetRecommendations", 180) == 30 * 60
    with pytest.raises(personalize.exceptions.ResourceNotFoundException):
        personalize.describe_campaign(campaignArn=member.arn)
    assert total(world, member, "GetRecommendations", 180) == 30 * 60


def test_a_stopped_recommender_serves_nothing_until_started(world: World, personalize: Any) -> None:
    """Stopping ends the datapoints, starting brings them back."""
    member = fleet.add_recommender(world, "r", floor=5, shape=Steady(1.0, noise=0))
    personalize.stop_recommender(recommenderArn=member.arn)
    world.clock.advance(timedelta(hours=1))
    assert total(world, member, "GetRecommendations", 60) == 0
    personalize.start_recommender(recommenderArn=member.arn)
    world.clock.advance(timedelta(minutes=22))
    assert total(world, member, "GetRecommendations", 22) == 10 * 60


def test_runtime_calls_are_counted_in_their_minute(world: World, runtime: Any) -> None:
    """Each runtime call adds one request to the present minute, beside the traffic."""
    member = fleet.add_campaign(world, "c", floor=5, shape=Steady(1.0, noise=0))
    idle = fleet.add_recommender(world, "r", floor=5)
    for _ in range(3):
        runtime.get_recommendations(campaignArn=member.arn, userId="u")
    runtime.get_recommendations(recommenderArn=idle.arn, userId="u")
    now = int(world.clock.epoch())
    world.clock.advance(3 * MINUTE)
    assert (now, 63.0) in points(world, member, "GetRecommendations")
    assert points(world, idle, "GetRecommendations") == [(now, 1.0)]


def test_demand_above_capacity_is_throttled_and_slow(world: World) -> None:
    """A sale far above the floor shows as 4xx errors and latency, until capacity has come."""
    at = world.clock.now()
    shape = FlashSale(Steady(1.0, noise=0), at + timedelta(minutes=30), 40.0)
    member = fleet.add_campaign(world, "c", floor=2, shape=shape)
    calm = fleet.add_campaign(world, "calm", floor=50, shape=shape)
    world.clock.advance(timedelta(hours=3))
    refused = total(world, member, "GetRecommendations4xxErrors", 180)
    served = total(world, member, "GetRecommendations", 180)
    assert refused > 1000
    end = world.clock.now() - 2 * MINUTE
    asked = world.requests_between(member.arn, world.clock.now() - timedelta(hours=3), end)
    assert served + refused == asked
    assert total(world, calm, "GetRecommendations4xxErrors", 180) == 0
    latency = dict(points(world, member, "GetRecommendationsLatency", 180))
    quiet = latency[int(at.timestamp()) + 600]
    assert max(latency.values()) > 3 * quiet > 60
    after = int((at + timedelta(minutes=100)).timestamp())
    errors = dict(points(world, member, "GetRecommendations4xxErrors", 180))
    assert max(errors) < after


def test_a_floor_in_time_prevents_throttling(world: World, personalize: Any) -> None:
    """A raised floor counts from the end of its update."""
    at = world.clock.now()
    shape = FlashSale(Steady(1.0, noise=0), at + timedelta(minutes=30), 40.0)
    member = fleet.add_campaign(world, "c", floor=2, shape=shape)
    personalize.update_campaign(campaignArn=member.arn, minProvisionedTPS=60)
    span = (at, at + timedelta(hours=3))
    assert world.refused_between(member.arn, *span) == 0
    assert world.served_between(member.arn, *span) == world.requests_between(member.arn, *span)


@given(
    demand=st.lists(st.floats(0, 100), min_size=1, max_size=40),
    floor=st.integers(1, 50),
    headroom=st.sampled_from([0.0, 0.2]),
)
def test_capacity_never_falls_below_the_floor(
    demand: list[float], floor: int, headroom: float
) -> None:
    """Capacity holds the floor always, and steady demand always fits from the second lag on."""
    capacity = Capacity(headroom=headroom)
    held = capacity.steps(demand, [float(floor)] * len(demand))
    assert all(c >= floor for c in held)
    flat = capacity.steps([7.0] * 12, [1.0] * 12)
    assert min(flat) >= 7.0


def test_capacity_follows_the_documented_recursion() -> None:
    """What is ordered arrives after the lag and is kept fifteen minutes."""
    capacity = Capacity(lag_minutes=10, headroom=0.0)
    demand = [1.0, 1.0, 9.0, 9.0, 9.0, 1.0, 1.0, 1.0, 1.0, 1.0]
    held = capacity.steps(demand, [2.0] * 10)
    assert held == [2.0, 2.0, 2.0, 2.0, 9.0, 9.0, 9.0, 9.0, 2.0, 2.0]


@given(
    first=st.integers(0, 1500), span=st.integers(1, 1500), period=st.sampled_from([60, 300, 3600])
)
def test_sums_are_the_sums_of_the_points(first: int, span: int, period: int) -> None:
    """The quick way over periods gives what adding minute points gives."""
    from datetime import UTC, datetime

    from aws_sandbox import wire

    with wire.live(datetime(2026, 3, 4, tzinfo=UTC)) as world:
        member = fleet.add_campaign(world, "c", floor=1, shape=Steady(0.02, noise=0.5))
        now = int(world.clock.epoch())
        start = (now - 3 * 86_400 + first * 60) // period * period
        where = (member.account, member.region, NAMESPACE, "GetRecommendations")
        who = frozenset({("CampaignArn", member.arn)})
        expected: dict[int, float] = {}
        asked = Asked(*where, who, start, start + span * 60)
        for at, value in world.metrics.points(asked):
            expected[at - at % period] = expected.get(at - at % period, 0.0) + value
        found = world.metrics.sums(asked, period)
        assert dict(found) == expected


def test_units_are_aws_units(world: World) -> None:
    """Requests and errors are counts, latencies milliseconds, and nothing else has a unit here."""
    unit = world.metrics.unit
    assert unit(NAMESPACE, "GetRecommendations") == "Count"
    assert unit(NAMESPACE, "GetPersonalizedRanking4xxErrors") == "Count"
    assert unit(NAMESPACE, "GetActionRecommendationsLatency") == "Milliseconds"
    assert unit("AWS/Lambda", "GetRecommendations") is None
    assert unit(NAMESPACE, "PutEventsRequests") is None


def test_server_errors_are_a_share_of_the_requests(world: World) -> None:
    """5xx errors appear once a share is set, beside the successful requests."""
    member = fleet.add_campaign(world, "c", floor=90, shape=Steady(50.0))
    assert points(world, member, "GetRecommendations5xxErrors") == []
    world.metrics.server_errors = 0.01
    requests = total(world, member, "GetRecommendations")
    errors = total(world, member, "GetRecommendations5xxErrors")
    assert errors == pytest.approx(requests * 0.01, rel=0.2)
    names = {name for _, name, _ in world.metrics.metrics(member.account, member.region)}
    assert "GetRecommendations5xxErrors" in names
