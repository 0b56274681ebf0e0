"""Figures that the documentation gives are those that come out here."""

from __future__ import annotations

import re
from collections import Counter

from tests.docs.book import DOCS
from tests.support import Local, every_window

from aws_sandbox import fleet

EXISTING = 95
"""Calls of a cycle for the same fleet by the existing application, which docs/why.md tells."""
CYCLES = 12


def test_calls_of_a_steady_cycle(local: Local) -> None:
    """Ten campaigns and ten recommenders, no change: the average calls of a cycle over an hour."""
    for number in range(10):
        fleet.add_campaign(local.world, f"c{number}", floor=1, shape=every_window(900))
        fleet.add_recommender(local.world, f"r{number}", floor=1, shape=every_window(900))
    for _ in range(CYCLES):
        local.cycle()
    before = len(local.world.gate.calls)
    for _ in range(CYCLES):
        local.cycle()
    calls = Counter(call.action for call in local.world.gate.calls[before:])
    average = round(sum(calls.values()) / CYCLES, 1)
    page = (DOCS / "why.md").read_text("utf-8")
    told = re.search(r"\| AWS calls of a cycle, 10 \+ 10 resources \| ([\d.]+) \| (\d+) \|", page)
    assert told is not None, (average, calls)
    assert (float(told[1]), int(told[2])) == (average, EXISTING), calls


def test_calls_of_a_hundred_resources() -> None:
    """What the page tells of a hundred resources is what the bench measured."""
    bench = (DOCS / "performance.md").read_text("utf-8")
    measured = re.search(r"^\| 100 \| 1 \| (\d+) \|", bench, re.MULTILINE)
    page = (DOCS / "why.md").read_text("utf-8")
    told = re.search(r"\| AWS calls of a cycle, 100 resources \| (\d+) \|", page)
    assert measured is not None
    assert told is not None
    assert told[1] == measured[1]
