"""Run every right-sizing mode over demands, and set the outcomes side by side."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass
from math import isnan
from pathlib import Path

from personalize_monitor import backtest
from personalize_monitor.backtest import baselines, modes
from personalize_monitor.backtest.evaluate import Score, Timeline, run_policy, score, steady_from
from personalize_monitor.backtest.history import Policy
from personalize_monitor.cli.exits import Usage
from personalize_monitor.model.demand import PER_DAY, Demand

SHORTEST = 2 * PER_DAY
"""Intervals that a demand must have, or its steady half says nothing."""
_TEN, _THIRTY = 10.0, 30.0


@dataclass(frozen=True, slots=True)
class Mode:
    """One contestant; ``make`` gives a fresh policy for each demand."""

    name: str
    title: str
    make: Callable[[], Policy]


def contestants() -> list[Mode]:
    """Our modes as far as they are there, then what they are compared with."""
    ours = [Mode("lower", "lower (default)", modes.Lower)]
    for name in ("follow_saver", "follow_balanced", "follow_careful"):
        policy = getattr(backtest, name, getattr(modes, name, None))
        if policy is not None:
            title = f"follow, {name.removeprefix('follow_')}"
            ours.append(Mode(name, title, _fresh(policy)))
    return [
        *ours,
        Mode("existing", "existing rule (-25 % an hour)", baselines.ExistingRule),
        Mode("constant_1", "floor 1 for ever", lambda: baselines.constant_one),
        Mode("as_it_is", "floor as it is", lambda: baselines.as_it_is),
    ]


def _fresh(policy: object) -> Callable[[], Policy]:
    """A maker of policies out of a class or of a function that is one."""

    def make() -> Policy:
        made: Policy = policy() if isinstance(policy, type) else policy  # type: ignore[assignment]
        return made

    return make


@dataclass(frozen=True, slots=True, kw_only=True)
class Rules:
    """How the service behaves and what counts: lag in minutes, headroom as a share.

    ``initial`` is ``peak``, ``p50``, ``over10`` or a floor; ``steady`` leaves the beginning out.
    """

    initial: str = "peak"
    lag_minutes: int = 10
    headroom: float = 0.0
    steady: bool = True


@dataclass(frozen=True, slots=True)
class Subject:
    """One demand to try modes on; ``floor`` is the one in force, None for a trace."""

    name: str
    demand: Demand
    floor: int | None = None


@dataclass(frozen=True, slots=True)
class Outcome:
    """One mode on one subject; ``least`` is the score of floor 1 for ever on it."""

    subject: Subject
    mode: Mode
    score: Score
    least: Score
    timeline: Timeline

    @property
    def bill_ratio(self) -> float:
        """The bill in multiples of the least possible."""
        return _ratio(self.score.bill, self.least.bill)

    @property
    def exposed_share(self) -> float:
        """Exposed requests as a share of those that floor 1 exposes."""
        return _ratio(self.score.exposed, self.least.exposed)

    @property
    def exposed_percent(self) -> float:
        """Exposed requests in percent of all."""
        return 100 * _ratio(self.score.exposed, self.score.requests)

    @property
    def j10(self) -> float:
        """Bill plus exposure at ten prices of a request, in multiples of the least bill."""
        return _ratio(self.score.cost(_TEN), self.least.bill)

    @property
    def j30(self) -> float:
        """The same at thirty prices of a request."""
        return _ratio(self.score.cost(_THIRTY), self.least.bill)


def _ratio(value: float, to: float) -> float:
    return value / to if to else (0.0 if not value else float("inf"))


def try_all(
    subject: Subject, entrants: Sequence[Mode], rules: Rules, progress: Callable[[str], None]
) -> list[Outcome]:
    """Every mode on one subject. Raises Usage when it is too short to say anything."""
    if len(subject.demand) < SHORTEST:
        raise Usage(
            f"{subject.name} has {len(subject.demand) / PER_DAY:.1f} days of history; "
            f"{SHORTEST // PER_DAY} are needed."
        )
    floor = initial_floor(subject, rules)
    begin = steady_from(subject.demand) if rules.steady else 0

    def scored(timeline: Timeline) -> Score:
        return score(
            subject.demand,
            timeline,
            lag_minutes=rules.lag_minutes,
            headroom=rules.headroom,
            begin=begin,
        )

    least = scored(Timeline((1,) * len(subject.demand), ()))
    found = []
    for mode in entrants:
        progress(f"{subject.name}: {mode.title}")
        timeline = run_policy(subject.demand, mode.make(), floor)
        found.append(Outcome(subject, mode, scored(timeline), least, timeline))
    return found


def initial_floor(subject: Subject, rules: Rules) -> int:
    """The floor that the trial begins with."""
    if rules.initial.isdigit() and int(rules.initial) >= 1:
        return int(rules.initial)
    if rules.initial == "now" and subject.floor is not None:
        return subject.floor
    peak = max(1, round(subject.demand.peak() + 0.4999))
    match rules.initial:
        case "peak" | "now":
            return peak
        case "over10":
            return 10 * peak
        case "p50":
            known = sorted(rate for rate in subject.demand.rates if not isnan(rate))
            return max(1, round(known[len(known) // 2])) if known else 1
    raise Usage(f"--initial {rules.initial} is not known; use peak, p50, over10, now or a floor.")


@dataclass(frozen=True, slots=True)
class Standing:
    """One mode over all subjects: means of each ratio, so that every subject counts the same."""

    mode: Mode
    outcomes: Sequence[Outcome]

    def mean(self, of: Callable[[Outcome], float]) -> float:
        """The mean of a figure over the subjects where it is finite."""
        values = [value for one in self.outcomes if (value := of(one)) != float("inf")]
        return sum(values) / len(values) if values else float("nan")


def standings(outcomes: Iterable[Outcome]) -> list[Standing]:
    """The modes in the order in which they were tried."""
    grouped: dict[str, list[Outcome]] = {}
    for one in outcomes:
        grouped.setdefault(one.mode.name, []).append(one)
    return [Standing(found[0].mode, tuple(found)) for found in grouped.values()]


def traces_in(path: Path) -> list[Path]:
    """The trace files that a path means: itself, or all of a folder, by name."""
    if path.is_dir():
        found = sorted(p for p in path.rglob("*") if p.name.endswith((".csv", ".csv.gz")))
        if not found:
            raise Usage(f"{path} holds no trace; traces are .csv or .csv.gz files.")
        return found
    if not path.is_file():
        raise Usage(f"{path} is neither a trace file, a folder of them, nor an ARN.")
    return [path]
