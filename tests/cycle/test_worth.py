"""What a change would save: known where nothing about the price depends on what is not known."""

from __future__ import annotations

from array import array
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from personalize_monitor.context.memory import History, Memory
from personalize_monitor.cycle.worth import monthly_savings
from personalize_monitor.decide.considered import Considered
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.model.price_file import shipped_prices
from personalize_monitor.model.resource import Kind, Resource
from personalize_monitor.model.sample import Sample

NOW = datetime(2026, 3, 2, 10, tzinfo=UTC)
PLACE = ("123456789012", "us-east-1")
START = int((NOW - timedelta(days=1)).timestamp())
V2, LEGACY = "aws-user-personalization-v2", "aws-sims"


def resource(name: str, recipe: str, floor: int = 10) -> Resource:
    """A campaign that serves."""
    arn = Arn(f"arn:aws:personalize:us-east-1:123456789012:campaign/{name}")
    recipe_arn = f"arn:aws:personalize:::recipe/{recipe}"
    made = NOW - timedelta(days=9)
    return Resource(arn, name, Kind.CAMPAIGN, "ACTIVE", floor, made, made, recipe_arn)


def lowered(one: Resource, to: int, rate: float) -> Considered:
    """A decision to lower its floor, drawn from a steady demand."""
    demand = Demand(START, (rate * 300,) * 288)
    decision = Decision(one, Action.SET_FLOOR, "Less is enough.", to_floor=to)
    return Considered(decision, Sample(0.0), demand)


def savings(considered: Sequence[Considered], memory: Memory) -> dict[str, float]:
    """By the resource's name, in US dollars a month."""
    found = monthly_savings(considered, memory, PLACE, shipped_prices())
    return {arn.rpartition("/")[2]: value for arn, value in found.items()}


def test_a4_a_price_without_tiers_needs_nothing_else_to_be_known() -> None:
    """730 hours of 3,600 requests at $0.15 a thousand, for each unit of floor above the demand."""
    memory = Memory(fleets={PLACE: (resource("a", V2), resource("other", V2))})
    found = savings([lowered(resource("a", V2), 3, rate=2.0)], memory)
    assert found == {"a": pytest.approx(7 * 730 * 3.6 * 0.15)}
    found = savings([lowered(resource("a", V2), 3, rate=5.0)], memory)
    assert found == {"a": pytest.approx(5 * 730 * 3.6 * 0.15)}


def test_a4_with_tiers_the_others_must_be_known() -> None:
    """What shares the tiers decides which of them is left."""
    one, other = resource("a", LEGACY, 20), resource("other", LEGACY, 50)
    memory = Memory(fleets={PLACE: (one, other)})
    asked = [lowered(one, 10, rate=1.0)]
    assert savings(asked, memory) == {}
    memory.histories[str(other.arn)] = History(START, array("d", [300.0] * 288))
    # 70 x 730 = 51,100 TPS-hours of which 31,100 are in the second tier, at $0.10.
    assert savings(asked, memory) == {"a": pytest.approx(10 * 730 * 0.10)}


def test_a4_a_deletion_saves_the_whole_floor() -> None:
    """What is idle had no requests."""
    idle = replace(lowered(resource("a", V2, 2), 1, rate=0.0), demand=None)
    decision = replace(idle.decision, action=Action.DELETE, to_floor=None)
    found = savings([replace(idle, decision=decision)], Memory())
    assert found == {"a": pytest.approx(2 * 730 * 3.6 * 0.15)}


def test_a4_without_a_price_there_is_no_figure() -> None:
    """Recipes and recommenders whose price nobody knows."""
    assert savings([lowered(resource("a", "aws-of-tomorrow"), 3, rate=2.0)], Memory()) == {}
