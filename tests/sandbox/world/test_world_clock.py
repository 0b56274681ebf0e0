"""The clock of the sandbox."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import boto3
import pytest

from aws_sandbox import clock, wire
from aws_sandbox.clock import Clock

START = datetime(2026, 3, 2, 8, 0, tzinfo=UTC)


class Watch:
    """A monotonic source that moves by hand."""

    def __init__(self) -> None:
        self.seconds = 100.0

    def __call__(self) -> float:
        return self.seconds


def test_a_paused_clock_stands_still_until_it_is_stepped() -> None:
    """Paused time moves by `advance` only."""
    watch = Watch()
    paused = Clock(START, monotonic=watch)
    watch.seconds += 3600
    assert paused.now() == START
    assert paused.mode == "paused"
    assert paused.advance(timedelta(minutes=5)) == paused.now() == START + timedelta(minutes=5)


def test_an_accelerated_clock_multiplies_real_time() -> None:
    """Ten real seconds at speed 300 are 50 virtual minutes, and a new speed does not jump."""
    watch = Watch()
    fast = Clock(START, speed=300, monotonic=watch)
    watch.seconds += 10
    assert fast.now() == START + timedelta(minutes=50)
    assert fast.mode == "accelerated"
    fast.pause()
    watch.seconds += 10
    assert fast.now() == START + timedelta(minutes=50)
    fast.set_speed(1)
    watch.seconds += 60
    assert fast.now() == START + timedelta(minutes=51)


def test_a_running_clock_may_be_stepped_too() -> None:
    """A step adds to the time that runs anyway."""
    watch = Watch()
    running = Clock(START, speed=60, monotonic=watch)
    watch.seconds += 1
    running.advance(timedelta(hours=1))
    watch.seconds += 1
    assert running.now() == START + timedelta(hours=1, minutes=2)


def test_time_is_utc_and_never_runs_backwards() -> None:
    """A naive start, a negative step and a negative speed are refused in a sentence."""
    with pytest.raises(ValueError, match="aware start time"):
        Clock(datetime(2026, 3, 2))  # noqa: DTZ001  (the mistake under test)
    steady = Clock(START.astimezone(timezone(timedelta(hours=2))))
    assert steady.now().tzinfo is UTC
    with pytest.raises(ValueError, match="never runs backwards"):
        steady.advance(timedelta(seconds=-1))
    with pytest.raises(ValueError, match="0 or more"):
        steady.set_speed(-1)
    assert steady.advance_to(START - timedelta(days=1)) == START
    assert steady.advance_to(START + timedelta(days=1)) == START + timedelta(days=1)


def test_there_is_one_active_clock_and_its_absence_is_an_error() -> None:
    """`current` answers the clock in use, and says what to do when there is none."""
    with pytest.raises(LookupError, match=r"clock\.use"):
        clock.current()
    with clock.using(Clock(START)) as outer:
        with clock.using(Clock(START + timedelta(days=1))) as inner:
            assert clock.current() is inner
        assert clock.current() is outer
    with pytest.raises(LookupError):
        clock.current()


def test_s2_moto_lives_in_the_time_of_a_bare_world() -> None:
    """What moto accepts by its time, it accepts by the sandbox's, whatever the machine's is."""
    with wire.live(START):
        logs = boto3.client("logs", region_name="us-east-1")
        logs.create_log_group(logGroupName="/g")
        logs.create_log_stream(logGroupName="/g", logStreamName="s")
        now = int(START.timestamp() * 1000)
        answer = logs.put_log_events(
            logGroupName="/g", logStreamName="s", logEvents=[{"timestamp": now, "message": "x"}]
        )
        assert "rejectedLogEventsInfo" not in answer
