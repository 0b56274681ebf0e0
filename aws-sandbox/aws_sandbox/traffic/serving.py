"""One resource's life as a server of requests: when up, with which floor, and what it served."""

from __future__ import annotations

from array import array
from bisect import bisect_right
from dataclasses import dataclass
from typing import Final

from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.model import Traffic, day_slices
from aws_sandbox.traffic.noise import MINUTES_A_DAY, Minutes, zeros

_DAY: Final = 86_400
_STEPS: Final = MINUTES_A_DAY // 5
_WARM_UP: Final = 36
"""Five-minute steps before a day from which its capacity is computed: three hours."""


@dataclass(frozen=True, slots=True)
class ServedDay:
    """1440 minutes of requests answered and refused.

    Per 5-minute step besides: the sum of those answered, and demand over capacity.
    """

    answered: Minutes
    refused: Minutes
    fives: Minutes
    load: array[float]


_SILENT: Final = ServedDay(zeros(), zeros(), zeros()[:_STEPS], array("d", bytes(8 * _STEPS)))


class Serving:
    """The times one ARN is up and the floors in force; survives its deletion, as metrics do."""

    def __init__(self, arn: str, *, api: str, dimension: str) -> None:
        self.arn = arn
        self.api = api
        self.dimension = dimension
        self.recipe = ""
        self._spans: list[tuple[float, float]] = []
        self._floor_times: list[float] = []
        self._floors: list[float] = []
        self._days: dict[int, ServedDay] = {}
        self._shape: object = None

    def open(self, at: float) -> None:
        """Serve from epoch second `at` on."""
        self._spans.append((at, float("inf")))
        self._forget(at)

    def close(self, at: float) -> None:
        """Serve no longer from epoch second `at` on."""
        self._spans = [(a, min(b, at)) for a, b in self._spans if a < at]
        self._forget(at)

    def floor(self, at: float, floor: float) -> None:
        """Have `floor` in force from epoch second `at` on, whatever was planned after it."""
        cut = bisect_right(self._floor_times, at)
        if cut and self._floor_times[cut - 1] == at:
            cut -= 1
        self._floor_times[cut:] = [at]
        self._floors[cut:] = [floor]
        self._forget(at)

    def serves_at(self, at: float) -> bool:
        """Whether requests are answered at epoch second `at`."""
        return any(a <= at < b for a, b in self._spans)

    def floor_at(self, at: float) -> float:
        """The floor in force at epoch second `at`; 0 before the first one."""
        index = bisect_right(self._floor_times, at)
        return self._floors[index - 1] if index else 0.0

    def _lowest_floor(self, begin: float, end: float) -> float:
        """The lowest floor in force at any time of [begin, end)."""
        within = [
            f for at, f in zip(self._floor_times, self._floors, strict=True) if begin < at < end
        ]
        return min([self.floor_at(begin), *within])

    def day(self, traffic: Traffic, capacity: Capacity, day: int) -> ServedDay:
        """What was served in epoch day `day`, and will be if nothing changes."""
        shape = (traffic.shape_of(self.arn), capacity)
        if shape != self._shape:
            self._days.clear()
            self._shape = shape
        found = self._days.get(day)
        if found is None:
            found = self._days[day] = self._compute(traffic, capacity, day)
        return found

    def _forget(self, at: float) -> None:
        first = int(at // _DAY)
        for day in [day for day in list(self._days) if day >= first]:
            self._days.pop(day, None)

    def _compute(self, traffic: Traffic, capacity: Capacity, day: int) -> ServedDay:
        demand = self._asked(traffic, day * MINUTES_A_DAY, (day + 1) * MINUTES_A_DAY)
        if not any(demand):
            return _SILENT
        fives = _fives(demand)
        floor = self._lowest_floor(day * _DAY, (day + 1) * _DAY)
        if max(fives) <= floor * 300.0:
            return ServedDay(demand, _SILENT.refused, fives, _loads(fives, floor))
        before = self._asked(traffic, day * MINUTES_A_DAY - _WARM_UP * 5, day * MINUTES_A_DAY)
        rates = [n / 300.0 for n in _fives(before) + fives]
        begin = day * _DAY - _WARM_UP * 300
        floors = [self.floor_at(begin + 300 * step) for step in range(len(rates))]
        held = capacity.steps(rates, floors)[_WARM_UP:]
        rates = rates[_WARM_UP:]
        load = array("d", (d / c if c else 0.0 for d, c in zip(rates, held, strict=True)))
        if max(load) <= 1.0 or capacity.throttled <= 0.0:
            return ServedDay(demand, _SILENT.refused, fives, load)
        return _split(demand, load, capacity.throttled)

    def _asked(self, traffic: Traffic, first: int, last: int) -> Minutes:
        """Demand of the epoch minutes [first, last), 0 while the resource does not serve."""
        asked = array("I")
        for day, a, b in day_slices(first, last):
            asked.extend(traffic.day(self.arn, day)[a:b])
        up = bytearray(last - first)
        for begin, end in self._spans:
            # A minute counts when the resource is up at its start.
            a = max(first, int(-(-begin // 60)))
            b = min(last, int(-(-end // 60)) if end != float("inf") else last)
            if a < b:
                up[a - first : b - first] = b"\x01" * (b - a)
        if all(up):
            return asked
        return array("I", (n if on else 0 for n, on in zip(asked, up, strict=True)))


def _split(demand: Minutes, load: array[float], share: float) -> ServedDay:
    """Refuse `share` of what is above capacity, evenly over the minutes of each step."""
    answered, refused = array("I", demand), zeros()
    for step, ratio in enumerate(load):
        if ratio <= 1.0:
            continue
        over, carried = (1.0 - 1.0 / ratio) * share, 0.5
        for minute in range(step * 5, step * 5 + 5):
            carried += demand[minute] * over
            drop = min(demand[minute], int(carried))
            carried -= drop
            refused[minute] = drop
            answered[minute] = demand[minute] - drop
    return ServedDay(answered, refused, _fives(answered), load)


def _fives(minutes: Minutes) -> Minutes:
    """Sums of five minutes each."""
    return array("I", map(sum, zip(*[iter(minutes)] * 5, strict=True)))


def _loads(fives: Minutes, floor: float) -> array[float]:
    """Demand over capacity where the floor alone suffices."""
    return array("d", [n / (300.0 * floor) for n in fives])
