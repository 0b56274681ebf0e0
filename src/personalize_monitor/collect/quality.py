"""What callers got in windows of five minutes, and under which floor."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime

from personalize_monitor.aws.metrics import Metrics, Query
from personalize_monitor.aws.series import Series
from personalize_monitor.collect.measure import apis_of, request_query
from personalize_monitor.contract import FLOOR_METRIC, NAMESPACE
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.harm import Quality

ELSEWHERE = 20
"""Other resources of a place that are asked whether they are in trouble too."""


def qualities(
    metrics: Metrics, resources: Iterable[Resource], start: int, end: int
) -> dict[Resource, list[Quality]]:
    """The windows from ``start`` to ``end`` (epoch seconds) of each resource.

    A resource about which an answer is not complete is left out.
    """
    asked = {r: Questions(r) for r in resources}
    answers = metrics.read(
        (query for questions in asked.values() for query in questions.all),
        start=datetime.fromtimestamp(start, UTC),
        end=datetime.fromtimestamp(end, UTC),
        period=SECONDS,
    )
    return told(asked, answers, start, end)


def told(
    asked: Mapping[Resource, Questions], answers: Mapping[Query, Series], start: int, end: int
) -> dict[Resource, list[Quality]]:
    """The windows of each resource whose answers are complete."""
    return {
        resource: questions.windows(answers, start, end)
        for resource, questions in asked.items()
        if all(answers[query].known for query in questions.all)
    }


class Questions:
    """The questions about one resource."""

    def __init__(self, resource: Resource) -> None:
        apis = apis_of(resource)
        self.served = [request_query(resource, api) for api in apis]
        self.refused = [request_query(resource, api.error_metrics[0]) for api in apis]
        self.failed = [request_query(resource, api.error_metrics[1]) for api in apis]
        self.slow = [request_query(resource, api.latency_metric, "p90") for api in apis]
        self.floor = [request_query(resource, FLOOR_METRIC[resource.kind], "Average", NAMESPACE)]
        self.all = [*self.served, *self.refused, *self.failed, *self.slow, *self.floor]

    def windows(self, answers: Mapping[Query, Series], start: int, end: int) -> list[Quality]:
        """What the answers say of each window; a window without points had no requests."""
        found = [
            _values(answers, queries)
            for queries in (self.served, self.refused, self.failed, self.slow, self.floor)
        ]
        served, refused, failed, slow, floor = found
        return [
            Quality(
                at,
                sum(served.get(at, ())),
                sum(refused.get(at, ())),
                sum(failed.get(at, ())),
                max(slow.get(at, ()), default=None),
                round(floor[at][0]) if at in floor else None,
            )
            for at in range(start, end, SECONDS)
        ]


def _values(answers: Mapping[Query, Series], queries: Sequence[Query]) -> dict[int, list[float]]:
    found: dict[int, list[float]] = {}
    for query in queries:
        for at, value in answers[query].points:
            found.setdefault(at, []).append(value)
    return found


def in_trouble(windows: Iterable[Quality]) -> bool:
    """Whether requests were refused or failed in them so often that others should be asked."""
    return any((w.bad or 0.0) > 0.01 * (w.asked or 0.0) for w in windows)


def company(
    metrics: Metrics,
    found: Mapping[Resource, Sequence[Quality]],
    others: Iterable[Resource],
    begin: int,
    end: int,
) -> dict[Resource, list[Quality]]:
    """What callers of some ``others`` got from ``begin`` to ``end``, if ``found`` had trouble."""
    new = (w for windows in found.values() for w in windows if w.start >= begin)
    asked = list(others)[:ELSEWHERE]
    return qualities(metrics, asked, begin, end) if asked and in_trouble(new) else {}


def with_elsewhere(
    windows: Iterable[Quality], others: Mapping[Resource, Sequence[Quality]]
) -> list[Quality]:
    """The windows, with the share in trouble of ``others`` while they stayed below their floors."""
    sums: dict[int, tuple[float, float]] = {}
    for resource, theirs in others.items():
        for one in theirs:
            floor = resource.floor if one.floor is None else one.floor
            if one.rate is not None and one.rate <= floor:
                asked, bad = sums.get(one.start, (0.0, 0.0))
                sums[one.start] = asked + (one.asked or 0.0), bad + (one.bad or 0.0)
    shares = {at: bad / asked for at, (asked, bad) in sums.items() if asked}
    return [replace(window, elsewhere=shares.get(window.start)) for window in windows]
