"""M of N with missing data: the tables of the CloudWatch user guide, and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aws_sandbox.cloudwatch.alarm import ALARM, INSUFFICIENT, OK, Rule
from aws_sandbox.cloudwatch.verdict import judge, range_of

KEEP = None
TREATMENTS = ("missing", "ignore", "breaching", "notBreaching")


def rule(missing: str, needed: int, periods: int = 3) -> Rule:
    """An alarm on values below 1."""
    return Rule(
        queries=(),
        returned="m1",
        period=300,
        periods=periods,
        needed=needed,
        threshold=1.0,
        comparison="LessThanThreshold",
        missing=missing,
        keep_on_low_samples=False,
        wall_clock=False,
        timezone=None,
    )


def state(pattern: str, missing: str, needed: int, periods: int = 3) -> str | None:
    """The verdict on a pattern as the guide writes it: oldest first, X bad, 0 good, - missing."""
    values = {"X": 0.0, "0": 5.0, "-": None}
    newest_first = [values[sign] for sign in reversed(pattern.split())]
    return judge(rule(missing, needed, periods), newest_first).state


@pytest.mark.parametrize(
    ("pattern", "needed", "expected"),
    [
        ("0 - X - X", 3, (OK, OK, OK, OK)),
        ("0 - - - -", 3, (OK, OK, OK, OK)),
        ("- - - - -", 3, (INSUFFICIENT, KEEP, ALARM, OK)),
        ("0 X X - X", 3, (ALARM, ALARM, ALARM, ALARM)),
        ("- - X - -", 3, (ALARM, KEEP, ALARM, OK)),
        ("0 - X - X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0 0 X 0 X", 2, (ALARM, ALARM, ALARM, ALARM)),
        ("0 - X - -", 2, (OK, OK, ALARM, OK)),
        ("- - - - 0", 2, (OK, OK, ALARM, OK)),
        ("- - - X -", 2, (ALARM, KEEP, ALARM, OK)),
    ],
)
def test_the_tables_of_the_user_guide_hold(
    pattern: str, needed: int, expected: tuple[str | None, ...]
) -> None:
    """Both example tables (3 of 3 and 2 of 3, evaluation range 5), for all four treatments."""
    assert tuple(state(pattern, missing, needed) for missing in TREATMENTS) == expected


@pytest.mark.parametrize("pattern", ["- - - - X", "- - - X -"])
def test_one_bad_datapoint_after_a_gap_is_not_yet_an_alarm(pattern: str) -> None:
    """With 3 of 3 and missing data treated as missing, the next datapoint may be good."""
    assert state(pattern, "missing", 3) == OK


PATTERN = st.lists(st.sampled_from("X0-"), min_size=7, max_size=7).map(" ".join)


@given(PATTERN, st.integers(1, 5), st.sampled_from(TREATMENTS))
def test_without_missing_data_the_treatment_does_not_matter(
    pattern: str, needed: int, missing: str
) -> None:
    """With N real datapoints in the range, the newest N decide."""
    real = [sign for sign in reversed(pattern.split()) if sign != "-"]
    if len(real) >= 5:
        expected = ALARM if real[:5].count("X") >= needed else OK
        assert state(pattern, missing, needed, periods=5) == expected


@given(PATTERN, st.integers(1, 5))
def test_breaching_alarms_at_least_as_often_as_not_breaching(pattern: str, needed: int) -> None:
    """Taking gaps for bad never hides an alarm that taking them for good would raise."""
    if state(pattern, "notBreaching", needed, 5) == ALARM:
        assert state(pattern, "breaching", needed, 5) == ALARM


@given(PATTERN, st.integers(1, 5))
def test_only_missing_knows_insufficient_data(pattern: str, needed: int) -> None:
    """INSUFFICIENT_DATA follows only from a range without any datapoint, treated as missing."""
    for missing in TREATMENTS:
        if state(pattern, missing, needed, 5) == INSUFFICIENT:
            assert missing == "missing"
            assert set(pattern.split()) == {"-"}


def test_the_range_is_longer_than_n() -> None:
    """CloudWatch looks at more periods than N: 5 for N = 3."""
    assert range_of(rule("missing", 3)) == 5
