"""The settled past of resources: request sums per five minutes, read once and then extended.

CloudWatch keeps five-minute sums for 63 days. The first look reads the whole span; later looks
ask only for what came since, and once more for the last quarter of an hour, because late data
may still have arrived there.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from personalize_monitor.app.measure import request_query
from personalize_monitor.app.memory import History, Memory
from personalize_monitor.aws.metrics import POINTS_PER_CALL, Metrics, Series
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.recipe import ALL_APIS
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, Window, floor_to

SPAN = timedelta(days=14)
"""How far back the lowering of floors looks."""
PLAN_SPAN = timedelta(days=28)
"""How far back plans look for days like today."""
_AGAIN = 3  # windows that are read once more
_SHORT = 2 * 3600  # seconds


def demands(
    metrics: Metrics,
    resources: Iterable[Resource],
    window: Window,
    memory: Memory,
    *,
    span: timedelta = SPAN,
) -> dict[Resource, Demand]:
    """Each resource's demand of ``span`` up to the end of ``window``, over all request metrics.

    A resource's past begins with its creation: what an earlier one of the same name served is not
    its own. An interval is unknown when CloudWatch did not answer completely for it.
    """
    end = int(window.end.timestamp())
    starts = {r: _start_of_question(r, _first(r, window, span), window, memory) for r in resources}
    found: dict[Resource, Demand] = {}
    for batch in _batches(starts, end, span):
        answers = metrics.read(
            [request_query(resource, api) for resource in batch for api in ALL_APIS],
            start=datetime.fromtimestamp(min(starts[resource] for resource in batch), UTC),
            end=window.end,
            period=SECONDS,
        )
        for resource in batch:
            asked = [answers[request_query(resource, api)] for api in ALL_APIS]
            found[resource] = _extend(resource, starts[resource], end, asked, memory, span)
    return found


def _batches(starts: dict[Resource, int], end: int, span: timedelta) -> Iterable[list[Resource]]:
    # Short questions together and long ones together: a call's points are shared by its series.
    # A long question is one call's worth, so that only one answer is in memory at a time.
    short = [resource for resource, start in starts.items() if end - start <= _SHORT]
    long = [resource for resource, start in starts.items() if end - start > _SHORT]
    if short:
        yield short
    at_once = max(1, POINTS_PER_CALL // _windows(span) // len(ALL_APIS))
    for at in range(0, len(long), at_once):
        yield long[at : at + at_once]


def _windows(span: timedelta) -> int:
    return span // timedelta(seconds=SECONDS)


def _first(resource: Resource, window: Window, span: timedelta) -> int:
    begin = max(window.end - span, resource.created)
    return int(floor_to(begin, SECONDS).timestamp())


def _start_of_question(resource: Resource, first: int, window: Window, memory: Memory) -> int:
    known = memory.histories.get(str(resource.arn))
    if known is None or known.start > first + SECONDS:
        return first
    reached = known.start + SECONDS * (len(known.sums) - _AGAIN)
    return reached if first <= reached < window.end.timestamp() else first


def _extend(  # noqa: PLR0917 - one step of a loop, with all that the loop knows
    resource: Resource,
    start: int,
    end: int,
    answers: Sequence[Series],
    memory: Memory,
    span: timedelta,
) -> Demand:
    length = (end - start) // SECONDS
    fresh = array("d", bytes(8 * length))
    if all(series.known for series in answers):
        for series in answers:
            for epoch, value in (point for point in series.points if point[0] >= start):
                fresh[(epoch - start) // SECONDS] += value
    else:
        fresh = array("d", [UNKNOWN]) * length
    past = memory.histories.get(str(resource.arn))
    if past is not None and past.start <= start <= past.start + SECONDS * len(past.sums):
        keep = past.sums[: (start - past.start) // SECONDS]
        begin = past.start
    else:
        keep, begin = array("d"), start
    surplus = max(0, len(keep) + length - _windows(span))
    history = History(begin + surplus * SECONDS, (keep + fresh)[surplus:])
    if _settled(history.sums):
        memory.histories[str(resource.arn)] = history
    else:  # ask for the whole span again: a gap of ours is not a gap in the data
        memory.histories.pop(str(resource.arn), None)
    return Demand(history.start, tuple(history.sums))


def _settled(sums: array[float]) -> bool:
    return not any(value != value for value in sums[-12 * 24 :])  # noqa: PLR0124  NaN differs
