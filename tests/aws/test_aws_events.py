"""PutEvents within its limits: ten entries, 256 KB, and no event lost in silence."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.aws.script import Script, Scripted, refused
from tests.support import HOME

from personalize_monitor.aws.events import Event, Events

WHEN = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
ARN = "arn:aws:personalize:us-east-1:123456789012:campaign/shoes"


def took_all(**arguments: Any) -> dict[str, Any]:
    """EventBridge takes every entry."""
    return {"FailedEntryCount": 0, "Entries": [{"EventId": "e"} for _ in arguments["Entries"]]}


def size_by_aws(entry: dict[str, Any]) -> int:
    """Bytes of an entry as EventBridge counts them: time, source, type, detail and resources."""
    texts = [entry["Source"], entry["DetailType"], entry["Detail"], *entry.get("Resources", ())]
    return 14 * ("Time" in entry) + sum(len(text.encode()) for text in texts)


events = st.builds(
    Event,
    st.sampled_from(["PersonalizeCampaignDeleted", "PersonalizeMonitorNotice"]),
    st.fixed_dictionaries(
        {"Reason": st.text(max_size=40), "pad": st.integers(0, 120_000).map("ä".__mul__)}
    ),
    st.sampled_from(["", ARN]),
    st.sampled_from([None, WHEN]),
)


@given(st.lists(events, max_size=30))
def test_no_call_is_larger_than_eventbridge_takes(wanted: list[Event]) -> None:
    """At most ten entries and 256 KB a call, whatever the texts; each event once, in order."""
    bus = Script(put_events=took_all)
    assert Events(Scripted({"events": bus}), HOME).put(wanted) == []
    calls = [call["Entries"] for call in bus.asked("put_events")]
    assert [entry for call in calls for entry in call] == [event.entry() for event in wanted]
    assert all(1 <= len(call) <= 10 for call in calls)
    # A single event that is too large by itself is EventBridge's to refuse.
    assert all(sum(map(size_by_aws, call)) <= 256 * 1024 for call in calls if len(call) > 1)


def test_nothing_to_put_is_no_call() -> None:
    """A quiet cycle costs nothing."""
    bus = Script(put_events=took_all)
    assert Events(Scripted({"events": bus}), HOME).put([]) == []
    assert bus.calls == []


def test_an_event_is_written_as_the_contract_says() -> None:
    """Our source, the ARN as the resource, the detail as JSON; dates in it are text."""
    entry = Event("Told", {"at": WHEN, "n": 1}, ARN, WHEN).entry()
    assert (entry["Source"], entry["DetailType"]) == ("personalize.monitor", "Told")
    assert (entry["Resources"], entry["Time"]) == ([ARN], WHEN)
    assert json.loads(entry["Detail"]) == {"at": "2026-03-02 10:02:00+00:00", "n": 1}
    assert "EventBusName" not in entry


def test_an_event_about_nothing_names_no_resource() -> None:
    """The dashboard's event is about the fleet; it has neither a resource nor a time of its own."""
    assert set(Event("Build", {}).entry()) == {"Source", "DetailType", "Detail"}


@given(st.sets(st.integers(0, 24)), st.integers(1, 25))
def test_entries_that_are_refused_for_good_come_back(bad: set[int], count: int) -> None:
    """Whichever entries EventBridge refuses, exactly those are handed back, each with its code."""

    def choosy(**arguments: Any) -> dict[str, Any]:
        answers: list[dict[str, Any]] = []
        for entry in arguments["Entries"]:
            refusal = json.loads(entry["Detail"])["n"] in bad
            answers.append({"ErrorCode": "InternalFailure"} if refusal else {"EventId": "e"})
        return {"Entries": answers}

    bus = Script(put_events=choosy)
    lost = Events(Scripted({"events": bus}), HOME).put([Event("X", {"n": n}) for n in range(count)])
    assert [event.detail["n"] for event, _ in lost] == sorted(bad & set(range(count)))
    assert all(why == "EventBridge refused the event (InternalFailure)." for _, why in lost)


def test_a_refused_entry_is_tried_four_times_alone() -> None:
    """Entries that were taken are not sent again with it: a second delivery is a second event."""

    def never_the_second(**arguments: Any) -> dict[str, Any]:
        entries = arguments["Entries"]
        bad = {"ErrorCode": "ThrottlingException"}
        return {"Entries": [bad if '"n":1' in e["Detail"] else {} for e in entries]}

    bus = Script(put_events=never_the_second)
    Events(Scripted({"events": bus}), HOME).put([Event("X", {"n": n}) for n in range(3)])
    assert [len(call["Entries"]) for call in bus.asked("put_events")] == [3, 1, 1, 1]


def test_a_call_that_fails_costs_its_own_batch_only() -> None:
    """Ten events are lost with their call, and named; the eleventh goes out in the next one."""
    answers = [refused("InternalException"), took_all]
    bus = Script(put_events=answers)
    lost = Events(Scripted({"events": bus}), HOME).put([Event("X", {"n": n}) for n in range(11)])
    assert [event.detail["n"] for event, _ in lost] == list(range(10))
    assert {why for _, why in lost} == {
        "Sending events failed (InternalException): AWS refused. AWS says: Because."
    }


@pytest.mark.parametrize("later", ["AccessDeniedException", "ThrottlingException"])
def test_a_retry_that_fails_loses_only_what_was_still_waiting(later: str) -> None:
    """The first call took one of two; when the second call dies, the other one alone is lost."""
    first = {"Entries": [{"EventId": "e"}, {"ErrorCode": "ThrottlingException"}]}
    bus = Script(put_events=[first, refused(later)])
    ((event, why),) = Events(Scripted({"events": bus}), HOME).put(
        [Event("X", {"n": n}) for n in range(2)]
    )
    assert event.detail == {"n": 1}
    assert later in why
