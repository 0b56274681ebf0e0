"""What callers got in five minutes, and which of those windows say something about a floor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from personalize_monitor.model.window import SECONDS


@dataclass(frozen=True, slots=True)
class Quality:
    """One window from ``start`` (epoch seconds): requests served, refused (4xx), failed (5xx).

    None is unknown, and unknown is never zero. ``p90_ms`` is None where nobody was served too.
    ``floor`` is the one in force, None if it was another or nobody knows. ``elsewhere`` is the
    share of requests in trouble at the same time on other resources of the place, counted where
    they stayed below their floors.
    """

    start: int
    served: float | None
    refused: float | None
    failed: float | None
    p90_ms: float | None = None
    floor: int | None = None
    elsewhere: float | None = None

    @property
    def asked(self) -> float | None:
        """All requests that came; None as soon as one part is unknown."""
        if self.served is None or self.refused is None or self.failed is None:
            return None
        return self.served + self.refused + self.failed

    @property
    def bad(self) -> float | None:
        """Requests refused or failed."""
        if self.refused is None or self.failed is None:
            return None
        return self.refused + self.failed

    @property
    def rate(self) -> float | None:
        """Requests per second that came."""
        asked = self.asked
        return None if asked is None else asked / SECONDS


def is_loaded(window: Quality, floor: int) -> bool:
    """Whether more came than ``floor`` carries; an unknown window is not."""
    rate = window.rate
    return rate is not None and rate > floor


class Held:
    """What the service holds by itself: demand ten minutes ago, kept for fifteen; see right-sizing.

    The assumption without headroom. It only sorts windows into jumps and calm; nothing is
    believed of the service because of it.
    """

    __slots__ = ("_held", "_last", "_rates")

    def __init__(self) -> None:
        self._rates: tuple[float, ...] = ()
        self._held = 0.0
        self._last = 0

    def meet(self, start: int, rate: float | None) -> tuple[float | None, bool]:
        """(What is held in this window or None, whether no window of the last 20 minutes had less).

        Windows come in order. After a gap or an unknown window nothing is known for 20 minutes.
        """
        if rate is None or start != self._last + SECONDS:
            self._rates, self._held = (), 0.0
        if rate is None:
            return None, False
        past = self._rates
        self._last, self._rates = start, (*past[-3:], rate)
        if len(past) < 4:
            self._held = max(past, default=rate)
            return None, False
        self._held = max(past[-2], min(self._held, max(past[-3:])))
        return self._held, rate <= min(past)


def in_order(windows: Sequence[Quality]) -> list[Quality]:
    """The windows by time, one for each start: of two the later given."""
    return [found for _, found in sorted({window.start: window for window in windows}.items())]
