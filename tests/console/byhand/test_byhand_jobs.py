"""What is kept for a moment or done in the background: tags, and jobs that tell their end."""

from __future__ import annotations

import logging
import threading
from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tests.console.byhand.front import Front, Silent
from tests.console.byhand.values import entry, seen

from personalize_monitor.errors import Unavailable
from personalize_monitor.model.arn import Arn
from personalize_monitor_desk.console.jobs import Jobs
from personalize_monitor_desk.console.tags import Tags

SHOES = Arn("arn:aws:personalize:us-east-1:123456789012:campaign/shoes")


# --- tags ---


class Tagged(Silent):
    """An account that answers tags, and counts."""

    def client(self, service: str, region: str) -> Any:
        """The one client; it is its own answer."""
        self.asked.append((service, region))
        return self

    def list_tags_for_resource(self, **asked: str) -> dict[str, Any]:
        """As Personalize spells them."""
        return {"tags": [{"tagKey": "n", "tagValue": asked["resourceArn"].rpartition("/")[2]}]}


def test_tags_are_read_once_for_a_moment() -> None:
    """A page that asks every other second does not ask AWS as often; a change is seen at once."""
    access = Tagged()
    tags = Tags(access)
    assert tags.of(SHOES) == tags.of(SHOES) == {"n": "shoes"}
    assert len(access.asked) == 1
    tags.forget(SHOES)
    tags.of(SHOES)
    assert len(access.asked) == 2
    tags._known[SHOES] = (tags._known[SHOES][0] - 11, {"n": "old"})
    assert tags.of(SHOES) == {"n": "shoes"}


def test_tags_of_thousands_are_not_kept() -> None:
    """The memory of a console that is open for weeks does not grow with what was looked at."""
    tags = Tags(Tagged())
    for number in range(450):
        tags.of(Arn(f"arn:aws:personalize:us-east-1:123456789012:campaign/c{number}"))
    assert len(tags._known) <= 200


# --- jobs ---


def run(jobs: Jobs, name: str, work: Callable[[Callable[[str], None]], str]) -> None:
    """A job from its beginning to its end."""
    assert jobs.start(name, work)
    for thread in threading.enumerate():
        if thread.name == name:
            thread.join(5)


def test_a_job_says_how_far_it_is() -> None:
    """Its last word is shown while it runs, and its end told once it is over."""
    jobs, heard = Jobs(), []

    def work(progress: Callable[[str], None]) -> str:
        heard.append(jobs.running["Restoring"])
        progress("CREATE IN_PROGRESS")
        heard.append(jobs.running["Restoring"])
        return "It is back."

    run(jobs, "Restoring", work)
    assert heard == ["begun", "CREATE IN_PROGRESS"]
    assert jobs.running == {}
    assert [(told.text, told.good) for told in jobs.since(0)] == [("It is back.", True)]


def test_a_job_that_breaks_tells_so_and_can_be_tried_again(
    caplog: pytest.LogCaptureFixture,
) -> None:
    """A mistake of ours ends the job, not the console; its inside stays in the log."""
    caplog.set_level(logging.CRITICAL)

    def broken(_: object) -> str:
        raise RuntimeError("secret")

    jobs = Jobs()
    run(jobs, "a", broken)
    run(jobs, "a", lambda _: "Done.")
    assert [(told.text, told.good) for told in jobs.since(0)] == [
        ("a failed (RuntimeError); see the log.", False),
        ("Done.", True),
    ]


@given(st.integers(0, 70), st.integers(0, 80))
def test_each_page_hears_each_end_once(count: int, heard: int) -> None:
    """After any number that a page has heard come exactly the later ones that are still kept."""
    jobs = Jobs()
    for number in range(count):
        jobs._run("a", lambda _, number=number: str(number + 1))  # type: ignore[misc]  # bound now
    expected = [number for number in range(1, count + 1) if number > max(heard, count - 50)]
    assert [told.number for told in jobs.since(heard)] == expected
    assert [told.text for told in jobs.since(heard)] == [str(number) for number in expected]
    assert jobs.last == count


def test_the_end_of_a_job_is_told_on_whatever_page_is_open(front: Front) -> None:
    """The line at the top brings it, once, with its colour; and what is still running."""
    front.show(seen())
    jobs = front.watch.jobs
    jobs._run("a", lambda _: "All went well.")
    jobs._running["Applying the plan"] = "shoes"
    first = front.get("/pulse?heard=0").text
    assert 'class="toast">All went well.' in first
    assert 'name="heard" value="1"' in first
    assert 'title="shoes">Applying the plan…' in first
    assert "All went well." not in front.get("/pulse?heard=1").text
    jobs._run("b", lambda _: (_ for _ in ()).throw(Unavailable("It went wrong.")))
    assert 'class="toast bad">It went wrong.' in front.get("/pulse?heard=1").text


def test_the_journal_lane_tells_the_last_two_weeks(front: Front) -> None:
    """What is older than fourteen days is left to the command."""
    operator = front.watch.operator()
    for days in (1, 13, 15):
        told = entry("PersonalizeMonitorNotice", days * 24 * 60, Kind=f"{days} days ago")
        record = {
            "time": told.time.isoformat(),
            "detail-type": told.name,
            "detail": dict(told.detail),
        }
        operator.announcer.journal.write(record, stream="x", now=told.time)  # type: ignore[union-attr]
    assert [tale.title for tale in front.watch._journal()] == ["1 days ago", "13 days ago"]
    assert all(isinstance(tale.time, datetime) for tale in front.watch._journal())
