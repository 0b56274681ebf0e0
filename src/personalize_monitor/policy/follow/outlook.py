"""What each floor would cost in each coming slot, over the past days that resemble today."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import accumulate
from math import exp, isnan

from personalize_monitor.model.demand import PER_DAY, PER_HOUR, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.follow.analogs import OTHER_KIND, Analog, Analogs, is_weekend

NEAR, NEAR_STEPS = 12, 3
"""The next three hours are planned by the quarter hour, the rest of a day by the hour."""
FAR_STEPS, FAR_STRIDE = PER_HOUR, 3
_FORGET = 0.85
"""Of today's difference in level, so much is left after each further hour."""
_MEMORY = 6
"""Capacity is followed from half an hour before: it remembers no longer than that."""


def _grid() -> tuple[float, ...]:
    levels = [1]
    while levels[-1] < 100_000:
        levels.append(max(levels[-1] + 1, round(levels[-1] * 1.06)))
    return tuple(float(level) for level in levels)


GRID = _grid()
"""Floors that are weighed: whole numbers, then six percent apart. The same for everyone."""


@dataclass(frozen=True, slots=True)
class Slot:
    """A time in which the floor is constant: ``first`` and ``steps`` in intervals from the end."""

    first: int
    steps: int
    stride: int


@dataclass(frozen=True, slots=True)
class Scene:
    """One past day as a forecast: per slot its weight and (demand, capacity) samples in TPS."""

    slots: tuple[tuple[float, list[tuple[float, float]]], ...]


@dataclass(frozen=True, slots=True)
class Outlook:
    """Expected waste and exposure, in TPS x intervals, by slot and level of ``levels``."""

    slots: tuple[Slot, ...]
    levels: tuple[float, ...]
    waste: tuple[list[float], ...]
    exposed: tuple[list[float], ...]
    scenes: tuple[Scene, ...]


def slots_from(lead: int) -> tuple[Slot, ...]:
    """Slots from ``lead`` intervals after the end of the data to a day after it."""
    near = [Slot(lead + i * NEAR_STEPS, NEAR_STEPS, 1) for i in range(NEAR)]
    far = range(lead + NEAR * NEAR_STEPS, PER_DAY, FAR_STEPS)
    return (*near, *(Slot(i, min(FAR_STEPS, PER_DAY - i), FAR_STRIDE) for i in far))


def look(demand: Demand, analogs: Analogs, *, lead: int, headroom: float) -> Outlook:
    """The outlook from the end of ``demand``; the first slot starts ``lead`` intervals later."""
    slots = slots_from(lead)
    kinds = [is_weekend(demand.end // SECONDS + slot.first) for slot in slots]
    scenes = tuple(_scene(demand, one, slots, kinds, headroom) for one in analogs.days)
    highest = max(
        (d for scene in scenes for _, samples in scene.slots for d, _ in samples), default=0.0
    )
    levels = GRID[: bisect_left(GRID, highest) + 1]
    waste, exposed = [], []
    for index, slot in enumerate(slots):
        lost, late = tables(levels, [scene.slots[index] for scene in scenes], slot.steps)
        waste.append(lost)
        exposed.append(late)
    return Outlook(slots, levels, tuple(waste), tuple(exposed), scenes)


def with_floor(outlook: Outlook, floor: int) -> Outlook:
    """The outlook with ``floor`` as a further level if it lies above all that are weighed.

    All demand lies below, so that waste only grows, and nothing is exposed.
    """
    top = outlook.levels[-1]
    if floor <= top:
        return outlook
    return Outlook(
        outlook.slots,
        (*outlook.levels, float(floor)),
        tuple(
            [*waste, waste[-1] + (floor - top) * slot.steps]
            for slot, waste in zip(outlook.slots, outlook.waste, strict=True)
        ),
        tuple([*exposed, 0.0] for exposed in outlook.exposed),
        outlook.scenes,
    )


def _scene(
    demand: Demand, analog: Analog, slots: Sequence[Slot], kinds: Sequence[bool], headroom: float
) -> Scene:
    """The day after the analog's clock time, at today's level, with the capacity it would meet."""
    start = analog.offset + slots[0].first - _MEMORY
    rates = [v / SECONDS for v in demand.sums[start : analog.offset + PER_DAY]]
    gaps = isnan(sum(rates))
    pairs = list(zip(rates, own_capacity(_held(rates) if gaps else rates), strict=True))
    number = demand.end // SECONDS - analog.days_ago * PER_DAY
    found = []
    for slot, kind in zip(slots, kinds, strict=True):
        scale = exp(analog.level * _FORGET ** (slot.first / PER_HOUR))
        room = scale * (1 + headroom)
        begin = slot.first - slots[0].first + _MEMORY
        samples = [
            (rate * scale, capacity * room)
            for rate, capacity in pairs[begin : begin + slot.steps : slot.stride]
        ]
        if gaps:
            samples = [sample for sample in samples if not isnan(sample[0])]
        same = is_weekend(number + slot.first) == kind
        found.append((analog.weight if same else analog.weight * OTHER_KIND, samples))
    return Scene(tuple(found))


def _held(rates: Sequence[float]) -> list[float]:
    """Rates with every unknown replaced by the last known one: capacity does not see the gap."""
    last = 0.0
    return [last := last if isnan(rate) else rate for rate in rates]


def own_capacity(rates: Sequence[float]) -> list[float]:
    """Capacity that the service has by itself: ten minutes late, kept for fifteen."""
    result = []
    third = second = last = held = 0.0
    for rate in rates:
        # Comparisons instead of min() and max(): this loop is most of a plan's time.
        recent = last if last > second else second
        recent = third if third > recent else recent
        held = recent if recent < held else held
        held = second if second > held else held
        result.append(held)
        third, second, last = second, last, rate
    return result


def tables(
    levels: Sequence[float],
    parts: Sequence[tuple[float, Sequence[tuple[float, float]]]],
    steps: int,
) -> tuple[list[float], list[float]]:
    """Expected waste and exposure of one slot at each level.

    Both are piecewise linear in the level, so each sample only marks where its pieces begin.
    """
    size = len(levels) + 1
    above, above_d, late = [0.0] * size, [0.0] * size, [0.0] * size
    between, between_d = [0.0] * size, [0.0] * size
    total = 0.0
    for weight, samples in parts:
        total += weight * len(samples)
        for rate, cap in samples:
            high = bisect_right(levels, rate)
            above[high] += weight
            above_d[high] += weight * rate if rate > 1.0 else weight
            if cap < rate and rate > 1.0:
                have = cap if cap > 1.0 else 1.0
                low = bisect_left(levels, have)
                late[low] += weight * (rate - have)
                between[low] += weight
                between[high] -= weight
                between_d[low] += weight * rate
                between_d[high] -= weight * rate
    if not total:
        return [0.0] * len(levels), [0.0] * len(levels)
    scale = steps / total
    whole = sum(late)
    waste = [
        (level * count - amount) * scale
        for level, count, amount in zip(
            levels, accumulate(above), accumulate(above_d), strict=False
        )
    ]
    exposed = [
        (whole - done + amount - level * count) * scale
        for level, done, count, amount in zip(
            levels, accumulate(late), accumulate(between), accumulate(between_d), strict=False
        )
    ]
    return waste, exposed
