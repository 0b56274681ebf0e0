"""Try policies on traces: one row of figures for each, as a table and as JSON."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from math import ceil, isnan
from pathlib import Path

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.demand import PER_DAY, Demand
from personalize_monitor.policy.follow.cost_profile import BALANCED, CAREFUL, SAVER, CostProfile
from personalize_monitor_desk.backtest import baselines, clairvoyant, modes
from personalize_monitor_desk.backtest.evaluate import (
    Score,
    Timeline,
    run_together,
    score,
    steady_from,
)
from personalize_monitor_desk.backtest.history import Policy
from personalize_monitor_desk.backtest.sample import Part, Played
from personalize_monitor_desk.backtest.trace import read_trace

Maker = Callable[[], Policy]
"""Makes a fresh policy for one trace; a class will do."""
Bound = Callable[[Demand], Timeline]
"""Floors made with the whole trace known."""
BURSTY_FROM = 0.10
"""Median noise of five minutes around the hour's mean from which a trace is bursty."""


@dataclass(frozen=True, slots=True)
class Row:
    """One policy on one trace. Bill, j10 and j30 are in multiples of the bill of floor 1.

    ``exposed`` is the share of the requests that floor 1 exposes, ``exposed_percent`` of all.
    """

    trace: str
    policy: str
    bursty: bool
    bill_usd: float
    bill: float
    exposed: float
    exposed_percent: float
    updates_per_week: float
    j10: float
    j30: float


@dataclass(frozen=True, slots=True)
class Report:
    """All rows of a run, and the rules that it was run by."""

    rows: tuple[Row, ...]
    initial: str
    window: str
    lag_minutes: int
    headroom: float

    def means(self, *, traces: Iterable[str] | None = None) -> list[Row]:
        """One row per policy: plain means over the traces (all, or those named)."""
        chosen = None if traces is None else frozenset(traces)
        grouped: dict[str, list[Row]] = {}
        for row in self.rows:
            if chosen is None or row.trace in chosen:
                grouped.setdefault(row.policy, []).append(row)
        return [_mean(policy, rows) for policy, rows in grouped.items()]

    def table(self, *, traces: Iterable[str] | None = None) -> str:
        """The means (over all traces, or those named) as a Markdown table."""
        lines = [
            "| policy | bill / floor 1 | exposed, share of floor 1 | updates / week | J10 | J30 |",
            "| --- | --- | --- | --- | --- | --- |",
        ]
        lines += [
            f"| {row.policy} | {row.bill:.3f} | {row.exposed:.2f} | {row.updates_per_week:.1f} "
            f"| {row.j10:.3f} | {row.j30:.3f} |"
            for row in self.means(traces=traces)
        ]
        return "\n".join(lines)

    def to_json(self) -> str:
        """Rules and rows, for programs."""
        return json.dumps(asdict(self), indent=1)


def _mean(policy: str, rows: Sequence[Row]) -> Row:
    def of(name: str) -> float:
        values = [float(getattr(row, name)) for row in rows]
        return sum(values) / len(values)

    return Row(
        trace=f"mean of {len(rows)}",
        policy=policy,
        bursty=any(row.bursty for row in rows),
        bill_usd=of("bill_usd"),
        bill=of("bill"),
        exposed=of("exposed"),
        exposed_percent=of("exposed_percent"),
        updates_per_week=of("updates_per_week"),
        j10=of("j10"),
        j30=of("j30"),
    )


def policies(headroom: float = 0.0, most: int | None = None) -> dict[str, Maker]:
    """What we compare with, then our modes, which are told the ``headroom``.

    ``most`` updates a day is the application's ``MaxUpdatesPerDay``; None does not count them.
    """

    def following(taste: CostProfile) -> Maker:
        if most is None:
            return lambda: modes.Follow(taste, headroom=headroom)
        return lambda: modes.Follow(
            taste, headroom=headroom, max_updates_per_day=most, limited=True
        )

    return {
        "constant 1": lambda: baselines.constant_one,
        "floor as it is": lambda: baselines.as_it_is,
        "existing rule": baselines.ExistingRule,
        "lower": modes.Lower,
        "follow saver": following(SAVER),
        "follow balanced": following(BALANCED),
        "follow careful": following(CAREFUL),
    }


