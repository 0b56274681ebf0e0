"""What the dashboards contain, and that they stay within CloudWatch's limits at any size."""

from __future__ import annotations

import itertools
import json
import random
import re
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from personalize_monitor.app.alarms.names import Sort
from personalize_monitor.app.dashboard import Look, bodies
from personalize_monitor.app.dashboard.body import owner_in
from personalize_monitor.app.dashboard.links import escaped
from personalize_monitor.contract import DASHBOARD_NAME
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, Resource

HOME = "111122223333"
OTHER = "444455556666"
OWNER = f"monitor/{HOME}/us-east-1"
BORN = datetime(2026, 3, 1, tzinfo=UTC)
ALARMS = (Sort.IDLE, Sort.LOW)
RECOMMENDATIONS = "arn:aws:personalize:::recipe/aws-user-personalization-v2"
RANKING = "arn:aws:personalize:::recipe/aws-personalized-ranking-v2"


def look(**changes: Any) -> Look:
    """What a stack in us-east-1 with the default settings says, but for ``changes``."""
    values: dict[str, Any] = {
        "home_region": "us-east-1",
        "account": HOME,
        "partition": "aws",
        "owner": OWNER,
        "threshold_percent": 100,
        "alarms": ALARMS,
    }
    return Look(**(values | changes))


def resource(
    name: str,
    *,
    kind: Kind = Kind.CAMPAIGN,
    region: str = "us-east-1",
    account: str = HOME,
    partition: str = "aws",
    group: str | None = "movies",
    recipe: str | None = RECOMMENDATIONS,
) -> Resource:
    """An active resource."""
    prefix = f"arn:{partition}:personalize:{region}:{account}"
    return Resource(
        arn=Arn(f"{prefix}:{kind.value}/{name}"),
        name=name,
        kind=kind,
        status="ACTIVE",
        floor=1,
        created=BORN,
        updated=BORN,
        recipe_arn=recipe,
        dataset_group_arn=group and f"{prefix}:dataset-group/{group}",
    )


def widgets_of(body: str) -> list[dict[str, Any]]:
    """The widgets of a body."""
    found: list[dict[str, Any]] = json.loads(body)["widgets"]
    return found


def only(fleet: Sequence[Resource], **changes: Any) -> list[dict[str, Any]]:
    """The widgets of a fleet that needs one dashboard."""
    built = bodies(fleet, look(**changes))
    assert list(built) == [DASHBOARD_NAME]
    return widgets_of(built[DASHBOARD_NAME])


def titled(widgets: list[dict[str, Any]], title: str) -> dict[str, Any]:
    """The properties of the one widget with this title."""
    found = [w for w in widgets if w["properties"].get("title") == title]
    assert len(found) == 1, [w["properties"].get("title") for w in widgets]
    properties: dict[str, Any] = found[0]["properties"]
    return properties


def texts(widgets: list[dict[str, Any]]) -> list[str]:
    """The markdown of all text widgets."""
    return [w["properties"]["markdown"] for w in widgets if w["type"] == "text"]


def headings(widgets: list[dict[str, Any]]) -> list[str]:
    """The headings of dataset groups."""
    return [text for text in texts(widgets) if text.startswith("## ")]


def metric_names(graph: dict[str, Any]) -> list[str]:
    """The names of a graph's metrics, row by row."""
    return [row[1] for row in graph["metrics"]]


def many(seed: int, count: int, groups: int) -> list[Resource]:
    """A fleet of ``count`` resources with every kind of oddity, from a seed."""
    chance = random.Random(seed)
    regions = ["us-east-1", "eu-west-1", "ap-south-1"]
    return [
        resource(
            f"r{number:04}" + "_x-" * chance.randrange(12),
            kind=chance.choice(list(Kind)),
            region=chance.choice(regions),
            account=chance.choice([HOME, HOME, OTHER]),
            group=chance.choice([None, *(f"group_{g}" for g in range(groups))]),
            recipe=chance.choice([None, RECOMMENDATIONS, RANKING, "arn:aws:x:::recipe/new"]),
        )
        for number in range(count)
    ]


FLEETS = st.builds(
    many,
    seed=st.integers(0, 10**6),
    count=st.one_of(st.integers(0, 60), st.integers(0, 1200)),
    groups=st.sampled_from([1, 3, 40, 3000]),
)
WITH_LARGE_FLEETS = settings(
    max_examples=8, deadline=None, suppress_health_check=[HealthCheck.too_slow]
)


