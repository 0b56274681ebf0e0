"""The order of things in a cycle: datapoints as soon as they are known, and nobody waits long."""

from __future__ import annotations

import threading
from concurrent.futures import FIRST_COMPLETED, wait
from datetime import timedelta
from typing import Any

import pytest
from tests.support import Context, Local, every_window

from aws_sandbox import fleet
from aws_sandbox.gate import Call
from personalize_monitor.collect import arrivals
from personalize_monitor.cycle import place as collect
from personalize_monitor.cycle import run as cycle

SLOW = "eu-west-1"


def two_regions(local: Local, campaigns: int = 3) -> None:
    """The same fleet at home and in the region that will be slow."""
    local.env(Regions=f"us-east-1,{SLOW}")
    for region in ("us-east-1", SLOW):
        for nth in range(campaigns):
            fleet.add_campaign(local.world, f"c-{nth}", region=region, shape=every_window(300))


def is_put(call: Call, region: str = "us-east-1") -> bool:
    """Whether datapoints of resources were put in a region."""
    return (call.action, call.region) == ("PutMetricData", region) and bool(
        call.params["MetricData"][0].get("Dimensions")
    )


def heard(local: Local) -> list[Call]:
    """Every call from now on, in the order of the answers."""
    seen: list[Call] = []
    local.world.gate.on_call.append(seen.append)
    return seen


def first_put(local: Local) -> threading.Event:
    """That datapoints of resources are out at home."""
    out = threading.Event()
    local.world.gate.on_call.append(lambda call: out.set() if is_put(call) else None)
    return out


def test_a_slow_region_costs_the_others_nothing(local: Local) -> None:
    """The other region's datapoints are out before the slow one answers its first calls."""
    two_regions(local)
    local.stall(first_put(local), region=SLOW)
    seen = heard(local)
    summary = local.at(local.now)
    regions = [call.region for call in seen if call.region == SLOW or is_put(call)]
    assert regions[0] == "us-east-1"
    assert sum(is_put(call) for call in seen) == sum(is_put(call, SLOW) for call in seen) == 1
    assert (summary["resources"], summary["measured"], summary["problems"]) == (6, 6, [])


def test_s2_a_region_that_hangs_ends_with_the_cycle(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named as unfinished; what it answers after the end of the cycle changes nothing."""
    two_regions(local)
    local.cycle()
    released = threading.Event()
    local.stall(released, region=SLOW)
    local.world.clock.advance(timedelta(minutes=5))
    seen = heard(local)
    given: list[float] = []

    def over(lanes: Any, timeout: float) -> Any:
        """The time is over when the region that answers is done, whatever it took here."""
        given.append(timeout)
        return wait(lanes, return_when=FIRST_COMPLETED)

    monkeypatch.setattr(cycle, "wait", over)
    summary = local.at(local.now, Context(75.0))
    assert given == [60.0], "the lanes have the time of the invocation, less what the end takes"
    assert summary["unfinished"] == [f"123456789012/{SLOW}"]
    assert sum(is_put(call) for call in seen) == 1
    # The counts use what was there in the cycle before.
    assert local.points("monitoredResourceCount")[local.window()] == 6
    assert [call for call in seen if call.region == SLOW] == []
    released.set()
    for thread in threading.enumerate():
        if thread.name.startswith(("place", "123456789012")):
            thread.join(60)
    assert {call.action for call in seen if call.region == SLOW} <= {
        "ListCampaigns",
        "ListRecommenders",
    }
    local.heal()
    monkeypatch.setattr(cycle, "wait", wait)
    assert local.cycle()["measured"] == 6


def test_what_is_known_does_not_wait_for_what_must_be_described(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recommenders come with their list: their datapoints are out before slow describes are."""
    monkeypatch.setattr(arrivals, "PATIENCE_SECONDS", 0.0)
    fleet.add_recommender(local.world, "r", shape=every_window(300))
    for nth in range(3):
        fleet.add_campaign(local.world, f"c-{nth}", shape=every_window(300))
    local.stall(first_put(local), action="DescribeCampaign")
    seen = heard(local)
    summary = local.at(local.now)
    assert summary["measured"] == 4
    request = ["put" if is_put(call) else call.action for call in seen]
    described = [nth for nth, what in enumerate(request) if what == "DescribeCampaign"]
    assert request.count("put") == 2
    assert request.index("put") < min(described)


def test_describes_stop_in_time_and_the_next_cycle_goes_on(local: Local) -> None:
    """With little time, what could be described is published, and the next cycle has the rest."""
    for nth in range(12):
        fleet.add_campaign(local.world, f"c-{nth}", shape=every_window(300))
    # Time is short once four workers have asked twice each: so four answers are there for certain.
    context = Context(100.0, short=lambda: len(local.calls("DescribeCampaign")) >= 8)
    summary = local.at(local.now, context)
    assert 4 <= summary["measured"] < 12
    assert any("next cycle goes on" in problem for problem in summary["problems"])
    assert local.points("monitoredCampaignCount") == {local.window(): 12}
    summary = local.cycle()
    assert (summary["measured"], summary["problems"]) == (12, [])
    assert len(local.calls("DescribeCampaign")) <= 12 + 4


def test_alarms_of_campaigns_that_could_not_be_described_stay(local: Local) -> None:
    """A cold start that is throttled must not take the alarms of what it cannot see for orphans."""
    for nth in range(3):
        fleet.add_campaign(local.world, f"c-{nth}", shape=every_window(300))
    local.cycle()
    before = local.client("cloudwatch").describe_alarms()["MetricAlarms"]
    local.env()  # a cold start
    local.fail(action="DescribeCampaign", code="ThrottlingException", resource="*c-1")
    local.cycle()
    after = local.client("cloudwatch").describe_alarms()["MetricAlarms"]
    assert {a["AlarmName"] for a in after} == {a["AlarmName"] for a in before}


def test_a_campaign_is_described_once_an_hour_after_the_datapoints(local: Local) -> None:
    """A warm cycle's describes do not hold up its datapoints, and each campaign has one an hour."""
    for nth in range(6):
        fleet.add_campaign(local.world, f"c-{nth}", floor=1, shape=every_window(300))
    local.cycle()
    seen = heard(local)
    for _ in range(12):
        local.cycle()
    described = [call.params["campaignArn"] for call in seen if call.action == "DescribeCampaign"]
    assert sorted(described) == sorted(set(described))
    assert len(described) == 6
    request = [call.action for call in seen if call.action in {"DescribeCampaign", "PutMetricData"}]
    assert request[0] == "PutMetricData"


def test_a_large_fleet_is_decided_about_in_turn(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cold start looks into the past of few; the next cycle catches up with all the others."""
    monkeypatch.setattr(collect, "_DECIDED_AT_FIRST_SIGHT", 5)
    for nth in range(12):
        fleet.add_campaign(local.world, f"c-{nth}", floor=3, shape=every_window(600))
    first = local.cycle()["decisions"]
    second = local.cycle()["decisions"]
    assert len(first) < 12
    seen: list[Any] = [decision["arn"] for decision in (*first, *second)]
    assert len(seen) == len(set(seen)) == 12
