"""The settled past of resources: request sums per five minutes, read once and then extended.

CloudWatch keeps five-minute sums for 63 days. The first look reads the whole span; later looks
ask only for what came since, and once more for the last hour, or as much as metrics were late:
what changed there meanwhile tells how late they are.
"""

from __future__ import annotations

from array import array
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import Executor
from datetime import UTC, datetime, timedelta
from math import isnan

from personalize_monitor.aws.metrics import POINTS_PER_CALL, Metrics
from personalize_monitor.aws.series import Series
from personalize_monitor.collect.measure import apis_of, request_query, requests_in
from personalize_monitor.context.late import Lateness
from personalize_monitor.context.memory import History, Memory
from personalize_monitor.model.demand import UNKNOWN, Demand
from personalize_monitor.model.recipe import ALL_APIS, Api
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS, Window, floor_to

SPAN = timedelta(days=14)
"""How far back the lowering of floors looks."""
PLAN_SPAN = timedelta(days=28)
"""How far back plans look for days like today."""
SETTLES = 3600
"""Seconds after which an hour is settled, if metrics are in time."""
_SHORT = 4 * 3600  # seconds
_DAY = 24 * 3600
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
    pool: Executor | None = None,
    progress: Callable[[int], None] = lambda _: None,
) -> dict[Resource, Demand]:
    """Each resource's demand of ``span`` up to the end of ``window``, over all request metrics.

    A resource's past begins with its creation: what an earlier one of the same name served is not
    its own. An interval is unknown when CloudWatch did not answer completely for it. With a
    ``pool`` several calls are made at a time, each with 100,800 points in memory; ``progress``
    hears, from any thread, how many resources more are read.
    """
    end = int(window.end.timestamp())
    starts = {r: _start_of_question(r, _first(r, window, span), window, memory) for r in resources}
    short = {r: start for r, start in starts.items() if end - start <= _SHORT}
    long = {r: start for r, start in starts.items() if end - start > _SHORT}
    asked = dict.fromkeys(short, ALL_APIS) | apis_with_requests(metrics, long, end)

    def one(batch: Sequence[Resource]) -> dict[Resource, Demand]:
        found = _read(metrics, batch, {r: (starts[r], asked[r]) for r in batch}, end, memory, span)
        progress(len(batch))
        return found

    found: dict[Resource, Demand] = {}
    for part in (pool.map if pool else map)(one, _batches(short, long, asked, span)):
        found |= part
    return {resource: found[resource] for resource in starts}


def apis_with_requests(
    metrics: Metrics, starts: Mapping[Resource, int], end: int
) -> dict[Resource, tuple[Api, ...]]:
    """The operations whose requests make up the demand of each from ``starts`` to ``end``.

    That of its recipe, and of the others those of which a day tells requests, or nothing at all:
    a day has one point where five minutes have 288.
    """
    if not starts:
        return {}
    others = {r: [api for api in ALL_APIS if api not in apis_of(r)] for r in starts}
    answers = metrics.read(
        (request_query(resource, api) for resource, apis in others.items() for api in apis),
        start=datetime.fromtimestamp(min(starts.values()) // _DAY * _DAY, UTC),
        end=datetime.fromtimestamp(-(end // -_DAY) * _DAY, UTC),
        period=_DAY,
    )

    def tells(series: Series) -> bool:
        return not series.known or any(value != 0 for value in series.values)

    return {
        resource: tuple(
            api
            for api in ALL_APIS
            if api not in others[resource] or tells(answers[request_query(resource, api)])
        )
        for resource in starts
    }


def _read(  # noqa: PLR0917 - one step of a loop, with all that the loop knows
    metrics: Metrics,
    batch: Sequence[Resource],
    asked: Mapping[Resource, tuple[int, Sequence[Api]]],
    end: int,
    memory: Memory,
    span: timedelta,
) -> dict[Resource, Demand]:
    answers = metrics.read(
        [request_query(resource, api) for resource in batch for api in asked[resource][1]],
        start=datetime.fromtimestamp(min(asked[resource][0] for resource in batch), UTC),
        end=datetime.fromtimestamp(end, UTC),
        period=SECONDS,
    )
    found = {}
    for resource in batch:
        start, apis = asked[resource]
        series = [answers[request_query(resource, api)] for api in apis]
        found[resource] = _extend(resource, start, end, series, memory, span)
    return found


def _batches(
    short: Collection[Resource],
    long: Iterable[Resource],
    apis: Mapping[Resource, Sequence[Api]],
    span: timedelta,
) -> Iterator[list[Resource]]:
    # Short questions together and long ones together: a call's points are shared by its series.
    # A long question is one call's worth, so that only one answer is in memory at a time.
    if short:
        yield list(short)
    most = max(1, POINTS_PER_CALL // _windows(span))
    batch: list[Resource] = []
    series = 0
    for resource in long:
        if batch and series + len(apis[resource]) > most:
            yield batch
            batch, series = [], 0
        batch.append(resource)
        series += len(apis[resource])
    if batch:
        yield batch


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
    return Demand(history.start, history.sums)


def _notice(before: array[float], now: array[float], lateness: Lateness, end: int) -> None:
    """Measure lateness: how old the oldest window was when it was read, that has grown since."""
    for index, (then, value) in enumerate(zip(before, now, strict=False)):
        if value > then:
            lateness.changed(SECONDS * (len(before) - index), end)
            break


def _settled(sums: array[float]) -> bool:
    return not isnan(sum(sums[-12 * 24 :]))
