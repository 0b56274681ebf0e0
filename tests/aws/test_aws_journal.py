"""The journal's log group: stored when it returns, in time order, and honest about what failed."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, in_pages, refused
from tests.support import BEGIN, HOME

from personalize_monitor.aws.journal import Journal
from personalize_monitor.errors import JournalUnavailable

REJECTED = {"rejectedLogEventsInfo": {"tooOldLogEventEndIndex": 1}}


def at(**answers: Any) -> tuple[Journal, Script]:
    """A journal whose log group answers by script."""
    client = Script(**{"create_log_stream": {}, "put_log_events": {}, **answers})
    return Journal(Scripted({"logs": client}), HOME, group="/journal"), client


def event(record: Any, after: int = 0) -> dict[str, Any]:
    """One log event, ``after`` milliseconds after the beginning."""
    message = record if isinstance(record, str) else json.dumps(record)
    return {"timestamp": int(BEGIN.timestamp() * 1000) + after, "message": message}


MISSING = refused("ResourceNotFoundException")


def test_a_record_is_one_line_of_json_at_its_time() -> None:
    """A stream that is there is just written; what JSON cannot say is written as text."""
    journal, client = at()
    journal.write({"n": 1, "at": BEGIN}, stream="intents/shoes", now=BEGIN)
    assert client.operations == ["put_log_events"]
    (put,) = client.asked("put_log_events")
    assert (put["logGroupName"], put["logStreamName"]) == ("/journal", "intents/shoes")
    (line,) = put["logEvents"]
    assert line["timestamp"] == int(BEGIN.timestamp()) * 1000
    assert json.loads(line["message"]) == {"n": 1, "at": "2026-03-02 10:02:00+00:00"}
    assert "\n" not in line["message"]


@pytest.mark.parametrize("made", [{}, refused("ResourceAlreadyExistsException")])
def test_the_first_record_makes_its_stream(made: Any) -> None:
    """Somebody else may have been quicker."""
    journal, client = at(put_log_events=[MISSING, {}], create_log_stream=made)
    journal.write({}, stream="s", now=BEGIN)
    assert client.operations == ["put_log_events", "create_log_stream", "put_log_events"]


def test_a_released_name_can_be_taken_again() -> None:
    """Also one that is gone already; what Logs does not say is an error."""
    journal, client = at(delete_log_stream=[{}, MISSING, refused("ThrottlingException")])
    journal.release("told/x")
    journal.release("told/x")
    with pytest.raises(JournalUnavailable, match="Releasing told/x failed"):
        journal.release("told/x")
    assert client.asked("delete_log_stream")[0]["logStreamName"] == "told/x"


def test_an_event_that_was_copied_twice_comes_once() -> None:
    """Only among copies: our own records and others without an id all count."""
    lines = [("events/a", "1"), ("events/b", "1"), ("events/b", ""), ("intents/a", "1"), ("x", "1")]
    events = [{**event({"id": name, "n": n}, n), "logStreamName": s}
              for n, (s, name) in enumerate(lines)]  # fmt: skip
    journal, _ = at(filter_log_events={"events": events})
    assert [r["n"] for r in journal.read()] == [0, 2, 3, 4]


def test_streams_are_told_apart_by_how_their_names_begin() -> None:
    """Asked of Logs, and looked at again: some emulators do not know the question."""
    events = [{**event({"n": n}, n), "logStreamName": s} for n, s in enumerate(["told/a", "tol"])]
    journal, client = at(filter_log_events={"events": events})
    assert [r["n"] for r in journal.read(streams="told/")] == [0]
    assert client.asked("filter_log_events")[0]["logStreamNamePrefix"] == "told/"


@pytest.mark.parametrize("operation", ["create_log_stream", "put_log_events"])
@pytest.mark.parametrize("code", ["ResourceNotFoundException", "ThrottlingException"])
def test_a_record_that_is_not_stored_is_an_error(operation: str, code: str) -> None:
    """A deletion waits for its record, so a failure must never look like success."""
    journal, _ = at(**{"put_log_events": MISSING, operation: refused(code)})
    with pytest.raises(JournalUnavailable, match=f"Writing the journal failed .{code}."):
        journal.write({}, stream="s", now=BEGIN)


@pytest.mark.clock
def test_a_record_that_waited_too_long_is_written_under_todays_time() -> None:
    """Logs takes nothing older than two weeks; the record itself still says when it was."""
    journal, client = at(put_log_events=[REJECTED, {}])
    before = datetime.now(UTC)
    journal.write({"time": BEGIN.isoformat()}, stream="s", now=BEGIN)
    first, second = client.asked("put_log_events")
    assert first["logEvents"][0]["timestamp"] == int(BEGIN.timestamp() * 1000)
    assert second["logEvents"][0]["timestamp"] >= int(before.timestamp() * 1000)
    assert first["logEvents"][0]["message"] == second["logEvents"][0]["message"]


@pytest.mark.clock
def test_a_record_that_is_refused_under_any_time_is_an_error() -> None:
    """Logs answers 200 to what it does not keep."""
    journal, _ = at(put_log_events=REJECTED)
    with pytest.raises(JournalUnavailable, match="refused a record of the journal by its time"):
        journal.write({}, stream="s", now=BEGIN)


@given(st.lists(st.integers(0, 10_000), max_size=20), st.integers(1, 6))
def test_records_are_read_in_time_order_over_all_pages(times: list[int], size: int) -> None:
    """Streams are interleaved as Logs likes; we put them in order, and equal times stay so."""
    events = [event({"n": n}, after) for n, after in enumerate(times)]
    journal, _ = at(filter_log_events=in_pages("events", events, size))
    found = [record["n"] for record in journal.read()]
    assert found == sorted(range(len(times)), key=lambda n: times[n])


def test_what_is_asked_for_is_asked_of_logs() -> None:
    """Text and times go along in Logs' own terms, so that little is carried over."""
    journal, client = at(filter_log_events={"events": []})
    assert list(journal.read()) == []
    list(journal.read(containing="e-1", start=BEGIN, end=BEGIN + timedelta(hours=1)))
    first, second = client.asked("filter_log_events")
    assert first == {"logGroupName": "/journal"}
    begin = int(BEGIN.timestamp() * 1000)
    assert second == {
        "logGroupName": "/journal",
        "filterPattern": '"e-1"',
        "startTime": begin,
        "endTime": begin + 3_600_000,
    }


@pytest.mark.parametrize("line", ["no JSON", "[1]", '"e-1"', "7", "null", ""])
def test_lines_of_others_are_left_out(line: str) -> None:
    """Whatever else is in the log group, records are JSON objects."""
    journal, _ = at(filter_log_events={"events": [event(line), event({"n": 1}, 1)]})
    assert [record["n"] for record in journal.read()] == [1]


def test_only_records_with_the_text_count() -> None:
    """Logs may be looser with a pattern than we are; a record without the very text is left out."""
    events = [event({"arn": "campaign/shoes-2"}), event({"arn": "campaign/hats"}, 1)]
    journal, _ = at(filter_log_events={"events": events})
    assert [r["arn"] for r in journal.read(containing="shoes")] == ["campaign/shoes-2"]


def test_a_list_that_breaks_off_is_unavailable() -> None:
    """Half of the past is no ground for a decision, so none of it is handed out."""
    half = {"events": [event({"n": 1})], "nextToken": "1"}
    journal, _ = at(filter_log_events=[half, refused("ThrottlingException")])
    with pytest.raises(JournalUnavailable, match="Reading the journal failed"):
        next(journal.read())
