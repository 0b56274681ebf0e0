"""What nobody can do: floors made with the whole trace known. Bounds to read other figures by."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import accumulate, pairwise
from math import ceil, isnan, sqrt

from personalize_monitor.model.demand import PER_DAY, PER_HOUR, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.follow.choose import cheapest
from personalize_monitor.policy.follow.outlook import GRID, Outlook, Slot, tables
from personalize_monitor_desk.backtest.evaluate import UPDATE_SECONDS, Timeline, capacities

SLOT_STEPS = UPDATE_SECONDS // SECONDS
"""A floor can change every quarter of an hour, because an update takes that long."""
_SCENES = 8
_UPDATE_PRICES = (1e-5, 0.3)
_HALVINGS = 9


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

    ``update_price`` is a share of the price of an average day's requests.
    One dynamic programme over the whole trace, by the quarter hour.
    """
    outlook = _outlook(demand, [_known(demand)], lag_minutes, headroom)
    return _cheapest(demand, outlook, exposure_price, update_price)


def knowing_means(
    demand: Demand,
    *,
    exposure_price: float,
    updates_per_week: float = 35,
    lag_minutes: int = 10,
    headroom: float = 0.0,
) -> Timeline:
    """The cheapest floors for who knows every coming mean, but not the noise around it.

    Known is the mean of the hour around each interval. The noise of five minutes is taken from
    ``_SCENES`` other days of the trace at the same clock time, each as likely as another. The
    price of an update is the lowest that keeps to ``updates_per_week`` on average.
    """
    outlook = _outlook(demand, _noisy(demand), lag_minutes, headroom)
    most = updates_per_week * len(demand) / (7 * PER_DAY)
    low, high = _UPDATE_PRICES
    found = _cheapest(demand, outlook, exposure_price, high)
    for _ in range(_HALVINGS):
        middle = sqrt(low * high)
        line = _cheapest(demand, outlook, exposure_price, middle)
        if len(line.updates) > most:
            low = middle
        else:
            high, found = middle, line
    return found


def _noisy(demand: Demand) -> list[list[float]]:
    """The means of the hour around each interval, with the noise of other days."""
    rates = _known(demand)
    means = _smooth(rates)
    ratios = [rate / mean if mean > 0 else 1.0 for rate, mean in zip(rates, means, strict=True)]
    days = max(1, len(rates) // PER_DAY)
    shifts = sorted({PER_DAY * (1 + n * (days - 1) // _SCENES) for n in range(_SCENES)})
    return [
        [mean * ratios[(i + shift) % len(ratios)] for i, mean in enumerate(means)]
        for shift in shifts
    ]


def _smooth(rates: Sequence[float]) -> list[float]:
    """The mean of the hour around each interval: of six before it, itself, and six after."""
    sums = [0.0, *accumulate(rates)]
    half = PER_HOUR // 2
    found = []
    for i in range(len(rates)):
        begin, end = max(0, i - half), min(len(rates), i + half + 1)
        found.append((sums[end] - sums[begin]) / (end - begin))
    return found


def _outlook(
    demand: Demand, scenes: Sequence[Sequence[float]], lag_minutes: int, headroom: float
) -> Outlook:
    """What each floor costs by the quarter hour, on average over rates that may come."""
    own = [
        capacities(rates, [1.0] * len(rates), lag_minutes=lag_minutes, headroom=headroom)
        for rates in scenes
    ]
    highest = max((rate for rates in scenes for rate in rates), default=0.0)
    levels = tuple(level for level in GRID if level < 1.06 * highest + 2)
    slots = []
    waste, exposed = [], []
    for begin in range(0, len(demand), SLOT_STEPS):
        end = min(begin + SLOT_STEPS, len(demand))
        parts = [
            (1.0, list(zip(rates[begin:end], held[begin:end], strict=True)))
            for rates, held in zip(scenes, own, strict=True)
        ]
        lost, late = tables(levels, parts, end - begin)
        slots.append(Slot(begin, end - begin, 1))
        waste.append(lost)
        exposed.append(late)
    return Outlook(tuple(slots), levels, tuple(waste), tuple(exposed), ())


def _cheapest(
    demand: Demand, outlook: Outlook, exposure_price: float, update_price: float
) -> Timeline:
    mean = sum(_known(demand)) / max(1, len(demand))
    path = cheapest(outlook, start=0, price=exposure_price, update=update_price * mean * PER_DAY)
    floors: list[int] = []
    for slot, level in zip(outlook.slots, path.levels, strict=True):
        floors.extend([int(outlook.levels[level])] * slot.steps)
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
