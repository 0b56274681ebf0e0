"""Share the work with further invocations of the same function, where one has too much of it.

The function that the schedule starts reads the lists of all places. As long as few resources are
found it watches them all itself; each place beyond that is handed to an invocation of its own: a
*shard*, a complete cycle over one account and region. Nobody waits for a shard. The counts of the
fleet come from the lists, which only the first function reads for all places, so they are put once
whatever becomes of the shards.
"""

from __future__ import annotations

import logging
import threading
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from personalize_monitor.aws.functions import Functions
from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.context.target import Target
from personalize_monitor.errors import InvalidRequest

RESOURCES_AT_ONCE = 2000
"""How many resources one invocation watches before it hands places over."""
_KEY = "Shard"
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Shard:
    """The one place that an invocation is asked to watch."""

    account: str
    region: str

    @classmethod
    def of(cls, event: Mapping[str, Any]) -> Shard | None:
        """The shard that an event asks for; None for a whole cycle."""
        asked = event.get(_KEY)
        if asked is None:
            return None
        try:
            return cls(str(asked["Account"]), str(asked["Region"]))
        except (KeyError, TypeError) as error:
            raise InvalidRequest(
                f'{_KEY} is {asked!r}; give {{"Account": "123456789012", "Region": "us-east-1"}}, '
                "or leave it out."
            ) from error

    def event(self, now: datetime, overrides: Mapping[str, Any]) -> dict[str, Any]:
        """The event that starts it, for the same moment and with the same parameters."""
        return {
            "time": now.isoformat(),
            _KEY: {"Account": self.account, "Region": self.region},
            "detail": {name: value for name, value in overrides.items() if name != _KEY},
        }


class FanOut:
    """Decides which places stay here, and starts a shard for each of the others."""

    def __init__(
        self,
        functions: Functions,
        function: str,
        now: datetime,
        overrides: Mapping[str, Any],
        *,
        at_once: int | None = None,
    ) -> None:
        self._functions = functions
        self._function = function
        self._now = now
        self._overrides = overrides
        self._room = RESOURCES_AT_ONCE if at_once is None else at_once
        self._empty = True
        self._lock = threading.Lock()

    def keeps(self, target: Target, resources: int) -> bool:
        """Whether to watch the place here; if not, its shard has been started.

        The first place stays, however large: alone in a shard it would be no smaller.
        """
        with self._lock:
            fits = self._empty or resources <= self._room
            if fits:
                self._empty = False
                self._room -= resources
        return fits or not self._start(target)

    def _start(self, target: Target) -> bool:
        shard = Shard(target.account, target.region)
        try:
            self._functions.start(self._function, shard.event(self._now, self._overrides))
        except AWS_ERRORS as error:  # late is better than not at all: it is watched here
            _log.warning("no shard", extra={"problem": sentence(f"Starting {shard}", error)})
            return False
        return True