@WITH_LARGE_FLEETS
@given(
    fleet=FLEETS,
    alarms=st.sampled_from([(), ALARMS, tuple(Sort)]),
)
@example(fleet=many(1, 3000, 1), alarms=ALARMS)
@example(fleet=many(2, 3000, 3000), alarms=ALARMS)
def test_limits(fleet: list[Resource], alarms: Any) -> None:
    """No fleet makes a dashboard that CloudWatch refuses, and every resource is on one."""
    built = bodies(fleet, look(alarms=alarms))
    seen = set()
    for name, body in built.items():
        assert re.fullmatch(r"Amazon-Personalize-Monitor(-([2-9]|[1-9]\d+))?", name)
        widgets = widgets_of(body)
        graphs = [w["properties"]["metrics"] for w in widgets if w["type"] == "metric"]
        assert len(widgets) <= 500
        assert all(1 <= len(graph) <= 500 for graph in graphs)
        assert sum(map(len, graphs)) <= 2_500
        assert len(body.encode()) < 1_000_000
        assert all(len(w["properties"]["alarms"]) <= 100 for w in widgets if w["type"] == "alarm")
        seen |= {row[3] for graph in graphs for row in graph if len(row) > 3}
    assert seen == {str(r.arn) for r in fleet}


@WITH_LARGE_FLEETS
@given(fleet=FLEETS, alarms=st.sampled_from([(), ALARMS]))
def test_no_overlap(fleet: list[Resource], alarms: Any) -> None:
    """Widgets lie within the 24 columns and none covers another."""
    for body in bodies(fleet, look(alarms=alarms)).values():
        taken: set[tuple[int, int]] = set()
        for w in widgets_of(body):
            assert w["x"] >= 0
            assert w["x"] + w["width"] <= 24
            cells = set(
                itertools.product(
                    range(w["x"], w["x"] + w["width"]), range(w["y"], w["y"] + w["height"])
                )
            )
            assert not taken & cells
            taken |= cells


@WITH_LARGE_FLEETS
@given(fleet=FLEETS, seed=st.integers(0, 99))
def test_deterministic(fleet: list[Resource], seed: int) -> None:
    """The same resources in another order give the same bytes."""
    shuffled = random.Random(seed).sample(fleet, len(fleet))
    assert bodies(fleet, look()) == bodies(shuffled, look())


@WITH_LARGE_FLEETS
@given(fleet=FLEETS)
def test_colours(fleet: list[Resource]) -> None:
    """A resource has one colour, and its tint, in all graphs; no two in a graph share one."""
    found: dict[str, set[str]] = {}
    for body in bodies(fleet, look()).values():
        for w in widgets_of(body):
            if w["type"] != "metric" or w["properties"]["view"] != "timeSeries":
                continue
            here: dict[str, str] = {}
            for row in w["properties"]["metrics"]:
                found.setdefault(row[3], set()).add(row[4]["color"])
                assert here.setdefault(row[4]["color"], row[3]) == row[3]
    assert all(len(colours) == 2 for colours in found.values())


@WITH_LARGE_FLEETS
@given(fleet=FLEETS)
def test_links_between_dashboards(fleet: list[Resource]) -> None:
    """From every dashboard one can go to the next, the previous and the first."""
    built = bodies(fleet, look())
    names = list(built)
    for at, name in enumerate(names):
        top = texts(widgets_of(built[name]))[0]
        targets = dict(re.findall(r"\[(\w+)\]\([^)]*dashboards:name=([\w-]+)\)", top))
        assert targets.get("next") == (names[at + 1] if at + 1 < len(names) else None)
        assert targets.get("previous") == (names[at - 1] if at else None)
        assert targets.get("first") == (names[0] if at else None)


def test_the_three_graphs() -> None:
    """Each dataset group has traffic against the floor, utilization and latency, in one row."""
    widgets = only([resource("shop")])
    traffic = titled(widgets, "Actual vs Provisioned TPS")
    arn = "arn:aws:personalize:us-east-1:111122223333:campaign/shop"
    assert [row[:4] for row in traffic["metrics"]] == [
        ["PersonalizeMonitor", "averageTPS", "CampaignArn", arn],
        ["PersonalizeMonitor", "minProvisionedTPS", "CampaignArn", arn],
    ]
    assert [row[4]["label"] for row in traffic["metrics"]] == ["shop actual", "shop provisioned"]
    assert [m["value"] for m in traffic["annotations"]["horizontal"]] == [1]
    assert traffic["annotations"]["horizontal"][0]["label"] == "lowest allowed"
    utilization = titled(widgets, "Utilization")
    assert metric_names(utilization) == ["campaignUtilization"]
    assert [m["value"] for m in utilization["annotations"]["horizontal"]] == [100]
    latency = titled(widgets, "Latency")
    assert metric_names(latency) == ["GetRecommendationsLatency"] * 2
    assert [row[4]["stat"] for row in latency["metrics"]] == ["p90", "p50"]
    for graph in (traffic, utilization, latency):
        assert graph["period"] == 300
        assert graph["yAxis"]["left"]["min"] == 0
        assert graph["region"] == "us-east-1"
        assert "accountId" not in graph
    row = [w for w in widgets if w["properties"] in (traffic, utilization, latency)]
    assert [(w["x"], w["width"]) for w in row] == [(0, 8), (8, 8), (16, 8)]
    assert len({w["y"] for w in row}) == 1


