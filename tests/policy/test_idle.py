"""Idle: nobody asked for the whole threshold, for certain."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import BEGIN, a_resource

from personalize_monitor.model.decision import Action
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.sample import ZERO, Sample, unknown
from personalize_monitor.policy.idle import idle, may_be_idle

HOURS = st.integers(2, 48)


@given(age=st.floats(0, 100), since_update=st.floats(0, 100), hours=HOURS)
def test_what_was_created_or_updated_within_the_threshold_is_left_alone(
    age: float, since_update: float, hours: int
) -> None:
    """Only a resource that has been as it is for the whole threshold can be idle."""
    resource = a_resource(
        created=BEGIN - timedelta(hours=max(age, since_update)),
        updated=BEGIN - timedelta(hours=since_update),
    )
    held = may_be_idle(resource, hours, BEGIN)
    assert (held is None) is (resource.settled_hours(BEGIN) >= hours)
    if held is not None:
        assert not held.acts
        assert held.held_by == "recently updated"


@given(requests=st.one_of(st.none(), st.floats(0, 1e6)), hours=HOURS, on=st.booleans())
def test_only_a_certain_zero_acts(requests: float | None, hours: int, on: bool) -> None:
    """A request means in use, unknown means unknown, and a switch that is off means no."""
    sample = unknown("InternalError") if requests is None else Sample(requests)
    decision = idle(a_resource(), sample, hours=hours, enabled=on, now=BEGIN)
    if requests is None:
        assert decision is not None
        assert (decision.acts, decision.held_by) == (False, "unknown data")
        assert "InternalError" in decision.reason
    elif requests > 0:
        assert decision is None
    else:
        assert decision is not None
        assert decision.acts is on


@pytest.mark.parametrize(
    ("kind", "action", "switch"),
    [
        (Kind.CAMPAIGN, Action.DELETE, "AutoDeleteIdleCampaigns"),
        (Kind.RECOMMENDER, Action.STOP, "AutoStopIdleRecommenders"),
    ],
)
def test_campaigns_are_deleted_and_recommenders_stopped(
    kind: Kind, action: Action, switch: str
) -> None:
    """A recommender is never deleted; a finding without its switch names the switch."""
    resource = a_resource(kind=kind)
    decision = idle(resource, ZERO, hours=24, enabled=True, now=BEGIN)
    assert decision is not None
    assert decision.action is action
    assert decision.evidence == {"requests": 0, "hours": 24, "age_hours": 720.0}
    off = idle(resource, ZERO, hours=24, enabled=False, now=BEGIN)
    assert off is not None
    assert switch in off.reason


def test_old_knowledge_and_a_running_update_decide_nothing() -> None:
    """A stale or changing resource is left alone, with the guard named."""
    stale = may_be_idle(a_resource(stale=True), 24, BEGIN)
    busy = may_be_idle(a_resource(update_pending=True), 24, BEGIN)
    assert stale is not None
    assert stale.held_by == "unknown data"
    assert busy is not None
    assert busy.held_by == "busy"
