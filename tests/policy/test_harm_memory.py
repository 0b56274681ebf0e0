"""Never again where it hurt, until the world has changed."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.policy.harm.memory import (
    DAY,
    LONGEST,
    PAUSE,
    REST,
    Carried,
    Hurt,
    Memory,
    World,
    lowest_allowed,
    step_back_to,
)

AT = 1_736_121_600
HURT = Hurt(floor=1, low=2.0, high=8.0, at=AT, back_to=20, solution_version="v1")
MEMORY = Memory((Carried(20, 15.0, AT, "v1"), Carried(12, 8.0, AT, "v1")), (HURT,))
SAME = World("v1", 10.0)
floors = st.integers(1, 40)


def allowed(target: int, after: int, world: World = SAME, memory: Memory = MEMORY) -> int:
    """The lowest floor so many seconds after the hurt."""
    return lowest_allowed(memory, target, AT + after, world).floor


def test_nothing_is_remembered_of_a_new_resource() -> None:
    """Every floor may be set."""
    assert lowest_allowed(Memory(), 1, AT, World()).floor == 1


def test_a_week_of_rest() -> None:
    """Nothing is lowered below the floor that was put back."""
    assert allowed(1, REST - 1) == 20
    assert allowed(30, 0) == 30


def test_then_a_floor_known_to_carry_or_above_all_that_came() -> None:
    """Twelve carried eight; nothing came faster than ten; where neither is known, twenty."""
    assert allowed(1, REST) == 10
    assert allowed(1, REST, World("v1", 18.0)) == 12
    assert allowed(1, REST, World("v1", None)) == 12
    assert allowed(1, REST, World("v1", None), Memory((), (HURT,))) == 20
    assert allowed(11, REST) == 11


def test_the_reason_names_what_hurt() -> None:
    """For the page and the mail."""
    found = lowest_allowed(MEMORY, 1, AT + REST, SAME)
    assert found.reason == "A floor of 1 hurt at 2.00 to 8.00 TPS (1 time)"


def test_a_long_time_with_growing_pauses() -> None:
    """Four weeks, then eight, sixteen, up to a year."""
    memory = MEMORY
    for times in range(1, 8):
        pause = min(LONGEST, PAUSE * 2 ** (times - 1))
        assert allowed(1, pause - 1, memory=memory) > 1
        assert allowed(1, pause, memory=memory) == 1
        memory = memory.with_hurt(HURT)


def test_another_solution_version_halves_the_pause() -> None:
    """Weekly training must not mean weekly harm; a version nobody knows is the same."""
    other, nobody = World("v2", 10.0), World(None, 10.0)
    assert allowed(1, PAUSE // 2 - 1, other) > 1
    assert allowed(1, PAUSE // 2, other) == 1
    assert allowed(1, PAUSE // 2, nobody) > 1


def test_clearly_lower_demand_opens_a_floor() -> None:
    """Below half of what hurt, over a wholly known fortnight."""
    assert allowed(1, DAY, World("v1", 0.99)) == 1
    assert allowed(1, DAY, World("v1", 1.0)) > 1
    assert allowed(1, DAY, World("v1", None)) > 1


@given(
    floors,
    st.lists(st.tuples(floors, st.floats(1, 30), st.integers(0, 60)), max_size=5),
    st.integers(0, 14),
    st.one_of(st.none(), st.floats(20, 40)),
)
def test_never_again_within_two_weeks_of_unchanged_demand(
    target: int, hurts: list[tuple[int, float, int]], days: int, highest: float | None
) -> None:
    """Whatever else hurt, carried or came."""
    memory = Memory()
    for floor, load, ago in sorted(hurts, key=lambda one: -one[2]):
        memory = memory.with_hurt(Hurt(floor, load, load + 1, AT - ago * DAY, floor + 5))
        memory = memory.with_carried(Carried(floor + 1, load, AT))
    found = lowest_allowed(memory, target, AT + days * DAY, World(None, highest)).floor
    assert found >= target
    for hurt in memory.hurts:
        if AT + days * DAY < hurt.at + 14 * DAY:
            assert found > hurt.floor


@given(floors, floors, st.integers(0, 400))
def test_more_hurts_never_allow_a_lower_floor(target: int, floor: int, days: int) -> None:
    """And a higher target never gives a lower floor."""
    more = MEMORY.with_hurt(Hurt(floor, 3.0, 9.0, AT, 25))
    assert allowed(target, days * DAY, memory=more) >= allowed(target, days * DAY)
    assert allowed(target + 1, days * DAY) >= allowed(target, days * DAY)


def test_back_to_the_lowest_floor_known_to_carry() -> None:
    """Never one that hurt, never above the floor before."""

    def back(high: float, from_floor: int = 20, memory: Memory = MEMORY) -> int:
        return step_back_to(
            memory, floor=1, from_floor=from_floor, high=high, now=AT + DAY, world=SAME
        )

    assert back(7.0) == 12
    assert back(9.0) == 20
    assert back(99.0) == 20
    assert back(7.0, from_floor=10) == 10
    assert back(7.0, memory=MEMORY.with_hurt(Hurt(12, 9.0, 9.5, AT, 20))) == 20


def test_what_hurts_is_no_longer_known_to_carry() -> None:
    """Nor is any lower floor."""
    memory = MEMORY.with_hurt(Hurt(12, 9.0, 9.5, AT, 20, 1, "v1"))
    assert [one.floor for one in memory.carried] == [20]


def test_the_highest_load_of_a_floor_counts() -> None:
    """One entry for each floor and version."""
    memory = Memory().with_carried(Carried(5, 4.0, 10)).with_carried(Carried(5, 3.0, 20))
    assert memory.carried == (Carried(5, 4.0, 20),)


def test_through_the_journal() -> None:
    """To JSON and back."""
    assert Memory.from_dict(json.loads(json.dumps(MEMORY.to_dict()))) == MEMORY
    assert Memory.from_dict({}) == Memory()
