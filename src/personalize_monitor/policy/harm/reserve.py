"""What loaded windows without harm show of the service's own reserve, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from math import inf
from statistics import median

from personalize_monitor.model.counted import counted
from personalize_monitor.policy.follow.headroom import Headroom
from personalize_monitor.policy.harm.burst import APART, LONGEST
from personalize_monitor.policy.harm.evidence import Held, Quality, in_order

STEP = 0.05
MOST = 0.5
"""Nobody should count on more than half of demand as reserve."""
TROUBLED = 0.05
"""Part of the bursts at a jump that may have been in trouble, for the service to hold it."""
SURE = 0.8
"""From here on a reserve is counted on, by exposure and by mode follow."""
_LEAST_EXCESS = 0.02
_WORSE = 0.01
_SLOW = 1.5
_OUTWEIGHS = 20
"""Bursts carried that one in trouble cancels: 5 % are tolerated."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """The service holds ``share`` more than it was asked for ten minutes before.

    ``sure`` (0 to 1) is the confidence that at most 5 % of the bursts with such a jump are in
    trouble: ``bursts`` of them were seen, ``troubled`` with trouble at such a jump or a smaller.
    """

    share: float
    sure: float
    bursts: int
    troubled: int

    @property
    def counts(self) -> bool:
        """Whether plans may rest on it."""
        return self.sure >= SURE

    @property
    def reason(self) -> str:
        """In a sentence."""
        return (
            f"In {counted(self.bursts, 'burst')} more came than floor and service were known to "
            f"hold, {self.troubled} with trouble: the service holds {self.share:.0%} more "
            f"({self.sure:.0%} sure)."
        )

    def as_headroom(self) -> Headroom | None:
        """For mode follow; None while it is not sure enough."""
        if not self.counts:
            return None
        return Headroom(self.share, self.bursts, self.troubled, self.reason)


class Learner:
    """Sees windows one after the other; a burst counts once, however they were handed over.

    Of a burst its largest jump that was carried counts, and its smallest that was not. ``usual``
    is the share of requests in trouble without any jump, ``slow`` the p90 (ms) then.
    """

    def __init__(self, usual: float, slow: float | None) -> None:
        self._usual, self._slow = usual, slow
        self._held = Held()
        self._bursts: list[_Burst] = []

    def feed(self, windows: Iterable[Quality]) -> Learner:
        """Take further windows, in order of time; those of unknown floors teach nothing."""
        for window in windows:
            service, _ = self._held.meet(window.start, window.rate)
            if service is None or window.floor is None or not window.asked:
                continue
            excess = (window.rate or 0.0) / max(service, window.floor) - 1
            if excess >= _LEAST_EXCESS:
                self._count(window.start, excess, _in_trouble(window, self._usual, self._slow))
        return self

    def _count(self, start: int, excess: float, trouble: bool) -> None:
        if not self._bursts or not self._bursts[-1].takes(start):
            self._bursts.append(_Burst(start))
        burst = self._bursts[-1]
        burst.last = start
        if trouble:
            burst.troubled = min(burst.troubled, excess)
        else:
            burst.carried = max(burst.carried, excess)

    @property
    def reserve(self) -> Reserve | None:
        """What is known now; None if no reserve was ever needed.

        The largest step of 5 % below which at most 5 % of the bursts were in trouble and that is
        surest; a resource that never had trouble is as sure as it had bursts.
        """
        carried = [b.carried for b in self._bursts if 0 < b.carried < b.troubled]
        troubled = [b.troubled for b in self._bursts if b.troubled < inf]
        if not carried and not troubled:
            return None
        best = _at(0.0, carried, troubled)
        for step in range(1, round(MOST / STEP) + 1):
            found = _at(step * STEP, carried, troubled)
            if found.troubled > TROUBLED * (found.bursts + found.troubled):
                break
            if found.counts or found.sure > best.sure:
                best = found
        return best


@dataclass(slots=True)
class _Burst:
    """Jumps in a row: the largest excess that was ``carried``, the smallest that was not."""

    start: int
    last: int = 0
    carried: float = 0.0
    troubled: float = inf

    def takes(self, start: int) -> bool:
        """Whether a jump that starts then still belongs to it."""
        return start - self.last < APART and start - self.start < LONGEST


def learn(windows: Iterable[Quality]) -> Reserve | None:
    """The reserve that windows with known floors give evidence of; None if none was ever needed."""
    known = in_order(list(windows))
    return Learner(*_usual(known)).feed(known).reserve


def _at(share: float, carried: list[float], troubled: list[float]) -> Reserve:
    """What the bursts say of one step. Without trouble n bursts give 1 - 0.95^n (rule of three)."""
    good = sum(one >= share for one in carried)
    bad = sum(one <= share for one in troubled)
    sure = 1 - (1 - TROUBLED) ** max(0, good - _OUTWEIGHS * bad)
    return Reserve(round(share, 2), sure, good + bad, bad)


def _usual(known: list[Quality]) -> tuple[float, float | None]:
    """Share in trouble and p90 (ms) of windows at or below their floors."""
    calm = [w for w in known if w.asked and w.floor is not None and (w.rate or 0.0) <= w.floor]
    calm = calm or [w for w in known if w.asked]
    asked = sum(w.asked or 0.0 for w in calm)
    p90s = [w.p90_ms for w in calm if w.p90_ms]
    share = sum(w.bad or 0.0 for w in calm) / asked if asked else 0.0
    return share, median(p90s) if p90s else None


def _in_trouble(window: Quality, usual: float, slow: float | None) -> bool:
    share = (window.bad or 0.0) / (window.asked or 1.0)
    late = slow is not None and window.p90_ms is not None and window.p90_ms > _SLOW * slow
    return share > usual + _WORSE or late
