"""Reports of a backtest, and the bounds that know the future."""

from __future__ import annotations

import json
import random
import sys
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.policy.follow import plan
from personalize_monitor_desk.backtest import clairvoyant
from personalize_monitor_desk.backtest.baselines import ExistingRule, constant_one
from personalize_monitor_desk.backtest.evaluate import Timeline, score
from personalize_monitor_desk.backtest.run import (
    Maker,
    bounds,
    initial_floor,
    noise,
    policies,
    run,
)

MONDAY = 1_736_121_600


def ramps(days: int, height: float = 30.0) -> Demand:
    """Noisy days with a ramp."""
    noise_of = random.Random(5)
    rates = []
    for i in range(days * PER_DAY):
        hour = i % PER_DAY / 12
        rate = 2 + height * max(0.0, min(1.0, (hour - 6) / 3, (22 - hour) / 3))
        rates.append(rate * (1 + 0.04 * noise_of.gauss(0, 1)))
    return Demand(MONDAY, tuple(float(round(300 * rate)) for rate in rates))


def plays() -> dict[str, Maker]:
    """Two quick contestants."""
    return {"one": lambda: constant_one, "existing": ExistingRule}


def test_report_has_a_row_for_every_policy_and_trace(tmp_path: Path) -> None:
    """Files and named demands; means, table and JSON agree."""
    demand = ramps(4)
    path = tmp_path / "shop.csv"
    rows = (
        f"{datetime.fromtimestamp(MONDAY + 300 * i, UTC).isoformat()},{value:.0f}"
        for i, value in enumerate(demand.sums)
    )
    path.write_text("timestamp,requests\n" + "\n".join(rows))
    report = run([path, ("again", demand)], plays(), {})
    assert [(row.trace, row.policy) for row in report.rows] == [
        ("shop", "one"),
        ("shop", "existing"),
        ("again", "one"),
        ("again", "existing"),
    ]
    assert report.rows[0].bill == pytest.approx(report.rows[2].bill)
    one, existing = report.means()
    assert one.bill == 1
    assert one.exposed == 1
    assert existing.bill >= 1
    assert "| one | 1.000 | 1.00 | 0.0 |" in report.table()
    assert json.loads(report.to_json())["rows"][0]["policy"] == "one"
    assert [row.policy for row in report.means(traces=["again"])] == ["one", "existing"]


def test_window_all_counts_the_launch() -> None:
    """From ten times the peak, the first day's floor shows in ``all`` and not in ``steady``."""
    trace = ("x", ramps(6))
    everything = run([trace], plays(), {}, initial="over10", window="all").means()
    steady = run([trace], plays(), {}, initial="over10").means()
    assert everything[1].bill > 2 > steady[1].bill


def test_unknown_words_are_refused() -> None:
    """A typing error is named, with the words that are meant."""
    with pytest.raises(InvalidRequest, match="steady or all"):
        run([("x", ramps(2))], plays(), {}, window="some")
    with pytest.raises(InvalidRequest, match="peak, p50 or over10"):
        initial_floor(ramps(2), "huge")


def test_noise_tells_smooth_from_bursty() -> None:
    """Four percent of noise is smooth; every other interval empty is bursty."""
    assert noise(ramps(2)) < 0.1
    assert noise(Demand(MONDAY, (600.0, 0.0) * 144)) > 0.9
    assert noise(Demand(MONDAY, (0.0,) * 24)) == 0


def test_all_contestants_have_names() -> None:
    """Ours, the baselines and the bounds are in the default field."""
    assert {"constant 1", "existing rule", "lower", "follow balanced"} <= set(policies())
    assert "clairvoyant balanced" in bounds()


def test_knowing_the_future_nothing_need_be_exposed() -> None:
    """The first bound exposes no request, and costs more than floor 1."""
    demand = ramps(4)
    got = score(demand, clairvoyant.nothing_exposed(demand))
    assert got.exposed == pytest.approx(0, abs=1e-6)
    assert got.bill > score(demand, Timeline((1,) * len(demand), ())).bill


def test_few_updates_is_the_best_of_all_paths() -> None:
    """On a small case the dynamic programme equals trying every path."""
    rates = [1.0, 1.0, 1.0, 4.0, 5.0, 5.0, 5.0, 2.0, 1.0]
    demand = Demand(MONDAY, tuple(300 * r for r in rates))
    mean = sum(rates) / len(rates)

    def cost(floors: tuple[int, ...]) -> float:
        each = tuple(f for f in floors for _ in range(3))
        got = score(demand, Timeline(each, ()))
        changes = sum(a != b for a, b in zip((1, *floors), floors, strict=False))
        served = 0.2 / 3600
        return got.cost(10) + 0.001 * mean * PER_DAY * changes * 300 * served

    best = min(cost((a, b, c)) for a in range(1, 7) for b in range(1, 7) for c in range(1, 7))
    found = clairvoyant.few_updates(demand, exposure_price=10, update_price=0.001)
    assert cost((found.floors[0], found.floors[3], found.floors[6])) == pytest.approx(best)


def test_more_updates_for_less_price() -> None:
    """A dearer update never gives more of them."""
    demand = ramps(4)
    counts = [
        len(clairvoyant.few_updates(demand, exposure_price=10, update_price=price).updates)
        for price in (0.0005, 0.005, 0.05)
    ]
    assert counts == sorted(counts, reverse=True)


def test_planning_two_weeks_is_little_work() -> None:
    """One plan from 14 days of five-minute data runs some 83,000 lines: milliseconds."""
    demand = ramps(14, 300)
    ran = 0

    def count(*_: object) -> Any:
        nonlocal ran
        ran += 1
        return count

    before = sys.gettrace()
    sys.settrace(count)
    try:
        plan(demand, now=demand.end + 300, floor=20, age_hours=999)
    finally:
        sys.settrace(before)
    assert 500 < ran < 120_000
