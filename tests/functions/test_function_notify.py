"""The function that tells people: what it refuses, and what becomes of what it cannot deliver."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from scripts.generate_docs import example_of
from tests.support import unscheduled

from aws_sandbox.faults import Rule
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.stack.errors import DeployError

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
        "logs:DeleteLogStream",
        "logs:FilterLogEvents",
        "logs:PutLogEvents",
        "sqs:SendMessage",
        "sns:Publish",
    }


def test_a9_an_all_clear_follows_an_alarm_only(box: Sandbox) -> None:
    """A day of nothing sends nothing; after a pause the stack's own alarm comes and goes."""
    box.run(days=0.2)
    (greeting,) = box.mailbox.delivered_to(TEAM)
    assert str(greeting.subject).startswith("Personalize Monitor watches ")
    events = box.client("events")
    (rule,) = [
        one["Name"]
        for one in events.list_rules()["Rules"]
        if one.get("Description") == "One cycle of Personalize Monitor"
    ]
    events.disable_rule(Name=rule)
    box.run(days=0.05)
    events.enable_rule(Name=rule)
    box.run(days=0.05)
    first, last = (str(mail.subject) for mail in box.mailbox.delivered_to(TEAM)[1:])
    assert first.startswith('INSUFFICIENT_DATA: "personalize-monitor-MonitorMissed-')
    assert last.startswith("personalize-monitor-MonitorMissed-")
    assert last.endswith(": OK again")


def _text() -> str:
    return json.dumps(EVENT)


def put(box: Sandbox, example: Mapping[str, Any], detail: Mapping[str, Any], arn: str = "") -> None:
    """An event like a documented one, now."""
    entry = {
        "Source": example["source"],
        "DetailType": example["detail-type"],
        "Resources": [arn] if arn else example["resources"],
        "Detail": json.dumps(detail),
    }
    box.client("events").put_events(Entries=[entry])


def changed(
    box: Sandbox, name: str, by: str = "monitor", region: str = "us-east-1", *, back: bool = False
) -> None:
    """A floor was changed, because the monitor or a person wanted it, or as a step back."""
    example = example_of("PersonalizeCampaignMinProvisionedTPSUpdated")
    arn = f"arn:aws:personalize:{region}:123456789012:campaign/{name}"
    told = {"Name": name, "ARN": arn, "RequestedBy": by, "RequestId": f"r-{name}"}
    put(box, example, {**example["detail"], **told, **({"StepBack": True} if back else {})}, arn)


def hurt(box: Sandbox) -> None:
    """A verdict: that a lowering of the monitor's hurt callers of campaign a."""
    notice = example_of("PersonalizeMonitorNotice")
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/a"
    found = {"Kind": "verdict", "Verdict": "hurt", "RequestedBy": "monitor", "ARN": arn}
    floors = {"Name": "a", "PreviousMinTPS": 9, "NewMinTPS": 2, "Summary": "Lowering a floor hurt."}
    put(box, notice, {**notice["detail"], **found, **floors}, arn)


def subjects(box: Sandbox) -> list[str]:
    """Those of the mails about floors."""
    return [str(m.subject) for m in box.mailbox.delivered_to(TEAM) if "floor" in str(m.subject)]


def scheduled(box: Sandbox, when: str) -> dict[str, str]:
    """What the schedule sends at a time."""
    return {"detail-type": "Scheduled Event", "time": when, "source": "aws.events"}


def test_a4_a_cycles_changes_are_one_mail(box: Sandbox) -> None:
    """Of all regions, removals included; those that a person asked for are told at once."""
    for number in range(12):
        changed(box, f"c{number}")
    changed(box, "far", region="eu-west-1")
    changed(box, "wished", by="request")
    example = example_of("PersonalizeCampaignDeleted")
    put(box, example, {**example["detail"], "RequestedBy": "monitor"})
    box.catch_up()
    (first,) = subjects(box)
    assert first.startswith("wished: floor")
    box.run(until=box.now + timedelta(minutes=10))
    _, other = subjects(box)
    assert other.startswith("13 floors lowered, 1 campaign deleted, saves $13,578 a month: ")
    (mail,) = [one for one in box.mailbox.delivered_to(TEAM) if one.subject == other]
    assert "shoes (123456789012, us-east-1): idle, deleted, saves $292 a month" in mail.message
    assert "far (123456789012, eu-west-1): floor 10 -> 3" in mail.message
    box.run(days=1)
    assert len(subjects(box)) == 2