def bounds(headroom: float = 0.0) -> dict[str, Bound]:
    """What could be reached if the whole trace were known; prices chosen to match our modes."""

    def seeing(price: float, update: float) -> Bound:
        return lambda demand: clairvoyant.few_updates(
            demand, exposure_price=price, update_price=update, headroom=headroom
        )

    return {
        "clairvoyant saver": seeing(7.0, 0.0068),
        "clairvoyant balanced": seeing(10.0, 0.008),
        "clairvoyant careful": seeing(30.0, 0.015),
        "clairvoyant, nothing exposed": lambda demand: clairvoyant.nothing_exposed(
            demand, headroom=headroom
        ),
    }


def run(
    traces: Iterable[Path | str | tuple[str, Demand]],
    field: Mapping[str, Maker] | None = None,
    limits: Mapping[str, Bound] | None = None,
    *,
    initial: str = "peak",
    window: str = "steady",
    lag_minutes: int = 10,
    headroom: float = 0.0,
) -> Report:
    """Try a field of policies, and bounds, on every trace (files, or named demands).

    By default: ``policies`` and ``bounds``. ``initial`` floor: peak, p50 or over10; ``window``:
    steady or all. ``headroom`` is what the service keeps, and what our modes are told.
    Raises InvalidRequest for other words.
    """
    if window not in {"steady", "all"}:
        raise InvalidRequest(f"Window {window} is not known; use steady or all.")
    field = policies(headroom) if field is None else field
    limits = bounds(headroom) if limits is None else limits
    rows: list[Row] = []
    for trace in traces:
        name, demand = trace if isinstance(trace, tuple) else _read(Path(trace))
        begin = steady_from(demand) if window == "steady" else 0
        played = run_together(
            demand, [make() for make in field.values()], initial_floor(demand, initial)
        )
        lines = dict(zip(field, played, strict=True))
        lines |= {bound: see(demand) for bound, see in limits.items()}
        whole = [Played(Part(demand, begin), lines)]
        rows += rows_of(name, demand, whole, lag_minutes=lag_minutes, headroom=headroom)
    return Report(tuple(rows), initial, window, lag_minutes, headroom)


def _read(path: Path) -> tuple[str, Demand]:
    return path.name.removesuffix(".gz").removesuffix(".csv"), read_trace(path).demand


def rows_of(
    name: str, demand: Demand, played: Sequence[Played], *, lag_minutes: int, headroom: float
) -> list[Row]:
    """A row for each policy, over all that was ``played`` of ``demand`` together."""

    def total(policy: str | None) -> Score:
        scores = [
            score(
                one.part.demand,
                Timeline((1,) * len(one.part.demand), ()) if policy is None else one.lines[policy],
                lag_minutes=lag_minutes,
                headroom=headroom,
                begin=one.part.begin,
            )
            for one in played
        ]
        return sum(scores[1:], scores[0])

    least, noisy = total(None), noise(demand) >= BURSTY_FROM
    return [_row(name, policy, total(policy), least, bursty=noisy) for policy in played[0].lines]


def _row(name: str, policy: str, got: Score, least: Score, *, bursty: bool) -> Row:
    return Row(
        trace=name,
        policy=policy,
        bursty=bursty,
        bill_usd=got.bill,
        bill=got.bill / least.bill if least.bill else 1.0,
        exposed=got.exposed / least.exposed if least.exposed else 0.0,
        exposed_percent=100 * got.exposed / got.requests if got.requests else 0.0,
        updates_per_week=got.updates_per_week,
        j10=got.cost(10) / least.bill if least.bill else 1.0,
        j30=got.cost(30) / least.bill if least.bill else 1.0,
    )


def initial_floor(demand: Demand, word: str) -> int:
    """The floor at launch: the highest rate, the median rate, or ten times the highest."""
    peak = max(1, ceil(demand.peak()))
    if word == "peak":
        return peak
    if word == "over10":
        return 10 * peak
    if word == "p50":
        known = sorted(rate for rate in demand.rates if not isnan(rate))
        return max(1, round(known[len(known) // 2])) if known else 1
    raise InvalidRequest(f"Initial floor {word} is not known; use peak, p50 or over10.")


def noise(demand: Demand) -> float:
    """Median over the hours of the standard deviation of five minutes over the hour's mean."""
    size = PER_DAY // 24
    found = []
    for begin in range(0, len(demand) - size + 1, size):
        hour = demand.sums[begin : begin + size]
        mean = sum(hour) / size
        if mean > 0:
            found.append((sum((value - mean) ** 2 for value in hour) / size) ** 0.5 / mean)
    return sorted(found)[len(found) // 2] if found else 0.0
