"""Tags of the resources that are looked at, kept for a moment: a page asks every other second."""

from __future__ import annotations

import threading
import time
from collections.abc import Collection, Mapping

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.model.arn import Arn
from personalize_monitor_desk.breakdown import tag_values

_SECONDS = 10.0
_MOST = 200
_VALUES_SECONDS = 300.0


class Tags:
    """Tags by ARN, read again after some seconds, or at once after a change of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._known: dict[Arn, tuple[float, dict[str, str]]] = {}
        self._lock = threading.Lock()
        self._reading = threading.Lock()
        self._values: dict[str, tuple[float, Mapping[str, str | None]]] = {}

    def of(self, arn: Arn) -> dict[str, str]:
        """The tags. Raises what AWS answers."""
        with self._lock:
            at, tags = self._known.get(arn, (0.0, {}))
        if at and time.monotonic() - at < _SECONDS:
            return tags
        tags = Personalize(self._access, arn.region).tags(arn)
        with self._lock:
            if len(self._known) >= _MOST:
                self._known.clear()
            self._known[arn] = (time.monotonic(), tags)
        return tags

    def values(self, key: str, arns: Collection[str]) -> Mapping[str, str | None]:
        """A tag's value by ARN, read again after minutes; None where it is not known."""
        with self._reading:  # a page that asks meanwhile waits for the same answer
            at, known = self._values.get(key, (0.0, {}))
            if not at or time.monotonic() - at > _VALUES_SECONDS:
                known, _ = tag_values(self._access, arns, key)
                self._values = {key: (time.monotonic(), known)}
        return known

    def forget(self, arn: Arn) -> None:
        """They were changed."""
        with self._lock:
            self._known.pop(arn, None)
