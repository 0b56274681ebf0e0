"""Writing and removing dashboards in an account where other people have dashboards too."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any

import boto3
import pytest

from aws_sandbox import wire
from aws_sandbox.faults import Rule
from aws_sandbox.world import World
from personalize_monitor import settings
from personalize_monitor.alarms.desired import desired
from personalize_monitor.aws.access import Access
from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import DASHBOARD_NAME
from personalize_monitor.dashboard import build, remove
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource

ACCOUNT = "123456789012"
NOW = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
SETTINGS = settings.load({})
EMPTY_BODY = '{"widgets":[]}'


@pytest.fixture(autouse=True)
def world(monkeypatch: pytest.MonkeyPatch) -> Iterator[World]:
    """An account with its clock at NOW."""
    for key, value in {
        "AWS_ACCESS_KEY_ID": "test",
        "AWS_SECRET_ACCESS_KEY": "test",
        "AWS_DEFAULT_REGION": "us-east-1",
    }.items():
        monkeypatch.setenv(key, value)
    monkeypatch.delenv("AWS_ENDPOINT_URL", raising=False)
    monkeypatch.delenv("AWS_PROFILE", raising=False)
    with wire.live(NOW) as live:
        yield live


@pytest.fixture
def access(world: World) -> Access:
    """Our way into the account."""
    return Access()


@pytest.fixture
def cloudwatch(world: World) -> Any:
    """A person's way into the account."""
    return boto3.client("cloudwatch", region_name="us-east-1")


def deployment(stack: str = "monitor", region: str = "us-east-1") -> Deployment:
    """A stack in a home region."""
    return Deployment(region, ACCOUNT, "aws", stack, "", "")


def fleet(count: int) -> list[Resource]:
    """Campaigns of one dataset group."""
    prefix = f"arn:aws:personalize:us-east-1:{ACCOUNT}"
    return [
        Resource(
            arn=Arn(f"{prefix}:campaign/c{number:03}"),
            name=f"c{number:03}",
            kind=Kind.CAMPAIGN,
            status="ACTIVE",
            floor=2,
            created=NOW,
            updated=NOW,
            recipe_arn="arn:aws:personalize:::recipe/aws-sims",
            dataset_group_arn=f"{prefix}:dataset-group/movies",
        )
        for number in range(count)
    ]


def existing(cloudwatch: Any) -> set[str]:
    """The names of all dashboards of the account."""
    return {entry["DashboardName"] for entry in cloudwatch.list_dashboards()["DashboardEntries"]}


def put(cloudwatch: Any, name: str, body: str = EMPTY_BODY) -> None:
    """Save a dashboard as a person does."""
    cloudwatch.put_dashboard(DashboardName=name, DashboardBody=body)


def body_of(cloudwatch: Any, name: str) -> dict[str, Any]:
    """A saved dashboard's body."""
    body: dict[str, Any] = json.loads(cloudwatch.get_dashboard(DashboardName=name)["DashboardBody"])
    return body


def test_cloudwatch_takes_what_we_draw(access: Access, cloudwatch: Any) -> None:
    """CloudWatch accepts the dashboards of a fleet that needs several."""
    report = build(access, deployment(), fleet(800), SETTINGS, now=NOW)
    names = (DASHBOARD_NAME, f"{DASHBOARD_NAME}-2", f"{DASHBOARD_NAME}-3")
    assert report.problems == ()
    assert report.written == report.names == names
    assert existing(cloudwatch) == set(names)


def test_building_twice_changes_nothing(access: Access, cloudwatch: Any) -> None:
    """The same fleet gives the same dashboard again."""
    build(access, deployment(), fleet(3), SETTINGS, now=NOW)
    before = cloudwatch.get_dashboard(DashboardName=DASHBOARD_NAME)["DashboardBody"]
    report = build(access, deployment(), fleet(3)[::-1], SETTINGS, now=NOW)
    assert cloudwatch.get_dashboard(DashboardName=DASHBOARD_NAME)["DashboardBody"] == before
    assert (report.removed, report.problems) == ((), ())


def test_surplus_dashboards_go(access: Access, cloudwatch: Any) -> None:
    """When the fleet shrinks, the numbered dashboards that it no longer needs are removed."""
    build(access, deployment(), fleet(800), SETTINGS, now=NOW)
    report = build(access, deployment(), fleet(3), SETTINGS, now=NOW)
    assert report.removed == (f"{DASHBOARD_NAME}-2", f"{DASHBOARD_NAME}-3")
    assert report.names == (DASHBOARD_NAME,)
    assert existing(cloudwatch) == {DASHBOARD_NAME}


def test_empty_fleet_has_a_dashboard(access: Access, cloudwatch: Any) -> None:
    """A stack without any resource installs, and its dashboard says what to do."""
    report = build(access, deployment(), [], SETTINGS, now=NOW)
    assert (report.names, report.problems) == ((DASHBOARD_NAME,), ())
    assert "Nothing is monitored yet" in json.dumps(body_of(cloudwatch, DASHBOARD_NAME))


