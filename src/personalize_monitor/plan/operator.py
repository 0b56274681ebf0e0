"""A person's place of work: their credentials, the deployment if there is one, and its journal."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.events import Events
from personalize_monitor.aws.journal import Journal
from personalize_monitor.aws.stackinfo import StackInfo
from personalize_monitor.context.lists import in_force
from personalize_monitor.execute.announce import Announcer
from personalize_monitor.journal.journal_reader import JournalReader
from personalize_monitor.journal.records import FileEvents, FileJournal, Records
from personalize_monitor.settings import Settings


@dataclass(frozen=True, slots=True)
class Operator:
    """``stack`` is None where nothing is deployed; then the journal is the file at ``path``."""

    access: Access
    stack: StackInfo | None
    reader: JournalReader
    announcer: Announcer
    path: Path | None
    given: Settings | None = None
    """The parameters, where whoever opened it has read them."""

    @classmethod
    def open(
        cls, access: Access, stack: StackInfo | None, *, now: datetime, path: Path
    ) -> Operator:
        """With the journal and bus of ``stack``; without one, with the file at ``path``."""
        if stack is None:
            file = FileJournal(path)
            announcer = Announcer(FileEvents(file, now), file, now)
            return cls(access, None, JournalReader(file), announcer, path)
        journal: Records = Journal(access, stack.region, group=stack.journal_group)
        announcer = Announcer(Events(access, stack.region), journal, now)
        return cls(access, stack, JournalReader(journal), announcer, None)

    def check(self) -> None:
        """Raise JournalUnavailable, before anything is changed, where nothing could be undone."""
        if self.path is not None:
            FileJournal(self.path).check()

    @property
    def settings(self) -> Settings:
        """The deployment's parameters; the defaults where nothing is deployed."""
        return self.given or in_force(self.access, self.stack)

    @property
    def journal_name(self) -> str:
        """Where the journal is, for people."""
        return f"log group {self.stack.journal_group}" if self.stack else f"file {self.path}"
