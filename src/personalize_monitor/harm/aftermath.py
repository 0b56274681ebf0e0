"""What became of the floors that we changed: an update that failed is told once, with the reason.

The service accepts an update and carries it out in the minutes after; the floor in force stays when
it fails. Then the announcement was not the end of it: people are told, the next attempt waits
longer each time, and no saving is counted.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.events import Event
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.context.target import Target
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, NOTICE_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.notice import notice
from personalize_monitor.model.entry import Entry, changes_of_ours
from personalize_monitor.model.resource import Kind, Resource

FAILED_KIND = "update-failed"
LOOKED_AFTER = timedelta(hours=3)
"""How long after a change it is seen what became of it."""
CLOCKS = timedelta(minutes=2)
"""How far the service's time of an update and ours of its announcement may lie apart."""


@dataclass(frozen=True, slots=True)
class Aftermath:
    """The changes of one place that may have failed; ``problems`` says what could not be read."""

    target: Target
    reader: JournalReader
    now: datetime
    problems: list[str]

    def run(self, resources: Iterable[Resource]) -> list[Event]:
        """Notices about updates of ours that failed, each once."""
        doubtful = [resource for resource in resources if self._doubtful(resource)]
        if not doubtful:
            return []
        try:
            changes = self._changes()
            told = failures(self.reader, self.now, hours=LOOKED_AFTER.total_seconds() / 3600)
        except JournalUnavailable as problem:
            self.problems.append(f"What became of our updates is not known. {problem}")
            return []
        known = {entry.request_id for entry in told}
        pairs = ((r, changes.get(str(r.arn))) for r in doubtful)
        return [
            failed
            for r, change in pairs
            if change is not None
            and change.request_id not in known
            and (failed := self._failed(r, change)) is not None
        ]

    def _doubtful(self, resource: Resource) -> bool:
        """Whether an update of it may have failed lately; lists say nothing of recommenders'."""
        if resource.update_pending or resource.stale:
            return False
        if resource.kind is Kind.RECOMMENDER:
            return self.now - resource.updated < LOOKED_AFTER
        begun = resource.update_begun
        lately = begun is not None and self.now - begun < LOOKED_AFTER
        return lately and bool(resource.update_failed)

    def _changes(self) -> dict[str, Entry]:
        hours = LOOKED_AFTER.total_seconds() / 3600
        return {
            entry.arn: entry
            for name in FLOOR_UPDATED_EVENT.values()
            for entry in changes_of_ours(self.reader.about(name, now=self.now, hours=hours))
            if entry.name == name
        }

    def _failed(self, resource: Resource, change: Entry) -> Event | None:
        if resource.floor == change.floor:
            return None
        if resource.kind is Kind.RECOMMENDER:
            try:
                resource = Personalize(self.target.access, self.target.region).resource(
                    resource.arn
                )
            except AWS_ERRORS as error:
                self.problems.append(sentence(f"Reading {resource.arn}", error))
                return None
        begun = resource.update_begun
        if not resource.update_failed or begun is None or abs(begun - change.time) > CLOCKS:
            return None
        detail: dict[str, Any] = notice(
            FAILED_KIND,
            resource,
            f"The change of {resource.kind} {resource.name} in {resource.region} from "
            f"{change.previous_floor} to {change.floor} failed; its floor still is "
            f"{resource.floor}.",
            f"AWS says: {resource.update_failed} It is tried again later, each time after a "
            "longer pause, as long as it is over-provisioned.",
        )
        detail |= {"RequestId": change.request_id, "NewMinTPS": change.floor}
        return Event(NOTICE_EVENT, detail, str(resource.arn))


def failures(reader: JournalReader, now: datetime, *, hours: float) -> list[Entry]:
    """What people were told about updates that failed. Raises JournalUnavailable."""
    told = reader.about(FAILED_KIND, now=now, hours=hours)
    return [e for e in told if e.name == NOTICE_EVENT and e.detail.get("Kind") == FAILED_KIND]


def try_again_at(failed: Sequence[Entry]) -> datetime | None:
    """When a floor may be changed again after these failures; None when none failed."""
    if not failed:
        return None
    return failed[-1].time + min(timedelta(hours=2 ** min(len(failed), 6)), timedelta(hours=24))
