"""Figures out of what was measured: calls, seconds, growth, ratios, money."""

from __future__ import annotations

import math
import statistics
from collections.abc import Iterable, Mapping
from typing import Any

from personalize_monitor.model.own_cost import WatchCounts, own_cost
from personalize_monitor.model.price_file import shipped_prices
from personalize_monitor.plan.costs import billable

_MEMORY_GB = 0.5
_HOUR = 3600


def total(calls: Mapping[str, int], *, but: str = "") -> int:
    """Calls in all, without those of one operation."""
    return sum(number for name, number in calls.items() if not but or not name.endswith(but))


def median(values: Iterable[float]) -> float:
    """The median, to milliseconds."""
    return round(statistics.median(values), 3)


def exponent(points: Mapping[int, float]) -> float:
    """The slope of a straight line through the points in a double logarithmic picture."""
    xs = [math.log(x) for x in points]
    ys = [math.log(y) for y in points.values()]
    mean_x, mean_y = statistics.fmean(xs), statistics.fmean(ys)
    above = sum((x - mean_x) * (y - mean_y) for x, y in zip(xs, ys, strict=True))
    return round(above / sum((x - mean_x) ** 2 for x in xs), 2)


def money(resources: int, hour: Mapping[str, Any], seconds: float) -> dict[str, float]:
    """USD for each resource and month, from an hour of cycles that took ``seconds`` each."""
    calls = {name.replace("monitoring:", "cloudwatch:"): n for name, n in hour["calls"].items()}
    cycles = hour["cycles"]
    counts = WatchCounts(
        resources=resources,
        seconds=_HOUR,
        custom_metrics=3 * resources + 2,
        alarm_metrics=2 * resources,
        dashboards=hour["dashboards"] if resources > 12 else 0,
        metrics_requested=hour["metrics_requested"],
        api_calls=billable(calls),
        lambda_requests=cycles,
        lambda_gb_seconds=_MEMORY_GB * seconds * cycles,
    )
    cost = own_cost(counts, shipped_prices().watching)
    each = {name: float(item.exact) / resources for name, item in cost.items.items()}
    wanted = resources * cycles / hour["metrics_requested"]
    queries = each["metric queries"]
    return {
        "all": round(sum(each.values()), 4),
        "dashboards": round(each["dashboards"], 4),
        "metrics and alarms": round(each["custom metrics"] + each["alarms"], 4),
        "one request metric": round(queries * wanted, 4),
        "calls beyond": round(queries * (1 - wanted) + each["other calls"], 4),
        "function": round(each["function requests"] + each["function time"], 4),
    }
