"""What the dashboards contain."""

from __future__ import annotations

import re

import pytest
from tests.dashboard.boards import (
    HOME,
    OTHER,
    OWNER,
    RANKING,
    headings,
    look,
    metric_names,
    only,
    resource,
    texts,
    titled,
    widgets_of,
)

from personalize_monitor.contract import DASHBOARD_NAME
from personalize_monitor.dashboard import bodies
from personalize_monitor.dashboard.body import owner_in
from personalize_monitor.dashboard.links import escaped
from personalize_monitor.model.resource import Kind


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
    assert [re.sub(r"\(http\S+\)|\n.*", "", h) for h in headings(only(fleet))] == [
        "## eu-west-1 / [zoo] · 1 campaign",
        "## us-east-1 / [Movies] · 1 campaign",
        "## us-east-1 / [news] · 1 campaign",
        "## us-east-1 / [dataset group not known yet] · 1 campaign",
        f"## account {OTHER} / us-east-1 / [abroad] · 1 campaign",
    ]


def test_other_account() -> None:
    """Graphs of another account's resources are read in that account; floors stand in words."""
    body = only([resource("shop", account=OTHER)])
    assert titled(body, "Latency")["accountId"] == OTHER
    (heading,) = headings(body)
    assert "\n\nFloors: shop 1. The graphs are empty until account" in heading
    assert not [one for one in body if one["type"] == "alarm"]


def test_many_floors_of_another_account_are_cut() -> None:
    """Forty are told, and how many more there are."""
    (heading, *_) = headings(only([resource(f"r{n:02}", account=OTHER) for n in range(42)]))
    assert "r39 1, and 2 more. The graphs" in heading


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
