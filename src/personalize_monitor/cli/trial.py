"""From what the command line names to demands, and from them through the backtest to outcomes."""

from __future__ import annotations

import csv
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

from personalize_monitor.backtest.evaluate import Timeline, run_together
from personalize_monitor.backtest.run import (
    Bound,
    Report,
    Row,
    bounds,
    initial_floor,
    policies,
    run,
)
from personalize_monitor.cli.exits import Usage
from personalize_monitor.model.demand import PER_DAY, Demand

SHORTEST = 2 * PER_DAY
"""Intervals that a demand must have, or its steady half says nothing."""
_WORDS = ("peak", "p50", "over10")
_TRACES = (".csv", ".csv.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the service behaves and what counts: lag in minutes, headroom as a share.

    ``initial`` is ``peak``, ``p50``, ``over10``, ``now`` (the floor in force) or a floor;
    ``steady`` leaves the beginning out.
    """

    initial: str = "peak"
    lag_minutes: int = 10
    headroom: float = 0.0
    steady: bool = True

    @property
    def window(self) -> str:
        """The backtest's word for what counts."""
        return "steady" if self.steady else "all"


@dataclass(frozen=True, slots=True)
class Subject:
    """One demand to try modes on; ``floor`` is the one in force, None for a trace."""

    name: str
    demand: Demand
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mode on one subject: its figures, and the floors that it led to."""

    subject: Subject
    row: Row
    timeline: Timeline


def try_all(subject: Subject, rules: Rules, progress: Callable[[str], None]) -> list[Outcome]:
    """Every mode on one subject. Raises Usage when it is too short to say anything."""
    if len(subject.demand) < SHORTEST:
        raise Usage(
            f"{subject.name} has {len(subject.demand) / PER_DAY:.1f} days of history; "
            f"{SHORTEST // PER_DAY} are needed."
        )
    progress(subject.name)
    lines = _lines(subject, rules)
    rows = run(
        [(subject.name, subject.demand)],
        {},
        {name: _known(line) for name, line in lines.items()},
        window=rules.window,
        lag_minutes=rules.lag_minutes,
        headroom=rules.headroom,
    ).rows
    return [Outcome(subject, row, lines[row.policy]) for row in rows]


def _lines(subject: Subject, rules: Rules) -> dict[str, Timeline]:
    """The floors that each mode leads to from the floor at the start, and those of the bounds."""
    floor = floor_at_start(subject, rules.initial)
    field = policies(rules.headroom)
    played = run_together(subject.demand, [make() for make in field.values()], floor)
    limits = bounds(rules.headroom)
    return dict(zip(field, played, strict=True)) | {
        name: see(subject.demand) for name, see in limits.items()
    }


def _known(line: Timeline) -> Bound:
    """A bound whose floors are known already."""
    return lambda _: line


def means(outcomes: Sequence[Outcome], rules: Rules) -> list[Row]:
    """One row for each mode: plain means over the subjects."""
    rows = tuple(one.row for one in outcomes)
    return Report(rows, rules.initial, rules.window, rules.lag_minutes, rules.headroom).means()


def floor_at_start(subject: Subject, initial: str) -> int:
    """The floor that the trial begins with. Raises Usage for an unknown word."""
    if initial.isdecimal() and int(initial) >= 1:
        return int(initial)
    if initial == "now":
        return subject.floor or initial_floor(subject.demand, "peak")
    if initial not in _WORDS:
        raise Usage(f"--initial {initial} is not known; use {', '.join(_WORDS)}, now or a floor.")
    return initial_floor(subject.demand, initial)


def trace_of(path: Path) -> Demand:
    """The demand in a trace file. Raises Usage for a file that cannot be read as text."""
    try:
        return Demand.from_trace(path)
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as problem:
        raise Usage(f"{path} cannot be read as a trace ({problem}).") from problem


def traces_in(path: Path) -> list[Path]:
    """The trace files that a path means: itself, or all of a folder, by name."""
    if _is_folder(path):
        found = sorted(p for p in path.rglob("*") if p.is_file() and p.name.endswith(_TRACES))
        if not found:
            raise Usage(f"{path} holds no trace; traces are .csv or .csv.gz files.")
        return found
    if not path.is_file():
        raise Usage(f"{path} is neither a trace file, a folder of them, nor an ARN.")
    return [path]


def _is_folder(path: Path) -> bool:
    try:
        return path.is_dir()
    except OSError as problem:
        raise Usage(f"{path} cannot be read ({problem.strerror}).") from problem
