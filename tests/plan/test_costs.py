"""What watching costs: counted calls and metrics, times dated list prices."""

from __future__ import annotations

import pytest
from tests.support import Local, a_resource, every_window, with_parameters

from aws_sandbox import fleet
from personalize_monitor.model.price_file import shipped_prices
from personalize_monitor.plan.costs import alarm_metrics, billable, counts_of_cycle, estimate


def test_an_alarm_costs_as_many_metrics_as_it_watches() -> None:
    """Two alarms have a metric each; without a recipe the idle alarm watches all operations."""
    known, unknown = a_resource("a"), a_resource("b", recipe_arn=None)
    settings = with_parameters()
    assert alarm_metrics([known], settings) == 2
    assert alarm_metrics([unknown], settings) == 4
    assert alarm_metrics([known], with_parameters(AutoCreateIdleCampaignAlarms="No")) == 1


def test_only_what_aws_bills_counts_as_a_billable_call() -> None:
    """Personalize, STS and Lambda's interface are free, and GetMetricData is billed by metric."""
    calls = {
        "personalize:DescribeCampaign": 40,
        "sts:AssumeRole": 1,
        "lambda:Invoke": 2,
        "cloudwatch:GetMetricData": 3,
        "cloudwatch:PutMetricData": 4,
        "events:PutEvents": 1,
    }
    assert billable(calls) == 5


def test_a_month_is_priced_from_one_cycle() -> None:
    """Metrics and alarms are kept all month; what a cycle does is done 8,760 times in 730 hours."""
    fleet_of_ten = [a_resource(f"r-{n}") for n in range(10)]
    counts = counts_of_cycle({"cloudwatch:PutMetricData": 2}, 10, fleet_of_ten, with_parameters())
    cost = estimate(counts, shipped_prices().watching)
    items = cost["usd_month_by_item"]
    assert items["custom metrics"] == pytest.approx(32 * 0.30)
    assert items["alarms"] == pytest.approx(20 * 0.10)
    assert items["metric queries"] == pytest.approx(10 * 8760 * 0.01 / 1000, abs=1e-4)
    assert items["other calls"] == pytest.approx(2 * 8760 * 0.01 / 1000, abs=1e-4)
    assert items["dashboards"] == 0  # a small dashboard is free
    assert cost["usd_resource_month"] == pytest.approx(cost["usd_month"] / 10, abs=1e-3)
    assert cost["usd_resource_month_of_calls"] == pytest.approx(0.0175, abs=1e-3)
    assert cost["prices_as_of"] == shipped_prices().watching.as_of.isoformat()


def test_the_summary_tells_what_watching_costs(local: Local) -> None:
    """Every cycle ends with an estimate of its own cost, with the date of its prices."""
    for nth in range(20):
        fleet.add_campaign(local.world, f"c-{nth}", floor=1, shape=every_window(90))
    local.cycle()
    summary = local.cycle()
    assert summary["metrics_requested"] == 20
    cost = summary["cost"]
    assert cost["usd_resource_month"] < 1.50
    assert cost["usd_resource_month_of_calls"] < 0.05
    assert cost["usd_month_by_item"]["custom metrics"] == pytest.approx(62 * 0.30)
    assert cost["prices_as_of"].startswith("20")


def test_an_empty_fleet_costs_no_share(local: Local) -> None:
    """Without a resource there is no cost for each; the counts alone remain."""
    cost = local.cycle()["cost"]
    assert cost["usd_resource_month"] is None
    assert cost["usd_month_by_item"]["alarms"] == 0
