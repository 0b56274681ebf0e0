"""The recent past as decisions read it: by resource, by region, and never by half."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from tests.datapoints import Diary
from tests.support import ACCOUNT, BEGIN, HOME, Local

from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import CAMPAIGN_DELETED_EVENT, RECOMMENDER_STOPPED_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.entry import INTENT

SHOES = f"arn:aws:personalize:{HOME}:{ACCOUNT}:campaign/shoes"
NOW = BEGIN


class Counted:
    """A journal that counts how often it is read."""

    def __init__(self) -> None:
        self.reads: list[str] = []

    def write(self, record: dict[str, Any], *, stream: str, now: datetime) -> None:
        """Not asked for here."""

    def claim(self, name: str) -> bool:
        """Not asked for here."""
        return True

    def claimed(self, name: str) -> bool:
        """Not asked for here."""
        return False

    def read(
        self,
        *,
        containing: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
        streams: str = "",
    ) -> Iterator[dict[str, Any]]:
        """One record about anything."""
        self.reads.append(containing)
        yield {"time": NOW.isoformat(), "detail-type": "Told", "detail": {"ARN": containing}}


def ago(minutes: float) -> datetime:
    """So many minutes before now."""
    return NOW - timedelta(minutes=minutes)


def test_without_a_journal_there_is_no_past() -> None:
    """A deployment without one decides as if nothing had been done, and nothing is asked."""
    reader = JournalReader(None)
    assert reader.about("x", now=NOW, hours=1) == []
    assert reader.of_resource(SHOES, now=NOW, hours=1) == []
    assert reader.removals(HOME, now=NOW) == 0


def test_a_resource_is_told_apart_from_one_whose_name_begins_alike(tmp_path: Path) -> None:
    """``shoes-2`` contains ``shoes``; what happened to one is not the other's past."""
    diary = Diary(tmp_path)
    diary.told("A", SHOES, ago(5))
    diary.told("B", f"{SHOES}-2", ago(4))
    assert [e.name for e in diary.reader.about(SHOES, now=NOW, hours=1)] == ["A", "B"]
    assert [e.name for e in diary.reader.of_resource(SHOES, now=NOW, hours=1)] == ["A"]


def test_the_past_reaches_back_as_far_as_asked(tmp_path: Path) -> None:
    """Older entries are not read."""
    diary = Diary(tmp_path)
    for minutes in (130, 61, 59, 1):
        diary.told(f"{minutes}", SHOES, ago(minutes))
    assert [e.name for e in diary.reader.about(SHOES, now=NOW, hours=1)] == ["59", "1"]


def test_within_a_cycle_each_question_is_asked_once() -> None:
    """A thousand resources ask about the same hour; the journal is read for the first of them."""
    journal = Counted()
    reader = JournalReader(journal, remember=True)
    first = reader.about("x", now=NOW, hours=1)
    first.clear()  # what one caller does with its list is not seen by the next one
    assert len(reader.about("x", now=NOW, hours=1)) == 1
    reader.about("x", now=NOW, hours=2)
    reader.about("y", now=NOW, hours=1)
    assert journal.reads == ["x", "x", "y"]


def test_an_executor_reads_anew_each_time() -> None:
    """Between two looks of an executor somebody else may have acted."""
    journal = Counted()
    reader = JournalReader(journal)
    reader.about("x", now=NOW, hours=1)
    reader.about("x", now=NOW, hours=1)
    assert journal.reads == ["x", "x"]


def test_a_journal_that_cannot_be_read_is_no_empty_past(tmp_path: Path) -> None:
    """Every question raises; a removal waits rather than to believe that nothing went."""
    diary = Diary(tmp_path)
    diary.breaks()
    for reader in (diary.reader, JournalReader(diary.file, remember=True)):
        with pytest.raises(JournalUnavailable):
            reader.about("x", now=NOW, hours=1)
        with pytest.raises(JournalUnavailable):
            reader.removals(HOME, now=NOW)