def test_other_dashboards_are_not_touched(access: Access, cloudwatch: Any) -> None:
    """People's dashboards survive, however near to our name; their numbers are skipped."""
    theirs = {"mine", f"{DASHBOARD_NAME}-copy", f"{DASHBOARD_NAME}-2", f"{DASHBOARD_NAME}s"}
    for name in theirs:
        put(cloudwatch, name)
    report = build(access, deployment(), fleet(400), SETTINGS, now=NOW)
    assert report.names == (DASHBOARD_NAME, f"{DASHBOARD_NAME}-3")
    build(access, deployment(), fleet(1), SETTINGS, now=NOW)
    remove(access, deployment())
    assert existing(cloudwatch) == theirs
    assert all(body_of(cloudwatch, name) == json.loads(EMPTY_BODY) for name in theirs)


def test_dashboard_of_the_existing_application(access: Access, cloudwatch: Any) -> None:
    """The fixed name without an owner is the existing application's: replaced, never removed."""
    put(cloudwatch, DASHBOARD_NAME)
    assert build(access, deployment(), [], SETTINGS, now=NOW).written == (DASHBOARD_NAME,)
    put(cloudwatch, DASHBOARD_NAME)
    assert remove(access, deployment()).removed == ()
    assert existing(cloudwatch) == {DASHBOARD_NAME}


def test_two_stacks_do_not_fight(access: Access, cloudwatch: Any) -> None:
    """The second stack leaves the first one's dashboard alone and says whose it is."""
    build(access, deployment("first"), fleet(1), SETTINGS, now=NOW)
    before = body_of(cloudwatch, DASHBOARD_NAME)
    second = deployment("second", "eu-west-1")
    report = build(access, second, [], SETTINGS, now=NOW)
    assert report.names == report.written == ()
    assert "first/123456789012/us-east-1" in report.problems[0]
    assert remove(access, second).removed == ()
    assert body_of(cloudwatch, DASHBOARD_NAME) == before
    assert remove(access, deployment("first")).removed == (DASHBOARD_NAME,)


def test_abandoned_dashboard_is_taken_over(access: Access, world: World) -> None:
    """A dashboard that its owner has not rebuilt for a day is free; without a time, never."""
    build(access, deployment("gone"), [], SETTINGS, now=NOW)
    later = world.clock.advance(timedelta(hours=25))
    assert build(access, deployment(), [], SETTINGS).written == ()
    assert build(access, deployment(), [], SETTINGS, now=later).written == (DASHBOARD_NAME,)


def test_remove_all_of_ours(access: Access, cloudwatch: Any) -> None:
    """Uninstalling removes every dashboard of ours, and doing it again is no error."""
    build(access, deployment(), fleet(800), SETTINGS, now=NOW)
    assert len(remove(access, deployment()).removed) == 3
    assert existing(cloudwatch) == set()
    assert remove(access, deployment()).problems == ()


@pytest.mark.parametrize(
    ("action", "doing"),
    [
        ("ListDashboards", "Reading the existing dashboards"),
        ("GetDashboard", "Reading the existing dashboards"),
        ("PutDashboard", f"Writing the dashboard {DASHBOARD_NAME}"),
        ("DeleteDashboards", f"Deleting the dashboard {DASHBOARD_NAME}-2"),
    ],
)
def test_failures_are_sentences(access: Access, world: World, action: str, doing: str) -> None:
    """A refused call does not raise: the report says what failed and what to do."""
    build(access, deployment(), fleet(400), SETTINGS, now=NOW)
    world.gate.faults.add(Rule(service="cloudwatch", action=action, code="AccessDenied"))
    report = build(access, deployment(), [], SETTINGS, now=NOW)
    assert report.problems[0].startswith(f"{doing} failed (AccessDenied): a permission is missing")
    if action in {"ListDashboards", "GetDashboard"}:
        assert remove(access, deployment()).problems == report.problems


def test_deleted_meanwhile(access: Access, cloudwatch: Any, world: World) -> None:
    """A dashboard that somebody deletes while we look is neither a problem nor a reason to stop."""
    build(access, deployment(), fleet(800), SETTINGS, now=NOW)
    for action in ("GetDashboard", "DeleteDashboards"):
        fault = Rule(service="cloudwatch", action=action, code="ResourceNotFound", times=1)
        world.gate.faults.add(fault)
    assert remove(access, deployment()).problems == ()


@pytest.mark.parametrize(
    ("parameters", "kinds"),
    [
        ({}, 2),
        ({"AutoCreateIdleCampaignAlarms": "No"}, 1),
        ({"AutoCreateErrorAlarms": "Yes"}, 4),
        ({"AutoCreateIdleCampaignAlarms": "No", "AutoCreateCampaignUtilizationAlarms": "No"}, 0),
    ],
)
def test_alarm_widgets_follow_the_parameters(
    access: Access, cloudwatch: Any, parameters: dict[str, str], kinds: int
) -> None:
    """The dashboard looks at exactly the alarms that the parameters ask for."""
    asked = settings.load(parameters)
    (campaign,) = fleet(1)
    build(access, deployment(), [campaign], asked, now=NOW)
    shown = [
        arn.rpartition(":")[2]
        for widget in body_of(cloudwatch, DASHBOARD_NAME)["widgets"]
        if widget["type"] == "alarm"
        for arn in widget["properties"]["alarms"]
    ]
    wanted = desired([campaign], asked, deployment(), ACCOUNT, "us-east-1", NOW)
    assert len(shown) == kinds
    assert set(shown) == set(wanted)
