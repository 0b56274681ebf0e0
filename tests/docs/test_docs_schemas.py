"""The published schemas describe the events that are really sent, in every key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from tests.docs.book import DOCS, ROOT

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.traffic.shapes import Idle, Steady
from personalize_monitor import contract
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.stackinfo import Stacks
from personalize_monitor.decide import grace, removals
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.execute import refusal
from personalize_monitor.harm import aftermath
from personalize_monitor.model.arn import Arn
from personalize_monitor.notify import blocked_notice, digest, troubles
from personalize_monitor.plan.operator import Operator
from personalize_monitor.selftest import greet, turn
from personalize_monitor_desk.prewarm.prewarms import Prewarms
from personalize_monitor_desk.restore.restorer import Restorer
from personalize_monitor_desk.schemas import event_names, event_schema

START = datetime(2026, 3, 2, 6, 0, tzinfo=UTC)
TEMPLATE = ROOT / "template.yaml"
Events = list[dict[str, Any]]


def names_of_the_contract() -> set[str]:
    """Every detail-type that the contract names."""
    found: set[str] = set()
    for name, value in vars(contract).items():
        if name.endswith("_EVENT"):
            found |= set(value.values()) if isinstance(value, Mapping) else {value}
    return found


def test_every_event_has_a_schema() -> None:
    """The schemas are exactly the events of the contract."""
    assert set(event_names()) == names_of_the_contract()
    with pytest.raises(KeyError, match="Surprise"):
        event_schema("Surprise")


@pytest.mark.parametrize("name", event_names())
def test_a_schema_is_one_and_its_examples_follow_it(name: str) -> None:
    """Valid by its own standard, named after its event, with examples that it accepts."""
    schema = event_schema(name)
    Draft202012Validator.check_schema(schema)
    assert schema["title"] == name
    assert schema["examples"]
    for example in schema["examples"]:
        Draft202012Validator(schema).validate(example)
        assert not undescribed(example)


def undescribed(event: Mapping[str, Any]) -> set[str]:
    """Keys of an event's detail that its schema does not describe."""
    detail = event_schema(event["detail-type"])["$defs"]["detail"]
    return set(event["detail"]) - set(detail.get("properties", {}))


@pytest.fixture(scope="module")
def sent() -> Iterator[Events]:
    """Everything that was sent in two days in which everything happens."""
    with Sandbox(START, seed=4) as box:
        yield eventful(box)


def eventful(box: Sandbox) -> Events:
    """Live through a deletion, a stop, lowered floors, notices, a pre-warm and restorations."""
    fleet.add_campaign(box.world, "busy", shape=Steady(6.0), floor=20)
    fleet.add_recommender(box.world, "liked", shape=Steady(3.0), floor=12)
    idle = Arn(fleet.add_campaign(box.world, "pilot", shape=Idle(), floor=2).arn)
    rest = Arn(fleet.add_recommender(box.world, "quiet", shape=Idle(), floor=2).arn)
    box.deploy(
        TEMPLATE,
        {
            "AutoDeleteIdleCampaigns": "Yes",
            "AutoStopIdleRecommenders": "Yes",
            "IdleGraceHours": "30",
            "NotifyHeldBack": "Yes",
            "NotificationEndpoint": "team@example.com",
        },
    )
    box.run(until=box.now + timedelta(hours=2))
    prewarm(box)
    box.update({"IdleGraceHours": "0"})
    box.run(until=box.now + timedelta(hours=5))
    for arn in (idle, rest):
        restore(box, arn)
    return [dict(r.event) for r in box.events_log if r.event.get("source") == contract.EVENT_SOURCE]


def operator(box: Sandbox) -> Operator:
    """A person with the command."""
    access = Access()
    stack = Stacks(access, box.home).find()
    return Operator.open(access, stack, now=box.now, path=Path("/nowhere"))


def prewarm(box: Sandbox) -> None:
    """A pre-warm of an hour."""
    at = operator(box)
    assert at.stack is not None
    arn = Arn("arn:aws:personalize:us-east-1:123456789012:campaign/busy")
    begin = box.now + timedelta(hours=1)
    until = begin + timedelta(hours=1)
    Prewarms(at.access, at.stack).once(arn, 60, begin=begin, until=until, now=box.now)


def restore(box: Sandbox, arn: Arn) -> None:
    """Bring a resource back."""
    at = operator(box)
    restorer = Restorer(at.access, at.reader, at.announcer)
    try:
        wanted = restorer.look(arn, now=box.now)
    except InvalidRequest as problem:
        pytest.fail(str(problem))
    restorer.carry_out(
        wanted,
        now=box.now,
        sleep=lambda seconds: box.run(until=box.now + timedelta(seconds=seconds)),
    )


def test_every_event_that_is_sent_follows_its_schema(sent: Events) -> None:
    """Each kind of event was sent, follows its schema, and has no key that it keeps quiet about."""
    seen = set()
    for event in sent:
        name = str(event["detail-type"])
        seen.add(name)
        Draft202012Validator(event_schema(name)).validate(event)
        assert not undescribed(event), name
    assert seen == set(event_names())


def test_notices_of_each_kind_are_known() -> None:
    """Kinds of notices in the code are those of the schema."""
    kinds = event_schema(contract.NOTICE_EVENT)["$defs"]["detail"]["properties"]["Kind"]["enum"]
    idle = {grace.FIRST_NOTICE, grace.LAST_CALL}
    ours = {aftermath.FAILED_KIND, refusal.REFUSED_KIND, contract.VERDICT_KIND}
    ours |= {contract.COMPARISON_KIND}
    told = {removals.ALL_QUIET_KIND, blocked_notice.HELD_KIND, troubles.TROUBLE_KIND}
    of_itself = {turn.KIND, greet.KIND, digest.KIND}
    assert set(kinds) == idle | ours | told | of_itself


def test_the_page_has_every_event() -> None:
    """Each event has its heading."""
    page = (DOCS / "events.md").read_text("utf-8")
    assert [n for n in event_names() if f"\n### {n}\n" not in page] == []
