"""Each guard at its edge: the last moment at which it holds, and the first at which it does not."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta

import pytest
from tests.support import BEGIN, a_resource, with_parameters

from personalize_monitor.model.decision import Action, Decision, leave
from personalize_monitor.policy.floor import finds_in_place
from personalize_monitor.policy.guards import (
    BLOCKERS,
    GUARDS,
    FloorPast,
    GuardInputs,
    allowed_per_hour,
    guarded,
    held,
    limit,
)
from personalize_monitor.policy.harm import Allowed
from personalize_monitor.policy.tag_overrides import TagOverrides

NOW = BEGIN
SECOND = timedelta(seconds=1)
RESOURCE = a_resource(floor=10)
LOWER = Decision(
    RESOURCE, Action.SET_FLOOR, "Too high: lower it to 3.", to_floor=3, evidence={"rule": "idle"}
)
PLANNED = replace(LOWER, evidence={"rule": "follow"})
DELETE = Decision(RESOURCE, Action.DELETE, "Nobody uses it: delete it.", evidence={"hours": 24})
FREE = GuardInputs(NOW, with_parameters())
SINCE = NOW - timedelta(days=14)


def ago(hours: float) -> datetime:
    """So many hours before now."""
    return NOW - timedelta(hours=hours)


def test_what_is_held_back_stays_visible() -> None:
    """Held is leaving alone: the old reason, the guard's sentence, and what would have been."""
    assert held(LOWER, "a guard", "it is a holiday.") == leave(
        RESOURCE,
        "Too high: lower it to 3. Blocked: it is a holiday.",
        held_by="a guard",
        evidence={"rule": "idle", "would": "set-floor", "to": 3},
    )
    assert held(DELETE, "a guard", "no.").evidence == {"hours": 24, "would": "delete", "to": None}


def test_leaving_alone_is_never_held() -> None:
    """A decision to do nothing passes every guard, and keeps its own reason and guard."""
    nothing = leave(RESOURCE, "It is in use.", held_by="young")
    assert guarded(nothing, replace(FREE, unknown="the tags are not known.")) is nothing


def test_the_order_of_the_guards() -> None:
    """What is not known comes first, then what a person wants, then what protects the service."""
    assert [name for name, _ in GUARDS] == [
        "unknown data",
        "exempt",
        "held",
        "hurt before",
        "bounds",
        "changed by a person",
        "failed before",
        "update check",
        "enough updates",
    ]


def test_the_first_guard_that_holds_is_named() -> None:
    """Its name stands for the decision; the reason and the evidence tell all of them."""
    overrides = TagOverrides(exempt="Tag says yes.", hold_until=NOW + SECOND)
    facts = replace(FREE, overrides=overrides, unknown="the tags are not known.")
    found = guarded(LOWER, facts)
    assert found.held_by == "unknown data"
    assert found.reason == (
        "Too high: lower it to 3. Blocked: the tags are not known. Also: Tag says yes. Also: its "
        f"floor is held until {NOW + SECOND:%Y-%m-%d %H:%M} UTC by a tag."
    )
    assert found.evidence[BLOCKERS] == "unknown data, exempt, held"
    alone = guarded(LOWER, replace(FREE, unknown="the tags are not known."))
    assert BLOCKERS not in alone.evidence
    assert guarded(LOWER, replace(facts, unknown="")).held_by == "exempt"
    assert guarded(LOWER, replace(FREE, overrides=replace(overrides, exempt=""))).held_by == "held"


@pytest.mark.parametrize("decision", [LOWER, DELETE], ids=["floor", "deletion"])
def test_an_exempt_resource_keeps_everything(decision: Decision) -> None:
    """Exemption is about floors and about deletion."""
    assert guarded(decision, replace(FREE, overrides=TagOverrides(exempt="Tag says yes."))).held_by


@pytest.mark.parametrize(
    ("until", "acts"),
    [(NOW + SECOND, False), (NOW, True), (NOW - SECOND, True)],
    ids=["a second left", "just over", "over"],
)
def test_a_hold_ends_at_its_moment(until: datetime, acts: bool) -> None:
    """HoldUntil holds up to its time, not at it."""
    assert guarded(LOWER, replace(FREE, overrides=TagOverrides(hold_until=until))).acts is acts


def test_a_hold_says_until_when() -> None:
    """The sentence has the time to the minute, in UTC."""
    found = guarded(
        LOWER, replace(FREE, overrides=TagOverrides(hold_until=NOW + timedelta(days=2)))
    )
    assert found.reason == (
        "Too high: lower it to 3. Blocked: its floor is held until 2026-03-04 10:02 UTC by a tag."
    )


