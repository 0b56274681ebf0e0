"""What is remembered between self-tests: one record in the journal, the latest counts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.journal import Journal
from personalize_monitor.contract import EVENT_SOURCE
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.entry import OWN, TESTED
from personalize_monitor.model.moment import known_time
from personalize_monitor.selftest.tries import Report, read_report

STREAMS = "tests/"
_LOOK_BACK = timedelta(days=8)
_EVERY = timedelta(days=1)
_WEEK = timedelta(days=7)
_ARRIVES = timedelta(minutes=24)
"""Logs and metrics take minutes, and the first cycles of a large fleet have much else to do."""
_HOUR = timedelta(hours=1)


@dataclass(frozen=True, slots=True)
class Progress:
    """The life of the self-tests of one deployment.

    ``asked`` is when the test event ``id`` was sent, ``done`` when the functions tried last, with
    parameters and version as ``mark`` says; ``told`` is what people know of what is wrong.
    ``since`` is when the deployment was tested for the first time, ``greeted`` whether it has told
    of itself, ``digested`` when it last began to write a digest, ``learned`` to learn prices.
    """

    since: datetime
    asked: datetime | None = None
    id: str = ""
    done: datetime | None = None
    mark: str = ""
    told: str = ""
    greeted: bool = False
    digested: datetime | None = None
    learned: datetime | None = None
    report: Report = field(default_factory=Report)
    missing: tuple[str, ...] = ()

    def is_due(self, now: datetime, mark: str) -> bool:
        """Whether a test event should be sent: once a day, and when something has changed."""
        if self.asked is not None and (self.done is None or self.asked > self.done):
            return False
        return self.done is None or now - self.done >= _EVERY or self.mark != mark

    def is_ripe(self, now: datetime) -> bool:
        """Whether the test event has had its time to arrive, and the functions did not try yet."""
        waits = self.asked is not None and (self.done is None or self.asked > self.done)
        return waits and self.asked is not None and now - self.asked >= _ARRIVES

    def may_greet(self, now: datetime) -> bool:
        """Whether the mail about the first day is due: an hour after the first test."""
        return not self.greeted and self.done is not None and now - self.since >= _HOUR

    def may_digest(self, point: datetime | None) -> bool:
        """Whether the digest that was due at ``point`` is; there is none on the first day."""
        if point is None or point - self.since < _EVERY:
            return False
        return self.digested is None or self.digested < point

    def may_learn(self, now: datetime, *, wanted: bool) -> bool:
        """Whether prices are to be learned: when it is wanted for the first time, then weekly."""
        return wanted and (self.learned is None or now - self.learned >= _WEEK)

    def as_detail(self) -> dict[str, Any]:
        """JSON, which ``_progress`` reads."""
        return {
            "Since": self.since.isoformat(),
            "Asked": self.asked.isoformat() if self.asked else "",
            "Id": self.id,
            "Done": self.done.isoformat() if self.done else "",
            "Mark": self.mark,
            "Told": self.told,
            "Greeted": self.greeted,
            "Digested": self.digested.isoformat() if self.digested else "",
            "Learned": self.learned.isoformat() if self.learned else "",
            "Report": self.report.as_dict(),
            "Missing": list(self.missing),
        }


def recalled(journal: Journal, now: datetime) -> Progress | None:
    """The latest state in the journal, or None. Raises JournalUnavailable."""
    found: Progress | None = None
    for record in journal.read(start=now - _LOOK_BACK, streams=STREAMS):
        detail = record.get("detail")
        if record.get("detail-type") == TESTED and record.get(OWN) and isinstance(detail, Mapping):
            found = _progress(detail) or found
    return found


def written(journal: Journal, state: Progress, now: datetime) -> str:
    """Keep the state; answers why it could not be kept, or nothing."""
    record = {
        "time": now.isoformat(),
        "source": EVENT_SOURCE,
        "detail-type": TESTED,
        "resources": [],
        "detail": state.as_detail(),
    }
    try:
        journal.write(record, stream=f"{STREAMS}{now:%Y-%m-%d}", now=now)
    except JournalUnavailable as problem:
        return str(problem)
    return ""


def begun(now: datetime) -> Progress:
    """The state of a deployment that was never tested."""
    return Progress(since=now)


def _progress(detail: Mapping[str, Any]) -> Progress | None:
    since = known_time(detail.get("Since"))
    try:
        report = read_report(detail["Report"])
    except (KeyError, TypeError, ValueError):
        return None  # of another version
    if since is None:
        return None
    return Progress(
        since=since,
        asked=known_time(detail.get("Asked")),
        id=str(detail.get("Id", "")),
        done=known_time(detail.get("Done")),
        mark=str(detail.get("Mark", "")),
        told=str(detail.get("Told", "")),
        greeted=detail.get("Greeted") is True,
        digested=known_time(detail.get("Digested")),
        learned=known_time(detail.get("Learned")),
        report=report,
        missing=tuple(str(one) for one in detail.get("Missing") or ()),
    )
