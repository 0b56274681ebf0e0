"""Hourly turns: each key once an hour, whatever happens to the schedule."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.context.memory import Memory
from personalize_monitor.model.window import SECONDS, Window
from personalize_monitor.policy.slots import SLOTS, slot_of, turn

KEYS = st.text(min_size=1, max_size=40)
STARTS = st.integers(5_000_000, 6_000_000)


def at(number: int) -> Window:
    """The window of a number."""
    return Window(datetime.fromtimestamp(number * SECONDS, UTC))


@given(key=KEYS, start=STARTS, hours=st.integers(1, 30))
def test_every_key_is_due_once_an_hour(key: str, start: int, hours: int) -> None:
    """Over any run of windows a key is due exactly once in each twelve, always at its slot."""
    memory = Memory()
    memory.done(key, at(start))
    due = []
    for number in range(start + 1, start + 1 + hours * SLOTS):
        if memory.is_due(key, at(number)):
            due.append(number)
            memory.done(key, at(number))
    assert len(due) == hours
    assert {number % SLOTS for number in due} == {slot_of(key)}


@given(key=KEYS, start=STARTS, gaps=st.lists(st.integers(1, 40), min_size=1, max_size=30))
def test_a_late_run_skips_nothing(key: str, start: int, gaps: list[int]) -> None:
    """Whatever windows are missed, the work of an hour is done by the next run, and not twice."""
    memory = Memory()
    memory.done(key, at(start))
    number = start
    for gap in gaps:
        before, number = turn(key, at(number)), number + gap
        passed = turn(key, at(number)) > before
        assert memory.is_due(key, at(number)) is passed
        memory.done(key, at(number))
        assert not memory.is_due(key, at(number))  # the same window again
    assert turn(key, at(number)) - turn(key, at(start)) in {
        sum(gaps) // SLOTS,
        sum(gaps) // SLOTS + 1,
    }


@given(key=KEYS, number=STARTS)
def test_what_is_not_remembered_is_due_at_once(key: str, number: int) -> None:
    """A new key does not wait for its slot."""
    assert Memory().is_due(key, at(number))


def test_keys_spread_over_the_hour() -> None:
    """A thousand ARNs put between 3 and 15 percent of the work into each slot."""
    arns = [f"arn:aws:personalize:us-east-1:123456789012:campaign/c-{i}" for i in range(1000)]
    counts = [sum(slot_of(arn) == slot for arn in arns) for slot in range(SLOTS)]
    assert min(counts) > 30
    assert max(counts) < 150


def test_work_is_forgotten_with_its_resource() -> None:
    """A resource that is gone leaves no turn behind: one of the same name starts anew."""
    memory = Memory()
    memory.done("arn", at(6_000_000))
    memory.forget({"arn"})
    assert memory.is_due("arn", at(6_000_000))


def test_a_clock_that_goes_back_forgets_everything() -> None:
    """After a jump backwards nothing that was learnt in the future is relied on."""
    memory = Memory()
    now = datetime(2026, 3, 2, tzinfo=UTC)
    memory.begin(now)
    memory.done("arn", at(6_000_000))
    memory.begin(now)
    assert not memory.is_due("arn", at(6_000_000))
    memory.begin(now - timedelta(minutes=5))
    assert memory.is_due("arn", at(6_000_000))
    assert memory.cycles == 1