@pytest.mark.parametrize(
    ("lowest", "highest", "floor", "told"),
    [
        (None, None, 3, ""),
        (2, None, 3, ""),
        (3, None, 3, ""),
        (4, None, 4, "at least 4"),
        (None, 3, 3, ""),
        (None, 2, 2, "at most 2"),
        (1, 2, 2, "at most 2"),
        (9, 9, 9, "at least 9"),
        (5, 4, 5, "at least 5"),
    ],
)
def test_bounds_by_tag(lowest: int | None, highest: int | None, floor: int, told: str) -> None:
    """The target moves to the nearer bound and says which; MinTPS wins over a lower MaxTPS."""
    found = guarded(
        LOWER, replace(FREE, overrides=TagOverrides(min_floor=lowest, max_floor=highest))
    )
    more = f" Its tags allow {told}, so it would become {floor}." if told else ""
    assert found == replace(LOWER, to_floor=floor, reason=LOWER.reason + more)


@pytest.mark.parametrize("lowest", [10, 11])
def test_bounds_that_leave_nothing(lowest: int) -> None:
    """A floor at its lower bound, or already below it, is not touched: lowering never raises."""
    found = guarded(LOWER, replace(FREE, overrides=TagOverrides(min_floor=lowest)))
    assert (found.acts, found.held_by) == (False, "bounds")
    assert found.reason == (
        f"Too high: lower it to 3. Its tags allow at least {lowest}, so it would become {lowest}. "
        "Blocked: the bounds set by tags leave nothing to change."
    )
    assert found.evidence["to"] == lowest


def test_only_a_plan_may_raise() -> None:
    """A raise by mode follow is no matter of bounds; any other rule's raise is held."""
    up = replace(LOWER, to_floor=20)
    assert guarded(up, FREE).held_by == "bounds"
    assert guarded(replace(up, evidence={"rule": "follow"}), FREE).acts
    assert guarded(replace(up, evidence={}), FREE).held_by == "bounds"


def test_bounds_are_not_about_deletion() -> None:
    """A deletion has no floor to move, and none that could be too high."""
    overrides = TagOverrides(min_floor=50, max_floor=60)
    assert guarded(DELETE, replace(FREE, overrides=overrides)) is DELETE


@pytest.mark.parametrize(
    ("past", "acts"),
    [
        pytest.param(FloorPast(SINCE), True, id="never changed"),
        pytest.param(FloorPast(SINCE, changed=ago(23.99)), False, id="within a day"),
        pytest.param(FloorPast(SINCE, changed=ago(24)), True, id="a day ago"),
        pytest.param(FloorPast(SINCE, changed=ago(1), by_us=True), True, id="by us"),
        pytest.param(FloorPast(SINCE, unseen_update=ago(23.99)), False, id="unseen, within a day"),
        pytest.param(FloorPast(SINCE, unseen_update=ago(24)), True, id="unseen, a day ago"),
        pytest.param(
            FloorPast(SINCE, changed=ago(1), by_us=True, unseen_update=ago(2)),
            False,
            id="by us after somebody",
        ),
        pytest.param(
            FloorPast(SINCE, changed=ago(30), unseen_update=ago(2)), True, id="the change counts"
        ),
    ],
)
def test_what_a_person_did_is_respected(past: FloorPast, acts: bool) -> None:
    """For RespectManualHours after a person's change the floor is theirs."""
    found = guarded(LOWER, replace(FREE, floor_past=past))
    assert found.acts is acts
    assert found.held_by == ("" if acts else "changed by a person")


@pytest.mark.parametrize(
    ("past", "what"),
    [
        (FloorPast(SINCE, changed=ago(5)), "its floor was changed by a person"),
        (FloorPast(SINCE, unseen_update=ago(5)), "it was updated"),
    ],
)
def test_the_sentence_about_a_person(past: FloorPast, what: str) -> None:
    """What was done, when, until when it is respected, and by which parameter."""
    facts = replace(FREE, settings=with_parameters(RespectManualHours="8"), floor_past=past)
    assert guarded(LOWER, facts).reason == (
        f"Too high: lower it to 3. Blocked: {what} at 2026-03-02 05:02 UTC; that is respected "
        "until 2026-03-02 13:02 UTC (RespectManualHours is 8)."
    )


def test_respecting_can_be_switched_off() -> None:
    """RespectManualHours of 0 asks for no respect, and a deletion is not about the floor."""
    facts = replace(FREE, floor_past=FloorPast(SINCE, changed=NOW))
    assert guarded(DELETE, facts).acts
    assert guarded(LOWER, replace(facts, settings=with_parameters(RespectManualHours="0"))).acts


@pytest.mark.parametrize(
    ("to_floor", "later", "changes", "acts"),
    [
        pytest.param(20, None, 3, True, id="up, two left"),
        pytest.param(20, None, 4, False, id="up, the last one is kept"),
        pytest.param(3, None, 4, True, id="the last one, down for good"),
        pytest.param(3, None, 5, False, id="down, none left"),
        pytest.param(3, 2, 4, False, id="down, and further down later"),
        pytest.param(3, 3, 4, True, id="down, the same later"),
        pytest.param(3, 9, 4, True, id="down, up later"),
        pytest.param(3, 2, 3, True, id="down by steps, two left"),
        pytest.param(9, 2, 4, False, id="a little down, more later"),
    ],
)
def test_updates_are_not_without_end(
    to_floor: int, later: int | None, changes: int, acts: bool
) -> None:
    """Of five updates a day a plan keeps one for the way down, so that no floor stays up."""
    decision = replace(PLANNED, to_floor=to_floor, evidence={"rule": "follow", "next_floor": later})
    facts = replace(FREE, floor_past=FloorPast(SINCE, changes=changes))
    found = guarded(decision, facts)
    assert found.acts is acts
    if not acts:
        assert found.held_by == "enough updates"
        assert found.reason.endswith(
            f" Blocked: its floor was changed {changes} times in a day, and MaxUpdatesPerDay is 5."
        )


