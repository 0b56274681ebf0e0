"""History: read once, then extended; an interval is a number, a zero, or unknown."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from math import isnan

from tests.support import HOME, Local, a_resource, every_window

from aws_sandbox import fleet
from aws_sandbox.traffic.shapes import Bursty
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.context.memory import Memory
from personalize_monitor.decide.history import demands, settles
from personalize_monitor.model.window import Window


def test_extended_history_equals_history_read_at_once(local: Local) -> None:
    """However often and irregularly it is extended, it is what a single look would give."""
    fleet.add_campaign(local.world, "shoes", floor=20, shape=Bursty(0.5, 9.0))
    memory, resource = Memory(), a_resource()
    metrics = Metrics(local.access, HOME)
    for minutes in (0, 5, 60, 15, 300, 65, 1500):
        local.world.clock.advance(timedelta(minutes=minutes))
        window = Window(local.window())
        extended = demands(metrics, [resource], window, memory)[resource]
        anew = demands(metrics, [resource], window, Memory())[resource]
        assert (extended.start, extended.sums) == (anew.start, anew.sums)
    assert len(extended) == 14 * 288


def test_later_looks_ask_for_little(local: Local) -> None:
    """After the first look an hour costs two hours of data, not two weeks."""
    memory, resource = Memory(), a_resource()
    demands(Metrics(local.access, HOME), [resource], Window(local.window()), memory)
    local.world.clock.advance(timedelta(hours=1))
    demands(Metrics(local.access, HOME), [resource], Window(local.window()), memory)
    last = local.calls("GetMetricData")[-1].params
    assert float(last["EndTime"]) - float(last["StartTime"]) == 3600 + 3600


def test_a_past_begins_with_the_resource(local: Local) -> None:
    """What an earlier campaign of the same name served is not its own."""
    fleet.add_campaign(local.world, "shoes", floor=2, shape=every_window(30))
    young = a_resource(created=local.now - timedelta(hours=3))
    found = demands(Metrics(local.access, HOME), [young], Window(local.window()), Memory())[young]
    assert found.start >= (local.now - timedelta(hours=3, minutes=5)).timestamp()


def test_an_incomplete_answer_is_unknown_and_mended_later(local: Local) -> None:
    """A gap in the answers is no quiet time, and the next look fills it."""
    fleet.add_campaign(local.world, "shoes", floor=2, shape=every_window(30))
    memory, resource = Memory(), a_resource()
    demands(Metrics(local.access, HOME), [resource], Window(local.window()), memory)
    local.blind("InternalError", metric="GetPersonalizedRanking")
    local.world.clock.advance(timedelta(hours=1))
    window = Window(local.window())
    gap = demands(Metrics(local.access, HOME), [resource], window, memory)[resource]
    assert sum(isnan(value) for value in gap.sums) == 24
    local.heal()
    mended = demands(Metrics(local.access, HOME), [resource], window, memory)[resource]
    assert set(mended.sums) == {30.0}


def test_k7_what_changes_after_it_was_read_measures_lateness(local: Local) -> None:
    """Arrivals forty minutes late: the hours that still grow are left out, as many as they are."""
    fleet.add_campaign(local.world, "shoes", floor=2, shape=every_window(30))
    memory, resource = Memory(), a_resource()
    late = memory.lateness_of((resource.account, resource.region))
    local.world.metrics.delay = timedelta(minutes=40)
    for _ in range(2):
        now = int(local.window().timestamp())
        assert (settles(late, now), settles(late, now, least=0)) == (3600, 0)
        window = Window(local.window())
        demands(Metrics(local.access, HOME), [resource], window, memory)
        local.world.clock.advance(timedelta(hours=1))
    now = int(local.window().timestamp())
    assert 35 * 60 <= settles(late, now, least=0) <= 45 * 60
    assert settles(late, now) == 3600 + settles(late, now, least=0)
    assert settles(late, now + 2 * 86400) == 3600


def test_k12_two_weeks_of_a_resource_take_sixteen_kilobytes(local: Local) -> None:
    """Thousands of resources are kept: four bytes for each sum, and whole numbers stay exact."""
    fleet.add_campaign(local.world, "shoes", floor=2, shape=every_window(12345))
    memory, resource = Memory(), a_resource()
    demands(Metrics(local.access, HOME), [resource], Window(local.window()), memory)
    kept = memory.histories[str(resource.arn)].sums
    assert len(kept) * kept.itemsize == 14 * 288 * 4
    assert set(kept) == {12345.0}


def test_k16_a_resource_of_the_future_has_no_past(local: Local) -> None:
    """A creation date beyond the window is no reason to fail."""
    odd = a_resource(created=datetime.max.replace(tzinfo=UTC))
    found = demands(Metrics(local.access, HOME), [odd], Window(local.window()), Memory())[odd]
    assert tuple(found.sums) == ()
