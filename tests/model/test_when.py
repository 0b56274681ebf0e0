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


FORM = "write minute, hour, ?, *, weekdays, *, for example 0 8 ? * MON-FRI *."


@pytest.mark.usefixtures("_elsewhere")
def test_moments_are_in_utc_wherever_the_machine_is() -> None:
    """A moment is told in UTC, with an offset or a zone."""
    for text in ("2026-11-27 08:00Z", "2026-11-27 08:00 UTC", "2026-11-27 09:00+0100"):
        found = moment(text)
        assert found == datetime(2026, 11, 27, 8, tzinfo=UTC)
        assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("soon", "'soon' is not a time; write it as 2026-11-27 08:00 Europe/Berlin."),
        (
            "2026-11-27 08:00",
            (
                "'2026-11-27 08:00' has no time zone; write it as 2026-11-27 08:00 Europe/Berlin, "
                "or end it with Z."
            ),
        ),
        (
            "2026-11-31 08:00Z",
            "'2026-11-31 08:00Z' is not a time; write it as 2026-11-27 08:00 Europe/Berlin.",
        ),
        (
            "2026-11-27 08:00 Mars",
            "Mars is not a time zone; give one such as Europe/Berlin or UTC.",
        ),
        (
            "2026-03-29 02:30 Europe/Berlin",
            (
                "2026-03-29 02:30 Europe/Berlin does not exist: the clocks go forward over it; "
                "give a time before or after."
            ),
        ),
        (
            "2026-10-25 02:30 Europe/Berlin",
            (
                "2026-10-25 02:30 Europe/Berlin comes twice, because the clocks go back; give it "
                "in UTC: 2026-10-25 00:30 UTC or 2026-10-25 01:30 UTC."
            ),
        ),
    ],
)
def test_what_is_said_about_a_moment(text: str, said: str) -> None:
    """The text is quoted, with what would do instead."""
    with pytest.raises(InvalidRequest) as caught:
        moment(text)
    assert str(caught.value) == said


@pytest.mark.parametrize(
    ("text", "length"),
    [
        ("30m", timedelta(minutes=30)),
        (" 30MIN ", timedelta(minutes=30)),
        ("4h", timedelta(hours=4)),
        ("1d2h3m", timedelta(days=1, hours=2, minutes=3)),
        ("0m", timedelta(0)),
    ],
)
def test_lengths(text: str, length: timedelta) -> None:
    """Days, hours and minutes, in any case."""
    assert duration(text) == length


def test_what_is_said_about_a_length() -> None:
    """The text is quoted with four ways to write one."""
    with pytest.raises(InvalidRequest) as caught:
        duration("30s")
    assert str(caught.value) == "'30s' is not a duration; write it as 30m, 4h, 1h30m or 2d."


@pytest.mark.parametrize(
    ("text", "when"),
    [
        ("59 23 ? * * *", Weekly(frozenset(range(7)), 1439)),
        ("0 0 ? * 1 *", Weekly(frozenset({0}), 0)),
        ("0 0 ? * 7 *", Weekly(frozenset({6}), 0)),
        ("0 0 ? * sun *", Weekly(frozenset({0}), 0)),
        ("1 0 ? * SAT *", Weekly(frozenset({6}), 1)),
        ("0 8 ? * FRI-MON *", Weekly(frozenset({5, 6, 0, 1}), 480)),
        ("0 8 ? * MON-MON *", Weekly(frozenset({1}), 480)),
        ("0 8 ? * 1-7 *", Weekly(frozenset(range(7)), 480)),
    ],
)
def test_weekly_times_at_their_limits(text: str, when: Weekly) -> None:
    """The first and last minute, hour and day; Sunday is 1 in AWS's count."""
    assert weekly(text) == when


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("60 8 ? * MON *", "is more than one clock time on days of the week"),
        ("0 24 ? * MON *", "is more than one clock time on days of the week"),
        ("0 8 ? 1 MON *", "is more than one clock time on days of the week"),
        ("0 8 ? * MON 2026", "is more than one clock time on days of the week"),
        ("0 8 ? * MON", "has 5 fields"),
        ("0 8 ? * ? *", "needs exactly one ? among day and weekday"),
        ("0 8 * * MON *", "needs exactly one ? among day and weekday"),
    ],
)
def test_what_is_said_about_a_cron(text: str, said: str) -> None:
    """The text is quoted, what is wrong with it, and the form to write."""
    with pytest.raises(InvalidRequest) as caught:
        weekly(text)
    assert str(caught.value) == f"{text!r} {said}; {FORM}"


@pytest.mark.parametrize("day", ["0", "8", "FUN", "MO"])
@pytest.mark.parametrize("form", ["{}", "{}-FRI", "MON-{}", "MON,{}"])
def test_what_is_said_about_a_weekday(day: str, form: str) -> None:
    """The word is quoted within the whole, wherever it stands."""
    text = f"0 8 ? * {form.format(day)} *"
    with pytest.raises(InvalidRequest) as caught:
        weekly(text)
    assert str(caught.value) == f"{day!r} in {text!r} is not a day of the week; {FORM}"


@pytest.mark.parametrize(
    ("day", "by", "shifted"), [(6, 60, 0), (0, -60, 6), (3, 60, 4), (3, -60, 2), (6, 0, 6)]
)
def test_over_midnight(day: int, by: int, shifted: int) -> None:
    """After Saturday comes Sunday, and before Sunday was Saturday."""
    minute = 1410 if by > 0 else 30
    over = Weekly(frozenset({day}), minute).shifted(by)
    assert over == Weekly(frozenset({shifted}), (minute + by) % 1440)


def test_weekly_times_as_crons() -> None:
    """Days in the order of the week; all of them are a star."""
    assert Weekly(frozenset({6, 1, 3}), 485).cron == "cron(5 8 ? * MON,WED,SAT *)"
    assert Weekly(frozenset(range(7)), 0).cron == "cron(0 0 ? * * *)"
