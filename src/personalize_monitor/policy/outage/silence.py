"""Sums of hours: what may a removal rest on?"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import groupby
from math import ceil
from operator import not_

from personalize_monitor.model.demand import HOUR
from personalize_monitor.policy.outage.doubt import Doubt, lasted, moment

SHARES = frozenset({"GetRecommendations", "GetPersonalizedRanking", "GetActionRecommendations"})
"""The metrics of the service's operations: each may be lost alone."""
_DAY = 24 * HOUR
_USED_HOURS = 3  # of a young resource, after which its stop means something,
_BUSY_HOUR = 120  # or requests in one hour: nobody sends so many by hand
_LATELY_HOURS = 3


@dataclass(frozen=True, slots=True)
class Past:
    """Requests of one resource in each clock hour from ``start`` (epoch seconds) on.

    It begins with the resource, or where the look does; ``metrics`` are those it is measured by.
    NaN is unknown. ``name`` is for people. ``lost`` says that our own datapoints tell of requests
    which CloudWatch does not tell of any more; they are in ``hours``.
    """

    name: str
    start: int
    hours: Sequence[float]
    metrics: frozenset[str] = SHARES
    lost: bool = False

    @property
    def silent_since(self) -> int:
        """The end of the last hour that had, or may have had, a request; else the beginning."""
        for index in range(len(self.hours) - 1, -1, -1):
            if self.hours[index] != 0:
                return self.start + (index + 1) * HOUR
        return self.start

    def spoke(self, begin: int, end: int) -> bool:
        """Whether a request came in the hours that start in ``begin`` to ``end``."""
        first, last = (-((self.start - at) // HOUR) for at in (begin, end))
        return any(value > 0 for value in self.hours[max(0, first) : max(0, last)])

    def stopped_oddly(self, now: int) -> bool:
        """Whether it is silent at a time at which it was mostly in use on the days before."""
        since = self.silent_since
        if now - since < HOUR or not self.spoke(self.start, since):
            return False
        if self.lost:
            return True
        # The hour that runs counts: it may be the one in which it is used.
        length = ceil((now - since) / HOUR) * HOUR
        days = [
            begin
            for day in range(ceil(length / _DAY), (since - self.start) // _DAY + 1)
            if self.start <= (begin := since - day * _DAY)
        ]
        if days:
            return sum(self.spoke(begin, begin + length) for begin in days) * 2 > len(days)
        before = self.hours[: (since - self.start) // HOUR]
        used = sum(value > 0 for value in before)
        in_use = used >= _USED_HOURS or any(value >= _BUSY_HOUR for value in before)
        return in_use and length > _longest_pause(before) * HOUR


def _longest_pause(hours: Sequence[float]) -> int:
    """How many hours without a request came one after the other at the most."""
    return max(len(list(run)) for silent, run in groupby([0, *hours], key=not_) if silent)


def doubt_about_silence(
    own: Past, others: Sequence[Past], *, now: int, idle_hours: float
) -> Doubt | None:
    """Why the silence of ``own``, which is as long as its threshold, is not believed; or None.

    ``others`` are of the same account and region; ``now`` is the end of what was measured.
    """
    end = own.silent_since + lasted(idle_hours)
    why = "" if now >= end else _why(own, others, now, lasted(idle_hours))
    return Doubt(why, moment(end)) if why else None


def _why(own: Past, others: Sequence[Past], now: int, bound: int) -> str:
    if own.lost:
        return "our own datapoints tell of requests that CloudWatch has lost"
    since, odd = own.silent_since, own.stopped_oddly(now)
    kin = [other for other in others if other.metrics & own.metrics]
    together = [
        other.name
        for other in kin
        if odd and other.stopped_oddly(now) and abs(other.silent_since - since) <= HOUR
    ]
    if together:
        return f"it fell silent in the same hour as {_names(together)}"
    if _heard(kin, since, now):
        return ""
    if odd:
        return (
            "it was always in use at this time, it stopped at once, and nothing else in its region "
            "shows that CloudWatch counts requests"
        )
    lately = [
        other.name
        for other in others
        if other.stopped_oddly(now) and now < other.silent_since + bound
    ]
    if lately:
        return f"{_names(lately)} fell silent at once, and nothing in its region is heard any more"
    return ""


def _heard(others: Sequence[Past], since: int, now: int) -> bool:
    """Whether others spoke in most of the hours since, and lately: then CloudWatch answers."""
    hours = range(-(since // -HOUR) * HOUR, now, HOUR)
    spoken = [any(other.spoke(at, at + HOUR) for other in others) for at in hours]
    return sum(spoken) * 2 >= len(spoken) and any(spoken[-_LATELY_HOURS:])


def _names(names: Sequence[str]) -> str:
    shown = ", ".join(sorted(names)[:3])
    return shown if len(names) <= 3 else f"{shown} and {len(names) - 3} more"