def test_the_last_update_is_kept_for_the_way_down() -> None:
    """Only a floor below the present one uses the update that is kept."""
    up = replace(PLANNED, to_floor=11)
    facts = replace(FREE, floor_past=FloorPast(SINCE, changes=4))
    assert guarded(up, facts).held_by == "enough updates"


def test_lowering_does_not_count_updates() -> None:
    """MaxUpdatesPerDay is a rule of plans; mode lower steps down once and is done."""
    many = FloorPast(SINCE, changes=50)
    assert guarded(LOWER, replace(FREE, floor_past=many)).acts
    assert guarded(PLANNED, FREE).acts, "a past that nobody needs to know holds nothing"


@pytest.mark.parametrize(
    ("fleet", "allowed"), [(0, 1), (1, 1), (9, 1), (10, 1), (19, 1), (20, 2), (29, 2), (500, 50)]
)
def test_a_tenth_of_the_fleet(fleet: int, allowed: int) -> None:
    """One an hour, or whole tenths of the fleet."""
    assert allowed_per_hour(fleet) == allowed


@pytest.mark.parametrize(("already", "go"), [(0, 3), (1, 2), (2, 1), (3, 0), (4, 0)])
def test_those_that_wait(already: int, go: int) -> None:
    """The first ones go, the others are told that they wait for their turn, in their order."""
    wanted = [
        replace(DELETE, resource=a_resource(f"c{number}"), reason=f"{number} is idle.")
        for number in range(5)
    ]
    going, waiting = limit(wanted, fleet=30, already=already)
    assert going == wanted[:go]
    assert waiting == [
        held(
            decision,
            "blast radius",
            "at most 3 of 30 resources may go in a region and hour; it waits for its turn.",
        )
        for decision in wanted[go:]
    ]
    assert all("Blocked: at most 3 of 30" in one.reason for one in waiting)


def test_without_tags_the_lowest_floor_is_one() -> None:
    """Nobody said otherwise, so a target of 1 stays 1."""
    lowest = replace(LOWER, to_floor=1)
    assert guarded(lowest, FREE) is lowest
    assert guarded(lowest, replace(FREE, overrides=TagOverrides(max_floor=1))) is lowest


@pytest.mark.parametrize("decision", [LOWER, PLANNED])
@pytest.mark.parametrize(("lowest", "floor"), [(1, 3), (3, 3), (4, 4), (6, 6)])
def test_a_floor_that_hurt_bounds_a_lowering(decision: Decision, lowest: int, floor: int) -> None:
    """In both modes it goes as low as nothing hurt."""
    why = "" if lowest <= 3 else "A floor of 3 hurt at 4.00 to 9.00 TPS (1 time)"
    found = guarded(decision, replace(FREE, lowest=Allowed(lowest, why)))
    assert (found.to_floor, why in found.reason) == (floor, True)


@pytest.mark.parametrize("lowest", [10, 11, 400])
def test_where_all_below_hurt_nothing_is_lowered(lowest: int) -> None:
    """It is held by name; a floor is never raised by it."""
    found = guarded(LOWER, replace(FREE, lowest=Allowed(lowest, "A floor of 3 hurt")))
    assert (found.acts, found.held_by) == (False, "hurt before")
    assert found.reason.count("A floor of 3 hurt") == 1
    assert finds_in_place(found)


def test_what_hurt_bounds_no_raise() -> None:
    """A plan may raise a floor to wherever it wants."""
    up = replace(PLANNED, resource=replace(RESOURCE, floor=2))
    assert guarded(up, replace(FREE, lowest=Allowed(8, "A floor of 7 hurt"))).to_floor == 3


@pytest.mark.parametrize(
    ("guard", "placed"),
    [
        ("held", True),
        ("exempt", True),
        ("hurt before", True),
        ("exposure", True),
        ("changed by a person", True),
        ("failed before", True),
        ("update check", True),
        ("enough updates", True),
        ("unknown data", None),
        ("doubtful silence", None),
        ("busy", None),
    ],
)
def test_what_a_guard_keeps_is_in_place(guard: str, placed: bool | None) -> None:
    """Of what is not known, and of what would be deleted, nothing is said."""
    assert finds_in_place(held(LOWER, guard, "so.")) is placed
    assert finds_in_place(held(replace(LOWER, action=Action.DELETE), guard, "so.")) is None
    assert finds_in_place(LOWER) is False
