"""The journal: a CloudWatch log group that keeps what was decided and done."""

from __future__ import annotations

import json
from collections.abc import Iterator
from datetime import datetime
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.paging import read_all
from personalize_monitor.aws.problems import AWS_ERRORS, code_of, sentence, tried_again
from personalize_monitor.clock import utc_now
from personalize_monitor.errors import JournalUnavailable
from personalize_monitor.model.entry import OWN, STORED

_EXISTS = "ResourceAlreadyExistsException"
_MISSING = "ResourceNotFoundException"
OWN_STREAMS = ("intents/", "cases/", "tests/", "prices/")
"""What the names of the streams begin with into which only our functions may write."""
COPIES = "events/"
"""The same for copies of events, which anybody may have put on the bus: nothing rests on them."""
NOTES = "told/"
"""The same for notes of what people were told by mail."""


class Journal:
    """One log group; every record is a JSON object of its own."""

    def __init__(self, access: Access, region: str, *, group: str) -> None:
        self._client = access.client("logs", region)
        self._group = group

    def write(self, record: dict[str, Any], *, stream: str, now: datetime) -> None:
        """Write one record; it is stored when this returns. Raises JournalUnavailable."""
        try:
            answer = self._put(record, stream, now)
            if answer.get("rejectedLogEventsInfo"):
                # Logs takes events from two weeks back to two hours ahead of its own time; an
                # event that waited longer than that is recorded under the time of writing.
                answer = self._put(record, stream, utc_now())
        except AWS_ERRORS as error:
            raise JournalUnavailable(sentence("Writing the journal", error)) from error
        if answer.get("rejectedLogEventsInfo"):
            raise JournalUnavailable("CloudWatch Logs refused a record of the journal by its time.")

    def claim(self, name: str) -> bool:
        """Take a name that can be taken once only; False when somebody has it.

        A log stream of that name is made: CloudWatch Logs lets exactly one caller make it, however
        many ask at once. Raises JournalUnavailable when it does not say.
        """
        try:
            self._client.create_log_stream(logGroupName=self._group, logStreamName=name)
        except AWS_ERRORS as error:
            # Without its own retries an answer that was lost would look like a loss of the race.
            if code_of(error) == _EXISTS and not tried_again(error):
                return False
            raise JournalUnavailable(sentence(f"Claiming {name}", error)) from error
        return True

    def claimed(self, name: str) -> bool:
        """Whether somebody has taken a name. Raises JournalUnavailable."""
        try:
            answer = self._client.describe_log_streams(
                logGroupName=self._group, logStreamNamePrefix=name, limit=1
            )
        except AWS_ERRORS as error:
            raise JournalUnavailable(sentence(f"Looking for {name}", error)) from error
        return any(stream["logStreamName"] == name for stream in answer["logStreams"])

    def release(self, name: str) -> None:
        """Let a name be taken again, because nothing came of it. Raises JournalUnavailable."""
        try:
            self._client.delete_log_stream(logGroupName=self._group, logStreamName=name)
        except AWS_ERRORS as error:
            if code_of(error) != _MISSING:
                raise JournalUnavailable(sentence(f"Releasing {name}", error)) from error

    def _put(self, record: dict[str, Any], stream: str, moment: datetime) -> dict[str, Any]:
        message = json.dumps(record, separators=(",", ":"), default=str)
        event = {"timestamp": int(moment.timestamp() * 1000), "message": message}
        where = {"logGroupName": self._group, "logStreamName": stream}
        answer: dict[str, Any]
        try:
            answer = self._client.put_log_events(**where, logEvents=[event])
        except AWS_ERRORS as error:
            # Streams are made 50 a second, records written 5,000: only the first makes the stream.
            if code_of(error) != _MISSING:
                raise
            self._make(where)
            answer = self._client.put_log_events(**where, logEvents=[event])
        return answer

    def _make(self, where: dict[str, str]) -> None:
        try:
            self._client.create_log_stream(**where)
        except AWS_ERRORS as error:
            if code_of(error) != _EXISTS:
                raise

    def read(
        self,
        *,
        containing: str = "",
        start: datetime | None = None,
        end: datetime | None = None,
        streams: str = "",
    ) -> Iterator[dict[str, Any]]:
        """Records in time order, of those that contain the text ``containing``.

        ``streams`` is what the names of their streams begin with. An event that was copied twice
        comes once. Beside what was written, ``OWN`` says whether one of our functions wrote it, and
        ``STORED`` when CloudWatch took it. Raises JournalUnavailable when the list could not be
        read whole.
        """
        arguments: dict[str, Any] = {"logGroupName": self._group}
        if streams:
            arguments["logStreamNamePrefix"] = streams
        if containing:
            arguments["filterPattern"] = f'"{containing}"'
        if start is not None:
            arguments["startTime"] = int(start.timestamp() * 1000)
        if end is not None:
            arguments["endTime"] = int(end.timestamp() * 1000)
        listing = read_all(self._client.filter_log_events, "events", **arguments)
        if listing.error:
            why = sentence("Reading the journal", listing.error)
            raise JournalUnavailable(why) from listing.error
        seen: set[str] = set()
        for event in sorted(listing.items, key=lambda item: item.get("timestamp") or 0):
            message, stream = event.get("message") or "", str(event.get("logStreamName") or "")
            record = _record(message)
            if record is None or containing not in message or not stream.startswith(streams):
                continue
            if _came_twice(record, stream, seen):
                continue
            record[OWN] = stream.startswith(OWN_STREAMS)
            record[STORED] = event.get("ingestionTime") or event.get("timestamp") or 0
            yield record


def _came_twice(record: dict[str, Any], stream: str, seen: set[str]) -> bool:
    """Whether it is a copy of an event that is among the ``seen`` ones, which it joins."""
    given = record.get("id")
    if not stream.startswith(COPIES) or not isinstance(given, str) or not given:
        return False
    twice = given in seen
    seen.add(given)
    return twice


def _record(message: str) -> dict[str, Any] | None:
    try:
        record = json.loads(message)
    except ValueError:
        return None
    return record if isinstance(record, dict) else None
