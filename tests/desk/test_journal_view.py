"""The journal for people: what happened, to what, by whom, and why, one line for each entry."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from tests.support import BEGIN, a_resource

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
from personalize_monitor.model.entry import ANNOUNCED, INTENT, Entry
from personalize_monitor.model.resource import Kind
from personalize_monitor_desk.journal_view import KINDS, JournalItem, cause, tales

ARN = str(a_resource().arn)
MARIA = "arn:aws:sts::123456789012:assumed-role/ops/maria"
NAMES = (
    *FLOOR_UPDATED_EVENT.values(),
    *UPDATE_FLOOR_EVENT.values(),
    CAMPAIGN_DELETED_EVENT,
    RECOMMENDER_STOPPED_EVENT,
    DELETE_CAMPAIGN_EVENT,
    STOP_RECOMMENDER_EVENT,
    BUILD_DASHBOARD_EVENT,
    RESTORED_EVENT,
    NOTICE_EVENT,
    INTENT,
    ANNOUNCED,
    "SomethingElse",
)


def entry(name: str, **detail: Any) -> Entry:
    """One entry about a campaign."""
    return Entry(BEGIN, name, ARN, detail)


def tale(name: str, **detail: Any) -> JournalItem:
    """The tale of one entry."""
    (found,) = tales([entry(name, **detail)])
    return found


@pytest.mark.parametrize(
    ("name", "detail", "kind", "what"),
    [
        (
            FLOOR_UPDATED_EVENT[Kind.CAMPAIGN],
            {"PreviousMinTPS": 20, "NewMinTPS": 3},
            "change",
            "floor 20 -> 3",
        ),
        (FLOOR_UPDATED_EVENT[Kind.RECOMMENDER], {"NewMinTPS": 3}, "change", "floor ? -> 3"),
        (
            UPDATE_FLOOR_EVENT[Kind.CAMPAIGN],
            {"MinProvisionedTPS": 3},
            "request",
            "asked for floor 3",
        ),
        (
            UPDATE_FLOOR_EVENT[Kind.CAMPAIGN],
            {"EndPrewarm": True, "PrewarmId": "pw-1"},
            "request",
            "end of pre-warm pw-1",
        ),
        (UPDATE_FLOOR_EVENT[Kind.CAMPAIGN], {}, "request", "asked for floor ?"),
        (CAMPAIGN_DELETED_EVENT, {}, "removal", "deleted"),
        (RECOMMENDER_STOPPED_EVENT, {}, "removal", "stopped"),
        (DELETE_CAMPAIGN_EVENT, {}, "request", "asked to delete"),
        (STOP_RECOMMENDER_EVENT, {}, "request", "asked to stop"),
        (BUILD_DASHBOARD_EVENT, {}, "other", "dashboard to be rebuilt"),
        (RESTORED_EVENT, {"Deed": "create"}, "restore", "created again"),
        (RESTORED_EVENT, {"Deed": "start"}, "restore", "started again"),
        (NOTICE_EVENT, {"Kind": "idle-notice"}, "notice", "idle-notice"),
        (NOTICE_EVENT, {}, "notice", "notice"),
        (
            INTENT,
            {"Announcement": "PersonalizeCampaignDeleted"},
            "intent",
            "about to announce PersonalizeCampaignDeleted",
        ),
    ],
)
def test_what_happened(name: str, detail: dict[str, Any], kind: str, what: str) -> None:
    """Every event of ours has its kind and its words."""
    found = tale(name, **detail)
    assert (found.kind, found.what) == (kind, what)
    assert (found.arn, found.name, found.time) == (ARN, "shoes", BEGIN)


@pytest.mark.parametrize("name", [ANNOUNCED, "SomethingElse", "Scheduled Event"])
def test_notes_between_functions_and_strangers_are_left_out(name: str) -> None:
    """What says nothing new to a person is not shown."""
    assert tales([entry(name)]) == []


@pytest.mark.parametrize(
    ("name", "detail", "who"),
    [
        ("X", {}, "a request on the event bus"),
        ("X", {"By": MARIA}, "maria"),
        ("X", {"RequestedBy": "monitor"}, "the monitor"),
        ("X", {"RequestedBy": "monitor", "By": MARIA}, "the monitor"),
        ("X", {"RequestedBy": "request", "By": "root"}, "root"),
        ("X", {"RequestedBy": "restore", "By": MARIA}, "maria (restore)"),
        ("X", {"RequestedBy": "restore"}, "a person (restore)"),
        ("X", {"RequestedBy": "apply", "By": MARIA}, "maria (apply)"),
        ("X", {"PrewarmId": "pw-1"}, "pre-warm pw-1"),
        ("X", {"PrewarmId": "pw-1", "By": MARIA}, "pre-warm pw-1 of maria"),
        ("X", {"PrewarmId": "pw-1", "Prewarm": {"by": MARIA}}, "pre-warm pw-1 of maria"),
        ("X", {"PrewarmId": "pw-1", "Prewarm": {}}, "pre-warm pw-1"),
        ("X", {"PrewarmId": "pw-1", "Prewarm": "no mapping"}, "pre-warm pw-1"),
        ("X", {"CurrentMinTPS": 20}, "the monitor"),
        ("X", {"CurrentProvisionedTPS": 20}, "the monitor"),
        ("X", {"TotalRequestsDuringIdleThresholdHours": 0}, "the monitor"),
        (NOTICE_EVENT, {}, "the monitor"),
        (BUILD_DASHBOARD_EVENT, {}, ""),
        (INTENT, {"AnnouncementDetail": {"RequestedBy": "monitor"}}, "the monitor"),
        (INTENT, {"AnnouncementDetail": {"By": MARIA}}, "maria"),
        (INTENT, {"RequestedBy": "monitor"}, "a request on the event bus"),
        (INTENT, {"AnnouncementDetail": "no mapping"}, "a request on the event bus"),
    ],
)
def test_who_or_what_caused_it(name: str, detail: dict[str, Any], who: str) -> None:
    """The monitor, a pre-warm and its maker, a person by name, or whoever may use the bus."""
    assert cause(entry(name, **detail)) == who


@pytest.mark.parametrize(
    ("name", "detail", "why"),
    [
        (CAMPAIGN_DELETED_EVENT, {"Reason": "Idle."}, "Idle."),
        (CAMPAIGN_DELETED_EVENT, {}, ""),
        (CAMPAIGN_DELETED_EVENT, {"Reason": None}, ""),
        (NOTICE_EVENT, {"Summary": "Goes.", "Reason": "Idle."}, "Goes. Idle."),
        (NOTICE_EVENT, {"Reason": "Idle."}, "Idle."),
        (INTENT, {"Reason": "No.", "AnnouncementDetail": {"Reason": "Yes."}}, "Yes."),
        (INTENT, {"AnnouncementDetail": None}, ""),
        (INTENT, {}, ""),
    ],
)
def test_why(name: str, detail: dict[str, Any], why: str) -> None:
    """The reason that was written; an intent's is in what it was about to announce."""
    assert tale(name, **detail).why == why


