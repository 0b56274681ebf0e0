"""What was usual before a change: trouble and latency by load, and how much they stray."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from math import log, log2
from statistics import median, pstdev

from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.harm.evidence import Held, Quality, in_order

HOUR = 3600
ENOUGH = 12
"""Windows before a change without which nothing can be compared with it: an hour."""
LOOK_BACK = 14 * 24 * HOUR
_LEAST_SHARE = 2e-4
_BORROWED = 2000.0
"""Requests at the share of all loads that a load's own share is mixed with."""
_LEAST_SPREAD = 0.005
_LEAST_WITHIN = 0.0005
_CAREFUL = 2.0
"""Spreads are estimates; they are taken twice as large."""


def load_of(rate: float) -> int:
    """Loads are alike within a factor of two: the number of the class of ``rate`` (TPS > 0)."""
    return round(log2(rate)) if rate > 0 else -10


def kind_of(start: int) -> int:
    """Kinds of hours: the hour of the day, and whether it is a weekend (UTC); 0 to 47."""
    day = start // (24 * HOUR)
    return start // HOUR % 24 + (24 if (day + 3) % 7 >= 5 else 0)


@dataclass(frozen=True, slots=True)
class Before:
    """What was usual, up to 14 days before a change, in ``windows`` known windows.

    ``shares`` (by load) and ``share``: requests in trouble. ``spread`` is their correlation
    within an hour, ``within`` the one that is left when the hour's own share is known.
    ``latency`` (by load): log of p90 in ms, straying by ``stray``. For the new floor:
    ``kinds`` counts loaded windows by kind of hour, ``highest`` is the highest rate, ``jump`` the
    largest ratio of a rate to what floor and service held. ``p90`` is in ms, and ``slow`` the
    share of loaded windows answered clearly later than usual all the same.
    """

    windows: int
    asked: float
    bad: float
    shares: dict[int, float]
    share: float
    spread: float
    within: float
    latency: dict[int, float]
    stray: float
    kinds: dict[int, int]
    highest: float
    jump: float
    p90: float | None
    slow: float = 0.0

    @property
    def least(self) -> float:
        """No share is taken to be smaller: never seen is not impossible."""
        return _LEAST_SHARE

    @property
    def enough(self) -> bool:
        """Whether anything can be compared with it."""
        return self.windows >= ENOUGH

    def usual(self, rate: float) -> float:
        """The share in trouble at a load like ``rate``."""
        return self.shares.get(load_of(rate), self.share)

    def usual_latency(self, rate: float) -> float | None:
        """Log of p90 at a load like ``rate``, or at the nearest that was seen."""
        if not self.latency:
            return None
        load = load_of(rate)
        return self.latency[min(self.latency, key=lambda known: (abs(known - load), known))]


def before(windows: Iterable[Quality], *, floor: int, from_floor: int) -> Before:
    """What was usual before a floor went from ``from_floor`` to ``floor``.

    Windows above a floor that was lower than ``from_floor`` are left out: an earlier harm is
    nothing to compare with.
    """
    known = [w for w in in_order(list(windows)) if w.asked is not None and is_fair(w, from_floor)]
    asked = sum(w.asked or 0.0 for w in known)
    bad = sum(w.bad or 0.0 for w in known)
    share = max(_LEAST_SHARE, bad / asked if asked else 0.0)
    p90s = [w.p90_ms for w in known if w.p90_ms]
    kinds, highest, jump = _foreseen(known, floor)
    latency, stray = _latency(known)
    return Before(
        windows=len(known),
        asked=asked,
        bad=bad,
        shares=_shares(known, share),
        share=share,
        spread=max(_LEAST_SPREAD, _CAREFUL * _spread(known)),
        within=max(_LEAST_WITHIN, _CAREFUL * _within(known)),
        latency=latency,
        stray=stray,
        kinds=kinds,
        highest=highest,
        jump=jump,
        p90=median(p90s) if p90s else None,
    )


