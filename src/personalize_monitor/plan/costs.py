"""What watching costs, estimated from one cycle: its calls, and what it keeps in CloudWatch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from personalize_monitor.alarms.names import Sort
from personalize_monitor.collect.measure import apis_of
from personalize_monitor.model.money import Money
from personalize_monitor.model.own_cost import OwnCost, WatchCounts, own_cost
from personalize_monitor.model.prices import WatchPrices
from personalize_monitor.model.resource import Resource
from personalize_monitor.model.window import SECONDS
from personalize_monitor.settings import Settings

_METRICS_OF_A_RESOURCE = 3
_COUNTS = 2
_BILLED = ("cloudwatch:", "logs:", "sns:", "events:")
_QUERIES = "cloudwatch:GetMetricData"
# A deployment's few dashboards are free while each holds no more metrics than this.
_METRICS_ON_A_FREE_DASHBOARD = 50
_METRICS_ON_THE_DASHBOARD = 4  # of a resource, at least


def alarm_metrics(fleet: Sequence[Resource], settings: Settings) -> int:
    """Metrics behind the alarms of a fleet: one each, or one for each possible operation.

    An alarm on a metric that we publish has one whatever the recipe.
    """
    sorts = [sort for sort in Sort if sort.wanted(settings)]
    return sum(
        1 if sort is Sort.LOW else len(apis_of(resource)) for resource in fleet for sort in sorts
    )


def billable(calls: Mapping[str, int]) -> int:
    """Calls that may appear on a bill, but GetMetricData, which is billed by metric.

    Personalize's control plane, STS and Lambda's own interface are free of charge.
    """
    return sum(n for name, n in calls.items() if name.startswith(_BILLED) and name != _QUERIES)


def counts_of_cycle(
    calls: Mapping[str, int],
    metrics_requested: int,
    resources: Sequence[Resource],
    settings: Settings,
    *,
    dashboards: int = 1,
    gb_seconds: float = 0.0,
    cycles: int = 1,
) -> WatchCounts:
    """What ``own_cost`` needs to know, from the calls of ``cycles`` cycles together."""
    on_dashboard = _METRICS_ON_THE_DASHBOARD * len(resources)
    return WatchCounts(
        resources=len(resources),
        seconds=SECONDS * cycles,
        custom_metrics=_METRICS_OF_A_RESOURCE * len(resources) + _COUNTS,
        alarm_metrics=alarm_metrics(resources, settings),
        dashboards=0 if on_dashboard <= _METRICS_ON_A_FREE_DASHBOARD else dashboards,
        metrics_requested=metrics_requested,
        api_calls=billable(calls),
        lambda_requests=cycles,
        lambda_gb_seconds=gb_seconds,
    )


def estimate(counts: WatchCounts, prices: WatchPrices) -> dict[str, Any]:
    """USD a month at list prices: in all, for each resource, and by item; an upper estimate."""
    cost = own_cost(counts, prices)
    return {
        "usd_month": _shown(cost.month),
        "usd_resource_month": _shown(cost.per_resource),
        "usd_resource_month_of_calls": calls_beyond(counts, cost),
        "usd_month_by_item": {name: _shown(money) for name, money in cost.items.items()},
        "prices_as_of": prices.as_of.isoformat(),
    }


def calls_beyond(counts: WatchCounts, cost: OwnCost) -> float | None:
    """USD a month and resource of calls beyond one request metric in every window."""
    if not counts.resources or not counts.metrics_requested:
        return None
    wanted = counts.resources * counts.seconds / SECONDS
    share = max(0.0, 1 - wanted / counts.metrics_requested)
    usd = float(cost.items["metric queries"].exact) * share + float(cost.items["other calls"].exact)
    return round(usd / counts.resources, 4)


def _shown(money: Money) -> float | None:
    return None if money.unknown else round(float(money.exact), 4)
