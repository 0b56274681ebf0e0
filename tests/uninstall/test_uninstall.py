"""Which regions are cleared away, and that failures of one do not stop the others."""

from __future__ import annotations

from dataclasses import replace

from tests.support import Local

from aws_sandbox import fleet
from personalize_monitor.context.budget import Budget
from personalize_monitor.settings import load
from personalize_monitor.uninstall.run import regions_of, tidy, uninstall


def test_every_region_of_the_partition_is_visited(local: Local) -> None:
    """Also regions without a resource, and home wherever it is; China is another partition."""
    here = local.deployment()
    assert {"us-east-1", "eu-west-1", "ap-south-1"} <= set(regions_of(here))
    assert "cn-north-1" not in regions_of(here)
    assert "eu-north-1" in regions_of(replace(here, home_region="eu-north-1"))
    assert regions_of(replace(here, home_region="cn-north-1")) == ["cn-north-1"]
    uninstall(local.access, here, Budget())
    assert {c.region for c in local.calls("DescribeAlarms")} == set(regions_of(here))


def test_a_region_that_fails_is_named_and_the_others_are_cleared(local: Local) -> None:
    """Each region for itself."""
    local.env(Regions="us-east-1,eu-west-1")
    for region in ("us-east-1", "eu-west-1"):
        fleet.add_campaign(local.world, "c", region=region)
    local.at(local.now)
    local.fail(region="us-east-1", action="DescribeAlarms", code="AccessDenied", status=403)
    problems = uninstall(local.access, local.deployment(), Budget())
    assert any("us-east-1" in problem for problem in problems)
    local.heal()
    assert local.client("cloudwatch", "eu-west-1").describe_alarms()["MetricAlarms"] == []


def test_tidying_leaves_what_is_watched(local: Local) -> None:
    """Only regions that are not watched are cleared."""
    local.env(Regions="us-east-1,eu-west-1")
    for region in ("us-east-1", "eu-west-1"):
        fleet.add_campaign(local.world, "c", region=region)
    local.at(local.now)
    assert tidy(local.access, local.deployment(), load({"Regions": "us-east-1"}), Budget()) == []
    assert local.client("cloudwatch", "eu-west-1").describe_alarms()["MetricAlarms"] == []
    assert local.client("cloudwatch").describe_alarms()["MetricAlarms"]
