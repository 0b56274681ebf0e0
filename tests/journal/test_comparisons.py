"""What changes left as it was: what counts as the same, and how long a hold lasts."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from personalize_monitor.journal.comparisons import (
    Comparisons,
    Difference,
    compared,
    end,
    keep,
    recall,
    renew,
)
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.records import FileJournal

NOW = datetime(2026, 3, 2, 6, tzinfo=UTC)
SHOES = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"
ACCOUNT = "123456789012"
SYNC = "campaignConfig.syncWithLatestSolutionVersion"
VERSION = "solutionVersionArn"
UPDATE = "UpdateCampaign"
LOST = Difference(UPDATE, SYNC, "true", "absent", SHOES, NOW, NOW)


@pytest.fixture
def reader(tmp_path: Path) -> JournalReader:
    """A journal of its own."""
    return JournalReader(FileJournal(tmp_path / "journal"))


@pytest.mark.parametrize(
    ("before", "after", "told"),
    [
        ({VERSION: "s/1"}, {VERSION: "s/1"}, {VERSION: True}),
        ({VERSION: "s/1"}, {VERSION: "s/2"}, {VERSION: False}),
        ({VERSION: "s/1"}, {}, {VERSION: False}),
        ({SYNC: True, VERSION: "s/1"}, {SYNC: True, VERSION: "s/2"}, {SYNC: True}),
        ({SYNC: True, VERSION: "s/1"}, {VERSION: "s/2"}, {SYNC: False, VERSION: False}),
        (
            {SYNC: True, VERSION: "s/1"},
            {SYNC: True, VERSION: "t/1"},
            {SYNC: True, VERSION: False},
        ),
        ({}, {"x": False, "y": {}}, {"x": True, "y": True}),
        ({}, {"x": True}, {"x": False}),
        ({"modelMetrics": {"a": 1}}, {}, {}),
        ({"modelMetrics": {"a": 1}}, {"modelMetrics": {"a": 2}}, {"modelMetrics": False}),
    ],
)
def test_what_is_as_before(
    before: dict[str, Any], after: dict[str, Any], told: dict[str, bool]
) -> None:
    """A newer version that a campaign takes by itself says nothing, nor do missing metrics."""
    assert compared(before, after) == told


def test_what_is_verified_is_not_asked_again(reader: JournalReader) -> None:
    """By account, operation and member; nothing is held by it."""
    keep(reader, [VERSION], [], NOW, operation=UPDATE, arn=SHOES)
    known = recall(reader, NOW)
    assert not known.asks(ACCOUNT, UPDATE, VERSION)
    assert known.asks(ACCOUNT, UPDATE, SYNC)
    assert known.asks("210987654321", UPDATE, VERSION)
    assert known.hold == ""
    assert known.lines() == known.lines(since=NOW)
    assert known.lines(since=NOW + timedelta(minutes=1)) == []


def test_a_difference_holds_until_it_is_accepted(reader: JournalReader) -> None:
    """From then on the same difference holds nothing, in no account."""
    keep(reader, [VERSION], [LOST], NOW, operation=UPDATE, arn=SHOES)
    assert recall(reader, NOW).hold == (
        f"UpdateCampaign changed {SYNC} of shoes at 2026-03-02 06:00 UTC: before true, after "
        "absent; all floors stay until a person ends this with `personalize-monitor doctor "
        "--deployed --end-hold`."
    )
    assert end(reader, NOW) == [LOST]
    known = recall(reader, NOW)
    assert (known.hold, known.open) == ("", [])
    assert not known.asks("210987654321", UPDATE, SYNC)
    assert end(reader, NOW) == []


def test_a_hold_outlives_what_the_journal_drops(reader: JournalReader, tmp_path: Path) -> None:
    """It is written again once a week, with the time at which it was seen."""
    keep(reader, [], [LOST], NOW, operation=UPDATE, arn=SHOES)
    for days in range(1, 16):
        renew(reader, NOW + timedelta(days=days))
    lines = (tmp_path / "journal").read_text("utf-8").splitlines()
    assert len(lines) == 3
    (tmp_path / "journal").write_text(f"{lines[-1]}\n", "utf-8")
    (one,) = recall(reader, NOW + timedelta(days=16)).open
    assert (one.time, one.written) == (NOW, NOW + timedelta(days=14))


def test_without_a_journal_nothing_is_known() -> None:
    """And nothing is held."""
    assert recall(JournalReader(None), NOW) == Comparisons()
