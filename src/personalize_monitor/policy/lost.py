"""Silence of all resources at once is a loss of metrics, not demand: those hours are unknown.

CloudWatch may answer completely and emptily. One resource that falls silent has no users; several
that fall silent in the same minutes, while none speaks, have a common cause, and it is not theirs.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.window import SECONDS

Sums = tuple[int, Sequence[float]]
"""Requests in each five minutes from an epoch second on."""
SHORTEST = 3
"""Windows of five minutes that a common silence lasts at least."""
TOGETHER = 2
"""Resources that fall silent with it at least."""
_JUST_BEFORE = 3  # windows before the silence in which they still had traffic


def without_lost(demand: Demand, others: Sequence[Sums]) -> Demand:
    """``demand`` with NaN for the times in which it and all ``others`` fell silent together.

    ``others`` are further resources of the same account and region.
    """
    own = (demand.start, demand.sums)
    lost = [span for span in _common_silences(demand, others) if _together(span[0], [own, *others])]
    if not lost:
        return demand
    sums = list(demand.sums)
    for begin, end in lost:
        low, high = ((at - demand.start) // SECONDS for at in (begin, end))
        sums[low:high] = [UNKNOWN] * (high - low)
    return Demand(demand.start, tuple(sums))


def _common_silences(demand: Demand, others: Iterable[Sums]) -> list[tuple[int, int]]:
    """Spans (epoch seconds) in which nothing came to anybody, the shortest ones left out."""
    silent = [i for i, value in enumerate(demand.sums) if value == 0]
    for start, values in others:
        if not silent:
            return []
        offset, end = (demand.start - start) // SECONDS, len(values)
        silent = [i for i in silent if not 0 <= i + offset < end or not values[i + offset] > 0]
    spans: list[tuple[int, int]] = []
    for index in silent:
        begin = demand.start + index * SECONDS
        if spans and spans[-1][1] == begin:
            spans[-1] = (spans[-1][0], begin + SECONDS)
        else:
            spans.append((begin, begin + SECONDS))
    return [span for span in spans if span[1] - span[0] >= SHORTEST * SECONDS]


def _together(begin: int, series: Iterable[Sums]) -> bool:
    """Whether several had traffic until just before ``begin``."""
    speaking = 0
    for start, values in series:
        high = (begin - start) // SECONDS
        before = values[max(0, high - _JUST_BEFORE) : max(0, high)]
        speaking += any(value > 0 for value in before)
        if speaking >= TOGETHER:
            return True
    return False
