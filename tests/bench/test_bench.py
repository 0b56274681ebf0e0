"""The bench: its local AWS keeps AWS's limits, and its figures are what they say."""

from __future__ import annotations

import json
from typing import Any
from xml.etree import ElementTree as ET

import pytest
from bench.answers import Aws, Refused
from bench.chart import chart
from bench.desk import PLAIN, run
from bench.figures import exponent, money, total
from bench.fleet import BEGIN, members
from bench.limits import Limits
from bench.plans import Size, baseline, cold
from bench.report import report

HOME = "us-east-1"


def an_account(size: int = 250, regions: int = 1) -> Aws:
    """An account with a fleet."""
    return Aws(members(size, regions))


def asked(aws: Aws, action: str, **arguments: Any) -> Any:
    """The answer of an operation at home."""
    return json.loads(aws.answer(action, HOME, arguments))


def test_a_fleet_is_dealt_out_over_its_regions() -> None:
    """Every region has its share, and each tenth resource is a recommender."""
    fleet = members(300, 3)
    assert {m.region for m in fleet} == {"us-east-1", "eu-west-1", "ap-northeast-1"}
    assert sum(m.is_campaign for m in fleet) == 270
    assert all(m.is_campaign for m in members(300, 3, recommender_every=0))


def test_lists_have_a_hundred_items_a_page() -> None:
    """225 campaigns come in three pages, each with the token of the next."""
    aws = an_account()
    sizes, token = [], None
    while True:
        page = asked(aws, "ListCampaigns", **({"nextToken": token} if token else {}))
        sizes.append(len(page["campaigns"]))
        token = page.get("nextToken")
        if not token:
            break
    assert sizes == [100, 100, 25]


def query(arn: str, metric: str, nth: int = 0) -> dict[str, Any]:
    """A query for one metric."""
    dimensions = [{"Name": "CampaignArn", "Value": arn}]
    stat = {"Namespace": "AWS/Personalize", "MetricName": metric, "Dimensions": dimensions}
    return {"Id": f"q{nth}", "MetricStat": {"Metric": stat, "Period": 300, "Stat": "Sum"}}


def test_metrics_are_those_of_the_recipe() -> None:
    """Requests are where the recipe serves them, five minutes at a time, and nowhere else."""
    aws, (member, *_) = an_account(), members(250, 1)
    start = BEGIN.timestamp() // 300 * 300
    queries = [query(member.arn, member.api), query(member.arn, "GetActionRecommendations", 1)]
    found = asked(
        aws, "GetMetricData", MetricDataQueries=queries, StartTime=start, EndTime=start + 900
    )["MetricDataResults"]
    assert found[0]["Timestamps"] == [start, start + 300, start + 600]
    assert found[0]["Values"] == [member.sum] * 3
    assert found[1]["Values"] == []


def test_more_than_aws_takes_is_refused() -> None:
    """500 queries, 100,800 datapoints, 1,000 metrics and 10 events are the most in a call."""
    aws, (member, *_) = an_account(), members(250, 1)
    many = [query(member.arn, member.api, nth) for nth in range(501)]
    with pytest.raises(Refused):
        asked(aws, "GetMetricData", MetricDataQueries=many, StartTime=0, EndTime=300)
    with pytest.raises(Refused):
        asked(aws, "GetMetricData", MetricDataQueries=many[:25], StartTime=0, EndTime=300 * 4033)
    with pytest.raises(Refused):
        asked(aws, "PutMetricData", MetricData=[{}] * 1001)
    with pytest.raises(Refused):
        asked(aws, "PutEvents", Entries=[{}] * 11)


def test_rates_are_kept_for_each_region() -> None:
    """Three alarms a second and region may be put; a second later three more."""
    now = [100.0]
    rates = Limits(lambda: now[0])
    assert [rates.allow("PutMetricAlarm", HOME) for _ in range(4)] == [True, True, True, False]
    assert rates.allow("PutMetricAlarm", "eu-west-1")
    now[0] += 1
    assert [rates.allow("PutMetricAlarm", HOME) for _ in range(4)] == [True, True, True, False]
    rates.on = False
    assert all(rates.allow("PutMetricAlarm", HOME) for _ in range(50))


