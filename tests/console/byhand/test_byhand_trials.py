"""The table on a resource's page that says what each way of setting the floor would have cost."""

from __future__ import annotations

from dataclasses import replace
from math import pi, sin

import pytest
from tests.console.byhand.values import seen
from tests.support import with_parameters

from personalize_monitor.model.demand import PER_DAY, UNKNOWN, Demand
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.window import SECONDS
from personalize_monitor_desk.console.backtests import Trial, trials

MONDAY = 1_736_121_600
PRICES = load_prices()


def office(days: int = 7, peak: float = 20.0) -> Demand:
    """A resource that is busy by day, the same every day."""
    day = [300 * (1 + (peak - 1) * max(0.0, sin((i - 72) / 144 * pi)) ** 2) for i in range(PER_DAY)]
    return Demand(MONDAY, tuple(day * days))


def tried(demand: Demand, floor: int = 5, was: int | None = None, **more: str) -> dict[str, Trial]:
    """The trials by name, of a resource with ``floor`` now that began with ``was``."""
    past = seen(demand=demand, floor=floor)
    floors = [(demand.start, was or floor), (demand.start + 40 * SECONDS, floor)]
    past = replace(past, floors=tuple(floors))
    return {one.name: one for one in trials(past, with_parameters(more), PRICES)}


def test_every_mode_is_tried() -> None:
    """Held floors, both modes, and a floor of 1 stand side by side; the present one is marked."""
    found = tried(office(), floor=5, was=40)
    names = ["Floor 40, held", "Floor 5, held", "Mode lower", "Mode follow", "Floor 1"]
    assert list(found) == names
    assert [name for name, one in found.items() if one.now] == ["Floor 5, held"]


def test_a_floor_that_never_changed_is_shown_once() -> None:
    """Two weeks ago is no other way when it was the same floor."""
    assert [name for name in tried(office(), floor=5) if name.startswith("Floor 5")] == [
        "Floor 5, held"
    ]


def test_the_figures_are_in_order() -> None:
    """A higher floor costs more and exposes less; modes lie between the extremes."""
    found = tried(office(), floor=5, was=40)
    bills = {name: one.bill.exact for name, one in found.items()}
    assert bills["Floor 1"] <= bills["Mode lower"] < bills["Floor 40, held"]
    assert bills["Floor 1"] <= bills["Mode follow"] < bills["Floor 40, held"]
    assert found["Floor 40, held"].exposed == 0.0
    assert found["Floor 1"].exposed >= found["Floor 5, held"].exposed
    assert found["Floor 40, held"].updates == found["Floor 1"].updates == 0.0
    assert found["Mode lower"].updates > 0


def test_follow_plans_by_the_deployment_s_own_price() -> None:
    """Where an exposed request is dear, follow exposes less and changes the floor more often."""
    careful = tried(office(), ExposurePrice="careful")["Mode follow"]
    saver = tried(office(), ExposurePrice="saver")["Mode follow"]
    assert careful.exposed < saver.exposed
    spared = tried(office(), ExposurePrice="careful", AssumedHeadroom="1")["Mode follow"]
    assert spared.bill.exact <= careful.bill.exact


def test_the_bill_is_of_a_month_of_such_hours() -> None:
    """730 hours at the floor's price: requests below it cost nothing more."""
    idle = Demand(MONDAY, (0.0,) * 7 * PER_DAY)
    held = tried(idle, floor=10)["Floor 10, held"]
    assert held.bill.is_known
    one = tried(idle, floor=1)["Floor 1, held"]
    assert held.bill.exact == pytest.approx(float(one.bill.exact) * 10)


@pytest.mark.parametrize("known", [0, PER_DAY - 1])
def test_less_than_a_day_says_nothing(known: int) -> None:
    """Unknown demand is nothing to play over."""
    assert tried(Demand(MONDAY, (300.0,) * known + (UNKNOWN,) * PER_DAY)) == {}
