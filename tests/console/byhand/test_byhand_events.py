"""The events page: what was done, by whom and why, narrowed and searched."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from tests.console.byhand.front import Front, Outline, deploy, words
from tests.console.byhand.values import ARN, entry

from personalize_monitor.contract import (
    BUILD_DASHBOARD_EVENT,
    CAMPAIGN_DELETED_EVENT,
    DELETE_CAMPAIGN_EVENT,
    FLOOR_UPDATED_EVENT,
    NOTICE_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    RESTORED_EVENT,
    STOP_RECOMMENDER_EVENT,
    UPDATE_FLOOR_EVENT,
)
from personalize_monitor.model.entry import INTENT
from personalize_monitor.model.resource import Kind
from personalize_monitor_desk.console.journal_rows import KINDS, shown
from personalize_monitor_desk.console.pages import events as events_page

LOWERED = FLOOR_UPDATED_EVENT[Kind.CAMPAIGN]
ASKED = UPDATE_FLOOR_EVENT[Kind.CAMPAIGN]


STORY = (
    entry(LOWERED, 10, PreviousMinTPS=20, NewMinTPS=5, RequestedBy="monitor", Reason="Quiet."),
    entry(LOWERED, 200, PreviousMinTPS=4, NewMinTPS=40, By="arn:aws:iam::1:user/ada"),
    entry(CAMPAIGN_DELETED_EVENT, 300, f"{ARN}-old", Reason="Idle."),
    entry(RECOMMENDER_STOPPED_EVENT, 400, ARN.replace("campaign", "recommender"), Reason="Idle."),
    entry(RESTORED_EVENT, 500, f"{ARN}-old", Deed="create", RequestedBy="restore", By="x/bob"),
    entry(NOTICE_EVENT, 600, Kind="last-call", Summary="It goes.", Reason="Idle."),
    entry(ASKED, 2000, NewMinTPS=7),
    entry(DELETE_CAMPAIGN_EVENT, 3000, TotalRequestsDuringIdleThresholdHours=0),
    entry(BUILD_DASHBOARD_EVENT, 3100, ""),
    entry(INTENT, 3200, Announcement=LOWERED),
    entry("SomethingOfTheFuture", 3300),
)
TONES = ["down", "up", "gone", "gone", "back", "told", "asked", "asked"]


def test_each_event_has_its_headline_cause_and_colour(front: Front) -> None:
    """The newest first, by day; what is for machines stays out."""
    front.told(*STORY)
    answer = front.get("/events").text
    said = words(answer)
    assert [li["class"] for li in Outline(answer).all("li")] == TONES
    assert "2026-03-02 09:52 UTC Floor 20 → 5 shoes us-east-1 by the monitor Quiet." in said
    assert "Floor 4 → 40 shoes us-east-1 by ada" in said
    assert "Created again shoes-old us-east-1 by bob (restore)" in said
    assert "Last-call shoes us-east-1 by the monitor It goes. Idle." in said
    assert said.index("2026-03-02") < said.index("2026-03-01") < said.index("2026-02-28")
    assert "8 events · times in UTC" in said
    assert "dashboard" not in said.lower()


@pytest.mark.parametrize(
    ("asked", "count"),
    [
        ("", 8),
        ("kind=change", 2),
        ("kind=removal", 2),
        ("kind=restore", 1),
        ("kind=notice", 1),
        ("kind=request", 2),
        ("kind=other", 1),
        ("q=IDLE", 3),
        ("q=ada", 1),
        ("q=quiet+shoes+floor", 1),
        ("q=nothing+like+it", 0),
        ("kind=change&q=ada", 1),
    ],
)
def test_events_are_narrowed_and_searched(front: Front, asked: str, count: int) -> None:
    """By kind, and by words in headline, resource, cause or reason."""
    front.told(*STORY)
    answer = front.get(f"/events/rows?{asked}").text
    assert len(Outline(answer).all("li")) == count
    if not count:
        assert "Nothing matches 9 events are there, none of them is like that." in words(answer)


def test_only_kinds_that_there_are_can_be_chosen(front: Front) -> None:
    """A button that would find nothing is not offered."""
    front.told(*STORY)
    offered = [r["value"] for r in Outline(front.get("/events").text).all("input", name="kind")]
    assert offered == ["", *KINDS]
    front.told(STORY[0])
    offered = [r["value"] for r in Outline(front.get("/events").text).all("input", name="kind")]
    assert offered == ["", "change"]


def test_events_before_they_are_read_and_where_there_are_none(front: Front) -> None:
    """Reading, nothing yet, nothing deployed, not readable: four different sentences."""
    assert "Reading the journal…" in front.words("/events")
    front.watch.operator()
    front.told()
    said = front.words("/events")
    assert "Nothing has happened yet" in said
    assert "not deployed here. What you change from this console is kept in the file" in said
    deploy(front)
    assert "not deployed" not in front.words("/events")
    front.told(STORY[0], trouble="The journal is silent.")
    said = front.words("/events")
    assert "The journal is silent." in said
    assert "Floor 20 → 5" in said


def test_more_events_than_a_page_holds(front: Front, monkeypatch: pytest.MonkeyPatch) -> None:
    """The newest are shown, and how many there are."""
    monkeypatch.setattr(events_page, "MOST", 3)
    front.told(*STORY)
    assert len(Outline(front.get("/events").text).all("li")) == 3
    assert "8 events, the newest 3 shown" in front.words("/events")


OUTCOMES: list[tuple[str, tuple[Any, ...], list[str]]] = [
    ("an outcome", (entry(ASKED, 9, NewMinTPS=5), entry(LOWERED, 5, NewMinTPS=5)), ["change"]),
    (
        "another floor",
        (entry(ASKED, 9, NewMinTPS=6), entry(LOWERED, 5, NewMinTPS=5)),
        ["change", "request"],
    ),
    (
        "another resource",
        (entry(ASKED, 9, f"{ARN}x", NewMinTPS=5), entry(LOWERED, 5, NewMinTPS=5)),
        ["change", "request"],
    ),
    (
        "much later",
        (entry(ASKED, 300, NewMinTPS=5), entry(LOWERED, 5, NewMinTPS=5)),
        ["change", "request"],
    ),
    (
        "a stop",
        (
            entry(STOP_RECOMMENDER_EVENT, 9, ARN),
            entry(RECOMMENDER_STOPPED_EVENT, 8, ARN),
        ),
        ["removal"],
    ),
    (
        "a change before it",
        (entry(LOWERED, 9, NewMinTPS=5), entry(ASKED, 5, NewMinTPS=5)),
        ["request", "change"],
    ),
    (
        "a deletion meanwhile",
        (entry(ASKED, 9, NewMinTPS=5), entry(CAMPAIGN_DELETED_EVENT, 5)),
        ["removal", "request"],
    ),
    ("two requests", (entry(ASKED, 9, NewMinTPS=5), entry(ASKED, 5, NewMinTPS=5)), ["request"] * 2),
]


@pytest.mark.parametrize(
    ("entries", "kinds"), [o[1:] for o in OUTCOMES], ids=[o[0] for o in OUTCOMES]
)
def test_a_request_is_told_until_its_outcome_is(entries: tuple[Any, ...], kinds: list[str]) -> None:
    """Only the outcome of that very request, on that resource, soon after, stands for it."""
    assert [tale.kind for tale in shown(entries)] == kinds


@pytest.mark.parametrize(
    ("arn", "address"),
    [
        (ARN, "/r/us-east-1/campaign/shoes"),
        (ARN.replace("campaign", "recommender"), "/r/us-east-1/recommender/shoes"),
        (ARN.replace("campaign", "solution"), ""),
        ("", ""),
        ("nonsense", ""),
        ("arn:aws:personalize:::recipe/x", ""),
    ],
)
def test_the_way_from_an_event_to_its_resource(arn: str, address: str) -> None:
    """Campaigns and recommenders have pages; what is about nothing else leads nowhere."""
    (tale,) = shown([entry(NOTICE_EVENT, 0, arn, Kind="k")])
    assert tale.address == address


def test_times_of_events_are_utc(front: Front) -> None:
    """A record with another offset is told by the same clock, under the same day as the others."""
    tokyo = timezone(timedelta(hours=9))
    front.told(replace(STORY[0], time=datetime(2026, 3, 2, 3, 30, tzinfo=tokyo)))
    assert "2026-03-01 18:30 UTC Floor 20 → 5" in front.words("/events")


def test_c10_whoever_looks_is_you(front: Front) -> None:
    """What I did is told as mine, and how; a namesake's prefix is somebody else."""
    by = "arn:aws:sts::123456789012:assumed-role/admin/ada"
    told = [
        entry(LOWERED, n, RequestedBy=how, By=f"{by}{more}", NewMinTPS=4)
        for n, (how, more) in enumerate([("restore", ""), ("", ""), ("apply", "m")])
    ]
    assert [one.who for one in shown(told, "ada")] == ["you (restore)", "you", "adam (apply)"]
    assert [one.who for one in shown(told)] == ["ada (restore)", "ada", "adam (apply)"]