def test_the_exponent_of_growth_is_the_slope() -> None:
    """Linear growth has the exponent 1, and constants have 0."""
    assert exponent({100: 7.0, 500: 35.0, 5000: 350.0}) == 1.0
    assert exponent({100: 3.0, 500: 3.0, 5000: 3.0}) == 0.0


def test_money_is_counted_from_an_hour() -> None:
    """One request metric a cycle is apart from what else was asked and called."""
    hour: dict[str, Any] = {
        "cycles": 12,
        "calls": {"monitoring:PutMetricData": 12, "personalize:ListCampaigns": 12},
        "metrics_requested": 2400,
        "dashboards": 0,
    }
    found = money(100, hour, 1.0)
    assert found["metrics and alarms"] == pytest.approx((302 * 0.30 + 200 * 0.10) / 100, abs=1e-3)
    assert found["one request metric"] == pytest.approx(0.0876, abs=1e-4)
    assert found["calls beyond"] == pytest.approx(0.0876 + 12 * 730 * 1e-5 / 100, abs=1e-4)
    assert total(hour["calls"]) == 24


@pytest.mark.soak
@pytest.mark.clock(once=True)
def test_the_monitor_and_the_baseline_run_against_it() -> None:
    """Both put every datapoint of a small fleet; the monitor needs fewer calls."""
    size = Size(10, 1)
    ours, theirs = cold(size, installed=False), baseline(size)
    assert (ours["datapoints"], theirs["datapoints"]) == (32, 30)
    assert ours["problems"] == []
    assert total(ours["calls"], but=":PutMetricAlarm") < total(theirs["calls"])


@pytest.mark.clock
def test_the_command_is_measured_by_itself() -> None:
    """A real process against the endpoint: few calls, and what each resource's describe costs."""
    found = run("status", 20)
    assert found.calls["personalize:DescribeCampaign"] == 18
    assert sum(found.calls.values()) < 2 * 20 + 30
    assert found.throttled == 0
    assert found.peak_mb > 20


RUN = {"seconds": 9.5, "cpu": 8.0, "peak_mb": 119.0, "calls": {"a:B": 1600}, "throttled": 0}


def results() -> dict[str, Any]:
    """What a bench may find, in the shape that the report reads."""
    cycle = {
        "wall": 1.0,
        "cpu": 0.2,
        "last_datapoint": 0.5,
        "datapoints": 1502,
        "calls": {"personalize:ListCampaigns": 10},
        "throttled": {},
        "alarms": {"created": 200},
    }
    hour = {"cycles": 12, "calls": {"a:B": 100}, "metrics_requested": 10_000, "dashboards": 1}
    one = {"warm": [cycle] * 5, "one_changed": cycle, "hour": hour, "peak_mb": 100.0}
    sizes = [Size(n, regions) for n in (10, 100, 500, 1000, 5000) for regions in (1, 3)]
    return {
        "cold": {"500 in 3": cycle},
        "install": {"500 in 3 campaigns only": cycle, "100 in 3": cycle},
        "warm": {size.key: one for size in sizes},
        "first": {"500 lower": {"peak_mb": 95.0}},
        "baseline": {f"{n} in 3": cycle for n in (10, 100, 500)},
        "desk": {
            "plan": {str(n): RUN | {"cpu": n / 100} for n in (100, 1000)},
            PLAIN: {"100": RUN},
        },
        "imports": {"monitor": 40.0},
        "package_mb": 0.7,
        "seconds": 300,
    }


def test_the_report_says_every_figure_and_the_picture_is_one() -> None:
    """Each accepted figure has its limit beside it; the picture is well-formed."""
    text = report(results())
    for words in ("0.05", "0.15", "160 MB", "1.25 USD", "60 ms", "exponent", "times"):
        assert words in text
    assert "| plan | 1,000 | 1,600 | 9.5 | 10.0 | 119 | 1.0 |" in text
    assert "nan" not in text.lower()
    assert ET.fromstring(chart(results())).tag.endswith("svg")
