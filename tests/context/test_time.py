"""Whose time it is: the event's for what is measured, the machine's for how long it may take."""

from __future__ import annotations

import math
import time
from array import array
from datetime import UTC, datetime, timedelta, timezone
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.support import BEGIN, a_resource

from personalize_monitor.context import moment
from personalize_monitor.context.budget import Budget, Stopwatch
from personalize_monitor.context.memory import AlarmsDone, History, Memory
from personalize_monitor.context.moment import moment_of
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.window import Window

pytestmark = pytest.mark.clock


@given(
    st.datetimes(datetime(2000, 1, 1), datetime(2026, 1, 1)),  # noqa: DTZ001  the zone is drawn
    st.integers(-14 * 60, 14 * 60),
)
def test_an_events_time_is_the_same_moment_in_utc(naive: datetime, minutes: int) -> None:
    """Whatever zone an event is written in, it speaks of one moment."""
    moment = naive.replace(tzinfo=timezone(timedelta(minutes=minutes)))
    found = moment_of({"time": moment.isoformat()})
    assert found == moment
    assert found.tzinfo is UTC


@pytest.mark.parametrize(
    "text", ["2026-03-02T10:02:00Z", "2026-03-02T10:02:00", "2026-03-02 11:02:00+01:00"]
)
def test_the_ways_to_write_a_time(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """EventBridge writes Z; a person may leave the zone out, and means UTC."""
    monkeypatch.setattr(moment, "utc_now", lambda: BEGIN)
    assert moment_of({"time": text}) == BEGIN


@pytest.mark.parametrize(
    "text", ["", "soon", "10:02", 5, "2026-13-01T00:00:00Z", "0001-01-01T00:00+23:59", []]
)
def test_a_time_that_is_none_is_refused_with_an_example(text: Any) -> None:
    """Rather no cycle than one of the wrong window."""
    with pytest.raises(InvalidRequest, match=r"give an ISO time such as 2026-11-27T18:00:00Z\."):
        moment_of({"time": text})


@pytest.mark.clock
def test_an_event_without_a_time_is_of_now() -> None:
    """Only there the machine's clock tells which window is meant."""
    before = datetime.now(UTC)
    assert before <= moment_of({}) <= datetime.now(UTC)
    assert moment_of({"time": None}).tzinfo is UTC


def test_without_a_limit_there_is_always_time() -> None:
    """The command has no end that Lambda sets."""
    assert Budget().seconds == math.inf
    assert Budget().allows(1e9)


@pytest.mark.parametrize(("left", "wanted", "allowed"), [(10, 10, True), (9.9, 10, False)])
def test_time_is_asked_anew(left: float, wanted: float, allowed: bool) -> None:
    """Exactly as much as is wanted is enough; the answer changes as time goes by."""
    seconds = [left]
    limited = Budget(lambda: seconds[0])
    assert limited.allows(wanted) is allowed
    seconds[0] = 0
    assert not limited.allows(0.001)
    assert limited.allows(0)


def test_a_part_ends_at_its_own_time_or_with_the_whole(monkeypatch: pytest.MonkeyPatch) -> None:
    """Alarms get 45 seconds, and less where the invocation has less."""
    now, left = [100.0], [60.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    part = Budget(lambda: left[0]).at_most(45)
    assert part.seconds == 45
    now[0] += 40
    assert part.seconds == 5
    left[0] = 2
    assert part.seconds == 2
    now[0] += 10
    assert not part.allows(0)


def test_what_is_over_has_no_time_left() -> None:
    """A lane that comes back after its cycle finds nothing more to do."""
    over = [False]
    limited = Budget(lambda: 30).unless(lambda: over[0])
    assert limited.seconds == 30
    over[0] = True
    assert limited.seconds == 0


def test_a_stopwatch_counts_from_its_making(monkeypatch: pytest.MonkeyPatch) -> None:
    """Real seconds, whatever the event's time says."""
    now = [100.0]
    monkeypatch.setattr(time, "monotonic", lambda: now[0])
    watch = Stopwatch()
    now[0] += 2.5
    assert watch.seconds == 2.5


def test_a_turn_is_due_once_an_hour() -> None:
    """Done in one window of the hour, it is not due in the other eleven, and again after them."""
    memory, key = Memory(), "arn:x"
    windows = [Window(BEGIN.replace(minute=0) + timedelta(minutes=5 * n)) for n in range(36)]
    due = []
    for window in windows:
        if memory.is_due(key, window):
            due.append(window.number)
            memory.done(key, window)
    assert due[0] == windows[0].number  # nothing is remembered: it is due at once
    assert {b - a for a, b in pairwise(due[1:])} == {12}


def test_a_turn_that_was_missed_is_still_due() -> None:
    """A cycle that did not run skips nobody: the work waits for the next one."""
    memory, key = Memory(), "arn:x"
    first = Window(BEGIN.replace(minute=0))
    memory.done(key, first)
    late = Window(first.start + timedelta(hours=3, minutes=25))
    assert memory.is_due(key, late)
    memory.done(key, late)
    assert not memory.is_due(key, late)


def full() -> Memory:
    """A memory with something in each of its books."""
    arn, place = str(a_resource().arn), ("1", "us-east-1")
    memory = Memory()
    memory.begin(BEGIN)
    memory.campaigns[arn] = a_resource()
    memory.turns[arn] = memory.described[arn] = memory.wakes[arn] = 1
    memory.histories[arn] = History(0, array("d"))
    memory.fleets[place] = (a_resource(),)
    memory.alarms[place] = AlarmsDone("x", BEGIN, True)
    memory.told_held[place] = {arn: BEGIN}
    return memory


def test_a_clock_that_went_back_makes_all_knowledge_doubtful() -> None:
    """A replay of yesterday must not meet what was learnt today."""
    memory = full()
    memory.begin(BEGIN - timedelta(seconds=1))
    fresh = Memory()
    fresh.begin(BEGIN - timedelta(seconds=1))
    assert memory == fresh


@pytest.mark.parametrize("later", [timedelta(0), timedelta(minutes=5), timedelta(days=9)])
def test_time_that_goes_on_keeps_what_is_known(later: timedelta) -> None:
    """The same event again, the next one, or one after a long pause: nothing is lost."""
    memory = full()
    memory.begin(BEGIN + later)
    assert memory.cycles == 2
    assert memory.campaigns
    assert memory.told_held


def test_what_is_gone_is_forgotten_wholly() -> None:
    """A campaign made anew under the name of an old one begins without its past."""
    memory, arn = full(), str(a_resource().arn)
    memory.forget({arn, "arn:never-seen"})
    books = (memory.campaigns, memory.turns, memory.described, memory.wakes, memory.histories)
    assert [len(reader) for reader in books] == [0] * 5
    assert memory.fleets
