"""SQS: what waits in a queue, taken and then removed."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from personalize_monitor.aws.access import Access

_AT_ONCE = 10
"""What one call takes or removes."""
_EMPTY_ANSWERS = 3
"""SQS asks only some of its servers, and may answer with nothing although something waits."""

Waiting = tuple[str, Mapping[str, Any]]
"""A message's handle for its removal, and the JSON object in it."""


class Queue:
    """One queue of JSON objects, by its URL."""

    def __init__(self, access: Access, region: str, url: str) -> None:
        self._client = access.client("sqs", region)
        self._url = url

    def take(self, most: int) -> list[Waiting]:
        """What waits, ``most`` messages or a few more; what is not removed appears again later.

        A message that is no JSON object comes as an empty one.
        """
        found: list[Waiting] = []
        empty = 0
        while len(found) < most and empty < _EMPTY_ANSWERS:
            answer = self._client.receive_message(
                QueueUrl=self._url, MaxNumberOfMessages=_AT_ONCE
            ).get("Messages", ())
            empty = 0 if answer else empty + 1
            found += [(one["ReceiptHandle"], _object(one["Body"])) for one in answer]
        return found

    def remove(self, handles: Sequence[str]) -> None:
        """Remove messages that were taken."""
        for at in range(0, len(handles), _AT_ONCE):
            entries = [
                {"Id": str(number), "ReceiptHandle": handle}
                for number, handle in enumerate(handles[at : at + _AT_ONCE])
            ]
            self._client.delete_message_batch(QueueUrl=self._url, Entries=entries)


def _object(body: str) -> Mapping[str, Any]:
    try:
        found = json.loads(body)
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
