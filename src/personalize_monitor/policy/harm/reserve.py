"""What loaded windows without harm show of the service's own reserve, and how sure that is."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
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


def learn(windows: Iterable[Quality]) -> Reserve | None:
    """The reserve that windows with known floors give evidence of; None if none was ever needed.

    A burst counts once, with its largest jump that was carried and its smallest that was not. The
    answer is the largest step of 5 % below which at most 5 % of the bursts were in trouble and
    that is surest; a resource that never had trouble is as sure as it had bursts.
    """
    known = in_order(list(windows))
    carried, troubled = _bursts(known)
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


def _at(share: float, carried: list[float], troubled: list[float]) -> Reserve:
    """What the bursts say of one step. Without trouble n bursts give 1 - 0.95^n (rule of three)."""
    good = sum(one >= share for one in carried)
    bad = sum(one <= share for one in troubled)
    sure = 1 - (1 - TROUBLED) ** max(0, good - _OUTWEIGHS * bad)
    return Reserve(round(share, 2), sure, good + bad, bad)


def _bursts(known: list[Quality]) -> tuple[list[float], list[float]]:
    """(Largest excess carried, smallest excess in trouble) of bursts above floor and held."""
    held = Held()
    usual, slow = _usual(known)
    bursts: list[tuple[int, int, float, float]] = []
    for window in known:
        service, _ = held.meet(window.start, window.rate)
        if service is None or window.floor is None or not window.asked:
            continue
        excess = (window.rate or 0.0) / max(service, window.floor) - 1
        if excess < _LEAST_EXCESS:
            continue
        trouble = _in_trouble(window, usual, slow)
        first, last, most, least = bursts[-1] if bursts else (0, -APART, 0.0, 0.0)
        if window.start - last >= APART or window.start - first >= LONGEST:
            bursts.append((window.start, window.start, 0.0, float("inf")))
            first, last, most, least = bursts[-1]
        most, least = (most, min(least, excess)) if trouble else (max(most, excess), least)
        bursts[-1] = (first, window.start, most, least)
    return (
        [most for _, _, most, least in bursts if most > 0 and most < least],
        [least for _, _, _, least in bursts if least < float("inf")],
    )


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
