"""The settled past of resources: request sums per five minutes, read once and then extended.

CloudWatch keeps five-minute sums for 63 days. The first look reads the whole span; later looks
ask only for what came since, and once more for the last hour, or as much as metrics were late:
what changed there meanwhile tells how late they are.
"""

from __future__ import annotations

from array import array
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

from personalize_monitor.app.late import Lateness
from personalize_monitor.app.measure import request_query, requests_in
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
SETTLES = 3600
"""Seconds after which an hour is settled, if metrics are in time."""
_SHORT = 4 * 3600  # seconds
_LATEST = 6 * 3600  # seconds of lateness that are reckoned with at most


def settles(lateness: Lateness, now: int, *, least: int = SETTLES) -> int:
    """Seconds before ``now`` whose sums may still grow: ``least``, and as late as metrics were."""
    late = min(_LATEST, lateness.seconds(now))
    return -(-(least + late) // SECONDS) * SECONDS


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
    begin = min(window.end, max(window.end - span, resource.created))
    return int(floor_to(begin, SECONDS).timestamp())


def _lateness(resource: Resource, memory: Memory) -> Lateness:
    return memory.lateness_of((resource.account, resource.region))


def _start_of_question(resource: Resource, first: int, window: Window, memory: Memory) -> int:
    known = memory.histories.get(str(resource.arn))
    if known is None or known.start > first + SECONDS:
        return first
    again = settles(_lateness(resource, memory), int(window.end.timestamp())) // SECONDS
    reached = known.start + SECONDS * (len(known.sums) - again)
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
    sums = requests_in(answers, start, length)
    fresh = array("f", [UNKNOWN] * length if sums is None else sums)
    past = memory.histories.get(str(resource.arn))
    if past is not None and past.start <= start <= past.start + SECONDS * len(past.sums):
        kept = (start - past.start) // SECONDS
        _notice(past.sums[kept:], fresh, _lateness(resource, memory), end)
        keep, begin = past.sums[:kept], past.start
    else:
        keep, begin = array("f"), start
    surplus = max(0, len(keep) + length - _windows(span))
    history = History(begin + surplus * SECONDS, (keep + fresh)[surplus:])
    if _settled(history.sums):
        memory.histories[str(resource.arn)] = history
    else:  # ask for the whole span again: a gap of ours is not a gap in the data
        memory.histories.pop(str(resource.arn), None)
    return Demand(history.start, tuple(history.sums))


def _notice(before: array[float], now: array[float], lateness: Lateness, end: int) -> None:
    """Measure lateness: how old the oldest window was when it was read, that has grown since."""
    for index, (then, value) in enumerate(zip(before, now, strict=False)):
        if value > then:
            lateness.changed(SECONDS * (len(before) - index), end)
            break


def _settled(sums: array[float]) -> bool:
    return not any(value != value for value in sums[-12 * 24 :])  # noqa: PLR0124  NaN differs
