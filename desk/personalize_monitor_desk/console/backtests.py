"""What each way of setting the floor would have cost one resource over the two weeks seen."""

from __future__ import annotations

from dataclasses import dataclass
from fractions import Fraction

from personalize_monitor.model.bill import MONTH_HOURS, bill
from personalize_monitor.model.money import Money
from personalize_monitor.model.prices import PriceTable
from personalize_monitor.model.window import SECONDS
from personalize_monitor.plan.snapshot import Seen
from personalize_monitor.plan.snapshot.month import metered
from personalize_monitor.policy.follow import CostProfile
from personalize_monitor.settings import Settings
from personalize_monitor_desk.backtest.baselines import as_it_is, constant_one
from personalize_monitor_desk.backtest.evaluate import Timeline, run_policy, score
from personalize_monitor_desk.backtest.history import Policy
from personalize_monitor_desk.backtest.modes import Follow, Lower

_LEAST = 24 * 12


@dataclass(frozen=True, slots=True)
class Trial:
    """One way of setting the floor: money a month, percent of requests exposed, updates a week."""

    name: str
    note: str
    bill: Money
    exposed: float
    updates: float
    now: bool = False


def trials(past: Seen, settings: Settings, prices: PriceTable) -> list[Trial]:
    """Each way over the demand of ``past``; nothing when less than a day of it is known."""
    demand, floor = past.demand, past.resource.floor
    if demand.known < _LEAST:
        return []
    first = max(1, past.floors[0][1] if past.floors else floor)
    lower = Lower(min_age_hours=settings.adjust_min_age_hours, idle_hours=settings.idle_hours)
    follow = Follow(
        CostProfile(settings.exposure_price),
        headroom=settings.assumed_headroom,
        max_updates_per_day=settings.max_updates_per_day,
        min_age_hours=settings.adjust_min_age_hours,
    )
    ways: list[tuple[str, str, Policy, int]] = [
        (f"Floor {floor}, held", "as it is now", as_it_is, floor),
        ("Mode lower", f"from {first} down to the quietest hour, never up", lower, first),
        ("Mode follow", "ahead of ramps, as soon as it knows days like them", follow, first),
        ("Floor 1", "all capacity from the service's own scaling", constant_one, 1),
    ]
    if first != floor:
        ways.insert(0, (f"Floor {first}, held", "as it was two weeks ago", as_it_is, first))
    return [
        _trial(past, prices, name, note, run_policy(demand, policy, begin))
        for name, note, policy, begin in ways
    ]


def _trial(past: Seen, prices: PriceTable, name: str, note: str, timeline: Timeline) -> Trial:
    result = score(past.demand, timeline, headroom=0.0)
    exposed = result.exposed / result.requests * 100 if result.requests else 0.0
    money = _month(past, prices, timeline)
    return Trial(name, note, money, exposed, result.updates_per_week, note == "as it is now")


def _month(past: Seen, prices: PriceTable, timeline: Timeline) -> Money:
    """The bill of 730 hours like these, of this resource alone."""
    demand = past.demand
    floors = [(demand.start, timeline.floors[0])]
    for index, floor in enumerate(timeline.floors):
        if floor != floors[-1][1]:
            floors.append((demand.start + index * SECONDS, floor))
    hours = Fraction(len(demand) * SECONDS, 3600)
    cost = bill([metered(past.resource, demand, prices, floors)], prices).cost
    return cost.times(Fraction(MONTH_HOURS) / hours)
