"""Sums of five minutes: what may a floor rest on?"""

from __future__ import annotations

from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from math import isnan

from personalize_monitor.model.demand import HOUR, PER_DAY, PER_HOUR, UNKNOWN, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.outage.doubt import Doubt, moment

LOW = 0.6
"""Below this share of what the same minutes of other days never fell short of, a sum is odd."""
ENOUGH = 10.0
"""Requests in five minutes that do not fail to come by chance."""
_LOUD = 4  # windows in which a voice is at its loudest, one burst aside
_NOISY = 3  # separate stretches of odd hours in two weeks; more of them are no losses
_DAY = 24 * HOUR
_TOGETHER = 2  # windows between the beginnings of silences with one cause


@dataclass(frozen=True, slots=True)
class Voice:
    """Another resource's request sums in each five minutes from ``start`` (epoch seconds) on."""

    start: int
    sums: Sequence[float]

    def between(self, begin: int, end: int) -> Sequence[float]:
        """Its sums of the windows that start in ``begin`` to ``end``."""
        first, last = ((at - self.start) // SECONDS for at in (begin, end))
        return self.sums[max(0, first) : max(0, last)]


def odd_hours(demand: Demand, bound: int, *, since: int | None = None) -> list[int]:
    """Starts of hours (epoch seconds) that are out of the ordinary, and would set the watermark.

    The lowest clock hours are asked, up to the first one that is ordinary; with ``since`` all hours
    from there to the end. ``bound`` is ``lasted(threshold)``.
    """
    record = _Record(demand, bound)
    if since is not None:
        begin = max(since, demand.start)
        return [at for at in range(demand.end - HOUR, begin - 1, -HOUR) if record.odd(at)][::-1]
    found = _lowest(demand, record)
    if len(_stretches(found)) > _NOISY:
        # Lows of the same kind on many days are its way; only whole silences remain odd.
        return _lowest(demand, _Record(demand, bound, low=0.0))
    return found


def _lowest(demand: Demand, record: _Record) -> list[int]:
    found: list[int] = []
    for _, start in sorted((rate, start) for start, rate in demand.hourly() if not isnan(rate)):
        if not record.odd(start):
            break
        record.ignored.update(record.windows(start))
        found.append(start)
    return sorted(found)


def _stretches(hours: Sequence[int]) -> list[int]:
    """Where stretches of hours begin; a few hours between two of them do not part them."""
    return [at for before, at in pairwise([-_DAY, *hours]) if at - before > 3 * HOUR]


def believed(
    demand: Demand, odd: Collection[int], voices: Sequence[Voice], bound: int
) -> tuple[Demand, Doubt | None]:
    """``demand`` with NaN for the ``odd`` hours that nobody's voice confirms, and the doubt now.

    The doubt is about the present: the last whole hour is one of them.
    """
    doubtful = [start for start in odd if not _confirmed(demand, start, voices)]
    if not doubtful:
        return demand, None
    sums = list(demand.sums)
    for start in doubtful:
        first = (start - demand.start) // SECONDS
        sums[first : first + PER_HOUR] = [UNKNOWN] * PER_HOUR
    doubt, last = None, max(doubtful)
    if last + 2 * HOUR > demand.end:
        begin = _beginning(doubtful, last)
        doubt = Doubt(
            f"its requests fell at {moment(begin):%Y-%m-%d %H:%M} UTC, in an hour in which they "
            "never did, and nothing else shows that CloudWatch counts them",
            moment(begin + bound),
        )
    return Demand(demand.start, tuple(sums)), doubt


class _Record:
    """What the same minutes of other days say about an hour."""

    def __init__(self, demand: Demand, bound: int, *, low: float = LOW) -> None:
        self._sums = demand.sums
        self._start = demand.start
        self._bound = bound
        self._low_share = low
        self._found = (0, 0)
        self.ignored: set[int] = set()
        """Windows that are in doubt themselves, and witness nothing."""

    def windows(self, start: int) -> range:
        """The windows of an hour, with one on each side: a loss may begin in the middle of one."""
        first = (start - self._start) // SECONDS
        return range(max(0, first - 1), min(len(self._sums), first + PER_HOUR + 1))

    def odd(self, start: int) -> bool:
        """Whether a window of the hour is far below what it was on all other days but one."""
        return any(self._odd(index) for index in self.windows(start))

    def _odd(self, index: int) -> bool:
        value = self._sums[index]
        if isnan(value):
            return False
        first, last = self._silence(index)
        if (last - first) * SECONDS >= self._bound:
            return False
        others = [low for day in self._days(index) if (low := self._low(day, first, last)) >= 0]
        if len(others) < 2:
            usual = self._just_before(first) if value == 0 else self._around(index)
        elif any(self._alike(index + shift, value) for shift in (-7 * PER_DAY, 7 * PER_DAY)):
            return False
        else:
            usual = sorted(others)[1]
        return usual >= ENOUGH and (value == 0 or value < self._low_share * usual)

    def _silence(self, index: int) -> tuple[int, int]:
        """The windows around ``index`` without any request; only itself when it has some."""
        if self._sums[index] != 0:
            return index, index + 1
        first, last = self._found
        if first <= index < last:
            return self._found
        first = last = index
        while first > 0 and self._sums[first - 1] == 0:
            first -= 1
        while last < len(self._sums) and self._sums[last] == 0:
            last += 1
        self._found = first, last
        return self._found

    def _days(self, index: int) -> Iterator[int]:
        yield from range(index % PER_DAY, len(self._sums), PER_DAY)

    def _low(self, day: int, first: int, last: int) -> float:
        """The lowest sum around a window of another day, or -1 where nothing is known of it."""
        if first <= day < last or day in self.ignored:
            return -1.0
        around = self._sums[max(0, day - 1) : day + 2]
        return min((value for value in around if not isnan(value)), default=-1.0)

    def _alike(self, day: int, value: float) -> bool:
        """Whether it was as low on that day, a week before or after."""
        if not 0 <= day < len(self._sums):
            return False
        low = self._low(day, -1, -1)
        return low >= 0 and low * LOW <= value

    def _around(self, index: int) -> float:
        """What most windows on both sides have at least; a short loss cuts two of them at most."""
        beside = (*self._sums[max(0, index - 3) : index], *self._sums[index + 1 : index + 4])
        known = sorted(value for value in beside if not isnan(value))
        return known[(len(known) - 1) // 2] if len(known) > 3 else 0.0

    def _just_before(self, first: int) -> float:
        before = self._sums[max(0, first - 3) : first]
        return min((value for value in before if not isnan(value)), default=0.0)


def _confirmed(demand: Demand, start: int, voices: Sequence[Voice]) -> bool:
    """Whether a voice was heard in this hour, and none fell silent together with it."""
    own = demand.between(start, start + HOUR)
    begin = _fell_silent(demand, start)
    if begin is not None and any(_fell_with(voice, begin) for voice in voices):
        return False
    silent = not any(value > 0 for value in own.sums)
    return any(_speaks(voice, start, silent=silent) for voice in voices)


def _fell_silent(demand: Demand, hour: int) -> int | None:
    """When the silence began that fills the end, or the middle, of an hour; None without one."""
    own = demand.between(hour, hour + HOUR).sums
    index = next((i for i, value in enumerate(own) if value == 0), None)
    if index is None:
        return None
    at = (hour - demand.start) // SECONDS + index
    while at > 0 and demand.sums[at - 1] == 0:
        at -= 1
    return demand.start + at * SECONDS if at else None


def _fell_with(voice: Voice, begin: int) -> bool:
    """Whether it spoke until just before ``begin``, and then not for a quarter of an hour."""
    slack = _TOGETHER * SECONDS
    before = voice.between(begin - slack - 3 * SECONDS, begin - slack)
    after = voice.between(begin + slack, begin + slack + 3 * SECONDS)
    spoke = bool(before) and all(value > 0 for value in before)
    return spoke and bool(after) and not any(value > 0 for value in after)


def _speaks(voice: Voice, start: int, *, silent: bool) -> bool:
    """For a silence it is enough to speak; where a part is missing, it must be as loud as ever."""
    during = voice.between(start, start + HOUR)
    if len(during) < PER_HOUR or sum(value > 0 for value in during) < PER_HOUR // 2:
        return False
    if silent:
        return True
    loud = sorted(value for value in voice.sums if not isnan(value))[-_LOUD:]
    return all(value >= LOW * loud[0] and value > 0 for value in during)


def _beginning(hours: Collection[int], last: int) -> int:
    while last - HOUR in hours:
        last -= HOUR
    return last
