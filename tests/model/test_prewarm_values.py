"""A pre-warm as a value: what it is at a moment, and its way into a schedule and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.resource import Kind
from personalize_monitor_desk.prewarm.prewarm import Prewarm

BEGIN = datetime(2026, 11, 27, 8, tzinfo=UTC)
UNTIL = BEGIN + timedelta(hours=4)
ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
ONCE = Prewarm("a1", ARN, 60, 20, BEGIN, UNTIL, by="anna")
WEEKLY = Prewarm("b2", ARN, 60, 20, cron="cron(0 8 ? * MON *)", zone="Europe/Berlin", minutes=240)


@pytest.mark.parametrize(
    ("minutes", "state"),
    [
        (-21, "waiting"),
        (-20, "active"),
        (0, "active"),
        (239, "active"),
        (240, "over"),
        (999, "over"),
    ],
)
def test_the_state_of_one_pre_warm(minutes: int, state: str) -> None:
    """It is active from its lead on, and over at its end."""
    assert ONCE.state(BEGIN + timedelta(minutes=minutes)) == state


@pytest.mark.parametrize("prewarm", [WEEKLY, replace(ONCE, until=None), replace(ONCE, begin=None)])
def test_a_recurring_one_is_always_that(prewarm: Prewarm) -> None:
    """Without a begin and an end of its own it comes again and again."""
    assert prewarm.state(BEGIN - timedelta(days=9)) == "recurring"
    assert prewarm.state(UNTIL + timedelta(days=9)) == "recurring"


def test_what_it_is_about() -> None:
    """Its ARN says whether it is a campaign or a recommender."""
    assert ONCE.kind is Kind.CAMPAIGN
    assert replace(ONCE, arn=ARN.replace("campaign", "recommender")).kind is Kind.RECOMMENDER


def test_for_json() -> None:
    """Plain values by name, times in ISO, what it does not have empty."""
    assert ONCE.as_dict() == {
        "id": "a1",
        "arn": ARN,
        "floor": 60,
        "lead_minutes": 20,
        "begin": "2026-11-27T08:00:00+00:00",
        "until": "2026-11-27T12:00:00+00:00",
        "cron": "",
        "zone": "",
        "minutes": 0,
        "by": "anna",
    }
    assert WEEKLY.as_dict()["begin"] is None
    assert WEEKLY.as_dict()["until"] is None


TIMES = st.none() | st.datetimes(timezones=st.just(UTC))


@given(begin=TIMES, until=TIMES, floor=st.integers(1, 500), lead=st.integers(0, 600))
def test_there_and_back(
    begin: datetime | None, until: datetime | None, floor: int, lead: int
) -> None:
    """What is written into a schedule's event is read from it."""
    prewarm = replace(WEEKLY, begin=begin, until=until, floor=floor, lead_minutes=lead)
    assert Prewarm.of({"Prewarm": prewarm.as_dict()}) == prewarm


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"Prewarm": None},
        {"Prewarm": "a1"},
        {"Prewarm": {}},
        {"Prewarm": {"id": "a1", "arn": ARN}},
        {"Prewarm": {**ONCE.as_dict(), "colour": "red"}},
        {"prewarm": ONCE.as_dict()},
    ],
    ids=["nothing", "null", "text", "empty", "too little", "too much", "another name"],
)
def test_an_event_of_something_else(detail: dict[str, object]) -> None:
    """A schedule that another made, or a later release, is none of ours."""
    assert Prewarm.of(detail) is None
