"""Tags of the resources that are looked at, kept for a moment: a page asks every other second."""

from __future__ import annotations

import threading
import time

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.personalize import Personalize
from personalize_monitor.model.arn import Arn

_SECONDS = 10.0
_MOST = 200


class Tags:
    """Tags by ARN, read again after some seconds, or at once after a change of ours."""

    def __init__(self, access: Access) -> None:
        self._access = access
        self._known: dict[Arn, tuple[float, dict[str, str]]] = {}
        self._lock = threading.Lock()

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

    def forget(self, arn: Arn) -> None:
        """They were changed."""
        with self._lock:
            self._known.pop(arn, None)