@pytest.mark.parametrize("taken_back", [True, False])
def test_a_change_that_hurt_is_one_mail(box: Sandbox, taken_back: bool) -> None:
    """That of its step back; where none comes, the verdict itself."""
    hurt(box)
    if taken_back:
        changed(box, "a", back=True)
    box.run(until=box.now + timedelta(hours=1))
    (told,) = subjects(box)
    assert told.startswith("a: floor 10 -> 3" if taken_back else "a: floor 9 -> 2 hurt callers")


def test_a4_a_change_is_told_within_ten_minutes(box: Sandbox) -> None:
    """Also when changes never cease; while a cycle's changes still come, the next turn tells."""
    for number in range(10):
        changed(box, f"c{number}")
        box.run(until=box.now + timedelta(minutes=1))
    box.run(until=box.now + timedelta(minutes=5))
    mails = [m for m in box.mailbox.delivered_to(TEAM) if "floors" in str(m.subject)]
    assert len(mails) in (2, 3)
    assert sum(m.message.count("To undo: ") for m in mails) == 10
    changed(box, "late")
    box.run(until=box.now + timedelta(minutes=10))
    assert subjects(box)[-1].startswith("late: floor")


def test_a4_changes_survive_an_outage_of_sns(box: Sandbox) -> None:
    """They are told when it is over, once, in one mail."""
    outage = box.gate.faults.add(Rule(service="sns", action="Publish", code="InternalError"))
    changed(box, "a")
    box.run(days=0.05)
    with unscheduled(box):
        box.run(days=0.5)
    changed(box, "b")
    box.run(days=0.05)
    assert subjects(box) == []
    box.gate.faults.remove(outage)
    box.run(days=0.05)
    assert subjects(box) == ["2 floors lowered, saves $2,044 a month: a, b"]


def test_a4_changes_survive_a_journal_that_cannot_be_read(box: Sandbox) -> None:
    """The failure is heard of, and a later turn tells."""
    outage = box.gate.faults.add(Rule(service="logs", action="FilterLogEvents", code="Throttling"))
    changed(box, "a")
    box.run(days=0.02)
    failed = [one for one in box.invocations("NotifyFunction") if not one.ok]
    assert {one.error["errorType"] for one in failed if one.error} == {"JournalUnavailable"}
    assert subjects(box) == []
    box.gate.faults.remove(outage)
    box.run(days=0.02)
    assert len(subjects(box)) == 1


def test_a4_one_mail_of_two_that_is_told_is_not_told_again(box: Sandbox) -> None:
    """A mail that SNS refuses keeps no other from people, and follows, hours later too."""
    refusal = Rule(service="sns", resource="a: floor 9*", code="AuthorizationError")
    outage = box.gate.faults.add(refusal)
    hurt(box)
    box.run(days=0.03)
    changed(box, "near")
    box.run(days=0.15)
    assert [one[:4] for one in subjects(box)] == ["near"]
    box.gate.faults.remove(outage)
    box.run(days=0.02)
    assert [one[:4] for one in subjects(box)] == ["near", "a: f"]


def test_a4_a_turn_that_failed_can_be_tried_again(box: Sandbox) -> None:
    """And while the changes of a cycle may still come, there is nothing to tell."""
    changed(box, "a")
    box.catch_up()
    turn = scheduled(box, "2026-03-02T10:10:00Z")
    assert box.invoke("NotifyFunction", turn).result == {"subjects": []}
    box.clock.advance(timedelta(minutes=3))
    outage = box.gate.faults.add(Rule(service="sns", action="Publish", code="InternalError"))
    assert not box.invoke("NotifyFunction", turn).ok
    box.gate.faults.remove(outage)
    box.invoke("NotifyFunction", turn)
    assert len(subjects(box)) == 1


def test_a4_of_two_runs_for_one_turn_one_tells(box: Sandbox) -> None:
    """The schedule's event comes twice, and neither run sees what the other has noted."""
    changed(box, "a")
    box.catch_up()
    hidden = box.gate.faults.add(Rule(service="logs", action="PutLogEvents", code="InternalError"))
    turn = scheduled(box, "2026-03-02T10:10:00Z")
    box.clock.advance(timedelta(minutes=6))
    first, second = (box.invoke("NotifyFunction", turn) for _ in range(2))
    box.gate.faults.remove(hidden)
    assert len(subjects(box)) == 1
    assert not first.ok
    assert second.result == {"subjects": []}


