"""Which shape each resource has, and its demand: what callers ask for, served or not."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterator
from datetime import datetime

from aws_sandbox.traffic.noise import MINUTES_A_DAY, Minutes
from aws_sandbox.traffic.shapes import Idle, Shape

_KEPT_DAYS = 16_384
_IDLE = Idle()


class Traffic:
    """Demand in whole requests a minute: a pure function of seed, ARN, shape and minute."""

    def __init__(self, seed: int = 0) -> None:
        self.seed = seed
        self._shapes: dict[str, Shape] = {}
        self._days: OrderedDict[tuple[str, int], Minutes] = OrderedDict()

    def assign(self, arn: str, shape: Shape) -> None:
        """Let `arn` be asked for as `shape` says, for all of time."""
        self._shapes[arn] = shape
        for known in [key for key in list(self._days) if key[0] == arn]:
            self._days.pop(known, None)

    def shape_of(self, arn: str) -> Shape:
        """The shape of a resource; one that was never assigned is idle."""
        return self._shapes.get(arn, _IDLE)

    def day(self, arn: str, day: int) -> Minutes:
        """The 1440 minutes of epoch day `day`; shared with the cache, so do not write to it."""
        key = (arn, day)
        found = self._days.get(key)
        if found is None:
            found = self.shape_of(arn).day(f"{self.seed}|{arn}", day)
            self._days[key] = found
            if len(self._days) > _KEPT_DAYS:
                self._days.popitem(last=False)
        return found

    def minute(self, arn: str, epoch: int) -> int:
        """Requests in the minute that holds epoch second `epoch`."""
        day, minute = divmod(epoch // 60, MINUTES_A_DAY)
        return self.day(arn, day)[minute]

    def requests_between(self, arn: str, start: datetime, end: datetime) -> int:
        """Requests in the whole minutes from `start` up to, without, `end`."""
        first, last = int(start.timestamp()) // 60, int(end.timestamp()) // 60
        return sum(sum(self.day(arn, d)[a:b]) for d, a, b in day_slices(first, last))


def day_slices(first: int, last: int) -> Iterator[tuple[int, int, int]]:
    """Cut epoch minutes [first, last) into (day, from, to) per epoch day."""
    while first < last:
        day, begin = divmod(first, MINUTES_A_DAY)
        end = min(MINUTES_A_DAY, last - day * MINUTES_A_DAY)
        yield day, begin, end
        first = day * MINUTES_A_DAY + end
