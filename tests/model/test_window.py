"""Windows: five minutes of the clock, settled, one after the other."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.window import SECONDS, Window, floor_to

MOMENTS = st.datetimes(
    datetime(2020, 1, 1),  # noqa: DTZ001  hypothesis wants naive bounds and adds the zone
    datetime(2040, 1, 1),  # noqa: DTZ001  as above
    timezones=st.sampled_from([UTC, timezone(timedelta(hours=5, minutes=45))]),
)
DELAYS = st.integers(0, 60).map(lambda minutes: timedelta(minutes=minutes))


@given(now=MOMENTS, delay=DELAYS)
def test_a_settled_window_is_whole_and_the_last_one(now: datetime, delay: timedelta) -> None:
    """It ended at least the delay ago, less than one window more, on the clock's marks."""
    window = Window.settled(now, delay)
    assert timedelta(0) <= now - delay - window.end < timedelta(seconds=SECONDS)
    assert window.start.timestamp() % SECONDS == 0
    assert window.end - window.start == timedelta(seconds=SECONDS)
    assert window.start.utcoffset() == timedelta(0)


@given(now=MOMENTS, delay=DELAYS, late=st.floats(0, 299.9))
def test_runs_within_five_minutes_see_each_window_once(
    now: datetime, delay: timedelta, late: float
) -> None:
    """A schedule of five minutes reaches every window, and no window twice."""
    first = Window.settled(now, delay)
    assert Window.settled(now + timedelta(seconds=SECONDS), delay).number == first.number + 1
    assert Window.settled(now + timedelta(seconds=late), delay).number - first.number in {0, 1}


@given(moment=MOMENTS, seconds=st.sampled_from([60, 300, 3600, 86400]))
def test_a_mark_is_the_last_one_not_after_the_moment(moment: datetime, seconds: int) -> None:
    """Rounding down is idempotent and never goes into the future."""
    mark = floor_to(moment, seconds)
    assert mark <= moment
    assert moment - mark < timedelta(seconds=seconds)
    assert floor_to(mark, seconds) == mark


def test_the_default_delay_gives_the_window_before_the_last() -> None:
    """At 10:02 with five minutes of delay, the window from 9:50 to 9:55 has settled."""
    now = datetime(2026, 3, 2, 10, 2, 30, tzinfo=UTC)
    window = Window.settled(now, timedelta(minutes=5))
    assert window.start == datetime(2026, 3, 2, 9, 50, tzinfo=UTC)
