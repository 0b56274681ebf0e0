"""Dashboards stay within CloudWatch's limits at any size, and say the same for the same fleet."""

from __future__ import annotations

import itertools
import random
import re
from typing import Any

from hypothesis import example, given
from hypothesis import strategies as st
from tests.dashboard.boards import (
    ALARMS,
    FLEETS,
    WITH_LARGE_FLEETS,
    look,
    many,
    texts,
    widgets_of,
)

from personalize_monitor.alarms.names import Sort
from personalize_monitor.dashboard import bodies
from personalize_monitor.model.resource import Resource


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
