"""What restoring means, read from the journal: which deletion, which stop, which floor before."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from personalize_monitor.model.entry import Entry
from personalize_monitor_desk.restore.meaning import (
    Deletion,
    FloorBefore,
    floor_before,
    last_deletion,
    last_stop,
    restored_since,
)

T0 = datetime(2026, 3, 2, 10, tzinfo=UTC)
ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
RECIPE = {"solutionVersionArn": "arn:...:solution/s/1", "name": "shoes"}
OTHER = {"solutionVersionArn": "arn:...:solution/s/2", "name": "shoes"}

DELETED, STOPPED = "PersonalizeCampaignDeleted", "PersonalizeRecommenderStopped"
UPDATED = "PersonalizeCampaignMinProvisionedTPSUpdated"
RATE_UPDATED = "PersonalizeRecommenderMinRecommendationRPSUpdated"
RESTORED, INTENT = "PersonalizeMonitorRestored", "PersonalizeMonitorIntent"


def at(minute: int) -> datetime:
    """Minutes after the beginning."""
    return T0 + timedelta(minutes=minute)


def entry(minute: int, name: str, **detail: Any) -> Entry:
    """One record about the resource."""
    return Entry(at(minute), name, ARN, detail, own=True)


def change(minute: int, before: object, after: int, name: str = UPDATED, **more: Any) -> Entry:
    """A change of the floor, as it is announced."""
    return entry(minute, name, PreviousMinTPS=before, NewMinTPS=after, **more)


# --- deletions -------------------------------------------------------------------------------


def test_an_announced_deletion() -> None:
    """Its time, its reason and its recipe are what a restoration needs."""
    record = entry(1, DELETED, Restore=RECIPE, Reason="Nobody used it.")
    assert last_deletion([record]) == Deletion(at(1), "Nobody used it.", RECIPE, True)


def test_a_deletion_that_was_only_intended() -> None:
    """The function died in between: the intent carries the recipe and the reason."""
    record = entry(
        1,
        INTENT,
        Announcement=DELETED,
        AnnouncementDetail={"Reason": "Nobody used it."},
        Restore=RECIPE,
        Reason="not this one",
    )
    assert last_deletion([record]) == Deletion(at(1), "Nobody used it.", RECIPE, False)


@pytest.mark.parametrize("said", [{}, None, "text", {"Reason": ""}])
def test_a_deletion_without_a_reason(said: object) -> None:
    """A missing reason is empty; the recipe is what counts."""
    intended = entry(1, INTENT, Announcement=DELETED, AnnouncementDetail=said, Restore=RECIPE)
    assert last_deletion([intended]) == Deletion(at(1), "", RECIPE, False)
    assert last_deletion([entry(1, DELETED, Restore=RECIPE)]) == Deletion(at(1), "", RECIPE, True)


def test_the_latest_deletion_counts() -> None:
    """A campaign that was deleted twice comes back as it was the second time."""
    first = entry(1, DELETED, Restore=RECIPE)
    second = entry(9, INTENT, Announcement=DELETED, Restore=OTHER)
    found = last_deletion([first, entry(5, RESTORED), second, entry(10, UPDATED)])
    assert found == Deletion(at(9), "", OTHER, False)


@pytest.mark.parametrize(
    "detail",
    [
        {},
        {"Restore": None},
        {"Restore": "solutionVersionArn"},
        {"Restore": {"name": "shoes"}},
    ],
    ids=["nothing", "null", "text", "without the solution version"],
)
def test_no_recipe_no_restoration(detail: dict[str, Any]) -> None:
    """A record from which nothing can be made is passed over; an older good one still counts."""
    useless = entry(2, DELETED, **detail)
    assert last_deletion([useless]) is None
    good = entry(1, DELETED, Restore=RECIPE)
    assert last_deletion([good, useless]) == Deletion(at(1), "", RECIPE, True)
    later = entry(3, DELETED, Restore=OTHER)
    assert last_deletion([useless, later]) == Deletion(at(3), "", OTHER, True)


def test_other_records_with_a_recipe_are_no_deletions() -> None:
    """A restoration repeats the recipe, and an intent may be about something else."""
    records = [
        entry(1, RESTORED, Restore=RECIPE),
        entry(2, INTENT, Announcement=UPDATED, Restore=RECIPE),
        entry(3, "DeletePersonalizeCampaign", Announcement=DELETED, Restore=RECIPE),
    ]
    assert last_deletion(records) is None
    assert last_deletion([]) is None


# --- stops -----------------------------------------------------------------------------------


def test_the_latest_stop() -> None:
    """Announced or only intended, the last one counts."""
    done, intended = entry(1, STOPPED), entry(5, INTENT, Announcement=STOPPED)
    assert last_stop([done]) is done
    assert last_stop([done, intended, entry(6, RESTORED)]) is intended
    assert last_stop([intended, done]) is done


def test_what_is_no_stop() -> None:
    """A request to stop, or an intent to delete, stopped nothing."""
    records = [
        entry(1, "StopPersonalizeRecommender", Announcement=STOPPED),
        entry(2, INTENT, Announcement=DELETED),
        entry(3, INTENT),
    ]
    assert last_stop(records) is None


# --- restorations ----------------------------------------------------------------------------


@pytest.mark.parametrize(("minute", "restored"), [(9, False), (10, True), (11, True)])
def test_restored_since(minute: int, restored: bool) -> None:
    """A restoration at the very moment counts, an earlier one does not."""
    records = [entry(minute, RESTORED), entry(20, UPDATED), entry(30, DELETED)]
    assert restored_since(records, at(10)) is restored


# --- floors ----------------------------------------------------------------------------------


def test_the_floor_before_the_last_change() -> None:
    """Undoing goes back one step, whoever asked for it."""
    ours, persons = change(1, 20, 8, RequestedBy="monitor"), change(5, 8, 6)
    assert floor_before([ours, persons], first=False) == FloorBefore(8, persons)


def test_the_floor_before_the_first_decision_of_ours() -> None:
    """Going back to the beginning means: before we decided anything by ourselves."""
    persons = change(1, 30, 20, RequestedBy="person")
    first, second = (
        change(5, 20, 8, RequestedBy="monitor"),
        change(9, 8, 6, RequestedBy="monitor"),
    )
    assert floor_before([persons, first, second], first=True) == FloorBefore(20, first)
    assert floor_before([persons], first=True) == FloorBefore(30, persons)


@pytest.mark.parametrize("who", ["restore", "prewarm"])
@pytest.mark.parametrize("first", [True, False])
def test_what_is_not_ours_to_undo(who: str, first: bool) -> None:
    """A restoration is undone already, and a pre-warm ends by itself."""
    ours, other = change(5, 20, 8, RequestedBy="monitor"), change(9, 8, 20, RequestedBy=who)
    assert floor_before([other], first=first) is None
    assert floor_before([ours, other], first=first) == FloorBefore(20, ours)


def test_both_kinds_have_floors() -> None:
    """The change of a recommender's floor counts like that of a campaign's."""
    record = change(1, 7, 2, name=RATE_UPDATED)
    assert floor_before([record], first=False) == FloorBefore(7, record)


@pytest.mark.parametrize("before", [None, "7", 2.5, True])
def test_a_change_from_nobody_knows_where(before: object) -> None:
    """Without the floor before there is nothing to go back to."""
    assert floor_before([change(1, before, 2)], first=False) is None


def test_other_records_change_no_floor() -> None:
    """Requests and intents carry floors too, but they changed none."""
    names = ("UpdatePersonalizeCampaignMinProvisionedTPS", INTENT, RESTORED)
    assert floor_before([change(1, 7, 2, name=name) for name in names], first=False) is None
    assert floor_before([], first=True) is None


def test_an_intent_of_something_else_is_no_deletion() -> None:
    """It may even carry a recipe: the one that was intended to be deleted stays the last."""
    own = entry(1, DELETED, Reason="idle", Restore=RECIPE)
    other = entry(2, INTENT, Announcement=UPDATED, AnnouncementDetail={}, Restore=OTHER)
    found = last_deletion([own, other])
    assert found is not None
    assert found.recipe == RECIPE


def test_an_announcement_of_another_request_announces_nothing() -> None:
    """The deletion that we intended stays one that nobody was told of."""
    mine = entry(
        1, INTENT, Announcement=DELETED, AnnouncementDetail={}, Restore=RECIPE, RequestId="a"
    )
    found = last_deletion([mine, entry(2, DELETED, RequestId="b")])
    assert found is not None
    assert not found.announced
