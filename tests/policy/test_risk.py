"""The risk beside the saving: told with each lowering, and bounded where somebody wants that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support import a_resource

from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.policy.risk import EXPOSURE, bounded, told

SHOES = replace(a_resource(), floor=20)
DAY = [3.0 * 300] * 280 + [10.0 * 300] * 8
PAST = Demand(0, tuple(DAY * 14))
LOWER = Decision(SHOES, Action.SET_FLOOR, "Less.", to_floor=3)


def test_a_lowering_tells_what_came_faster() -> None:
    """8 of 288 windows came with 7 TPS more than the floor: 56 of 920."""
    found = told(LOWER, PAST)
    assert found.reason.endswith(
        "6.1 % of the requests of the last 14 days came faster than a floor of 3."
    )
    assert found.evidence[EXPOSURE] == pytest.approx(6.09)


def test_what_lowers_nothing_tells_nothing() -> None:
    """A raise has no risk, and without a past nothing is known."""
    up = replace(LOWER, to_floor=30)
    assert told(up, PAST) == up
    assert told(LOWER, None) == LOWER


@pytest.mark.parametrize(
    ("most", "floor"), [(None, 3), (100.0, 3), (6.1, 3), (3.0, 7), (1.0, 9), (0.0, 10)]
)
def test_it_exposes_no_more_than_it_may(most: float | None, floor: int) -> None:
    """The lowest floor within the bound; blank is no bound."""
    assert bounded(LOWER, PAST, most).to_floor == floor


def test_what_is_left_must_be_worth_an_update() -> None:
    """From 10 to 10 is no lowering: it is held, with the figure and the parameter."""
    tight = replace(LOWER, resource=replace(SHOES, floor=10))
    found = bounded(tight, PAST, 0.0)
    assert (found.acts, found.held_by) == (False, "exposure")
    assert found.reason.endswith("than that floor, and MaxExposurePercent is 0.")
