"""EventBridge: events put in batches of ten, failed entries put again alone."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from time import sleep
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.problems import AWS_ERRORS, is_throttled, sentence
from personalize_monitor.contract import EVENT_SOURCE

_ENTRIES_PER_CALL = 10
_BYTES_PER_CALL = 240_000  # the limit is 256 KB for the whole call; names and times count too
_TRIES = 4
_PAUSE = 1.0  # seconds between two tries of our own


@dataclass(frozen=True, slots=True)
class Event:
    """One event of ours; ``resource`` is the ARN it is about, if any."""

    detail_type: str
    detail: dict[str, Any]
    resource: str = ""
    time: datetime | None = None

    def entry(self) -> dict[str, Any]:
        """As PutEvents wants it, but for the bus: ours is the account's default."""
        entry: dict[str, Any] = {
            "Source": EVENT_SOURCE,
            "DetailType": self.detail_type,
            "Detail": json.dumps(self.detail, separators=(",", ":"), default=str),
        }
        if self.resource:
            entry["Resources"] = [self.resource]
        if self.time is not None:
            entry["Time"] = self.time
        return entry


class Events:
    """The default event bus of one region."""

    def __init__(self, access: Access, region: str, *, once: bool = False) -> None:
        """With ``once`` an event whose answer was lost counts as lost: it may have been taken."""
        self._client = (
            access.client_once("events", region) if once else access.client("events", region)
        )
        self._once = once

    def put(self, events: Sequence[Event]) -> list[tuple[Event, str]]:
        """Put all events; those that EventBridge did not take come back with the reason.

        EventBridge answers 200 also when it refused some entries, so each entry's own answer is
        read, and the refused ones alone are put again.
        """
        lost: list[tuple[Event, str]] = []
        for batch in _batches(events):
            lost.extend(self._put(batch))
        return lost

    def _put(self, batch: list[Event]) -> list[tuple[Event, str]]:
        waiting = [(event, "") for event in batch]
        for _ in range(_TRIES):
            try:
                answer = self._client.put_events(Entries=[event.entry() for event, _ in waiting])
            except AWS_ERRORS as error:
                if self._once and is_throttled(error):
                    waiting = [(event, sentence("Sending events", error)) for event, _ in waiting]
                    sleep(_PAUSE)
                    continue
                return [(event, sentence("Sending events", error)) for event, _ in waiting]
            answers = answer.get("Entries") or ()
            waiting = [
                (event, f"EventBridge refused the event ({result['ErrorCode']}).")
                for (event, _), result in zip(waiting, answers, strict=False)
                if result.get("ErrorCode")
            ]
            if not waiting:
                break
        return waiting


def _batches(events: Sequence[Event]) -> list[list[Event]]:
    batches: list[list[Event]] = []
    size = 0
    for event in events:
        bytes_more = len(json.dumps(event.entry(), default=str).encode())
        full = not batches or len(batches[-1]) == _ENTRIES_PER_CALL
        if full or size + bytes_more > _BYTES_PER_CALL:
            batches.append([])
            size = 0
        batches[-1].append(event)
        size += bytes_more
    return batches
