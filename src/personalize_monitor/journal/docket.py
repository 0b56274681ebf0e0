"""The cases of a place: opened by the changes in the journal, remembered there as our own records.

Each change of a floor that came into force opens the case of its resource, whoever made it. What
became of it, and what the resource is known to carry and to be hurt by, is a record in a stream
that only our functions may write. Read once after a cold start, and again when a floor has changed:
another invocation may have come to a verdict meanwhile.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Any

from personalize_monitor.aws.events import Event
from personalize_monitor.contract import EVENT_SOURCE
from personalize_monitor.journal.casebook import by_hand, floor_changes, moves
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.model.entry import CASE, Entry
from personalize_monitor.model.resource import Resource
from personalize_monitor.policy.harm import (
    Case,
    Learner,
    Memory,
    Quality,
    Sight,
    State,
    Trial,
    open_case,
)
from personalize_monitor.policy.harm.case import OLDEST

CHANGES_BACK = timedelta(days=7)
CASES_BACK = timedelta(days=16)
HURTS_BACK = timedelta(seconds=OLDEST)
"""How far back the journal is read after a cold start; what stands longer is written again."""
_HURT_BEFORE = "PersonalizeMonitorHurtBefore"
"""A word in the records of resources that were hurt, to find these alone."""
_SLACK = timedelta(hours=3)
"""An update may take so long between its announcement and the floor in force."""
_AT_ONCE = 1800
"""A case that is known so many seconds after its floor came into force has missed nothing."""


@dataclass(slots=True)
class File:
    """One resource: the ``floor`` last seen in force, its last case, and what is remembered.

    ``trial`` and ``learner`` have read the windows up to ``read_to`` (epoch seconds); ``unread``
    says that windows may have gone by unseen. ``written`` is when the journal's record was made,
    None while it is owed.
    """

    floor: int
    case: Case | None = None
    memory: Memory = field(default_factory=Memory)
    sight: Sight | None = None
    trial: Trial | None = None
    learner: Learner | None = None
    read_to: int = 0
    unread: bool = True
    written: datetime | None = None

    def take(self, case: Case, *, unread: bool) -> None:
        """Begin with a case."""
        self.case, self.sight = case, Sight(case.floor)
        self.trial = self.learner = None
        self.read_to, self.unread = 0, unread

    def rides(self, start: int) -> bool:
        """Whether the batch that measures the window from ``start`` on asks about the case."""
        if self.case is None or self.sight is None or self.trial is None or self.unread:
            return False
        return self.case.state is State.OPEN and self.case.watched and self.sight.rides(start)


@dataclass(slots=True)
class Docket:
    """The files of one account and region, by ARN as text."""

    account: str
    region: str
    files: dict[str, File] = field(default_factory=dict)
    changes: dict[str, list[Entry]] = field(default_factory=dict)
    read_at: datetime | None = None
    last_look: int | None = None
    ridden: dict[str, list[Quality]] = field(default_factory=dict)
    """What the batch of this cycle told about the last hour, by ARN."""
    untold: list[Event] = field(default_factory=list)
    """Verdicts whose notices were lost on their way."""

    def read(self, reader: JournalReader, now: datetime) -> None:
        """Learn what the journal has got since the last reading; raises JournalUnavailable."""
        warm = None if self.read_at is None else now - self.read_at + _SLACK
        told = reader.about(CASE, now=now, hours=_hours(warm or CASES_BACK))
        if warm is None:
            told = [*reader.about(_HURT_BEFORE, now=now, hours=_hours(HURTS_BACK)), *told]
        records = sorted((e for e in told if e.name == CASE and e.own), key=lambda e: e.time)
        changes = floor_changes(reader, now=now, hours=_hours(warm or CHANGES_BACK))
        self.read_at = now
        for entry in self._mine(records):
            self._recall(entry)
        for entry in self._mine(changes):
            known = self.changes.setdefault(entry.arn, [])
            # Of several attempts at one request the last one counts.
            known[:] = [e for e in known if e.request_id != entry.request_id] + [entry]

    def _mine(self, entries: Iterable[Entry]) -> list[Entry]:
        return [e for e in entries if f":{self.region}:{self.account}:" in e.arn]

    def _recall(self, entry: Entry) -> None:
        file = self.files.get(entry.arn)
        if file is not None and file.written is not None and entry.time <= file.written:
            return
        try:
            case = Case.from_dict(entry.detail["Case"])
            memory = Memory.from_dict(entry.detail["Memory"])
        except (KeyError, TypeError, ValueError):
            return  # of another version
        if file is None:
            file = self.files[entry.arn] = File(case.floor)
        if file.case is not None and case.opened < file.case.opened:
            return
        if file.case is None or file.case.key != case.key:
            file.take(case, unread=True)
            file.floor = case.floor
        file.case, file.memory, file.written = case, memory, entry.time

    def follow(self, resource: Resource) -> bool:
        """Open the cases of changes that came into force; whether there is a new one."""
        arn = str(resource.arn)
        file = self.files.get(arn)
        if file is None:
            file = self.files[arn] = File(resource.floor)
        created = int(resource.created.timestamp())
        if file.case is not None and file.case.opened < created:
            # Another one of its name, deleted since; what was learned of floors stays true.
            file.case, file.floor = None, resource.floor
        since = file.case.opened if file.case else created
        new = [e for e in self.changes.get(arn, ()) if int(e.time.timestamp()) > since]
        found = moves(new, resource.floor, resource)
        floor = found[-1].floor if found else file.floor
        if floor != resource.floor:
            found.append(by_hand(resource, floor))
        for one in found:
            case, _ = open_case(
                arn,
                from_floor=one.from_floor,
                floor=one.floor,
                by=one.by,
                opened=one.opened,
                landed=one.landed,
                solution_version=resource.solution_version_arn,
                cases=[file.case] if file.case else [],
            )
            file.take(case, unread=self._late(case))
        file.floor = resource.floor
        if found:
            file.written = None
        return bool(found)

    def _late(self, case: Case) -> bool:
        """Whether windows of a case have gone by before it was known."""
        return self.read_at is not None and self.read_at.timestamp() - case.landed > _AT_ONCE

    def knows(self, resource: Resource) -> bool:
        """Whether its floor is the one last seen."""
        file = self.files.get(str(resource.arn))
        return file is not None and file.floor == resource.floor


def _hours(span: timedelta) -> float:
    return span.total_seconds() / 3600


def record_of(file: File, now: datetime) -> dict[str, Any]:
    """The journal's record of a file with a case."""
    assert file.case is not None
    detail: Mapping[str, Any] = {
        "ARN": file.case.arn,
        "Case": file.case.to_dict(),
        "Memory": file.memory.to_dict(),
        "Marks": [_HURT_BEFORE] if file.memory.hurts else [],
    }
    return {
        "time": now.isoformat(),
        "source": EVENT_SOURCE,
        "detail-type": CASE,
        "resources": [file.case.arn],
        "detail": detail,
    }