def removal(diary: Diary, name: str, request: str, minutes: float, by: str = "monitor") -> None:
    """A deletion that was announced so many minutes ago."""
    arn = SHOES.replace("shoes", name)
    diary.told(CAMPAIGN_DELETED_EVENT, arn, ago(minutes), RequestId=request, RequestedBy=by)


def intent(diary: Diary, name: str, request: str, minutes: float, by: str = "monitor") -> None:
    """What an executor wrote before it deleted."""
    diary.told(
        INTENT,
        SHOES.replace("shoes", name),
        ago(minutes),
        RequestId=request,
        Announcement=CAMPAIGN_DELETED_EVENT,
        AnnouncementDetail={"RequestedBy": by},
    )


def test_a_removal_counts_once_however_often_it_is_written(tmp_path: Path) -> None:
    """The intent, the announcement and a second delivery are one resource that went."""
    diary = Diary(tmp_path)
    intent(diary, "a", "e-1", 10)
    removal(diary, "a", "e-1", 9)
    removal(diary, "a", "e-1", 8)
    assert diary.reader.removals(HOME, now=NOW) == 1


def test_campaigns_and_recommenders_count_together(tmp_path: Path) -> None:
    """What may go in an hour is a number of resources, of whichever kind."""
    diary = Diary(tmp_path)
    removal(diary, "a", "e-1", 10)
    arn = SHOES.replace("campaign", "recommender")
    diary.told(RECOMMENDER_STOPPED_EVENT, arn, ago(9), RequestId="e-2", RequestedBy="monitor")
    assert diary.reader.removals(HOME, now=NOW) == 2


def test_a_removal_that_has_begun_counts_before_it_is_announced(tmp_path: Path) -> None:
    """Two executors at once must not both think that they are the first."""
    diary = Diary(tmp_path)
    intent(diary, "a", "e-1", 1)
    assert diary.reader.removals(HOME, now=NOW) == 1
    assert diary.reader.removals(HOME, now=NOW, but="e-1") == 0


def test_what_people_removed_does_not_count(tmp_path: Path) -> None:
    """The limit is for the monitor; whoever cleans up by hand may go on."""
    diary = Diary(tmp_path)
    removal(diary, "a", "e-1", 10, by="request")
    intent(diary, "b", "e-2", 10, by="apply")
    diary.told(INTENT, SHOES, ago(5), Announcement=CAMPAIGN_DELETED_EVENT, RequestId="e-3")
    assert diary.reader.removals(HOME, now=NOW) == 0


def test_an_intent_of_another_kind_is_no_removal(tmp_path: Path) -> None:
    """A change of the floor may name the removal's event in its reason."""
    diary = Diary(tmp_path)
    diary.told(
        INTENT,
        SHOES,
        ago(5),
        RequestId="e-1",
        Announcement="PersonalizeCampaignMinProvisionedTPSUpdated",
        AnnouncementDetail={"RequestedBy": "monitor", "Reason": f"No {CAMPAIGN_DELETED_EVENT}."},
    )
    assert diary.reader.removals(HOME, now=NOW) == 0


def test_other_regions_and_hours_have_limits_of_their_own(tmp_path: Path) -> None:
    """What went in the turn before, an hour ago, does not count in this one; 57 minutes do."""
    diary = Diary(tmp_path)
    removal(diary, "a", "e-1", 58)
    removal(diary, "b", "e-2", 56)
    assert diary.reader.removals(HOME, now=NOW) == 1
    assert diary.reader.removals("eu-west-1", now=NOW) == 0


def test_the_deployments_own_journal_is_at_home(local: Local) -> None:
    """With a log group it is read; without one there is no past."""
    local.with_journal()
    here = local.deployment()
    assert JournalReader.of(local.access, here).about("x", now=local.now, hours=1) == []
    assert len(local.calls("FilterLogEvents")) == 1
    bare = Deployment(HOME, ACCOUNT, "aws", "monitor", "", "")
    assert JournalReader.of(local.access, bare).about("x", now=local.now, hours=1) == []
    assert len(local.calls("FilterLogEvents")) == 1
