"""The digest: on Mondays, what was saved and wasted, what came of it, what is blocked and next."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from tests.stories.conftest import Story
from tests.support import unscheduled

from aws_sandbox.faults import Rule
from aws_sandbox.traffic.shapes import Steady
from personalize_monitor.notify.digest_times import due_since
from personalize_monitor.settings import load


def digests(story: Story) -> list[str]:
    """The mails that are digests."""
    return story.mails("The digest of the deployment")


def asked(story: Story) -> str:
    """The digest that somebody asks for now."""
    before = len(digests(story))
    answer = story.box.invoke("MonitorFunction", {"Digest": True})
    assert answer.ok, answer.error
    story.box.catch_up()
    told = digests(story)
    assert len(told) == before + 1
    return told[-1]


def test_it_tells_what_was_done_and_what_is_held(story: Story) -> None:
    """A lowering, one that is held by a tag, and the money of both."""
    story.campaign("busy", floor=9, shape=Steady(2.0))
    story.tag(story.campaign("wanted", floor=9, shape=Steady(2.0)), Exempt="yes")
    story.deploy()
    story.run(3)
    told = asked(story)
    assert "busy: lowered from 9 to 2 at " in told
    assert " UTC by the monitor: not yet known. " in told
    assert "- exempt: wanted." in told
    assert "Nothing is to be done." in told
    assert "Saved in the last week: $" in told
    assert "Wasted by floors above the demand: $" in told


def test_a_dry_run_tells_what_it_would_do(story: Story) -> None:
    """What comes next is what it would do, were it let."""
    story.campaign("busy", floor=9, shape=Steady(2.0))
    story.deploy(DryRun="Yes", Digest="Daily")
    story.run(1)
    told = asked(story)
    assert "Nothing was changed." in told
    assert "What it would do, were DryRun not Yes:\n- busy: floor 9 -> 2." in told
    assert "Saved in the last day: $0." in told


def test_it_comes_by_itself_once_and_not_on_the_first_day(story: Story) -> None:
    """At 07:00 UTC; also after a cold start, and it is off where that is wanted."""
    story.campaign("busy", floor=2, shape=Steady(2.0))
    story.deploy(Digest="Daily")
    story.run(1)
    assert digests(story) == []
    with unscheduled(story.box):
        story.box.run(until=story.now + timedelta(days=2))
    story.run(1)
    story.box.cold_start("MonitorFunction")
    story.run(1)
    assert len(digests(story)) == 1


def test_one_that_cannot_be_written_is_an_alarm(story: Story) -> None:
    """It is tried again, and kept among the dead letters."""
    story.campaign("busy", floor=2, shape=Steady(2.0))
    story.deploy()
    story.box.gate.faults.add(Rule(service="events", code="InternalError", status=500))
    function = story.box.function("MonitorFunction")
    story.box.functions.invoke_async(function.arn, '{"Digest": true}', trigger="invoke")
    story.run(0.5)
    assert [one for one in story.box.functions.dead_letters if one.event == {"Digest": True}]


@pytest.mark.parametrize(
    ("every", "now", "point"),
    [
        ("Off", "2026-03-04T09:00", None),
        ("Daily", "2026-03-04T09:00", "2026-03-04T07:00"),
        ("Daily", "2026-03-04T06:59", "2026-03-03T07:00"),
        ("Weekly", "2026-03-04T09:00", "2026-03-02T07:00"),
        ("Weekly", "2026-03-02T06:00", "2026-02-23T07:00"),
        ("Weekly", "2026-03-02T07:00", "2026-03-02T07:00"),
    ],
)
def test_when_it_is_due(every: str, now: str, point: str | None) -> None:
    """Days begin at 07:00 UTC, weeks on Monday."""
    moment = datetime.fromisoformat(now).replace(tzinfo=UTC)
    wanted = datetime.fromisoformat(point).replace(tzinfo=UTC) if point else None
    assert due_since(every, moment) == wanted
    assert load({"Digest": every}).digest == every
