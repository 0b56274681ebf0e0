"""Rebuilding the dashboard on request: the whole fleet, or nothing when it cannot be seen."""

from __future__ import annotations

from tests.support import Local

from aws_sandbox import fleet
from personalize_monitor.functions import dashboard

NAME = "Amazon-Personalize-Monitor"


def body(local: Local) -> str:
    """The dashboard's body."""
    answer = local.client("cloudwatch").get_dashboard(DashboardName=NAME)
    return str(answer["DashboardBody"])


def test_every_region_is_on_it(local: Local) -> None:
    """Resources of all watched regions, by dataset group."""
    local.env(Regions="us-east-1,eu-west-1")
    here = fleet.add_campaign(local.world, "here", group="shop")
    there = fleet.add_recommender(local.world, "there", group="films", region="eu-west-1")
    answer = dashboard.handler({"time": local.now.isoformat(), "detail": {}}, None)
    assert answer == {"dashboards": [NAME], "problems": []}
    shown = body(local)
    for text in (here.arn, there.arn, "shop", "films"):
        assert text in shown


def test_a_fleet_that_cannot_be_seen_is_not_a_fleet_that_is_gone(local: Local) -> None:
    """When a list fails on a cold start, the dashboard stays as it is, with a problem."""
    fleet.add_campaign(local.world, "c")
    dashboard.handler({"time": local.now.isoformat()}, None)
    before = body(local)
    local.env()
    local.fail(action="ListCampaigns", code="AccessDeniedException")
    answer = dashboard.handler({"time": local.now.isoformat()}, None)
    assert answer["problems"]
    assert body(local) == before


def test_the_same_fleet_gives_the_same_dashboard(local: Local) -> None:
    """Built twice, byte for byte the same."""
    for n in range(5):
        fleet.add_campaign(local.world, f"c-{n}", group=f"g-{n % 2}")
    dashboard.handler({"time": local.now.isoformat()}, None)
    first = body(local)
    local.env()
    dashboard.handler({"time": local.now.isoformat()}, None)
    assert body(local) == first
