"""From what the command line names to demands, and from them through the backtest to outcomes."""

from __future__ import annotations

import csv
import sys
import zlib
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.follow.cost_profile import BALANCED, CAREFUL, SAVER
from personalize_monitor_desk.backtest import sample
from personalize_monitor_desk.backtest.evaluate import Timeline, run_together
from personalize_monitor_desk.backtest.run import (
    Bound,
    Report,
    Row,
    bounds,
    initial_floor,
    policies,
    rows_of,
    run,
)
from personalize_monitor_desk.backtest.trace import Trace, parsed, read_trace
from personalize_monitor_desk.cli.exits import Usage

SHORTEST = 2 * PER_DAY
"""Intervals that a demand must have, or its steady half says nothing."""
_WORDS = ("peak", "p50", "over10")
_TRACES = (".csv", ".csv.gz")


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the service behaves and what counts: lag in minutes, headroom as a share.

    ``initial`` is ``peak``, ``p50``, ``over10``, ``now`` (the floor in force) or a floor;
    ``steady`` leaves the beginning out; ``most`` updates a day is MaxUpdatesPerDay. ``sampled``
    tries weeks out of what is long.
    """

    initial: str = "peak"
    lag_minutes: int = 10
    headroom: float = 0.0
    steady: bool = True
    most: int = 5
    sampled: bool = False

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

    def last(self, days: int) -> Subject:
        """Its last so many days; all of it for 0."""
        if not days or len(self.demand) <= days * PER_DAY:
            return self
        begin = self.demand.end - days * PER_DAY * SECONDS
        return Subject(self.name, self.demand.since(begin), self.floor)


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mode on one subject: its figures, and the floors that it led to."""

    subject: Subject
    row: Row
    timeline: Timeline
    sampled: bool = False
    """Whether ``row`` is about weeks out of a longer one, and ``subject`` is the last of them."""


def try_all(subject: Subject, rules: Rules, progress: Callable[[str], None]) -> list[Outcome]:
    """Every mode on one subject. Raises Usage when it is too short to say anything."""
    long_enough(subject)
    progress(subject.name)
    if rules.sampled and sample.is_long(subject.demand):
        return _try_weeks(subject, rules, progress)
    lines = _lines(subject, rules, progress)
    rows = run(
        [(subject.name, subject.demand)],
        {},
        {name: _known(line) for name, line in lines.items()},
        window=rules.window,
        lag_minutes=rules.lag_minutes,
        headroom=rules.headroom,
    ).rows
    return [Outcome(subject, row, lines[row.policy]) for row in rows]


def _try_weeks(subject: Subject, rules: Rules, progress: Callable[[str], None]) -> list[Outcome]:
    """Every mode on weeks out of a long subject; its pictures are of the last of them."""
    field, limits = policies(rules.headroom, rules.most), bounds(rules.headroom)
    near = {name: make for name, make in field.items() if name.startswith("follow")}
    played = sample.play(
        subject.demand,
        {name: make() for name, make in field.items() if name not in near},
        near,
        floor_at_start(subject, rules.initial),
        lambda share: progress(
            f"{subject.name}: week {round(share * sample.WEEKS) + 1} of {sample.WEEKS}"
        ),
    )
    known = [
        replace(one, lines={**one.lines, **{n: see(one.part.demand) for n, see in limits.items()}})
        for one in played
    ]
    rows = rows_of(
        subject.name,
        subject.demand,
        known,
        lag_minutes=rules.lag_minutes,
        headroom=rules.headroom,
    )
    last = known[-1]
    shown = Subject(subject.name, last.part.demand, subject.floor)
    return [Outcome(shown, row, last.lines[row.policy], sampled=True) for row in rows]


def try_quietly(subject: Subject, rules: Rules) -> list[Outcome]:
    """The same for another process, which has nobody to tell."""
    return try_all(subject, rules, lambda _: None)


