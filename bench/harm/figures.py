"""The figures of the runs: what was promised, and how it came out."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

from bench.harm.field import Trace
from bench.harm.simulate import DELAY, Followed, Model, Run
from personalize_monitor.model.demand import PER_HOUR
from personalize_monitor.model.window import SECONDS
from personalize_monitor.policy.harm.verdict import Word
from personalize_monitor_desk.backtest.evaluate import PRICE_PER_TPS_HOUR, capacities

WORSE = 0.001
"""A floor does not carry its load when so large a share of the loaded requests is refused."""


@dataclass(frozen=True, slots=True)
class Compared:
    """One run beside mode ``lower`` alone, on the same trace and model."""

    trace: str
    model: Model
    cases: tuple[Followed, ...]
    harmed: bool
    refused_after: float
    refused_after_without: float
    refused: float
    refused_without: float
    saved: float
    saved_without: float
    looks: int
    most_looks: int
    weeks: float
    again: int
    begin: int

    @property
    def carries(self) -> bool:
        """Whether mode ``lower`` alone has nothing refused."""
        return self.refused_without == 0


def compare(trace: Trace, run: Run) -> Compared:
    """The run beside what mode ``lower`` alone leads to."""
    model = run.model
    floors = trace.plain.floors
    held = capacities(trace.rates, floors, lag_minutes=model.lag, headroom=model.headroom)
    without = [
        round(max(0.0, rate - c) * SECONDS) for rate, c in zip(trace.rates, held, strict=True)
    ]
    end = first_harmed_burst(trace.rates, without)
    paid = _bill(trace.rates, [trace.first] * len(trace.rates))
    hours: dict[int, int] = {}
    for at in run.looks:
        hours[at // 3600] = hours.get(at // 3600, 0) + 1
    gaps = [b - a for a, b in zip(run.looks, run.looks[1:], strict=False)]
    return Compared(
        trace=run.trace,
        model=model,
        cases=tuple(run.cases),
        harmed=end is not None,
        refused_after=sum(run.refused[end:]) if end is not None else 0.0,
        refused_after_without=sum(without[end:]) if end is not None else 0.0,
        refused=sum(run.refused),
        refused_without=sum(without),
        saved=paid - run.bill,
        saved_without=paid - _bill(trace.rates, floors),
        looks=len(run.looks),
        most_looks=2 if any(gap < 3600 for gap in gaps) else min(1, len(run.looks)),
        weeks=len(trace.rates) / (7 * 288),
        again=run.again,
        begin=trace.demand.start,
    )


def _bill(rates: Sequence[float], floors: Sequence[int]) -> float:
    billed = sum(max(rate, floor) for rate, floor in zip(rates, floors, strict=True))
    return billed / PER_HOUR * PRICE_PER_TPS_HOUR


def first_harmed_burst(rates: Sequence[float], refused: Sequence[float]) -> int | None:
    """The interval after the first harmed burst: an hour from its first window on at most.

    Harmed: at least ten requests and 1 % of the window are refused.
    """
    for i, (rate, lost) in enumerate(zip(rates, refused, strict=True)):
        if lost >= max(10.0, 0.01 * rate * SECONDS):
            burst = [j for j in range(i, min(i + 12, len(rates))) if refused[j] > 0]
            return max(burst) + 1
    return None


@dataclass(frozen=True, slots=True)
class Figures:
    """Sums over runs; see ``report``."""

    runs: int
    harmed: int
    left: float
    left_mean: float
    left_small: float
    delays: tuple[float, ...]
    missed: int
    gross: tuple[float, ...]
    gross_missed: int
    cases: int
    hurt: int
    hurt_wrong: int
    harmless: int
    not_carrying: int
    harmless_wrong: int
    harmless_later: int
    kept: float
    kept_least: float
    carrying: int
    again: int
    most_looks: int
    looks_per_week: float


def figures(compared: Sequence[Compared]) -> Figures:
    """The figures over some runs."""
    harmed = [one for one in compared if one.harmed and one.refused_after_without > 0]
    cases = [case for one in compared for case in one.cases]
    ratios = [one.refused_after / one.refused_after_without for one in harmed]
    twice = [case for case in cases if len(case.harmed) == 2]
    told = [case for case in twice if case.word is Word.HURT]
    gross = [case for case in cases if len(case.gross) == 2]
    gross_told = [case for case in gross if case.word is Word.HURT]
    carrying = [one for one in compared if one.carries and one.saved_without > 0]
    bad = [case for case in cases if case.loaded and case.refused >= WORSE * case.loaded]
    harmless = [case for case in cases if case.harmless_at is not None]
    return Figures(
        runs=len(compared),
        harmed=len(harmed),
        left=_ratio(
            sum(one.refused_after for one in harmed),
            sum(one.refused_after_without for one in harmed),
        ),
        left_mean=_ratio(sum(ratios), len(ratios)),
        left_small=_ratio(sum(ratio <= 0.1 for ratio in ratios), len(ratios)),
        delays=tuple(sorted(delay(case, case.harmed) for case in told)),
        missed=len(twice) - len(told),
        gross=tuple(sorted(delay(case, case.gross) for case in gross_told)),
        gross_missed=len(gross) - len(gross_told),
        cases=len(cases),
        hurt=sum(case.word is Word.HURT for case in cases),
        hurt_wrong=sum(wrong_hurt(case) for case in cases),
        harmless=len(harmless),
        not_carrying=len(bad),
        harmless_wrong=sum(
            case.refused_at_harmless >= WORSE * case.loaded_at_harmless for case in harmless
        ),
        harmless_later=sum(case.refused >= WORSE * case.loaded for case in harmless),
        kept=_ratio(sum(o.saved for o in carrying), sum(o.saved_without for o in carrying)),
        kept_least=min((one.saved / one.saved_without for one in carrying), default=1.0),
        carrying=len(carrying),
        again=sum(one.again for one in compared),
        most_looks=max((one.most_looks for one in compared), default=0),
        looks_per_week=_ratio(sum(o.looks for o in compared), sum(o.weeks for o in compared)),
    )


def wrong_hurt(case: Followed) -> bool:
    """Told to hurt, and nothing was refused until then."""
    return case.word is Word.HURT and case.refused_at_verdict == 0


def delay(case: Followed, harmed: Sequence[int]) -> float:
    """Minutes from the first cycle that could know of the second harmed window to the request."""
    assert case.at is not None
    return max(0.0, (case.at - (harmed[1] + DELAY)) / 60)


def _ratio(part: float, whole: float) -> float:
    return part / whole if whole else 0.0


def quantile(values: Sequence[float], share: float) -> float:
    """Of sorted values; 0 of none."""
    return values[min(len(values) - 1, int(share * len(values)))] if values else 0.0


def middle(values: Sequence[float]) -> float:
    """The median; 0 of none."""
    return median(values) if values else 0.0
