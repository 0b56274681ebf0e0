"""The journal in a file: a person's own record of what was done where nothing is deployed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.datapoints import Diary
from tests.support import BEGIN

from personalize_monitor.aws.events import Event
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.records import FileEvents, FileJournal
from personalize_monitor.model.entry import entries_in


def record(after: float = 0, **more: Any) -> dict[str, Any]:
    """A record so many minutes after the beginning."""
    return {"time": (BEGIN + timedelta(minutes=after)).isoformat(), **more}


def test_a_file_that_is_not_there_is_an_empty_journal(tmp_path: Path) -> None:
    """Nothing was done yet; reading makes no file."""
    journal = FileJournal(tmp_path / "a" / "b.jsonl")
    assert list(journal.read()) == []
    assert not journal.path.parent.exists()


def test_writing_makes_the_folder_and_adds_a_line(tmp_path: Path) -> None:
    """Each record is one line; what was there before stays."""
    journal = FileJournal(tmp_path / "a" / "b.jsonl")
    for n in range(3):
        journal.write(record(n, n=n, when=BEGIN), stream="ignored", now=BEGIN)
    lines = journal.path.read_text("utf-8").splitlines()
    assert [json.loads(line)["n"] for line in lines] == [0, 1, 2]
    assert [found["n"] for found in journal.read()] == [0, 1, 2]


@given(minutes=st.lists(st.integers(-500, 500), max_size=12))
def test_records_come_in_time_order(
    tmp_path_factory: pytest.TempPathFactory, minutes: list[int]
) -> None:
    """A restoration may be written from two machines; the past has one order all the same."""
    journal = FileJournal(tmp_path_factory.mktemp("journal") / "j.jsonl")
    for minute in minutes:
        journal.write(record(minute, minute=minute), stream="", now=BEGIN)
    assert [found["minute"] for found in journal.read()] == sorted(minutes)


def test_a_span_begins_inclusive_and_ends_exclusive(tmp_path: Path) -> None:
    """As in the log group: a record at the begin belongs to it, one at the end does not."""
    journal = FileJournal(tmp_path / "j.jsonl")
    for n in range(4):
        journal.write(record(n, n=n), stream="", now=BEGIN)
    begin, end = BEGIN + timedelta(minutes=1), BEGIN + timedelta(minutes=3)
    assert [found["n"] for found in journal.read(start=begin, end=end)] == [1, 2]
    assert [found["n"] for found in journal.read(start=begin)] == [1, 2, 3]
    assert [found["n"] for found in journal.read(end=end)] == [0, 1, 2]


def test_only_records_with_the_text(tmp_path: Path) -> None:
    """A question about one ARN reads over everything else."""
    journal = FileJournal(tmp_path / "j.jsonl")
    journal.write(record(0, arn="campaign/shoes"), stream="", now=BEGIN)
    journal.write(record(1, arn="campaign/hats"), stream="", now=BEGIN)
    assert [found["arn"] for found in journal.read(containing="hats")] == ["campaign/hats"]
    assert list(journal.read(containing="gloves")) == []


@pytest.mark.parametrize(
    "line",
    ["", "no JSON", "[1]", "7", "null", "{}", '{"time": 7}', '{"time": "soon"}', '{"time": null}'],
)
def test_a_line_that_is_no_record_costs_only_itself(tmp_path: Path, line: str) -> None:
    """A crash may cut the last line, and people open files in editors."""
    path = tmp_path / "j.jsonl"
    good = json.dumps(record(0, n=1))
    path.write_text(f"{line}\n{good}\n{line}\n", "utf-8")
    assert [found["n"] for found in FileJournal(path).read()] == [1]


def test_a_line_that_was_cut_short_does_not_swallow_the_next_record(tmp_path: Path) -> None:
    """Power fails in the middle of a line; what is done tomorrow can still be undone."""
    journal = FileJournal(tmp_path / "j.jsonl")
    journal.write(record(0, n=0), stream="", now=BEGIN)
    whole = journal.path.read_bytes()
    journal.path.write_bytes(whole + whole[:20])
    journal.write(record(1, n=1), stream="", now=BEGIN)
    assert [found["n"] for found in journal.read()] == [0, 1]
    assert len(journal.path.read_bytes().splitlines()) == 3


def test_a_line_in_another_encoding_costs_only_itself(tmp_path: Path) -> None:
    """Somebody saved the file from an editor of old; the other records are read as before."""
    path = tmp_path / "j.jsonl"
    path.write_bytes(b"{caf\xe9\n" + json.dumps(record(0, n=1)).encode() + b"\n")
    assert [found["n"] for found in FileJournal(path).read()] == [1]


def test_a_time_without_a_zone_is_utc(tmp_path: Path) -> None:
    """Never the zone of the machine that happens to read it."""
    path = tmp_path / "j.jsonl"
    path.write_text('{"time": "2026-03-02T10:02:00"}\n', "utf-8")
    assert len(list(FileJournal(path).read(start=BEGIN))) == 1
    assert list(FileJournal(path).read(start=BEGIN + timedelta(seconds=1))) == []


def test_a_journal_that_cannot_be_used_says_where_and_why(tmp_path: Path) -> None:
    """A deletion waits for its record, so neither reading nor writing fails in silence."""
    diary = Diary(tmp_path)
    diary.breaks()
    with pytest.raises(JournalUnavailable, match=r"journal\.jsonl cannot be written: "):
        diary.file.write(record(), stream="", now=BEGIN)
    with pytest.raises(JournalUnavailable, match=r"journal\.jsonl cannot be read: "):
        list(diary.file.read())


def test_announcements_into_the_file_are_entries_of_the_journal(tmp_path: Path) -> None:
    """What EventBridge would copy into the log group is in the file, with its time in UTC."""
    journal = FileJournal(tmp_path / "j.jsonl")
    own = datetime(2026, 3, 2, 9, 0, tzinfo=UTC)
    told = [Event("Told", {"ARN": "arn:x"}, "arn:x"), Event("Before", {"n": 1}, "", own)]
    assert FileEvents(journal, BEGIN).put(told) == []
    before, after = entries_in(journal.read())
    assert (before.name, before.time, before.arn) == ("Before", own, "")
    assert (after.name, after.time, after.arn) == ("Told", BEGIN, "arn:x")
    assert {found["source"] for found in journal.read()} == {"personalize.monitor"}


def test_announcements_that_could_not_be_written_come_back(tmp_path: Path) -> None:
    """Each with the reason, as those that EventBridge refuses do."""
    diary = Diary(tmp_path)
    diary.breaks()
    events = [Event("A", {}), Event("B", {})]
    lost = FileEvents(diary.file, BEGIN).put(events)
    assert [event for event, _ in lost] == events
    assert all("cannot be written" in why for _, why in lost)
