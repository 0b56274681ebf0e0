"""Late metrics: a window that is not counted to its end is unknown, and is published later."""

from __future__ import annotations

from datetime import timedelta

import pytest
from tests.support import BEGIN, Local, a_resource, every_window

from aws_sandbox import fleet
from aws_sandbox.traffic.shapes import Abandoned, Idle
from personalize_monitor.context.late import RECENT, Lateness
from personalize_monitor.model.window import Window

START = BEGIN.replace(minute=0)
A, B = a_resource("a"), a_resource("b")


def window(number: int) -> Window:
    """Consecutive windows."""
    return Window(START + timedelta(minutes=5 * number))


def hour(*newest: float, before: float = 300.0) -> tuple[float, ...]:
    """The sums of an hour that ends with these."""
    return (before,) * (RECENT - len(newest)) + newest


def known(lateness: Lateness, number: int, **recent: tuple[float, ...]) -> dict[str, float | None]:
    """What is measured of the window, by name."""
    resources = {"a": A, "b": B}
    found = lateness.judged({resources[n]: sums for n, sums in recent.items()}, window(number))
    return {resource.name: sample.requests for resource, sample in found.items()}


def overdue(lateness: Lateness) -> dict[tuple[str, int], float | None]:
    """What is published later: by name and window."""
    return {
        (resource.name, (at.number - window(0).number)): sample.requests
        for resource, at, sample in lateness.take()
    }


def test_in_time_every_window_is_known() -> None:
    """Requests, pauses of one resource, and zeros of an idle one."""
    late = Lateness()
    assert known(late, 0, a=hour(), b=hour(before=900.0)) == {"a": 300.0, "b": 900.0}
    assert known(late, 1, a=hour(0.0), b=hour(before=900.0)) == {"a": 0.0, "b": 900.0}
    assert overdue(late) == {}


def test_k7_a_window_that_nobody_is_heard_in_is_unknown_and_published_when_complete() -> None:
    """A quarter of an hour late: each window comes once, with the right value."""
    late, found = Lateness(), dict[tuple[str, int], float | None]()
    for number in range(6):
        assert known(late, number, a=hour(100.0, 0.0, 0.0), b=hour(before=0.0)) == {
            "a": None,
            "b": None,
        }
        found |= overdue(late)
    assert found == {
        ("a", 0): 300.0, ("a", 1): 300.0, ("a", 2): 300.0,
        ("b", 0): 0.0, ("b", 1): 0.0, ("b", 2): 0.0,
    }  # fmt: skip


def test_k7_a_newest_window_that_is_counted_in_part() -> None:
    """Far below the windows before: it waits for the next look, and then it is believed."""
    late = Lateness()
    assert known(late, 0, a=hour(120.0)) == {"a": None}
    assert known(late, 1, a=hour(120.0, 120.0)) == {"a": 120.0}
    assert overdue(late) == {("a", 0): 120.0}


def test_k7_sums_that_grew_are_measured() -> None:
    """What was read too early once is not read so again for an hour."""
    late = Lateness()
    assert known(late, 0, a=hour(200.0)) == {"a": 200.0}
    assert known(late, 1, a=hour(300.0, 250.0)) == {"a": None}
    assert known(late, 2, a=hour(300.0, 300.0, 200.0)) == {"a": None}
    assert overdue(late) == {("a", 1): 300.0}
    assert late.seconds(int(window(2).start.timestamp())) == 300


@pytest.mark.parametrize("stopped", [1, 5, 9, 10, 12])
def test_a_stop_is_believed_within_fifty_minutes(stopped: int) -> None:
    """One that really stopped: unknown for a while, and then the zeros are published."""
    late = Lateness()
    for number in range(stopped):
        sample = known(late, number, a=hour(*([0.0] * (number + 1))))
        assert sample == {"a": None if number < 9 else 0.0}
    owed = overdue(late)
    assert len(owed) == (9 if stopped > 9 else 0)
    assert set(owed.values()) <= {0.0}


def test_what_is_gone_is_forgotten() -> None:
    """A resource that was deleted owes nothing."""
    late = Lateness()
    known(late, 0, a=hour(0.0))
    late.forget({str(A.arn)})
    assert late.owed == {}


@pytest.mark.parametrize("minutes", [10, 15, 20, 30, 45])
def test_k7_published_averages_of_late_metrics(local: Local, minutes: int) -> None:
    """However late: every datapoint that is there is right, and hardly one is missing."""
    arn = fleet.add_campaign(local.world, "c", floor=15, shape=every_window(4500)).arn
    quiet = fleet.add_campaign(local.world, "idle", floor=1, shape=Idle()).arn
    local.world.metrics.delay = timedelta(minutes=minutes)
    local.at(local.now)
    for _ in range(23):
        local.cycle()
    averages = local.points("averageTPS", arn)
    assert set(averages.values()) == {15.0}
    assert len(averages) >= 24 - minutes // 5
    assert set(local.points("averageTPS", quiet).values()) == {0.0}
    assert len(local.points("minProvisionedTPS", arn)) == 24
    assert local.sent() == []


def test_a_real_stop_is_published_as_zero(local: Local) -> None:
    """The contract: idle is zero, also in the windows that were doubtful at first."""
    shape = Abandoned(every_window(4500), BEGIN)
    arn = fleet.add_campaign(local.world, "c", floor=1, shape=shape).arn
    for _ in range(20):
        local.cycle()
    averages = local.points("averageTPS", arn)
    stop = BEGIN + timedelta(minutes=3)
    assert {v for at, v in averages.items() if at >= stop} == {0.0}
    assert len(averages) == 20


def test_lateness_is_the_most_of_the_last_day() -> None:
    """A smaller one does not prolong a larger one; after a day without any all is in time."""
    late, day = Lateness(), 86_400
    late.changed(2700, 0)
    late.changed(300, day - 1)
    assert late.seconds(day) == 2700
    assert late.seconds(day + 1) == 0
    late.changed(300, day + 1)
    assert late.seconds(day + 2) == 300
