"""The function that tells people: what it refuses, and what becomes of what it cannot deliver."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from scripts.generate_docs import example_of

from personalize_monitor.sandbox.faults import Rule
from personalize_monitor.sandbox.sandbox import Sandbox

TEMPLATE = Path(__file__).parents[2] / "template.yaml"
TEAM = "team@example.com"
EVENT = dict(example_of("PersonalizeCampaignDeleted"))


@pytest.fixture
def box() -> Iterator[Sandbox]:
    """A deployment whose mails are read."""
    with Sandbox(datetime(2026, 3, 2, 10, tzinfo=UTC), seed=3) as box:
        box.deploy(TEMPLATE, {"NotificationEndpoint": TEAM})
        box.confirm(TEAM)
        yield box


@pytest.mark.parametrize("event", [{}, {"detail-type": "Surprise", "detail": {}}, {"detail": 1}])
def test_a4_what_nobody_is_told_about_is_refused(box: Sandbox, event: dict[str, object]) -> None:
    """One sentence, and no mail."""
    answer = box.invoke("NotifyFunction", event)
    assert answer.error is not None
    assert answer.error["errorType"] == "InvalidRequest"
    assert answer.error["errorMessage"].startswith("Nobody is told about ")
    assert len(box.mailbox) == 0


def test_a4_a_notice_survives_an_outage_of_sns(box: Sandbox) -> None:
    """It is tried again, and arrives once."""
    outage = box.gate.faults.add(Rule(service="sns", action="Publish", code="InternalError"))
    box.functions.invoke_async(box.function("NotifyFunction").arn, _text(), trigger="test")
    box.catch_up()
    assert len(box.mailbox) == 0
    box.gate.faults.remove(outage)
    box.tick(timedelta(minutes=2))
    (mail,) = box.mailbox.delivered_to(TEAM)
    assert mail.subject == "shoes: idle campaign deleted, saves $292 a month"


def test_a4_an_undelivered_notice_is_kept_and_raises_an_alarm(box: Sandbox) -> None:
    """The dead letters hold it, and the alarm about them goes out."""
    box.gate.faults.add(Rule(service="sns", action="Publish", code="AuthorizationError"))
    box.functions.invoke_async(box.function("NotifyFunction").arn, _text(), trigger="test")
    for _ in range(3):
        box.tick()
    subjects = [str(mail.subject) for mail in box.mailbox.delivered_to(TEAM)]
    assert [s for s in subjects if s.startswith("ALARM") and "DeadLettersArrived" in s]


def test_a4_the_function_may_publish_to_its_topic_and_no_more(box: Sandbox) -> None:
    """Least privilege, statement by statement."""
    mine = {g.action for g in box.stack.grants() if g.role == "NotifyFunctionRole"}
    assert mine == {
        "logs:CreateLogStream",
        "logs:PutLogEvents",
        "sqs:DeleteMessage",
        "sqs:ReceiveMessage",
        "sqs:SendMessage",
        "sns:Publish",
    }


def test_a9_an_all_clear_follows_an_alarm_only(box: Sandbox) -> None:
    """A day of nothing sends nothing; after a pause the stack's own alarm comes and goes."""
    box.run(days=0.2)
    assert box.mailbox.delivered_to(TEAM) == []
    events = box.client("events")
    (rule,) = [
        one["Name"]
        for one in events.list_rules()["Rules"]
        if one.get("ScheduleExpression") == "rate(5 minutes)"
    ]
    events.disable_rule(Name=rule)
    box.run(days=0.05)
    events.enable_rule(Name=rule)
    box.run(days=0.05)
    first, last = (str(mail.subject) for mail in box.mailbox.delivered_to(TEAM))
    assert first.startswith('INSUFFICIENT_DATA: "personalize-monitor-MonitorMissed-')
    assert last.startswith("personalize-monitor-MonitorMissed-")
    assert last.endswith(": OK again")


def _text() -> str:
    return json.dumps(EVENT)


def changed(box: Sandbox, name: str, by: str = "monitor") -> None:
    """A floor was changed, because the monitor or a person wanted it."""
    example = example_of("PersonalizeCampaignMinProvisionedTPSUpdated")
    entry = {
        "Source": example["source"],
        "DetailType": example["detail-type"],
        "Resources": example["resources"],
        "Detail": json.dumps({**example["detail"], "Name": name, "RequestedBy": by}),
    }
    box.client("events").put_events(Entries=[entry])


def test_a4_the_monitors_changes_of_an_hour_are_one_mail(box: Sandbox) -> None:
    """Those that a person asked for are told at once."""
    for number in range(12):
        changed(box, f"c{number}")
        box.tick()
    changed(box, "wished", by="request")
    box.catch_up()
    first, last = (str(mail.subject) for mail in box.mailbox.delivered_to(TEAM))
    assert (first[:18], last[:13]) == ("12 floors lowered,", "wished: floor")


def test_a4_what_was_gathered_survives_an_outage_of_sns(box: Sandbox) -> None:
    """It stays in the queue until a mail is out, and is told once."""
    outage = box.gate.faults.add(Rule(service="sns", action="Publish", code="InternalError"))
    changed(box, "a")
    changed(box, "b")
    box.run(days=0.06)
    assert box.mailbox.delivered_to(TEAM) == []
    box.gate.faults.remove(outage)
    box.run(days=0.1)
    told = [str(m.subject) for m in box.mailbox.delivered_to(TEAM) if "floor" in str(m.subject)]
    assert told == ["2 floors lowered, saves $2,044 a month: a, b"]