def is_fair(window: Quality, from_floor: int) -> bool:
    """Whether a window before a change tells what is usual without it."""
    floor = window.floor
    return floor is None or floor >= from_floor or (window.rate or 0.0) <= floor


def _foreseen(known: Sequence[Quality], floor: int) -> tuple[dict[int, int], float, float]:
    """Loaded windows by kind of hour, the highest rate, and the largest jump."""
    kinds: dict[int, int] = {}
    highest, jump = 0.0, 1.0
    held = Held()
    for window in known:
        rate = window.rate or 0.0
        service, _ = held.meet(window.start, rate)
        highest = max(highest, rate)
        if rate > floor:
            kinds[kind_of(window.start)] = kinds.get(kind_of(window.start), 0) + 1
            if service is not None:
                jump = max(jump, rate / max(service, floor))
    return kinds, highest, jump


def _shares(known: Sequence[Quality], share: float) -> dict[int, float]:
    sums: dict[int, tuple[float, float]] = {}
    for window in known:
        load = load_of(window.rate or 0.0)
        asked, bad = sums.get(load, (0.0, 0.0))
        sums[load] = asked + (window.asked or 0.0), bad + (window.bad or 0.0)
    return {
        load: max(_LEAST_SHARE, (bad + _BORROWED * share) / (asked + _BORROWED))
        for load, (asked, bad) in sums.items()
    }


def _spread(known: Sequence[Quality]) -> float:
    """Correlation of fates within an hour: how much hours stray beyond pure chance."""
    hours: dict[int, tuple[float, float]] = {}
    for window in known:
        asked, bad = hours.get(window.start // HOUR, (0.0, 0.0))
        hours[window.start // HOUR] = asked + (window.asked or 0.0), bad + (window.bad or 0.0)
    return _correlation([(asked, bad) for asked, bad in hours.values() if asked >= 50])


def _correlation(groups: Sequence[tuple[float, float]]) -> float:
    total = sum(asked for asked, _ in groups)
    mean = sum(bad for _, bad in groups) / total if total else 0.0
    if not 0 < mean < 1:
        return 0.0
    chance = mean * (1 - mean)
    beyond = sum((bad / asked - mean) ** 2 - chance / asked for asked, bad in groups)
    return min(0.5, max(0.0, beyond / len(groups) / chance))


def _within(known: Sequence[Quality]) -> float:
    """The same between neighbouring windows, which have the hour's own share in common."""
    beyond, pairs = 0.0, 0
    asked = sum(w.asked or 0.0 for w in known)
    mean = sum(w.bad or 0.0 for w in known) / asked if asked else 0.0
    if not 0 < mean < 1:
        return 0.0
    chance = mean * (1 - mean)
    last: tuple[int, float, float] | None = None
    for window in known:
        now = (window.start, window.asked or 0.0, window.bad or 0.0)
        if last and now[0] == last[0] + SECONDS and min(now[1], last[1]) >= 50:
            beyond += (now[2] / now[1] - last[2] / last[1]) ** 2 / 2
            beyond -= chance * (1 / now[1] + 1 / last[1]) / 2
            pairs += 1
        last = now
    return min(0.5, max(0.0, beyond / pairs / chance)) if pairs else 0.0


def _latency(known: Sequence[Quality]) -> tuple[dict[int, float], float]:
    """Median log p90 by load, and how much hours stray around it (at least a tenth)."""
    loads: dict[int, list[float]] = {}
    for window in known:
        if window.p90_ms and window.rate:
            loads.setdefault(load_of(window.rate), []).append(log(window.p90_ms))
    usual = {load: median(values) for load, values in loads.items()}
    hours: dict[int, list[float]] = {}
    for window in known:
        if window.p90_ms and window.rate:
            off = log(window.p90_ms) - usual[load_of(window.rate)]
            hours.setdefault(window.start // HOUR, []).append(off)
    means = [sum(values) / len(values) for values in hours.values()]
    return usual, max(0.1, _CAREFUL * pstdev(means)) if len(means) > 1 else 0.3
