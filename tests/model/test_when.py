"""Times as people write them: zones, clock changes, durations, weekly times."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.when import Weekly, duration, moment, weekly

TWO = "give it in UTC: 2026-10-25 00:30 UTC or 2026-10-25 01:30 UTC"
BEGIN, END = datetime(2020, 1, 1), datetime(2030, 1, 1)  # noqa: DTZ001  local times are naive


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("2026-11-27 08:00 Europe/Berlin", datetime(2026, 11, 27, 7, tzinfo=UTC)),
        ("2026-07-27 8:00 Europe/Berlin", datetime(2026, 7, 27, 6, tzinfo=UTC)),
        ("2026-11-27T08:00Z", datetime(2026, 11, 27, 8, tzinfo=UTC)),
        ("2026-11-27 08:00:30+01:00", datetime(2026, 11, 27, 7, 0, 30, tzinfo=UTC)),
        ("2026-11-27 08:00 UTC", datetime(2026, 11, 27, 8, tzinfo=UTC)),
    ],
)
def test_moments(text: str, wanted: datetime) -> None:
    """With a zone's name or an offset; summer time is minded."""
    assert moment(text) == wanted


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("2026-11-27 08:00", "has no time zone"),
        ("tomorrow", "is not a time"),
        ("2026-13-27 08:00 UTC", "is not a time"),
        ("2026-11-27 08:00 Europe/Atlantis", "Europe/Atlantis is not a time zone"),
        ("2026-03-29 02:30 Europe/Berlin", "does not exist: the clocks go forward"),
        ("2026-10-25 02:30 Europe/Berlin", "comes twice, because the clocks go back; " + TWO),
    ],
)  # fmt: skip
def test_refused_moments(text: str, sentence: str) -> None:
    """What is no moment, or not exactly one, is refused with the cure."""
    with pytest.raises(InvalidRequest, match=sentence):
        moment(text)


@given(st.datetimes(BEGIN, END).map(lambda d: d.replace(second=0)))
def test_every_local_time_is_right_or_refused(local: datetime) -> None:
    """A local time that is taken shows the same on a clock in that zone."""
    local = local.replace(microsecond=0)
    try:
        found = moment(f"{local:%Y-%m-%d %H:%M} America/New_York")
    except InvalidRequest:
        return
    assert found.astimezone(ZoneInfo("America/New_York")).replace(tzinfo=None) == local


def test_durations() -> None:
    """Days, hours, minutes, together or alone."""
    assert duration("1h30m") == timedelta(minutes=90)
    assert duration("2d") == timedelta(days=2)
    for text in ("", "30", "1.5h", "-1h", "m"):
        with pytest.raises(InvalidRequest, match="is not a duration"):
            duration(text)


@pytest.mark.parametrize(
    ("text", "wanted"),
    [
        ("0 8 ? * MON-FRI *", Weekly(frozenset(range(1, 6)), 480)),
        ("cron(30 0 * * ? *)", Weekly(frozenset(range(7)), 30)),
        ("0 8 ? * SAT-MON *", Weekly(frozenset({6, 0, 1}), 480)),
        ("0 8 ? * 2,4 *", Weekly(frozenset({1, 3}), 480)),
    ],
)
def test_crons(text: str, wanted: Weekly) -> None:
    """One clock time on days of the week."""
    assert weekly(text) == wanted
    assert weekly(wanted.cron) == wanted


@pytest.mark.parametrize("text", ["0 8 * * 1-5", "0/5 8 ? * * *", "0 8 1 * ? *", "0 8 * * * *",
                                  "0 25 ? * * *", "0 8 ? * FUN *"])  # fmt: skip
def test_refused_crons(text: str) -> None:
    """Others cannot be moved by a lead."""
    with pytest.raises(InvalidRequest, match="for example 0 8"):
        weekly(text)


@given(st.sets(st.integers(0, 6), min_size=1), st.integers(0, 1439), st.integers(-1400, 1400))
def test_shifting(days: set[int], minute: int, by: int) -> None:
    """There and back again is where it was; over midnight the days move along."""
    when = Weekly(frozenset(days), minute)
    assert when.shifted(by).shifted(-by) == when
    assert Weekly(frozenset({1}), 10).shifted(-30) == Weekly(frozenset({0}), 1420)
