"""What the raises of a resource's own floor came to: who was right so often may be bold."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from math import isnan, sqrt

from personalize_monitor.model.demand import Demand
from personalize_monitor.policy.follow.outlook import own_capacity

WATCHED = 36
"""A raise is followed for so many intervals of five minutes: three hours."""
ENOUGH = 10
"""Raises without which a record says nothing."""
SURE = 5.0
"""The mean gain of a raise must exceed so many standard errors: luck with bursts does not."""


@dataclass(frozen=True, slots=True)
class Record:
    """Of each raise (waste, exposure that it spared) in its three hours, in TPS x intervals."""

    raises: tuple[tuple[float, float], ...] = ()

    def convinces(self, exposure_price: float) -> bool:
        """Whether raises have paid off, beyond doubt, at a price of an exposed request."""
        count = len(self.raises)
        if count < ENOUGH:
            return False
        gains = [exposure_price * spared - waste for waste, spared in self.raises]
        mean = sum(gains) / count
        spread = sum((gain - mean) ** 2 for gain in gains) / (count - 1)
        return mean > SURE * sqrt(spread / count) and mean > 0


NO_RECORD = Record()


def record_of(demand: Demand, floors: Sequence[float], *, headroom: float = 0.0) -> Record:
    """The record of the ``floors`` in force in the intervals of ``demand``.

    NaN where a floor is not known: a raise with such an interval, or with unknown requests, does
    not count, nor does one whose three hours are not over. ``headroom`` is what the service keeps
    above demand by itself.
    """
    rates = demand.rates
    own = own_capacity([0.0 if isnan(rate) else rate for rate in rates])
    found = []
    for begin in range(1, len(rates) - WATCHED + 1):
        if not floors[begin] > floors[begin - 1]:
            continue
        waste = spared = 0.0
        for i in range(begin, begin + WATCHED):
            have = max(1.0, own[i] * (1 + headroom))
            waste += max(0.0, floors[i] - max(rates[i], 1.0))
            spared += max(0.0, min(rates[i], floors[i]) - have)
            if isnan(rates[i]) or isnan(floors[i]):
                break
        else:
            found.append((waste, spared))
    return Record(tuple(found))
