"""Grace before an idle resource goes: a notice with the date, a last call, and then the deed.

What people were told is in the journal. A notice counts only while the resource stayed idle since
it was sent; traffic in between withdraws it, and the next idleness starts with a new notice.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.events import Event
from personalize_monitor.aws.metrics import Metrics
from personalize_monitor.collect.idleness import signs_of_life
from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.notice import notice
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.entry import Entry
from personalize_monitor.model.moment import known_time
from personalize_monitor.model.resource import Resource
from personalize_monitor.policy.guards import held

FIRST_NOTICE = "idle-notice"
LAST_CALL = "idle-last-call"
_A_DAY = timedelta(days=1)
_SLACK = 2.0  # hours by which a turn may be late
_PUNCTUAL = timedelta(minutes=15)  # a notice takes its time to the journal


@dataclass(frozen=True, slots=True)
class Grace:
    """The grace of one place: ``hours`` is IdleGraceHours."""

    metrics: Metrics
    reader: JournalReader
    now: datetime
    hours: int
    idle_hours: int

    def apply(self, decision: Decision) -> tuple[Decision, Event | None]:
        """The decision, held while the grace lasts, and the notice that is due now."""
        told = self._told(decision.resource)
        first = next((e for e in told if e.detail.get("Kind") == FIRST_NOTICE), None)
        if first is None:
            if self._asked_meanwhile(decision.resource):
                return held(
                    decision, "grace", "a request has come, or may have come, in these minutes."
                ), None
            due = self.now + timedelta(hours=self.hours)
            return self._wait(decision, due), self._notice(decision, FIRST_NOTICE, due)
        due = self._due(first)
        if self.now >= due:
            return decision, None
        called = any(e.detail.get("Kind") == LAST_CALL for e in told)
        last_call = not called and due - self.now <= _A_DAY and self.hours > 24
        return (
            self._wait(decision, due),
            self._notice(decision, LAST_CALL, due) if last_call else None,
        )

    def _told(self, resource: Resource) -> list[Entry]:
        """Notices about it that still hold, because it was idle ever since the first of them."""
        reach = self.hours + self.idle_hours + _SLACK
        entries = [
            entry
            for entry in self.reader.about(str(resource.arn), now=self.now, hours=reach)
            if entry.name == NOTICE_EVENT
            and entry.detail.get("Kind") in (FIRST_NOTICE, LAST_CALL)
            and entry.arn == str(resource.arn)
            and known_time(entry.detail.get("ActAfter")) is not None
        ]
        for position, entry in enumerate(entries):
            if entry.detail["Kind"] == FIRST_NOTICE and self._idle_since(entry, resource):
                return entries[position:]
        return []

    def _due(self, first: Entry) -> datetime:
        """When the grace is over: as people were told, and not before it has really lasted.

        Anybody may send a notice with any date in it; when it came is told by the journal.
        """
        said = known_time(first.detail.get("ActAfter")) or first.time
        return max(said, _came(first) + timedelta(hours=self.hours) - _PUNCTUAL)

    def _asked_meanwhile(self, resource: Resource) -> bool:
        """Whether something came after the window that was decided on, or may have come."""
        life = signs_of_life(self.metrics, [resource], end=self.now, hours=self.idle_hours)
        return life[resource].requests != 0

    def _idle_since(self, entry: Entry, resource: Resource) -> bool:
        hours = (self.now - _came(entry)).total_seconds() / 3600 + self.idle_hours
        life = signs_of_life(self.metrics, [resource], end=self.now, hours=hours)
        return life[resource].requests == 0

    @staticmethod
    def _wait(decision: Decision, due: datetime) -> Decision:
        return held(decision, "grace", f"people are given until {due:%Y-%m-%d %H:%M} UTC.")

    def _notice(self, decision: Decision, kind: str, due: datetime) -> Event:
        resource = decision.resource
        verb = "deleted" if decision.action is Action.DELETE else "stopped"
        when = f"{due:%Y-%m-%d %H:%M} UTC"
        opening = "Last call: " if kind == LAST_CALL else ""
        detail: dict[str, Any] = notice(
            kind,
            resource,
            f"{opening}{resource.kind} {resource.name} in {resource.region} is idle and will be "
            f"{verb} after {when}.",
            f"{decision.reason} To keep it, send it a request, or tag it "
            "PersonalizeMonitor:Exempt with yes or until:YYYY-MM-DD.",
        )
        detail["ActAfter"] = due.isoformat()
        return Event(NOTICE_EVENT, detail, str(resource.arn))


def _came(entry: Entry) -> datetime:
    return entry.stored or entry.time
