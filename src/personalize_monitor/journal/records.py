"""Where records are kept and announcements go: the stack's log group and bus, or a local file.

A person who changes something from the command line where nothing is deployed still gets a journal
to restore from: a file with one record a line, in the form of the log group.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Protocol

from personalize_monitor.aws.events import Event
from personalize_monitor.contract import EVENT_SOURCE
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.entry import OWN, STORED


class Records(Protocol):
    """A journal: records are JSON objects; both operations raise JournalUnavailable."""

    def write(self, record: dict[str, Any], *, stream: str, now: datetime) -> None:
        """Store one record."""

    def read(
        self,
        *,
        containing: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
        streams: str = "",
    ) -> Iterator[dict[str, Any]]:
        """Records in time order, of those that contain a text; see ``Journal.read``."""

    def claim(self, name: str) -> bool:
        """Take a name that can be taken once only; False when somebody has it."""

    def claimed(self, name: str) -> bool:
        """Whether somebody has taken a name."""


class Sender(Protocol):
    """Something that takes our events."""

    def put(self, events: Sequence[Event]) -> list[tuple[Event, str]]:
        """Take all events; those that could not be taken come back with the reason."""


def as_record(event: Event, now: datetime) -> dict[str, Any]:
    """An event in the form in which EventBridge delivers it, and the journal keeps its copy."""
    return {
        "time": (event.time or now).isoformat(),
        "source": EVENT_SOURCE,
        "detail-type": event.detail_type,
        "resources": [event.resource] if event.resource else [],
        "detail": event.detail,
    }


@dataclass(frozen=True, slots=True)
class FileJournal:
    """A journal in one file of JSON lines."""

    path: Path

    def check(self) -> None:
        """Raise JournalUnavailable where no record could be kept; writes nothing."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            with (
                self.path.open("ab") if self.path.exists() else TemporaryFile(dir=self.path.parent)
            ):
                pass
        except OSError as error:
            raise JournalUnavailable(
                f"The journal {self.path} cannot be written ({error.strerror}), so nothing could "
                "be undone and nothing was changed; make it writable, or name another folder in "
                "XDG_STATE_HOME."
            ) from error

    def write(self, record: dict[str, Any], *, stream: str, now: datetime) -> None:  # noqa: ARG002
        """Append one record; see Records."""
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            line = json.dumps(record, separators=(",", ":"), default=str) + "\n"
            with self.path.open("ab+") as file:
                # A line that a crash cut short must not swallow this one.
                file.write(("" if _ends_a_line(file) else "\n").encode() + line.encode())
        except OSError as error:
            raise JournalUnavailable(f"The journal {self.path} cannot be written: {error}") from (
                error
            )

    def read(
        self,
        *,
        containing: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
        streams: str = "",  # noqa: ARG002  a file has none
    ) -> Iterator[dict[str, Any]]:
        """See Records; no file is an empty journal, and a line that is no record is left out."""
        try:
            text = self.path.read_text("utf-8", "replace") if self.path.exists() else ""
        except OSError as error:
            raise JournalUnavailable(f"The journal {self.path} cannot be read: {error}") from error
        found = [r for line in text.splitlines() if containing in line for r in _record(line)]
        for moment, record in sorted(found, key=lambda pair: pair[0]):
            if (start is None or moment >= start) and (end is None or moment < end):
                record[OWN], record[STORED] = True, int(moment.timestamp() * 1000)
                yield record

    def claim(self, name: str) -> bool:
        """See Records: a file of that name, which the system lets one caller make."""
        try:
            self._claims.mkdir(parents=True, exist_ok=True)
            self._claim(name).touch(exist_ok=False)
        except FileExistsError:
            return False
        except OSError as error:
            raise JournalUnavailable(f"{self._claims} cannot be written: {error}") from error
        return True

    def claimed(self, name: str) -> bool:
        """See Records."""
        return self._claim(name).exists()

    @property
    def _claims(self) -> Path:
        return self.path.with_name(f"{self.path.name}.claims")

    def _claim(self, name: str) -> Path:
        return self._claims / name.replace("/", "-")


def _ends_a_line(file: BinaryIO) -> bool:
    """Whether the file is empty or its last line is whole."""
    size = file.seek(0, os.SEEK_END)
    file.seek(max(0, size - 1))
    return file.read(1) in (b"", b"\n")


def _record(line: str) -> list[tuple[datetime, dict[str, Any]]]:
    try:
        record = json.loads(line)
        moment = datetime.fromisoformat(record["time"])
    except (ValueError, KeyError, TypeError):
        return []
    return [(moment if moment.tzinfo else moment.replace(tzinfo=UTC), record)]


@dataclass(frozen=True, slots=True)
class FileEvents:
    """Announcements into the file, for where nobody listens on the bus; ``now`` is their time."""

    journal: FileJournal
    now: datetime

    def put(self, events: Sequence[Event]) -> list[tuple[Event, str]]:
        """See Sender."""
        lost = []
        for event in events:
            try:
                self.journal.write(as_record(event, self.now), stream="", now=self.now)
            except JournalUnavailable as problem:
                lost.append((event, str(problem)))
        return lost
