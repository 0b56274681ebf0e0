"""What nobody can do: floors made with the whole trace known. Bounds to read other figures by."""

from __future__ import annotations

from itertools import pairwise
from math import ceil, isnan

from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.follow.choose import cheapest
from personalize_monitor.policy.follow.outlook import GRID, Outlook, Slot, tables
from personalize_monitor_desk.backtest.evaluate import UPDATE_SECONDS, Timeline, capacities

SLOT_STEPS = UPDATE_SECONDS // SECONDS
"""A floor can change every quarter of an hour, because an update takes that long."""


def nothing_exposed(demand: Demand, *, lag_minutes: int = 10, headroom: float = 0.0) -> Timeline:
    """The lowest floors by the quarter hour that expose no request, with updates at will."""
    rates = _known(demand)
    own = capacities(rates, [1.0] * len(rates), lag_minutes=lag_minutes, headroom=headroom)
    floors = []
    for begin in range(0, len(rates), SLOT_STEPS):
        here = range(begin, min(begin + SLOT_STEPS, len(rates)))
        needed = max((ceil(rates[i]) for i in here if rates[i] > own[i]), default=1)
        floors.extend([needed] * len(here))
    return _timeline(demand, floors)


def few_updates(
    demand: Demand,
    *,
    exposure_price: float,
    update_price: float,
    lag_minutes: int = 10,
    headroom: float = 0.0,
) -> Timeline:
    """The cheapest floors for a price of an exposed request and of an update.

    ``update_price`` is a share of the price of an average day's requests, as in ``Taste``.
    One dynamic programme over the whole trace, by the quarter hour.
    """
    rates = _known(demand)
    own = capacities(rates, [1.0] * len(rates), lag_minutes=lag_minutes, headroom=headroom)
    highest = max(rates, default=0.0)
    levels = tuple(level for level in GRID if level < 1.06 * highest + 2)
    slots = []
    waste, exposed = [], []
    for begin in range(0, len(rates), SLOT_STEPS):
        pairs = list(zip(rates[begin : begin + SLOT_STEPS], own[begin:], strict=False))
        lost, late = tables(levels, [(1.0, pairs)], len(pairs))
        slots.append(Slot(begin, len(pairs), 1))
        waste.append(lost)
        exposed.append(late)
    outlook = Outlook(tuple(slots), levels, tuple(waste), tuple(exposed), ())
    mean = sum(rates) / max(1, len(rates))
    path = cheapest(outlook, start=0, price=exposure_price, update=update_price * mean * PER_DAY)
    floors: list[int] = []
    for slot, level in zip(slots, path.levels, strict=True):
        floors.extend([int(levels[level])] * slot.steps)
    return _timeline(demand, floors)


def _known(demand: Demand) -> list[float]:
    """Rates with unknowns as 0: nothing is spent on them, and they are not scored."""
    return [0.0 if isnan(rate) else rate for rate in demand.rates]


def _timeline(demand: Demand, floors: list[int]) -> Timeline:
    """Floors with the updates that lead to them, each started early enough."""
    updates = tuple(
        (demand.start + index * SECONDS - UPDATE_SECONDS, after)
        for index, (before, after) in enumerate(pairwise(floors), start=1)
        if before != after
    )
    return Timeline(tuple(floors), updates)
