"""Tags, one by one: what is read, where the limits are, and what is said about a mistake."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta, timezone

import pytest

from personalize_monitor.policy.tag_overrides import NO_WISHES, TagOverrides, tag_overrides_in

NOW = datetime(2026, 11, 27, 12, tzinfo=UTC)
P = "PersonalizeMonitor:"
KNOWN = ", ".join(f"{P}{name}" for name in ("Exempt", "HoldUntil", "IdleHours", "MaxTPS", "MinTPS"))


def understood(**tags: str) -> TagOverrides:
    """The wishes in tags of ours, named without the prefix."""
    return tag_overrides_in({f"{P}{name}": value for name, value in tags.items()}, NOW)


def wrong(sentence: str) -> TagOverrides:
    """What one tag that cannot be understood comes to."""
    exempt = f"A tag cannot be understood, so it is left alone: {sentence}"
    return TagOverrides(exempt=exempt, problems=(sentence,))


@pytest.mark.parametrize(
    ("value", "why"),
    [
        ("yes", f"Tag {P}Exempt is yes."),
        (" Yes ", f"Tag {P}Exempt is yes."),
        ("until:2026-11-27", f"Tag {P}Exempt says until 2026-11-27."),
        ("UNTIL: 2026-12-01 ", f"Tag {P}Exempt says until 2026-12-01."),
        ("until:2026-11-26", ""),
        ("no", ""),
        ("NO ", ""),
    ],
)
def test_an_exemption_says_where_it_comes_from(value: str, why: str) -> None:
    """The sentence names the tag and its day; a day that has passed exempts no longer."""
    assert understood(Exempt=value) == TagOverrides(exempt=why)


def test_the_last_day_is_a_whole_day() -> None:
    """An exemption until a day holds to its last second, in UTC."""
    tags = {f"{P}Exempt": "until:2026-11-27"}
    midnight = datetime(2026, 11, 28, tzinfo=UTC)
    assert tag_overrides_in(tags, midnight - timedelta(seconds=1)).exempt
    assert tag_overrides_in(tags, midnight) == NO_WISHES


@pytest.mark.parametrize("value", ["maybe", "2027-01-31", "until:soon", "until:", "", "until:2027"])
def test_an_exemption_that_is_none(value: str) -> None:
    """What is neither yes, no nor a day is quoted, with the three ways to write it."""
    sentence = f"Tag {P}Exempt is {value!r}; give yes, no, or until:2027-01-31."
    assert understood(Exempt=value) == wrong(sentence)


@pytest.mark.parametrize(
    ("value", "moment"),
    [
        ("2026-11-27T18:00:00Z", datetime(2026, 11, 27, 18, tzinfo=UTC)),
        (" 2026-11-27T18:00 ", datetime(2026, 11, 27, 18, tzinfo=UTC)),
        (
            "2026-11-27T18:00+02:00",
            datetime(2026, 11, 27, 18, tzinfo=timezone(timedelta(hours=2))),
        ),
        ("2026-11-27", datetime(2026, 11, 27, tzinfo=UTC)),
    ],
)
def test_a_hold(value: str, moment: datetime) -> None:
    """A time without a zone is UTC; one with a zone is the same moment."""
    found = understood(HoldUntil=value)
    assert found == TagOverrides(hold_until=moment)


def test_a_hold_that_is_no_time() -> None:
    """The value is quoted, with an example."""
    assert understood(HoldUntil="friday") == wrong(
        f"Tag {P}HoldUntil is 'friday'; give a time such as 2026-11-27T18:00:00Z."
    )


@pytest.mark.parametrize(
    ("tag", "field", "lowest", "highest"),
    [
        ("MinTPS", "min_floor", 1, 10_000),
        ("MaxTPS", "max_floor", 1, 10_000),
        ("IdleHours", "idle_hours", 2, 336),
    ],
)
def test_whole_numbers_and_their_limits(tag: str, field: str, lowest: int, highest: int) -> None:
    """Both limits are allowed, one beyond is not, and the sentence tells them."""
    for value in (lowest, highest, lowest + 1):
        assert understood(**{tag: f" {value} "}) == replace(NO_WISHES, **{field: value})  # type: ignore[arg-type]
    for text in (str(lowest - 1), str(highest + 1), "-3", "2.5", "many", ""):
        sentence = f"Tag {P}{tag} is {text!r}; give a whole number from {lowest} to {highest}."
        assert understood(**{tag: text}) == wrong(sentence)


def test_bounds_that_meet() -> None:
    """One floor may be the lowest and the highest; only a lowest above the highest is wrong."""
    assert understood(MinTPS="7", MaxTPS="7") == TagOverrides(min_floor=7, max_floor=7)
    sentence = f"Tag {P}MinTPS (8) is above tag {P}MaxTPS (7)."
    assert understood(MinTPS="8", MaxTPS="7") == TagOverrides(
        exempt=f"A tag cannot be understood, so it is left alone: {sentence}",
        min_floor=8,
        max_floor=7,
        problems=(sentence,),
    )


def test_a_tag_that_is_not_ours() -> None:
    """A name under our prefix that nothing reads is told with those that are read."""
    assert understood(Foo="1") == wrong(f"Tag {P}Foo is not one of {KNOWN}.")


def test_every_mistake_is_told() -> None:
    """All problems are listed; the exemption tells them in one line, in the order of the tags."""
    found = understood(
        Exempt="?", HoldUntil="?", MinTPS="?", MaxTPS="?", IdleHours="?", Zoo="", A=""
    )
    assert [problem.split(" ")[1] for problem in found.problems] == [
        f"{P}{name}"
        for name in ("Exempt", "HoldUntil", "MinTPS", "MaxTPS", "IdleHours", "A", "Zoo")
    ]
    assert found.exempt == (
        f"A tag cannot be understood, so it is left alone: {' '.join(found.problems)}"
    )


def test_an_exemption_keeps_its_own_reason_beside_a_mistake() -> None:
    """Who is exempt anyway is told so; the mistake is still a problem to report."""
    found = understood(Exempt="yes", MinTPS="many")
    assert found.exempt == f"Tag {P}Exempt is yes."
    assert len(found.problems) == 1


@pytest.mark.parametrize("tag", ["until:9999-12-31", "until:0001-01-01"])
def test_k5_the_calendars_ends_are_days(tag: str) -> None:
    """Neither breaks what is beside it."""
    found = understood(Exempt=tag)
    assert bool(found.exempt) is tag.endswith("9999-12-31")
    assert found.problems == ()


@pytest.mark.parametrize(
    "tag", ["9999-12-31T23:59:59-14:00", "0001-01-01T00:00:00+14:00", "0001-01-01"]
)
def test_k5_a_hold_beyond_the_calendar_is_a_problem_that_exempts(tag: str) -> None:
    """Somebody wanted something."""
    found = understood(HoldUntil=tag)
    assert len(found.problems) == 1
    assert found.exempt