def test_recommenders_have_their_own_metrics() -> None:
    """Recommenders appear, also where there is no campaign at all."""
    widgets = only([resource("top-picks", kind=Kind.RECOMMENDER)])
    traffic = titled(widgets, "Actual vs Provisioned TPS")
    assert metric_names(traffic) == ["averageRPS", "minRecommendationRequestsPerSecond"]
    assert {row[2] for row in traffic["metrics"]} == {"RecommenderArn"}
    assert metric_names(titled(widgets, "Utilization")) == ["recommenderUtilization"]


@pytest.mark.parametrize(
    ("recipe", "apis"),
    [
        (RANKING, ["GetPersonalizedRanking"]),
        ("arn:aws:personalize:::recipe/aws-next-best-action", ["GetActionRecommendations"]),
        (None, ["GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations"]),
    ],
)
def test_latency_and_errors_of_what_the_recipe_serves(recipe: str | None, apis: list[str]) -> None:
    """Latency and errors are read from the API that the recipe serves; all while it is unknown."""
    widgets = only([resource("shop", recipe=recipe)])
    latency = metric_names(titled(widgets, "Latency"))
    assert list(dict.fromkeys(latency)) == [f"{api}Latency" for api in apis]
    client = titled(widgets, "Client errors (4xx)")
    server = titled(widgets, "Server errors (5xx)")
    assert metric_names(client) == [f"{api}4xxErrors" for api in apis]
    assert metric_names(server) == [f"{api}5xxErrors" for api in apis]
    assert client["stat"] == server["stat"] == "Sum"
    labels = [row[4]["label"] for row in titled(widgets, "Latency")["metrics"]]
    assert len(set(labels)) == len(labels)


def test_alarms_of_the_settings() -> None:
    """The alarm widget lists the alarms by their contract names, in the resource's region."""
    fleet = [resource("shop", region="eu-west-1"), resource("tv", kind=Kind.RECOMMENDER)]
    shown = [
        alarm for w in only(fleet) if w["type"] == "alarm" for alarm in w["properties"]["alarms"]
    ]
    eu, us = (
        f"arn:aws:cloudwatch:{r}:{HOME}:alarm:PersonalizeMonitor"
        for r in ("eu-west-1", "us-east-1")
    )
    assert shown == [
        f"{eu}-IdleCampaign-shop",
        f"{eu}-LowCampaignUtilization-shop",
        f"{us}-IdleRecommender-tv",
        f"{us}-LowRecommenderUtilization-tv",
    ]


def test_no_alarms_no_widget() -> None:
    """With all alarms switched off the error graphs take the whole row."""
    widgets = only([resource("shop")], alarms=())
    assert all(w["type"] != "alarm" for w in widgets)
    assert [w["width"] for w in widgets if "errors" in w["properties"].get("title", "")] == [12, 12]


@pytest.mark.parametrize(("threshold", "values"), [(None, [100]), (60, [100, 60]), (0, [100])])
def test_threshold_line(threshold: int | None, values: list[int]) -> None:
    """The utilization graph shows where the alarm fires, when there is one that can."""
    graph = titled(only([resource("shop")], threshold_percent=threshold), "Utilization")
    assert [m["value"] for m in graph["annotations"]["horizontal"]] == values


def test_groups_by_account_region_and_name() -> None:
    """Groups come by region and name, own account first, the unknown group last."""
    fleet = [
        resource("e", account=OTHER, group="abroad"),
        resource("d", group=None),
        resource("c", group="zoo", region="eu-west-1"),
        resource("b", group="news"),
        resource("a", group="Movies"),
    ]
    assert [re.sub(r"\(http\S+\)", "", h) for h in headings(only(fleet))] == [
        "## eu-west-1 / [zoo] · 1 campaign",
        "## us-east-1 / [Movies] · 1 campaign",
        "## us-east-1 / [news] · 1 campaign",
        "## us-east-1 / [dataset group not known yet] · 1 campaign",
        f"## account {OTHER} / us-east-1 / [abroad] · 1 campaign",
    ]


def test_other_account() -> None:
    """Graphs of another account's resources are read in that account."""
    graph = titled(only([resource("shop", account=OTHER)]), "Latency")
    assert graph["accountId"] == OTHER


