"""The risk beside the saving: told with each lowering, and bounded where somebody wants that."""

from __future__ import annotations

from dataclasses import replace

import pytest
from tests.support import a_resource

from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.demand import Demand
from personalize_monitor.policy.harm import Reserve
from personalize_monitor.policy.risk import AT_RISK, EXPOSURE, RISK_SURE, bounded, risk_in, told

SHOES = replace(a_resource(), floor=20)
DAY = [3.0 * 300] * 280 + [10.0 * 300] * 8
PAST = Demand(0, tuple(DAY * 14))
HALF = Reserve(0.5, 0.9, 45, 0)
HOPE = Reserve(0.5, 0.7, 24, 0)
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


def test_what_the_service_holds_is_not_at_risk() -> None:
    """Of eight windows of 10 TPS after 3, two come before the service has grown."""
    found = told(LOWER, PAST, HALF)
    assert found.evidence[EXPOSURE] == pytest.approx(6.09)
    assert found.evidence[AT_RISK] == pytest.approx(1.2, abs=0.1)
    assert found.evidence[RISK_SURE] is True
    assert found.reason.endswith(
        f"came faster than a floor of 3, {found.evidence[AT_RISK]:.1f} % faster than what the "
        "service is known to hold by itself."
    )
    assert risk_in(found) == f"{found.evidence[AT_RISK]:.1f} %"


@pytest.mark.parametrize("reserve", [None, HOPE])
def test_what_is_not_sure_takes_no_risk_away(reserve: Reserve | None) -> None:
    """Without enough bursts the risk is told as a bound."""
    found = told(LOWER, PAST, reserve)
    assert found.evidence[AT_RISK] == found.evidence[EXPOSURE]
    assert risk_in(found) == "up to 6.1 %"
    assert risk_in(LOWER) == ""


def test_a_known_reserve_lets_a_bound_go_lower() -> None:
    """Two per cent: with what the service holds, the watermark itself."""
    assert bounded(LOWER, PAST, 2.0).to_floor == 8
    assert bounded(LOWER, PAST, 2.0, HALF).to_floor == 3
    assert bounded(LOWER, PAST, 2.0, HOPE).to_floor == 8
