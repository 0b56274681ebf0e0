"""The schedules of a pre-warm: they raise in time, hold long enough, and always lower again."""

from __future__ import annotations

import json
import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.datapoints import MARIA
from tests.support import ACCOUNT, BEGIN, a_resource

from personalize_monitor.execute.action_requests import ActionRequest, floor_request
from personalize_monitor.model.resource import Kind
from personalize_monitor.model.when import weekly
from personalize_monitor_desk.prewarm.prewarm import Prewarm
from personalize_monitor_desk.prewarm.schedules import in_order, schedules

NOW = BEGIN
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)
DAYS = ("SUN", "MON", "TUE", "WED", "THU", "FRI", "SAT")


def once(minutes: int = 240, lead: int = 30, kind: Kind = Kind.CAMPAIGN) -> Prewarm:
    """A pre-warm of one event that begins in a day."""
    begin = NOW + 24 * HOUR
    return Prewarm(
        id="pw-12345678",
        arn=str(a_resource(kind=kind).arn),
        floor=60,
        lead_minutes=lead,
        begin=begin,
        until=begin + minutes * MINUTE,
        by=MARIA,
    )


def fires(expression: str) -> datetime:
    """When a schedule of one time fires."""
    return datetime.fromisoformat(expression[3:-1]).replace(tzinfo=UTC)


def orders(one: Prewarm) -> list[tuple[datetime, ActionRequest]]:
    """When which order reaches the executor."""
    return [
        (
            fires(timed.expression),
            floor_request(
                {
                    "id": timed.name,
                    "detail-type": timed.detail_type,
                    "time": fires(timed.expression).isoformat(),
                    "detail": json.loads(json.dumps(timed.detail)),
                },
                account=ACCOUNT,
                request_id="",
            ),
        )
        for timed in schedules(one)
    ]


@given(
    minutes=st.integers(1, 31 * 1440), lead=st.integers(0, 600), kind=st.sampled_from(list(Kind))
)
def test_raised_in_time_held_and_lowered(minutes: int, lead: int, kind: Kind) -> None:
    """For any length and lead: the whole lead ahead, tried again, never raised after the end."""
    one = once(minutes, lead, kind)
    assert one.begin is not None
    assert one.until is not None
    found = orders(one)
    ups = [(at, request) for at, request in found if not request.ends_prewarm]
    downs = [(at, request) for at, request in found if request.ends_prewarm]
    assert ups[0][0] == one.begin - lead * MINUTE
    assert any(at == one.begin for at, _ in ups)
    assert all(at < one.until for at, _ in ups)
    assert [at - one.until for at, _ in downs] == [n * 10 * MINUTE for n in range(4)]
    assert {request.floor for _, request in ups} == {60}
    holds = [request.hold_until for _, request in ups]
    assert all(hold is not None and hold > downs[-1][0] for hold in holds)
    assert [request.again for _, request in ups] == [True] * (len(ups) - 1) + [False]
    assert [request.again for _, request in downs] == [True, True, True, False]


@settings(max_examples=15)
@given(
    minute=st.integers(0, 1439),
    days=st.sets(st.integers(0, 6), min_size=1),
    lasting=st.integers(5, 1200),
    lead=st.integers(0, 120),
)
def test_each_week_raised_in_time_held_and_lowered(
    minute: int, days: set[int], lasting: int, lead: int
) -> None:
    """The same for each occurrence, over midnight and the end of the week."""
    cron = f"{minute % 60} {minute // 60} ? * {','.join(DAYS[day] for day in sorted(days))} *"
    one = Prewarm(
        id="pw-1",
        arn=str(a_resource().arn),
        floor=60,
        lead_minutes=lead,
        cron=cron,
        zone="Europe/Berlin",
        minutes=lasting,
    )
    begin = weekly(cron)
    week = 7 * 1440

    def shift(expression: str) -> set[int]:
        """Minutes after the begin, of all days; the least that turns one into the other."""
        at = weekly(expression)
        return {minutes for minutes in range(-121, 1440) if begin.shifted(minutes) == at}

    ups = [t for t in schedules(one) if "-up-" in t.name]
    downs = [t for t in schedules(one) if "-down-" in t.name]
    assert -lead in shift(ups[0].expression)
    assert any(0 in shift(timed.expression) for timed in ups)
    waits = (0, 10, 20, 30, 70)  # the last one falls out of any gap of a clock change
    assert all(lasting + n in shift(t.expression) for n, t in zip(waits, downs, strict=True))
    # Whenever one of them raises the floor, it is held until the last try to lower it.
    for timed in ups:
        assert any(
            after + timed.detail["HoldMinutes"] > lasting + 30 for after in shift(timed.expression)
        )
        assert timed.detail["HoldMinutes"] < week
    assert [timed.detail["SentAgain"] for timed in ups] == [True] * (len(ups) - 1) + [False]
    assert [timed.detail["SentAgain"] for timed in downs] == [True, True, True, True, False]
    assert {timed.zone for timed in (*ups, *downs)} == {"Europe/Berlin"}
    assert not any(timed.once for timed in (*ups, *downs))


@pytest.mark.parametrize("kind", list(Kind))
def test_schedules_have_names_that_scheduler_takes(kind: Kind) -> None:
    """Unique, of allowed letters, at most 64; by name they are in the order of firing."""
    names = [timed.name for timed in schedules(once(kind=kind))]
    assert len(set(names)) == len(names)
    assert all(re.fullmatch(r"[0-9a-zA-Z_.-]{1,64}", name) for name in names)
    assert sorted(set(names), key=in_order) == names
    assert names[-1] == "pw-12345678-down-3"


def test_the_last_schedule_knows_all_about_its_pre_warm() -> None:
    """What is listed is read back from it."""
    one = once()
    assert Prewarm.of(json.loads(json.dumps(schedules(one)[-1].detail))) == one


@pytest.mark.parametrize(("lasting", "late"), [(9, False), (10, False), (11, True)])
def test_an_event_of_minutes_is_not_raised_at_its_end(lasting: int, late: bool) -> None:
    """The try after the begin is for events that last longer than the ten minutes until it."""
    ups = [request for _, request in orders(once(lasting)) if not request.ends_prewarm]
    assert len(ups) == 4 + late
