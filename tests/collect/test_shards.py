"""Shards: a fleet too large for one invocation is shared, and counted once."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.support import BEGIN, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from personalize_monitor.aws.functions import Functions
from personalize_monitor.collect import shards
from personalize_monitor.collect.shards import FanOut, Shard
from personalize_monitor.context.target import Target
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.functions import monitor

ROOT = Path(__file__).parents[2]
ACCOUNT = "123456789012"
REGIONS = ("eu-west-1", "us-east-1", "us-west-2")


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """The application over three regions with four campaigns each."""
    with Sandbox(datetime(2026, 3, 2, 10, 2, tzinfo=UTC)) as sandbox:
        for region in REGIONS:
            for nth in range(4):
                fleet.add_campaign(
                    sandbox.world, f"c-{nth}", region=region, floor=1, shape=every_window(300)
                )
        sandbox.deploy(ROOT / "template.yaml", {"Regions": ",".join(REGIONS)})
        yield sandbox


def values(box: Sandbox, metric: str, region: str, name: str = "") -> list[float]:
    """Each datapoint that was put, one a minute."""
    arn = f"arn:aws:personalize:{region}:{ACCOUNT}:campaign/{name}"
    dimensions = [{"Name": "CampaignArn", "Value": arn}] if name else []
    stat: dict[str, Any] = {"Namespace": "PersonalizeMonitor", "MetricName": metric}
    query = {"Metric": stat | {"Dimensions": dimensions}, "Period": 60, "Stat": "Sum"}
    answer = box.client("cloudwatch", region=region).get_metric_data(
        MetricDataQueries=[{"Id": "m", "MetricStat": query}],
        StartTime=box.now - timedelta(hours=2),
        EndTime=box.now,
    )
    found: list[float] = answer["MetricDataResults"][0]["Values"]
    return found


def test_places_beyond_the_limit_are_watched_by_further_invocations(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Every place has its datapoints once, and the counts of the whole fleet are put once."""
    monkeypatch.setattr(shards, "RESOURCES_AT_ONCE", 5)
    for _ in range(4):
        box.tick()
    ran = [i for i in box.invocations("MonitorFunction") if i.result]
    whole = [i.result for i in ran if i.trigger != "invoke"]
    parts = [i.result for i in ran if i.trigger == "invoke"]
    assert len(parts) == 2 * len(whole)
    assert all(len(summary["handed_over"]) == 2 for summary in whole if summary)
    assert all(summary["resources"] == 4 for summary in (*whole, *parts) if summary)
    assert all(not summary["problems"] for summary in (*whole, *parts) if summary)
    for region in REGIONS:
        for nth in range(4):
            assert values(box, "averageTPS", region, f"c-{nth}") == [1.0] * len(whole)
        alarms = box.client("cloudwatch", region=region).describe_alarms()["MetricAlarms"]
        assert sum(a["AlarmName"].startswith("PersonalizeMonitor-Idle") for a in alarms) == 4
    assert values(box, "monitoredResourceCount", "us-east-1") == [12.0] * len(whole)


def test_an_ordinary_fleet_is_watched_by_one_invocation(box: Sandbox) -> None:
    """Below the limit nothing is handed over."""
    box.tick()
    box.tick()
    assert {i.trigger == "invoke" for i in box.invocations("MonitorFunction")} == {False}
    assert values(box, "monitoredResourceCount", "us-east-1") == [12.0, 12.0]


def test_a_place_whose_shard_cannot_be_started_stays(
    box: Sandbox, monkeypatch: pytest.MonkeyPatch
) -> None:
    """When the function may not invoke itself, it watches everything alone."""
    monkeypatch.setattr(shards, "RESOURCES_AT_ONCE", 5)
    for role in box.cloud.roles.all():
        kept = [s for s in role.statements if s.get("Sid") != "ShareTheWork"]
        box.cloud.roles.put(role.arn, trust=role.trust, statements=kept)
    box.tick()
    (ran,) = box.invocations("MonitorFunction")
    assert ran.result is not None
    assert (ran.result["handed_over"], ran.result["resources"]) == ([], 12)


def test_the_first_place_stays_however_large(local: Local) -> None:
    """Handing over the only place would only move it."""
    functions = Functions(local.access, "us-east-1")
    fan_out = FanOut(functions, "monitor", BEGIN, {}, at_once=10)
    assert fan_out.keeps(Target(local.access, ACCOUNT, "us-east-1"), 5000)


def test_a_shard_keeps_the_moment_and_the_overrides() -> None:
    """What starts a shard asks for the same window with the same parameters, in one place."""
    event = Shard("222222222222", "eu-west-1").event(BEGIN, {"DryRun": "Yes", "Shard": "x"})
    assert Shard.of(event) == Shard("222222222222", "eu-west-1")
    assert datetime.fromisoformat(event["time"]) == BEGIN
    assert event["detail"] == {"DryRun": "Yes"}


@pytest.mark.parametrize("asked", ["eu-west-1", {"Region": "eu-west-1"}, []])
def test_a_shard_that_cannot_be_meant_is_refused(asked: object) -> None:
    """A sentence says how a shard is written."""
    with pytest.raises(InvalidRequest, match="Shard is"):
        Shard.of({"Shard": asked})


def test_a_shard_watches_its_place_and_counts_nothing(local: Local) -> None:
    """One region's datapoints, no counts, no dashboard."""
    local.env(Regions="us-east-1,eu-west-1")
    here = fleet.add_campaign(local.world, "here", shape=every_window(30))
    there = fleet.add_campaign(local.world, "there", region="eu-west-1", shape=every_window(60))
    shard = Shard(ACCOUNT, "eu-west-1")
    summary = monitor.handler(shard.event(local.now, {}), None)
    assert summary["resources"] == 1
    assert local.points("averageTPS", there.arn, region="eu-west-1")
    assert local.points("averageTPS", here.arn) == {}
    assert local.points("monitoredResourceCount") == {}
    assert local.calls("PutDashboard") == []


def test_the_limit_is_the_documented_one() -> None:
    """Two thousand resources are watched by one invocation."""
    assert shards.RESOURCES_AT_ONCE == 2000
