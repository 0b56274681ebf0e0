"""What a measurement says: a number, zero, or that it is unknown. Unknown is never zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from personalize_monitor.model.window import SECONDS

_MOST = 1e15
"""More requests than anybody counts: such a number is a mistake, and breaks what is computed."""


def is_count(value: float) -> bool:
    """Whether a number that came from outside can be a number of requests."""
    return 0 <= value <= _MOST


@dataclass(frozen=True, slots=True)
class Sample:
    """Requests counted in one window, or ``unknown`` with the reason.

    What is no count (NaN, infinite, negative) is unknown, whoever says it.
    """

    requests: float | None
    why_unknown: str = ""

    def __post_init__(self) -> None:
        """Refuse to take a value for a number of requests that cannot be one."""
        if self.requests is not None and not is_count(self.requests):
            why = f"CloudWatch answered {self.requests}, which is no number of requests"
            object.__setattr__(self, "requests", None)
            object.__setattr__(self, "why_unknown", self.why_unknown or why)

    @property
    def known(self) -> bool:
        """Whether there is a number."""
        return self.requests is not None

    @property
    def average(self) -> float | None:
        """Requests per second over the window; None when unknown."""
        return None if self.requests is None else self.requests / SECONDS

    def utilization(self, floor: int) -> float | None:
        """``average`` as a percentage of ``floor``; above 100 means that the service scaled up."""
        return None if self.average is None or floor < 1 else self.average / floor * 100

    @classmethod
    def total(cls, parts: Iterable[Sample]) -> Sample:
        """The sum; unknown as soon as one part is, because the rest is only a lower bound."""
        requests = 0.0
        for part in parts:
            if part.requests is None:
                return part
            requests += part.requests
        return cls(requests)


ZERO = Sample(0.0)


def unknown(why: str) -> Sample:
    """A sample that nothing may be concluded from."""
    return Sample(None, why)
