"""The function that copies events into the journal: as they came, and never lost unseen."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scripts.generate_docs import example_of

from aws_sandbox.faults import Rule
from aws_sandbox.sandbox import Sandbox

TEMPLATE = Path(__file__).parents[2] / "template.yaml"


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A deployment, and nothing to watch."""
    with Sandbox(datetime(2026, 3, 2, 10, tzinfo=UTC), seed=3) as box:
        box.deploy(TEMPLATE, {"NotificationEndpoint": "team@example.com"})
        box.confirm("team@example.com")
        yield box


def send(box: Sandbox) -> dict[str, Any]:
    """A documented event, on the bus; its detail has letters of the world."""
    example = example_of("PersonalizeMonitorNotice")
    detail = {**example["detail"], "Reason": "größer \u2028 \U0001f45f"}
    entry = {
        "Source": example["source"],
        "DetailType": example["detail-type"],
        "Resources": example["resources"],
        "Detail": json.dumps(detail),
    }
    box.client("events").put_events(Entries=[entry])
    return detail


def kept(box: Sandbox) -> list[tuple[str, dict[str, Any]]]:
    """The notices in the journal, with their streams."""
    found = box.client("logs").filter_log_events(logGroupName="/aws/events/personalize-monitor")
    records = [(one["logStreamName"], json.loads(one["message"])) for one in found["events"]]
    return [one for one in records if one[1].get("detail-type") == "PersonalizeMonitorNotice"]


def test_a6_an_event_is_kept_as_it_came(box: Sandbox) -> None:
    """Whole, in a stream that is not one of our own records."""
    detail = send(box)
    box.catch_up()
    ((stream, record),) = kept(box)
    assert stream == "events/2026-03-02"
    assert record["detail"] == detail
    assert record == box.invocations("JournalFunction")[-1].event
    assert set(record) >= {"id", "time", "source", "account", "region", "resources"}


def test_a6_an_outage_of_logs_delays_copies(box: Sandbox) -> None:
    """Lambda tries again."""
    outage = box.gate.faults.add(Rule(service="logs", action="PutLogEvents", code="Throttling"))
    send(box)
    box.catch_up()
    box.gate.faults.remove(outage)
    assert kept(box) == []
    box.run(until=box.now + timedelta(minutes=4))
    assert len(kept(box)) == 1


def test_a6_what_cannot_be_kept_raises_an_alarm(box: Sandbox) -> None:
    """It waits among the dead letters."""
    box.gate.faults.add(Rule(service="logs", action="PutLogEvents", code="Throttling"))
    send(box)
    box.run(until=box.now + timedelta(minutes=20))
    subjects = [str(m.subject) for m in box.mailbox.delivered_to("team@example.com")]
    assert [one for one in subjects if one.startswith("ALARM") and "DeadLettersArrived" in one]


@pytest.mark.parametrize("event", [{}, {"source": "aws.events"}, {"source": ["x"]}, [], "x"])
def test_a6_only_events_of_ours_are_kept(box: Sandbox, event: Any) -> None:
    """Whoever may invoke the function cannot fill the journal by mistake."""
    answer = box.invoke("JournalFunction", event)
    assert answer.error is not None
    assert answer.error["errorType"] == "InvalidRequest"


def test_a6_a_late_event_makes_nothing_anew(box: Sandbox) -> None:
    """While the stack goes, copies that are still tried end with it."""
    box.gate.faults.add(Rule(service="logs", action="PutLogEvents", code="Throttling", times=15))
    send(box)
    box.catch_up()
    box.delete()
    box.run(until=box.now + timedelta(minutes=10))
    assert box.leftovers() == []
