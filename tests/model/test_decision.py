"""Decisions: an action or none, always with its reason."""

from __future__ import annotations

import pytest
from tests.support import a_resource

from personalize_monitor.model.decision import Action, Decision, leave


@pytest.mark.parametrize("action", list(Action))
def test_only_leaving_changes_nothing(action: Action) -> None:
    """Every action but LEAVE acts."""
    assert Decision(a_resource(), action, "Because.").acts is (action is not Action.LEAVE)


def test_leaving_keeps_what_held_it_and_why() -> None:
    """The guard and the numbers stay with a decision to do nothing."""
    decision = leave(a_resource(), "It is young.", held_by="young", evidence={"age_hours": 3.0})
    assert (decision.acts, decision.held_by) == (False, "young")
    assert decision.evidence == {"age_hours": 3.0}
    assert leave(a_resource(), "No.").evidence == {}