@pytest.mark.parametrize(
    ("partition", "region", "console"),
    [
        ("aws", "eu-west-1", "https://eu-west-1.console.aws.amazon.com/personalize/"),
        ("aws-cn", "cn-north-1", "https://cn-north-1.console.amazonaws.cn/personalize/"),
    ],
)
def test_console_links(partition: str, region: str, console: str) -> None:
    """A heading links to the dataset group in the console of its own partition and region."""
    (heading,) = headings(only([resource("shop", region=region, partition=partition)]))
    expected = (
        f"{console}home?region={region}"
        f"#arn:{partition}:personalize:{region}:{HOME}:dataset-group$movies/setup"
    )
    assert f"[movies]({expected})" in heading


def test_header_counts() -> None:
    """The header tells how many resources are monitored, by kind and by region."""
    fleet = [resource("a"), resource("b", region="eu-west-1"), resource("c", kind=Kind.RECOMMENDER)]
    widgets = only(fleet)
    assert (
        "**2 campaigns, 1 recommender** monitored (eu-west-1: 1 · us-east-1: 2)"
        in texts(widgets)[0]
    )
    counts = titled(widgets, "Monitored")
    assert metric_names(counts) == ["monitoredResourceCount", "monitoredCampaignCount"]
    assert counts["region"] == "us-east-1"


def test_notes_in_the_header() -> None:
    """What could not be read is said on the dashboard, and many problems are cut short."""
    assert "⚠ eu-west-1 did not answer." in texts(only([], notes=["eu-west-1 did not answer."]))[0]
    many_notes = texts(only([], notes=[f"problem {n} " + "x" * 999 for n in range(9)]))[0]
    assert many_notes.count("⚠") == 5
    assert "5 more problems" in many_notes


def test_empty_fleet() -> None:
    """An empty fleet has a dashboard that says what to do."""
    widgets = only([])
    assert any("CampaignARNs" in text and "Regions" in text for text in texts(widgets))
    assert "no resources" in texts(widgets)[0]


def test_names_in_markdown() -> None:
    """Names are shown as they are, whatever markdown would make of them."""
    assert escaped("a_b_c `x` [y]\n# z") == r"a\_b\_c \`x\` \[y\] \# z"
    (heading,) = headings(only([resource("shop", group="my__group_1")]))
    assert r"[my\_\_group\_1](" in heading
    assert "dataset-group$my__group_1/setup" in heading


def test_campaign_and_recommender_of_the_same_name() -> None:
    """Two resources with one name in a group are told apart by their kind."""
    widgets = only([resource("home"), resource("home", kind=Kind.RECOMMENDER)])
    labels = [row[4]["label"] for row in titled(widgets, "Utilization")["metrics"]]
    assert labels == ["home (campaign)", "home (recommender)"]


def test_large_group_in_even_parts() -> None:
    """A large dataset group is drawn in even parts, under one heading."""
    widgets = only([resource(f"c{n:02}") for n in range(21)])
    titles = [w["properties"].get("title", "") for w in widgets]
    assert [t for t in titles if t.startswith("Latency")] == [
        "Latency (1-10 of 21)",
        "Latency (11-21 of 21)",
    ]
    assert len(headings(widgets)) == 1


def test_group_over_two_dashboards() -> None:
    """A group that continues in the next dashboard has its heading there too."""
    built = bodies([resource(f"c{n:03}") for n in range(400)], look())
    assert list(built) == [DASHBOARD_NAME, f"{DASHBOARD_NAME}-2"]
    (first,), (second,) = (headings(widgets_of(body)) for body in built.values())
    assert "(continued)" not in first
    assert "(continued)" in second


def test_taken_names_are_skipped() -> None:
    """A number that belongs to somebody else's dashboard is left out, and links follow."""
    fleet = [resource(f"c{n:03}") for n in range(400)]
    built = bodies(fleet, look(taken={f"{DASHBOARD_NAME}-2"}))
    assert list(built) == [DASHBOARD_NAME, f"{DASHBOARD_NAME}-3"]
    assert f"name={DASHBOARD_NAME}-3)" in texts(widgets_of(built[DASHBOARD_NAME]))[0]


def test_owner_can_be_read_back() -> None:
    """Each dashboard names its owner in its last text, and nothing else is taken for one."""
    for body in bodies([resource(f"c{n:03}") for n in range(400)], look()).values():
        assert owner_in(body) == OWNER
        assert widgets_of(body)[-1]["type"] == "text"
    for other in ("", "[]", "{}", '{"widgets":[]}', '{"widgets":[{"type":"text"}]}', "nonsense"):
        assert owner_in(other) is None
