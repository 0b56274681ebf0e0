"""Is everything idle, or is CloudWatch silent? Asked before anything is taken out of service.

A resource that nobody uses is one among others that are used. When a whole place is quiet, and
its resources fell silent together, or nothing in the whole fleet has traffic, or even our own
datapoints are missing, then metrics are lost, and nothing is concluded.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from itertools import pairwise

from personalize_monitor.app.measure import apis_of, request_query
from personalize_monitor.app.site import Site
from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.contract import DIMENSION, FLOOR_METRIC, NAMESPACE
from personalize_monitor.model.resource import Resource, State
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor.policy.guards import ALL_QUIET

_HOUR = 3600
_BEFORE = 48  # hours before the silence in which falling silent together shows
_TOGETHER = 2 * _HOUR
_OURS_ARRIVE = timedelta(hours=2)


def suspicion(
    site: Site,
    candidates: Sequence[Resource],
    fleets: Mapping[tuple[str, str], Sequence[Resource]],
    *,
    end: datetime,
    hours: int,
    deployed: bool = True,
) -> str:
    """Why ``candidates`` of a place must not be taken for idle; empty when they may be.

    ``fleets`` holds the resources of every place as last seen. Costs one or two calls, and only
    when something is about to be deleted or stopped. Where nothing is ``deployed`` there are no
    datapoints of ours to miss.
    """
    metrics = Metrics(site.access, site.region)
    if deployed and not _our_own_arrive(metrics, candidates[0], end):
        return (
            "not even our own datapoints of the last two hours can be read, so CloudWatch's "
            "silence says nothing."
        )
    here = _active(fleets.get((site.account, site.region), ()))
    lasts = _last_requests(metrics, here, end=end, hours=hours + _BEFORE)
    silent_since = floor_to(end, _HOUR).timestamp() - hours * _HOUR
    if any(last is not None and last >= silent_since for last in lasts.values()):
        return ""
    if _fell_silent_together(lasts.values()):
        return (
            "every resource of this region is quiet and several fell silent together, which is "
            "more likely a loss of metrics than idleness; look at the metrics."
        )
    elsewhere = {
        place: active
        for place, fleet in fleets.items()
        if place != (site.account, site.region) and (active := _active(fleet))
    }
    if len(here) + sum(map(len, elsewhere.values())) < 2:
        return ""
    for (account, region), fleet in elsewhere.items():
        if account != site.account:
            continue
        others = Metrics(site.access, region)
        alive = _last_requests(others, fleet, end=end, hours=hours).values()
        if any(last is not None and last >= silent_since for last in alive):
            return ""
    return ALL_QUIET


def _active(fleet: Iterable[Resource]) -> list[Resource]:
    return [resource for resource in fleet if resource.state is State.ACTIVE]


def _our_own_arrive(metrics: Metrics, resource: Resource, end: datetime) -> bool:
    query = Query(
        NAMESPACE,
        FLOOR_METRIC[resource.kind],
        (DIMENSION[resource.kind], str(resource.arn)),
        "Average",
    )
    end = floor_to(end, SECONDS) + timedelta(seconds=SECONDS)
    start = end - _OURS_ARRIVE
    answer = metrics.read([query], start=start, end=end, period=SECONDS)[query]
    return answer.known and bool(answer.points)


def _last_requests(
    metrics: Metrics, resources: Sequence[Resource], *, end: datetime, hours: int
) -> dict[Resource, int | None]:
    """The start (epoch) of each resource's last hour with a request; None when there was none.

    An unknown answer counts as none: it is no evidence of life.
    """
    end = floor_to(end, _HOUR) + timedelta(seconds=_HOUR)
    asked = {r: [request_query(r, api) for api in apis_of(r)] for r in resources}
    answers = metrics.read(
        (query for queries in asked.values() for query in queries),
        start=end - timedelta(hours=hours + 1),
        end=end,
        period=_HOUR,
    )
    return {
        resource: max(
            (epoch for query in queries for epoch, value in answers[query].points if value > 0),
            default=None,
        )
        for resource, queries in asked.items()
    }


def _fell_silent_together(lasts: Iterable[int | None]) -> bool:
    moments = sorted(last for last in lasts if last is not None)
    return any(b - a <= _TOGETHER for a, b in pairwise(moments))
