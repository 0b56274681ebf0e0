"""The order of things in a cycle: datapoints as soon as they are known, and nobody waits long."""

from __future__ import annotations

import time
from datetime import timedelta
from typing import Any

import pytest
from tests.support import Local, every_window

from personalize_monitor.app import arrivals, cycle, watch
from personalize_monitor.sandbox import fleet
from personalize_monitor.sandbox.gate import Call

SLOW = "eu-west-1"


class Context:
    """Lambda's context with so many seconds left."""

    aws_request_id = "test"

    def __init__(self, seconds: float) -> None:
        self._end = time.monotonic() + seconds

    def get_remaining_time_in_millis(self) -> int:
        """As Lambda's."""
        return int(1000 * (self._end - time.monotonic()))


def two_regions(local: Local, campaigns: int = 3) -> None:
    """The same fleet at home and in the region that will be slow."""
    local.env(Regions=f"us-east-1,{SLOW}")
    for region in ("us-east-1", SLOW):
        for nth in range(campaigns):
            fleet.add_campaign(local.world, f"c-{nth}", region=region, shape=every_window(300))


def timed(local: Local) -> list[tuple[float, Call]]:
    """Every call from now on with the machine's time."""
    seen: list[tuple[float, Call]] = []
    local.world.gate.on_call.append(lambda call: seen.append((time.monotonic(), call)))
    return seen


def puts(seen: list[tuple[float, Call]], region: str) -> list[float]:
    """When datapoints of resources were put in a region."""
    return [
        at
        for at, call in seen
        if (call.action, call.region) == ("PutMetricData", region)
        and call.params["MetricData"][0].get("Dimensions")
    ]


def test_a_slow_region_costs_the_others_nothing(local: Local) -> None:
    """The other region's datapoints are out while the slow one answers its first calls."""
    two_regions(local)
    local.fail(region=SLOW, latency=0.4)
    seen = timed(local)
    summary = local.at(local.now)
    (here,), (there,) = puts(seen, "us-east-1"), puts(seen, SLOW)
    first_slow = min(at for at, call in seen if call.region == SLOW)
    assert here < first_slow + 0.4 < there
    assert (summary["resources"], summary["measured"], summary["problems"]) == (6, 6, [])


def test_a_region_that_hangs_ends_with_the_cycle(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is named as unfinished; what it answers after the end of the cycle changes nothing."""
    monkeypatch.setattr(cycle, "_SECONDS_TO_FINISH", 0.5)
    two_regions(local)
    local.cycle()
    local.fail(region=SLOW, latency=2.5)
    local.world.clock.advance(timedelta(minutes=5))
    seen = timed(local)
    begun = time.monotonic()
    summary = local.at(local.now, Context(1.5))
    assert time.monotonic() - begun < 2.5
    assert f"123456789012/{SLOW}" in summary["unfinished"]
    assert len(puts(seen, "us-east-1")) == 1
    # The counts use what was there in the cycle before.
    assert local.points("monitoredResourceCount")[local.window()] == 6
    time.sleep(max(0.0, begun + 3.5 - time.monotonic()))
    assert {call.action for _, call in seen if call.region == SLOW} <= {
        "ListCampaigns",
        "ListRecommenders",
    }
    local.heal()
    assert local.cycle()["measured"] == 6


def test_what_is_known_does_not_wait_for_what_must_be_described(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Recommenders come with their list: their datapoints are out before slow describes are."""
    monkeypatch.setattr(arrivals, "PATIENCE_SECONDS", 0.05)
    fleet.add_recommender(local.world, "r", shape=every_window(300))
    for nth in range(3):
        fleet.add_campaign(local.world, f"c-{nth}", shape=every_window(300))
    local.fail(action="DescribeCampaign", latency=0.5)
    seen = timed(local)
    summary = local.at(local.now)
    assert summary["measured"] == 4
    described = [at for at, call in seen if call.action == "DescribeCampaign"]
    assert len(puts(seen, "us-east-1")) == 2
    assert puts(seen, "us-east-1")[0] < max(described)


def test_describes_stop_in_time_and_the_next_cycle_goes_on(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With little time, what could be described is published, and the next cycle has the rest."""
    monkeypatch.setattr(cycle, "_SECONDS_TO_FINISH", 0.1)
    for nth in range(12):
        fleet.add_campaign(local.world, f"c-{nth}", shape=every_window(300))
    local.fail(action="DescribeCampaign", latency=0.9)
    summary = local.at(local.now, Context(3.0))
    assert 0 < summary["measured"] < 12
    assert any("next cycle goes on" in problem for problem in summary["problems"])
    assert local.points("monitoredCampaignCount") == {local.window(): 12}
    local.heal()
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
    seen = timed(local)
    for _ in range(12):
        local.cycle()
    described = [
        call.params["campaignArn"] for _, call in seen if call.action == "DescribeCampaign"
    ]
    assert sorted(described) == sorted(set(described))
    assert len(described) == 6
    order = [
        call.action for _, call in seen if call.action in {"DescribeCampaign", "PutMetricData"}
    ]
    assert order[0] == "PutMetricData"


def test_a_large_fleet_is_decided_about_in_turn(
    local: Local, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A cold start looks into the past of few; the next cycle catches up with all the others."""
    monkeypatch.setattr(watch, "_DECIDED_AT_FIRST_SIGHT", 5)
    for nth in range(12):
        fleet.add_campaign(local.world, f"c-{nth}", floor=3, shape=every_window(600))
    first = local.cycle()["decisions"]
    second = local.cycle()["decisions"]
    assert len(first) < 12
    seen: list[Any] = [decision["arn"] for decision in (*first, *second)]
    assert len(seen) == len(set(seen)) == 12
