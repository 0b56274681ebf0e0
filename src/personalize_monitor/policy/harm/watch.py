"""When to look at the cases of a place: on windows that the cycle measured anyway.

A *look* is one GetMetricData batch for all open cases of an account and region that have loaded
windows which nobody looked at. None while nothing is loaded; at most one an hour otherwise. A case
that was just loaded *rides along*: the cycle's own batch, which reads the last hour anyway, asks
what its callers got, so that a harm is found in the cycle that could know of it.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.harm.evidence import Held

HOUR = 3600
NEARLY = 0.95
"""Refused requests are not in the count of served ones: a floor nearly used up may be loaded."""
STRAY = 1.5
"""Callers' own errors are not in it either; in some hours there are so many times as many."""
FRESH = 4 * SECONDS
"""Windows so soon after an hour without load are news."""
ROUTINE = 2 * HOUR
"""Loaded windows in a row, like those that were carried before, can wait so long."""


@dataclass(frozen=True, slots=True)
class Waiting:
    """Of one case: loaded windows not looked at, those of them with news, and since when."""

    loaded: int = 0
    news: int = 0
    since: int | None = None


class Sight:
    """Counts what is waiting, from the served requests of each cycle; unknown counts for nothing.

    ``usual`` is the share of requests that were in trouble before the change.
    ``carried`` is the largest jump that a look showed to be carried (1 at first). News are windows
    near it or above it (of a larger one that is refused only so much is served), those before the
    first look, and those of a burst after an hour without load.
    """

    __slots__ = ("_began", "_held", "_last", "carried", "floor", "looked", "usual", "waiting")

    def __init__(self, floor: int, usual: float = 0.0) -> None:
        self.floor, self.usual = floor, usual
        self.carried = 1.0
        self.looked = False
        self.waiting = Waiting()
        self._held = Held()
        self._last = self._began = -HOUR

    def meet(self, start: int, served: float | None) -> Waiting:
        """The window that starts at ``start`` (epoch seconds) served so many requests."""
        rate = None if served is None else served / SECONDS
        held, _ = self._held.meet(start, rate)
        if rate is None or rate < NEARLY * self.floor * max(0.5, 1 - STRAY * self.usual):
            return self.waiting
        jump = None if held is None else rate / max(held, self.floor)
        if start - self._last >= HOUR:
            self._began = start
        self._last = start
        fresh = not self.looked or start - self._began < FRESH
        news = fresh or jump is None or jump > NEARLY * self.carried
        was = self.waiting
        since = start if was.since is None else was.since
        self.waiting = Waiting(was.loaded + 1, was.news + news, since)
        return self.waiting

    def rides(self, start: int) -> bool:
        """Whether to ask about the case in the batch that measures the window from ``start`` on.

        After its first look it does when the window before was loaded or one waits, as long as
        all that wait are among the windows of the hour that the batch reads.
        """
        since = self.waiting.since
        hot = since is not None or start - self._last <= SECONDS
        return self.looked and hot and (since is None or since > start - HOUR)

    def look(self, carried: float) -> None:
        """A look was made; so large a jump is known to be carried."""
        self.waiting, self.carried, self.looked = Waiting(), max(1.0, carried), True


def due(waiting: Iterable[Waiting], *, now: int, last_look: int | None) -> bool:
    """Whether to look now at the cases of a place, last looked at in ``last_look``."""
    if last_look is not None and now - last_look < HOUR:
        return False
    return any(_presses(one, now) for one in waiting)


def _presses(one: Waiting, now: int) -> bool:
    if not one.loaded or one.since is None:
        return False
    return one.news > 0 or now - one.since >= ROUTINE