def test_something_about_no_resource_has_no_name() -> None:
    """The dashboard belongs to all."""
    (found,) = tales([Entry(BEGIN, BUILD_DASHBOARD_EVENT, "", {})])
    assert (found.arn, found.name) == ("", "")


json = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text(max_size=5), inner),
    max_leaves=4,
)
KEYS = ("Reason", "Summary", "Kind", "By", "RequestedBy", "Prewarm", "PrewarmId", "EndPrewarm")
KEYS_TOO = ("AnnouncementDetail", "Announcement", "NewMinTPS", "PreviousMinTPS", "Deed")


@settings(max_examples=15)
@given(
    st.lists(
        st.tuples(st.sampled_from(NAMES), st.dictionaries(st.sampled_from(KEYS + KEYS_TOO), json))
    )
)
def test_whatever_is_in_the_journal_can_be_told(entries: list[tuple[str, dict[str, Any]]]) -> None:
    """People may put events of our names on the bus with any detail; all of them are shown."""
    found = tales(
        Entry(BEGIN + timedelta(minutes=n), name, ARN, detail)
        for n, (name, detail) in enumerate(entries)
    )
    assert all(one.kind in KINDS and one.what for one in found)
    assert [one.time for one in found] == sorted(one.time for one in found)
    shown = [name for name, _ in entries if name not in (ANNOUNCED, "SomethingElse")]
    assert len(found) == len(shown)