def test_a4_what_others_put_on_the_bus_hides_no_change(box: Sandbox) -> None:
    """Neither a note of what was told nor the same request about something else counts."""
    changed(box, "a")
    box.catch_up()
    events = box.client("events")
    mark = "r-a arn:aws:personalize:us-east-1:123456789012:campaign/a 3"
    note = {"Changes": [mark], "Subject": ""}
    junk = {"RequestedBy": "monitor", "RequestId": "r-a", "ARN": 7, "NewMinTPS": [], "Name": {}}
    for name, detail in (
        ("PersonalizeMonitorTold", note),
        ("PersonalizeCampaignMinProvisionedTPSUpdated", junk),
        ("PersonalizeCampaignMinProvisionedTPSUpdated", {"RequestedBy": "monitor"}),
    ):
        entry = {"Source": "personalize.monitor", "DetailType": name, "Detail": json.dumps(detail)}
        events.put_events(Entries=[entry])
    box.run(days=0.02)
    (mail,) = (one for one in box.mailbox.delivered_to(TEAM) if "floor" in str(one.subject))
    assert "a (123456789012, us-east-1): floor 10 -> 3" in mail.message
    assert all(one.ok for one in box.invocations("NotifyFunction"))


@pytest.fixture
def chat() -> Iterator[Sandbox]:
    """A deployment whose notices go to a channel, too."""
    with Sandbox(datetime(2026, 3, 2, 10, tzinfo=UTC), seed=3) as box:
        box.deploy(TEMPLATE, {"NotificationEndpoint": TEAM, "ChatNotifications": "Yes"})
        box.confirm(TEAM)
        yield box


def chats(box: Sandbox) -> list[dict[str, Any]]:
    """What reached the topic of the chat."""
    name = box.stack.outputs["ChatTopicArn"].rpartition(":")[2]
    return [json.loads(one.message) for one in box.mailbox.messages if one.topic == name]


def test_the_chat_gets_each_notice_in_its_own_form(chat: Sandbox) -> None:
    """As the administrator guide of Amazon Q Developer describes custom notifications."""
    put(
        chat, EVENT, {**EVENT["detail"], "Reason": "Idle <!channel> says @all.", "RequestedBy": "x"}
    )
    chat.catch_up()
    (mail,) = chat.mailbox.delivered_to(TEAM)
    (told,) = chats(chat)
    assert (told["version"], told["source"]) == ("1.0", "custom")
    assert told["content"]["textType"] == "client-markdown"
    assert told["content"]["title"] == mail.subject
    assert "Why: Idle (!channel) says (at)all." in told["content"]["description"]
    undo, dashboard = told["content"]["nextSteps"]
    assert undo.startswith("To undo: personalize-monitor restore ")
    assert dashboard.startswith("Dashboard: https://")
    assert told["metadata"]["threadId"] == EVENT["resources"][0]
    assert told["metadata"]["relatedResources"] == EVENT["resources"]
    changed(chat, "a")
    changed(chat, "b")
    chat.run(until=chat.now + timedelta(minutes=10))
    together = chats(chat)[-1]
    assert together["content"]["title"].startswith("2 floors lowered")
    assert len(together["metadata"]["relatedResources"]) == 2
    assert len(together["content"]["description"]) <= 2_500


def test_a_chat_that_takes_nothing_costs_no_mail(chat: Sandbox) -> None:
    """The message is kept among the dead letters, which have an alarm; the mail comes once."""
    chat.gate.faults.add(
        Rule(service="sns", resource=chat.stack.outputs["ChatTopicArn"], code="AuthorizationError")
    )
    put(chat, EVENT, {**EVENT["detail"], "RequestedBy": "x"})
    chat.run(until=chat.now + timedelta(minutes=15))
    mails = [str(mail.subject) for mail in chat.mailbox.delivered_to(TEAM)]
    assert len([one for one in mails if one.startswith("shoes:")]) == 1
    assert [one for one in mails if one.startswith("ALARM") and "DeadLettersArrived" in one]
    assert chats(chat) == []


def test_there_is_no_chat_where_nobody_asked_for_one(box: Sandbox) -> None:
    """Neither an output nor a permission."""
    assert "ChatTopicArn" not in box.stack.outputs
    assert not [one for one in box.stack.grants() if one.statement == "TellChat"]


def test_times_are_told_in_the_zone_of_the_people_too(box: Sandbox) -> None:
    """UTC stays beside; a zone that nobody knows is refused by the deployment as a whole."""
    box.update({"TimeZone": "Asia/Kolkata"})
    put(box, EVENT, {**EVENT["detail"], "RequestedBy": "x"})
    box.catch_up()
    (mail,) = box.mailbox.delivered_to(TEAM)
    assert "Time: 2026-03-02 15:30 IST (2026-03-02 10:00 UTC)." in mail.message
    with pytest.raises(DeployError, match="TimeZone is 'Europe/Nowhere': it is not known here"):
        box.update({"TimeZone": "Europe/Nowhere"})
