"""Weeks out of a long trace: years are tried in the time of half a year.

Mode ``follow`` looks back four weeks and no further, so a week out of ten years is tried with just
those before it. What remembers longer goes all the way, which costs it little. Every policy is
scored on the same weeks, evenly spread over the whole trace.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass

from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor_desk.backtest.evaluate import Timeline, run_together
from personalize_monitor_desk.backtest.history import Policy

WEEKS = 26
"""Half a year in all."""
_WEEK = 7 * PER_DAY
_HISTORY = 28 * PER_DAY
_LEAD = PER_DAY
"""A day, in which a policy leaves the floor that it began with."""
_BEFORE = _HISTORY + _LEAD


@dataclass(frozen=True, slots=True)
class Part:
    """A piece of a trace, and what counts of it: from interval ``begin`` on."""

    demand: Demand
    begin: int


@dataclass(frozen=True, slots=True)
class Played:
    """A part with the floors that each policy led to in it."""

    part: Part
    lines: Mapping[str, Timeline]


def is_long(demand: Demand) -> bool:
    """Whether it has more than the weeks and what is before each: otherwise all of it is tried."""
    return len(demand) > WEEKS * _WEEK


def parts_of(demand: Demand, weeks: int) -> list[Part]:
    """So many weeks, evenly spread; each begins at the same time of day as the trace."""
    last = (len(demand) - _WEEK - _BEFORE) // PER_DAY
    days = [number * last // max(1, weeks - 1) for number in range(weeks)]
    return [
        Part(_cut(demand, day * PER_DAY, day * PER_DAY + _BEFORE + _WEEK), _BEFORE) for day in days
    ]


def _cut(demand: Demand, first: int, last: int) -> Demand:
    return Demand(demand.start + first * SECONDS, demand.sums[first:last])


def play(
    demand: Demand,
    far: Mapping[str, Policy],
    near: Mapping[str, Callable[[], Policy]],
    initial_floor: int,
    progress: Callable[[float], None] = lambda _: None,
) -> list[Played]:
    """Floors of each week: ``far`` policies go through the whole trace, ``near`` ones start anew.

    What is answered begins a day before the week. ``progress`` hears which share is done.
    """
    parts = parts_of(demand, WEEKS)
    progress(0.0)
    whole = dict(zip(far, run_together(demand, [*far.values()], initial_floor), strict=True))
    found = []
    for number, part in enumerate(parts):
        progress(number / len(parts))
        tried = run_together(
            part.demand, [make() for make in near.values()], initial_floor, ask_from=_HISTORY
        )
        shown = Part(_cut(part.demand, _HISTORY, len(part.demand)), _LEAD)
        lines = {name: _piece(line, demand, shown.demand) for name, line in whole.items()}
        lines |= {
            name: _piece(line, part.demand, shown.demand)
            for name, line in zip(near, tried, strict=True)
        }
        found.append(Played(shown, lines))
    return found


def _piece(line: Timeline, of: Demand, piece: Demand) -> Timeline:
    """What a line of one demand says of a piece of it."""
    first = (piece.start - of.start) // SECONDS
    updates = tuple(one for one in line.updates if piece.start <= one[0] < piece.end)
    return Timeline(tuple(line.floors[first : first + len(piece)]), updates)
