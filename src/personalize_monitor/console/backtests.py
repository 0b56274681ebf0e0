"""What each way of setting the floor would have cost one resource over the two weeks seen."""

from __future__ import annotations

from dataclasses import dataclass

from personalize_monitor.backtest.baselines import as_it_is, constant_one
from personalize_monitor.backtest.evaluate import run_policy, score
from personalize_monitor.backtest.modes import Lower
from personalize_monitor.model.demand import Demand
from personalize_monitor.settings import Settings

MONTH_OF_WEEKS = 730 / (24 * 7)
_LEAST = 24 * 12


@dataclass(frozen=True, slots=True)
class Trial:
    """One way of setting the floor: dollars a month, percent of requests exposed, updates a week."""

    name: str
    note: str
    bill: float
    exposed: float
    updates: float


def trials(demand: Demand, floor: int, settings: Settings) -> list[Trial]:
    """Each way from ``floor`` on, cheapest last; nothing when less than a day is known."""
    if demand.known < _LEAST:
        return []
    lower = Lower(min_age_hours=settings.adjust_min_age_hours, idle_hours=settings.idle_hours)
    ways = (
        (f"Floor {floor}, held", "as it is now, untouched", as_it_is),
        ("Mode lower", "the default: down to the quietest hour, never up", lower),
        ("Floor 1", "all capacity from the service's own scaling", constant_one),
    )
    found = []
    for name, note, policy in ways:
        result = score(demand, run_policy(demand, policy, floor), headroom=0.0)
        weeks = result.weeks or 1.0
        found.append(
            Trial(
                name,
                note,
                result.bill / weeks * MONTH_OF_WEEKS,
                result.exposed / result.requests * 100 if result.requests else 0.0,
                result.updates_per_week,
            )
        )
    return found
