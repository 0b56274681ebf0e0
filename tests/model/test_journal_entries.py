"""Records of the journal: what is understood of them, and what is passed over."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from personalize_monitor.model.entry import INTENT, OWN, STORED, Entry, changes_of_ours, entries_in

NOON = datetime(2026, 3, 2, 12, tzinfo=UTC)
ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
OTHER = "arn:aws:personalize:us-east-1:123456789012:campaign/boots"


def record(**changes: Any) -> dict[str, Any]:
    """An event as the log group holds it."""
    return {
        "detail-type": "PersonalizeCampaignDeleted",
        "time": "2026-03-02T12:00:00Z",
        "resources": [ARN],
        "detail": {"Reason": "idle"},
        **changes,
    }


def only(**changes: Any) -> Entry:
    """The one entry that such a record gives."""
    (found,) = entries_in([record(**changes)])
    return found


def test_a_record() -> None:
    """Its name, its time, its resource and all of its detail."""
    assert only() == Entry(NOON, "PersonalizeCampaignDeleted", ARN, {"Reason": "idle"})


@pytest.mark.parametrize(
    ("when", "moment"),
    [
        ("2026-03-02T12:00:00", NOON),
        ("2026-03-02T12:00:00+00:00", NOON),
        ("2026-03-02T13:00:00+01:00", NOON),
        ("2026-03-02", NOON - timedelta(hours=12)),
    ],
)
def test_a_time_without_a_zone_is_utc(when: str, moment: datetime) -> None:
    """All times of the journal can be compared; one with a zone is the same moment."""
    found = only(time=when).time
    assert found == moment
    assert found.utcoffset() == timedelta(0)


@pytest.mark.parametrize(
    ("changes", "arn"),
    [
        ({"resources": [ARN, OTHER]}, ARN),
        ({"resources": [], "detail": {"ARN": OTHER}}, OTHER),
        ({"resources": None, "detail": {"CampaignARN": OTHER}}, OTHER),
        ({"resources": [], "detail": {"ARN": ARN, "CampaignARN": OTHER}}, ARN),
        ({"resources": [ARN], "detail": {"ARN": OTHER}}, ARN),
        ({"resources": [], "detail": {}}, ""),
        ({"resources": [7]}, "7"),
    ],
)
def test_which_resource_it_is_about(changes: dict[str, Any], arn: str) -> None:
    """The event's resource, else the ARN in its detail in either vocabulary, else none."""
    assert only(**changes).arn == arn


@pytest.mark.parametrize(
    "changes",
    [
        {"detail-type": None},
        {"detail-type": 7},
        {"detail": None},
        {"detail": "text"},
        {"time": None},
        {"time": 1_700_000_000},
        {"time": "yesterday"},
    ],
)
def test_what_cannot_be_understood_is_passed_over(changes: dict[str, Any]) -> None:
    """A foreign line in the log group costs only itself."""
    good = record(time="2026-03-02T13:00:00Z")
    assert entries_in([record(**changes)]) == []
    assert entries_in([record(**changes), good]) == entries_in([good])


@given(st.permutations(range(4)))
def test_in_the_order_of_time(request: list[int]) -> None:
    """The log group may answer in any order; entries are told in that of time."""
    records = [record(time=f"2026-03-02T1{hour}:00:00Z") for hour in request]
    assert [entry.time.hour for entry in entries_in(records)] == [10, 11, 12, 13]


def entry(**detail: Any) -> Entry:
    """An entry with this detail."""
    return Entry(NOON, "PersonalizeMonitorIntent", ARN, detail)


def test_an_entry_without_detail() -> None:
    """Nothing is known of it, and nothing is made up."""
    bare = Entry(NOON, "Name", ARN)
    assert (bare.request_id, bare.by_monitor, bare.floor, bare.previous_floor) == (
        "",
        False,
        None,
        None,
    )
    assert bare.detail == {}


def test_who_asked_under_which_id() -> None:
    """The request's id as text, and whether the application itself decided it."""
    assert entry(RequestId="a-1").request_id == "a-1"
    assert entry(RequestId=7).request_id == "7"
    assert entry(RequestedBy="monitor").by_monitor
    assert not entry(RequestedBy="person").by_monitor
    assert not entry(RequestedBy=None).by_monitor


@pytest.mark.parametrize(
    ("detail", "floor"),
    [
        ({"NewMinTPS": 4}, 4),
        ({"MinProvisionedTPS": 4}, 4),
        ({"NewMinTPS": 4, "MinProvisionedTPS": 5}, 4),
        ({"NewMinTPS": 0, "MinProvisionedTPS": 5}, 0),
        ({"NewMinTPS": "4", "MinProvisionedTPS": 5}, 5),
        ({"NewMinTPS": True}, None),
        ({"NewMinTPS": 4.0}, None),
        ({"PreviousMinTPS": 4}, None),
    ],
)
def test_the_floor_in_either_vocabulary(detail: dict[str, Any], floor: int | None) -> None:
    """The later name first, then the seed's; only a whole number is a floor."""
    assert entry(**detail).floor == floor


@pytest.mark.parametrize(("value", "floor"), [(20, 20), (0, 0), ("20", None), (False, None)])
def test_the_floor_before(value: object, floor: int | None) -> None:
    """A change tells what it found."""
    assert entry(PreviousMinTPS=value, NewMinTPS=3).previous_floor == floor


def test_a_time_far_east() -> None:
    """Zones are kept, so that a person reads their own time."""
    east = timezone(timedelta(hours=9))
    assert only(time="2026-03-02T21:00:00+09:00").time == datetime(2026, 3, 2, 21, tzinfo=east)


@pytest.mark.parametrize("millis", [1e300, float("nan"), True, "soon", None])
def test_a_time_of_arrival_that_is_none(millis: object) -> None:
    """The entry is read all the same: only when the journal had it is unknown."""
    assert only(**{STORED: millis}).stored is None


@pytest.mark.parametrize(
    ("own", "came", "moment"),
    [(False, -1, NOON - timedelta(hours=1)), (False, 1, NOON), (True, -1, NOON)],
)
def test_nothing_on_the_bus_is_of_the_future(own: bool, came: int, moment: datetime) -> None:
    """Anybody may write a time: what claims to be later than it came is of when it came."""
    stored = int((NOON + timedelta(hours=came)).timestamp() * 1000)
    assert only(**{STORED: stored, OWN: own}).time == moment


def test_an_intent_that_announces_nothing_is_no_change() -> None:
    """Of another version, or broken: it is passed over."""
    said = {"Reason": "idle"}
    whole = {"Announcement": "PersonalizeCampaignDeleted", "AnnouncementDetail": said}
    found = changes_of_ours(
        [
            Entry(NOON, INTENT, ARN, {"Announcement": "PersonalizeCampaignDeleted"}, own=True),
            Entry(NOON, INTENT, ARN, whole, own=True),
            Entry(NOON, "PersonalizeCampaignDeleted", ARN, {}),
        ]
    )
    assert [(one.name, one.detail) for one in found] == [("PersonalizeCampaignDeleted", said)]
