"""What watching costs: metrics, alarms, calls, dashboards and the functions themselves."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from fractions import Fraction

from personalize_monitor.model.bill import MONTH_HOURS
from personalize_monitor.model.metered import HOUR
from personalize_monitor.model.money import Money
from personalize_monitor.model.prices import WatchPrices


@dataclass(frozen=True, slots=True)
class WatchCounts:
    """What is kept for ``resources``, and what was done in ``seconds`` of watching.

    ``alarm_metrics`` are metrics behind alarms (an alarm on metric math has several),
    ``metrics_requested`` the queries in GetMetricData calls, ``api_calls`` all other calls.
    """

    resources: int
    seconds: float
    custom_metrics: int = 0
    alarm_metrics: int = 0
    dashboards: int = 0
    metrics_requested: int = 0
    api_calls: int = 0
    lambda_requests: int = 0
    lambda_gb_seconds: float = 0.0


@dataclass(frozen=True, slots=True)
class OwnCost:
    """USD in a month of 730 hours, by item."""

    items: Mapping[str, Money]
    resources: int

    @property
    def month(self) -> Money:
        """All of it."""
        return Money.total(self.items.values())

    @property
    def per_resource(self) -> Money:
        """The month's cost for each resource; unknown when there is none."""
        if not self.resources:
            return Money.not_known()
        return self.month.times(Fraction(1, self.resources))


def own_cost(counts: WatchCounts, prices: WatchPrices) -> OwnCost:
    """The monthly cost of watching at the counted pace.

    An upper estimate: free allowances and volume tiers are left out, since the account may have
    used them up for other things. Without any time watched, what is done counts as unknown.
    """
    pace = Fraction(MONTH_HOURS * HOUR) / Fraction(counts.seconds) if counts.seconds else None

    def kept(number: int, price: Fraction) -> Money:
        return Money.usd(number * price, as_of=prices.as_of)

    def done(number: float, price: Fraction, per: int = 1) -> Money:
        if pace is None:
            return Money.not_known()
        return Money.usd(Fraction(number) * pace * price / per, as_of=prices.as_of)

    return OwnCost(
        {
            "custom metrics": kept(counts.custom_metrics, prices.custom_metric_month),
            "alarms": kept(counts.alarm_metrics, prices.alarm_metric_month),
            "dashboards": kept(counts.dashboards, prices.dashboard_month),
            "metric queries": done(counts.metrics_requested, prices.metrics_requested_1000, 1000),
            "other calls": done(counts.api_calls, prices.api_calls_1000, 1000),
            "function requests": done(
                counts.lambda_requests, prices.lambda_requests_million, 1_000_000
            ),
            "function time": done(counts.lambda_gb_seconds, prices.lambda_gb_second),
        },
        counts.resources,
    )
