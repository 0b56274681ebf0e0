"""The guards around right-sizing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import BEGIN, a_resource, with_parameters

from personalize_monitor.model.decision import Action
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.policy.floor import decide_floor, may_change

DAY = 288
NOW = int(BEGIN.timestamp()) // 3600 * 3600


def demand(sums: list[float]) -> Demand:
    """A past that ends now."""
    return Demand(NOW - 300 * len(sums), tuple(sums))


@pytest.mark.parametrize(
    ("resource", "parameters", "held_by"),
    [
        ({}, {"AutoAdjustCampaignMinProvisionedTPS": "No"}, ""),
        ({"stale": True}, {}, "unknown data"),
        ({"update_pending": True}, {}, "busy"),
        ({"floor": 1}, {}, ""),
        ({"created": BEGIN - timedelta(hours=23.9)}, {}, "young"),
        ({"created": BEGIN - timedelta(hours=40)}, {"AdjustMinAgeHours": "48"}, "young"),
    ],
)
def test_a_guard_leaves_the_floor_alone(
    resource: dict[str, Any], parameters: dict[str, str], held_by: str
) -> None:
    """Switched off, stale, busy, lowest or young: nothing is asked and nothing changes."""
    decision = may_change(a_resource(**resource), with_parameters(parameters), BEGIN)
    assert decision is not None
    assert (decision.acts, decision.held_by) == (False, held_by)


def test_an_old_and_settled_floor_may_change() -> None:
    """Without a guard the history is looked at."""
    assert may_change(a_resource(), with_parameters(), BEGIN) is None


HOURS = st.lists(
    st.one_of(st.integers(0, 9000), st.integers(0, 9000), st.just(UNKNOWN)),
    min_size=48,
    max_size=48,
)


@given(hours=HOURS, floor=st.integers(2, 500))
def test_lower_never_goes_up_nor_below_the_watermark(hours: list[float], floor: int) -> None:
    """A new floor is a whole number below the old one, at least 1 and at least the watermark."""
    past = demand([float(requests) for requests in hours for _ in range(12)])
    decision = decide_floor(a_resource(floor=floor), past, with_parameters(), BEGIN)
    if not decision.acts:
        assert decision.to_floor is None
        return
    assert decision.action is Action.SET_FLOOR
    assert decision.to_floor is not None
    assert 1 <= decision.to_floor < floor
    watermark = past.low_watermark()
    assert watermark is not None
    assert decision.to_floor >= watermark - 1e-6


@given(st.integers(0, 2 * DAY))
def test_no_decision_on_unknown_hours(unknown: int) -> None:
    """With the last hours unknown the floor stays, however quiet the rest was."""
    sums = [0.0] * (2 * DAY)
    sums[-max(unknown, 4 * 12 + 12) :] = [UNKNOWN] * max(unknown, 4 * 12 + 12)
    decision = decide_floor(a_resource(floor=50), demand(sums), with_parameters(), BEGIN)
    assert (decision.acts, decision.held_by != "") == (False, True)


def test_one_step_to_the_watermark() -> None:
    """A floor of 100 over a steady 20 TPS comes down in one step, with the numbers as evidence."""
    decision = decide_floor(
        a_resource(floor=100), demand([6000.0] * (2 * DAY)), with_parameters(), BEGIN
    )
    assert decision.to_floor == 20
    assert decision.evidence["watermark"] == 20.0
    assert decision.evidence["peak"] == 20.0