def long_enough(subject: Subject) -> None:
    """Raise Usage for a subject that is too short to say anything."""
    if len(subject.demand) < SHORTEST:
        raise Usage(
            f"{subject.name} has {len(subject.demand) / PER_DAY:.1f} days of history; "
            f"{SHORTEST // PER_DAY} are needed."
        )


def _lines(subject: Subject, rules: Rules, progress: Callable[[str], None]) -> dict[str, Timeline]:
    """The floors that each mode leads to from the floor at the start, and those of the bounds."""
    floor = floor_at_start(subject, rules.initial)
    field = policies(rules.headroom, rules.most)
    days = len(subject.demand) // PER_DAY
    played = run_together(
        subject.demand,
        [make() for make in field.values()],
        floor,
        lambda share: progress(f"{subject.name}: day {round(share * days)} of {days}"),
    )
    progress(f"{subject.name}: what could be reached with the future known")
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


_OURS = {
    "lower": "RightSizingMode lower",
    "follow saver": f"RightSizingMode follow with ExposurePrice {SAVER.exposure_price:g}",
    "follow balanced": f"RightSizingMode follow (ExposurePrice {BALANCED.exposure_price:g})",
    "follow careful": f"RightSizingMode follow with ExposurePrice {CAREFUL.exposure_price:g}",
}
"""What can be chosen, in the deployment's own words."""
_WORTH = 0.01
"""By so much, as a share of the least bill, must a mode be better than a simpler one."""


def recommendation(outcomes: Sequence[Outcome], rules: Rules) -> str:
    """What to choose, and what for, in one sentence: the lowest bill with exposure priced in."""
    rows = {row.policy: row for row in means(outcomes, rules)}
    now = rows.get("floor as it is")
    best = min((rows[name] for name in _OURS if name in rows), key=lambda row: row.j10)
    simple = rows.get("lower", best)
    chosen = simple if simple.j10 <= best.j10 + _WORTH else best
    if now is None or now.j10 <= chosen.j10 + _WORTH:
        return "Recommended: leave the floor as it is; no mode would cost noticeably less."
    less = 100 * (1 - chosen.bill / now.bill)
    return (
        f"Recommended: {_OURS[chosen.policy]}: a bill {less:.0f} % below that of the floor at the "
        f"start, {chosen.exposed_percent:.2g} % of the requests beyond the capacity by then "
        f"(against {now.exposed_percent:.2g} %), {chosen.updates_per_week:.0f} updates a week."
    )


def floor_at_start(subject: Subject, initial: str) -> int:
    """The floor that the trial begins with. Raises Usage for an unknown word."""
    if initial.isdecimal() and int(initial) >= 1:
        return int(initial)
    if initial == "now":
        return subject.floor or initial_floor(subject.demand, "peak")
    if initial not in _WORDS:
        raise Usage(f"--initial {initial} is not known; use {', '.join(_WORDS)}, now or a floor.")
    return initial_floor(subject.demand, initial)


STDIN = "-"
"""The source that means standard input."""


@dataclass(frozen=True, slots=True)
class Columns:
    """Names of a trace's columns; empty: found by themselves."""

    time: str = ""
    requests: str = ""


def trace_of(path: Path, columns: Columns) -> Trace:
    """The trace in a file, or in standard input. Raises Usage for what cannot be read as one."""
    named = {"time_column": columns.time, "requests_column": columns.requests}
    try:
        if str(path) == STDIN:
            return parsed(sys.stdin, "standard input", **named)
        return read_trace(path, **named)
    except InvalidRequest as problem:
        raise Usage(str(problem)) from problem
    except (OSError, EOFError, UnicodeDecodeError, csv.Error, zlib.error) as problem:
        raise Usage(f"{path} cannot be read as a trace ({problem}).") from problem


def traces_in(path: Path) -> list[Path]:
    """The trace files that a path means: itself, or all of a folder, by name."""
    if str(path) == STDIN:
        return [path]
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
