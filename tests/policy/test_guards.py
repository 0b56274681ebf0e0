"""Each guard is a rule of its own: when it holds, and that nothing else is held."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import BEGIN, a_resource, with_parameters

from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.policy.guards import (
    FloorPast,
    GuardInputs,
    allowed_per_hour,
    guarded,
    limit,
)
from personalize_monitor.policy.tag_overrides import TagOverrides

NOW = BEGIN
LOWER = Decision(a_resource(), Action.SET_FLOOR, "Too high: lower it to 3.", to_floor=3)
DELETE = Decision(a_resource(), Action.DELETE, "Nobody uses it: delete it.")
FREE = GuardInputs(NOW, with_parameters())
AGO = timedelta(hours=5)


def test_nothing_holds() -> None:
    """Without a reason to hold it, a decision passes as it is."""
    assert guarded(LOWER, FREE) is LOWER
    assert guarded(DELETE, FREE) is DELETE


@pytest.mark.parametrize(
    ("facts", "name", "sentence"),
    [
        ({"unknown": "The tags are not known."}, "unknown data", "The tags are not known."),
        ({"overrides": TagOverrides(exempt="Tag says yes.")}, "exempt", "Tag says yes."),
        (
            {"overrides": TagOverrides(hold_until=NOW + AGO)},
            "held",
            "its floor is held until 2026-03-02 15:02 UTC by a tag.",
        ),
        ({"overrides": TagOverrides(min_floor=10)}, "bounds", "leave nothing to change"),
        (
            {"floor_past": FloorPast(NOW - 2 * AGO, changed=NOW - AGO)},
            "changed by a person",
            "its floor was changed by a person at 2026-03-02 05:02 UTC",
        ),
        (
            {"floor_past": FloorPast(NOW - AGO, unseen_update=NOW - AGO)},
            "changed by a person",
            "it was updated at",
        ),
    ],
)
def test_holding(facts: dict[str, object], name: str, sentence: str) -> None:
    """The guard is named, its sentence follows the reason, and what would be done stays visible."""
    found = guarded(LOWER, replace(FREE, **facts))  # type: ignore[arg-type]
    assert not found.acts
    assert found.held_by == name
    assert found.reason.startswith("Too high: lower it to 3.")
    assert "Blocked: " in found.reason
    assert sentence in found.reason
    assert found.evidence["would"] == "set-floor"


def test_our_own_change_is_no_persons() -> None:
    """A floor that we set ourselves may be lowered further."""
    past = FloorPast(NOW - 2 * AGO, changed=NOW - AGO, by_us=True)
    assert guarded(LOWER, replace(FREE, floor_past=past)).acts


def test_p4_a_hold_keeps_a_resource_from_deletion_and_stop() -> None:
    """Left alone means all of it: what is pre-warmed for tomorrow is idle today."""
    overrides = TagOverrides(hold_until=NOW + AGO)
    for action in (Action.DELETE, Action.STOP):
        found = guarded(replace(DELETE, action=action), replace(FREE, overrides=overrides))
        assert (found.acts, found.held_by) == (False, "held")
        assert "it is held until" in found.reason
    assert guarded(DELETE, replace(FREE, overrides=TagOverrides(hold_until=NOW))).acts


def test_k16_times_at_the_end_of_time() -> None:
    """An update in the year 9999, as somebody's clock says, is respected and breaks nothing."""
    late = datetime.max.replace(tzinfo=UTC)
    past = FloorPast(since=NOW, changed=late)
    assert guarded(LOWER, replace(FREE, floor_past=past)).held_by == "changed by a person"
    early = FloorPast(since=NOW, changed=datetime.min.replace(tzinfo=UTC))
    assert guarded(LOWER, replace(FREE, floor_past=early)).acts


def test_bounds_move_the_floor() -> None:
    """A target below the bound becomes the bound, with the reason."""
    found = guarded(LOWER, replace(FREE, overrides=TagOverrides(min_floor=5)))
    assert found.to_floor == 5
    assert "Its tags allow at least 5, so it would become 5." in found.reason


@given(st.integers(0, 500), st.integers(0, 60), st.integers(0, 40))
def test_the_blast_radius(fleet: int, already: int, wanted: int) -> None:
    """Never more than one, or a tenth of the fleet, in an hour; nothing gets lost."""
    going, waiting = limit([DELETE] * wanted, fleet=fleet, already=already)
    assert len(going) + len(waiting) == wanted
    assert len(going) <= max(0, allowed_per_hour(fleet) - already)
    assert allowed_per_hour(fleet) == max(1, fleet // 10)
    assert all(one.held_by == "blast radius" for one in waiting)


def test_p8_a_failed_update_is_tried_again_only_when_its_time_has_come() -> None:
    """Each failure makes the pause longer; what is asked for is not forgotten."""
    waiting = replace(FREE, try_again=NOW + AGO)
    found = guarded(LOWER, waiting)
    assert not found.acts
    assert "its last update failed; it is tried again after 2026-03-02 15:02 UTC" in found.reason
    assert guarded(LOWER, replace(FREE, try_again=NOW)).acts
    assert guarded(DELETE, waiting) == guarded(DELETE, FREE)
