"""Fleets, and the dashboards that are built for them, in parts that tests can ask about."""

from __future__ import annotations

import json
import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

from hypothesis import HealthCheck, settings
from hypothesis import strategies as st

from personalize_monitor.alarms.names import Sort
from personalize_monitor.contract import DASHBOARD_NAME
from personalize_monitor.dashboard import Look, bodies
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
    names = [None, *(f"group_{g}" for g in range(groups))]
    return [
        resource(
            f"r{number:04}" + "_x-" * chance.randrange(12),
            kind=chance.choice(list(Kind)),
            region=chance.choice(regions),
            account=chance.choice([HOME, HOME, OTHER]),
            group=chance.choice(names),
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
