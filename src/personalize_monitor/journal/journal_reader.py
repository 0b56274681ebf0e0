"""What the journal says about the recent past: our own changes, and what people were told."""

from __future__ import annotations

import threading
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.journal import Journal
from personalize_monitor.context.target import Deployment
from personalize_monitor.contract import CAMPAIGN_DELETED_EVENT, RECOMMENDER_STOPPED_EVENT
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.journal.records import Records
from personalize_monitor.model.entry import INTENT, Entry, entries_in

_AN_HOUR = 57 / 60
"""A turn comes every hour, and what went in the last one was announced some minutes later."""
REMOVALS = (CAMPAIGN_DELETED_EVENT, RECOMMENDER_STOPPED_EVENT)


class JournalReader:
    """The journal, read for decisions; without a journal there is no past.

    Every question raises JournalUnavailable when it cannot be answered. With ``remember`` each is
    asked once only, for all who ask it: for the few minutes of a cycle. ``but`` is the id of a
    request whose own removal does not count: the one that is being carried out.
    """

    def __init__(self, journal: Records | None, *, remember: bool = False, but: str = "") -> None:
        self._journal = journal
        self._but = but
        self._answers: dict[tuple[str, datetime, str], list[Entry]] | None = (
            {} if remember else None
        )
        self._asking = threading.Lock()

    @classmethod
    def of(
        cls, access: Access, deployment: Deployment, *, remember: bool = False, but: str = ""
    ) -> JournalReader:
        """The deployment's own journal, at home; ``access`` is to the home account."""
        group = deployment.journal_group
        journal = Journal(access, deployment.home_region, group=group) if group else None
        return cls(journal, remember=remember, but=but)

    def first(self, name: str) -> bool:
        """Whether nobody has taken ``name`` before, as far as can be known; then it is taken.

        For what must not be said twice by two invocations of one event, but rather twice than not.
        """
        if self._journal is None:
            return True
        try:
            return self._journal.claim(name)
        except JournalUnavailable:
            return True

    def keep(self, record: dict[str, Any], *, stream: str, now: datetime) -> None:
        """Write a record of our own; without a journal nothing is kept."""
        if self._journal is not None:
            self._journal.write(record, stream=stream, now=now)

    def about(self, text: str, *, now: datetime, hours: float, streams: str = "") -> list[Entry]:
        """Entries that contain ``text`` (an ARN, the name of an event) of the last ``hours``.

        ``streams`` is what the names of their streams begin with: with it a long time costs little.
        """
        if self._journal is None:
            return []
        question = text, now - timedelta(hours=hours), streams
        if self._answers is None:
            return self._ask(self._journal, *question)
        with self._asking:
            if question not in self._answers:
                self._answers[question] = self._ask(self._journal, *question)
            return list(self._answers[question])

    @staticmethod
    def _ask(journal: Records, text: str, start: datetime, streams: str) -> list[Entry]:
        return entries_in(journal.read(containing=text, start=start, streams=streams))

    def of_resource(self, arn: object, *, now: datetime, hours: float) -> list[Entry]:
        """Entries about one resource; others whose names begin like its name are left out."""
        return [e for e in self.about(str(arn), now=now, hours=hours) if e.arn == str(arn)]

    def removals(
        self, region: str, *, now: datetime, hours: float = _AN_HOUR, but: str = ""
    ) -> int:
        """How many resources of a region the monitor itself took out of service lately.

        ``but`` is the id of a request that does not count: the one that is asking.
        """
        begun = {
            entry.request_id
            for name in REMOVALS
            for entry in self.about(name, now=now, hours=hours)
            if _removes(entry, name) and f":{region}:" in entry.arn
        }
        return len(begun - {but, self._but})


def _removes(entry: Entry, name: str) -> bool:
    if entry.name == INTENT:
        detail = entry.detail.get("AnnouncementDetail")
        by_monitor = isinstance(detail, dict) and detail.get("RequestedBy") == "monitor"
        return by_monitor and entry.detail.get("Announcement") == name
    return entry.name == name and entry.by_monitor
