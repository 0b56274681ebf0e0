"""A curve in a few characters: braille dots, two moments a character, four levels high."""

from __future__ import annotations

from collections.abc import Sequence
from math import ceil, isnan

from personalize_monitor.model.demand import Demand

_LEFT = (0x00, 0x40, 0x44, 0x46, 0x47)
_RIGHT = (0x00, 0x80, 0xA0, 0xB0, 0xB8)
_BLANK = 0x2800


def curve(values: Sequence[float], width: int) -> str:
    """``values`` over ``width`` characters, the highest as four dots; unknown and zero are blank.

    Anything above zero shows at least one dot, so that little traffic is never nothing.
    """
    points = _resampled(values, 2 * width)
    top = max((v for v in points if not isnan(v)), default=0.0)
    levels = [0 if isnan(v) or v <= 0 else max(1, ceil(4 * v / top)) for v in points]
    return "".join(
        chr(_BLANK + _LEFT[levels[i]] + _RIGHT[levels[i + 1]]) for i in range(0, 2 * width, 2)
    )


def day(demand: Demand, width: int = 12) -> str:
    """The last day of a demand; a younger resource begins later."""
    sums = demand.sums[-288:]
    return curve([float("nan")] * (288 - len(sums)) + list(sums), width)


def _resampled(values: Sequence[float], count: int) -> list[float]:
    """``count`` means of equal stretches; NaN where nothing in a stretch is known."""
    if not values:
        return [float("nan")] * count
    found = []
    for index in range(count):
        begin = index * len(values) // count
        end = max(begin + 1, (index + 1) * len(values) // count)
        known = [v for v in values[begin:end] if not isnan(v)]
        found.append(sum(known) / len(known) if known else float("nan"))
    return found
