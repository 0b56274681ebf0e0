"""Seeded mishaps of delivery and of functions: duplicates, delays, failures, kills."""

from __future__ import annotations

import random
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

EntryFault = Callable[[str, str, Mapping[str, Any]], tuple[str, str] | None]
"""(account, region, entry) -> (ErrorCode, ErrorMessage) of a failed PutEvents entry, or None."""


@dataclass(slots=True)
class Kill:
    """Ends invocations of a function just before their n-th AWS call, `times` times.

    `function` is a logical id or a name, None for every function; `at_call` 1 is the first call.
    """

    function: str | None
    at_call: int
    times: int = 1


class Chaos:
    """What goes wrong, and how often. All off until set; the dice are the sandbox's own."""

    def __init__(self, seed: int) -> None:
        self._dice = random.Random(f"chaos-{seed}")  # noqa: S311 - a simulation's dice
        self.duplicates = 0.0
        """Probability that a delivery of an event, or an asynchronous invocation, happens twice."""
        self.delay = timedelta(0)
        """Longest additional delay of a delivery; drawn evenly."""
        self.delivery_failures = 0.0
        """Probability that one attempt to deliver to a target fails and is retried."""
        self.function_kills = 0.0
        """Probability that an invocation is ended at one of its first AWS calls."""
        self.kill_within = 12
        """A random kill hits one of this many first calls."""
        self.function_errors = 0.0
        """Probability that an invocation fails before the handler starts."""
        self.cold_starts = 0.0
        """Probability that an invocation finds no warm environment."""
        self.entry_faults: list[EntryFault] = []
        self._kills: list[Kill] = []

    def happens(self, probability: float) -> bool:
        """Throw the dice; nothing is drawn for probability 0, so that seeds stay comparable."""
        return probability > 0 and self._dice.random() < probability

    def extra_delay(self) -> timedelta:
        """An additional delay for one delivery."""
        return self.delay * self._dice.random() if self.delay else timedelta(0)

    def kill(self, function: str | None = None, *, at_call: int = 1, times: int = 1) -> None:
        """End the next `times` invocations of a function just before their n-th AWS call."""
        self._kills.append(Kill(function, at_call, times))

    def kill_point(self, names: tuple[str, ...]) -> int | None:
        """Before which AWS call this invocation (of a function with these names) ends, or None."""
        for kill in self._kills:
            if kill.times > 0 and (kill.function is None or kill.function in names):
                kill.times -= 1
                return kill.at_call
        if self.happens(self.function_kills):
            return self._dice.randint(1, self.kill_within)
        return None

    def entry_fault(
        self, account: str, region: str, entry: Mapping[str, Any]
    ) -> tuple[str, str] | None:
        """The first entry fault that applies to a PutEvents entry."""
        for fault in self.entry_faults:
            if (found := fault(account, region, entry)) is not None:
                return found
        return None
