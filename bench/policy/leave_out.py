"""Cross-validation of follow's prices: tune without a source, then measure on it.

    python bench/policy/leave_out.py TRACES [MORE_TRACES ...]

Only the two prices of a taste and its doubt are tuned, so these are what a source could have
been fitted with. For each source left out, the candidate with the least J10 (an update a week
above 35 costs 0.00085, the slope of the frontier) over the other sources is taken, and measured
on the source. The gap to the best candidate in hindsight is the price of not having known it.
"""

from __future__ import annotations

import sys
from collections.abc import Mapping, Sequence
from itertools import product
from pathlib import Path

from personalize_monitor.policy.follow import Taste
from personalize_monitor_desk.backtest.evaluate import (
    Score,
    Timeline,
    run_together,
    score,
    steady_from,
)
from personalize_monitor_desk.backtest.modes import Follow
from personalize_monitor_desk.backtest.run import initial_floor, noise
from personalize_monitor_desk.backtest.trace import read_trace

TASTES = [
    Taste(m, u, d) for m, u, d in product((8.5, 10, 12), (0.0043, 0.0053, 0.0066), (0.6, 1.2))
]
SLOPE = 0.00085
Figures = tuple[float, float, float, float]
"""Bill, exposed share, updates a week, J10: in multiples of floor 1."""


def figures(ours: Score, one: Score) -> Figures:
    """The four figures that candidates are judged by."""
    return (
        ours.bill / one.bill,
        ours.exposed / one.exposed,
        ours.updates_per_week,
        ours.cost(10) / one.bill,
    )


def measure(path: Path) -> list[Figures] | None:
    """Every taste on one trace; None if the trace is bursty."""
    demand = read_trace(path).demand
    if noise(demand) >= 0.1:
        return None
    begin = steady_from(demand)
    one = score(demand, Timeline((1,) * len(demand), ()), begin=begin)
    lines = run_together(demand, [Follow(taste) for taste in TASTES], initial_floor(demand, "peak"))
    return [figures(score(demand, line, begin=begin), one) for line in lines]


def mean(found: Sequence[list[Figures]], taste: int) -> Figures:
    """Means of one taste over traces."""
    rows = [one[taste] for one in found]
    a, b, c, d = (sum(row[i] for row in rows) / len(rows) for i in range(4))
    return a, b, c, d


def judged(row: Figures) -> float:
    """The figure that is made least."""
    return row[3] + SLOPE * max(0.0, row[2] - 35)


def best(groups: Mapping[str, list[list[Figures]]]) -> int:
    """The taste that is best when every source counts the same."""
    return min(
        range(len(TASTES)),
        key=lambda taste: sum(judged(mean(found, taste)) for found in groups.values()),
    )


def main(folders: Sequence[str]) -> None:
    """Measure everything once, then leave out source by source."""
    groups: dict[str, list[list[Figures]]] = {}
    for path in sorted(file for folder in folders for file in Path(folder).glob("*.csv*")):
        if "__p2." in path.name or path.name.startswith("synthetic"):
            continue
        measured = measure(path)
        if measured is not None:
            groups.setdefault(path.name.split("_")[0], []).append(measured)
            print(f"  {path.name}", file=sys.stderr, flush=True)
    print("| left out | traces | tuned on the rest | bill | exposed | updates | J10 | hindsight |")
    print("| --- | --- | --- | --- | --- | --- | --- | --- |")
    for name, found in groups.items():
        rest = {other: rows for other, rows in groups.items() if other != name}
        taste = best(rest)
        bill, exposed, updates, j10 = mean(found, taste)
        own = judged(mean(found, best({name: found})))
        chosen = TASTES[taste]
        print(
            f"| {name} | {len(found)} | m {chosen.exposure_price:g}, update "
            f"{chosen.update_price:g}, doubt {chosen.doubt:g} | {bill:.3f} | {exposed:.2f} "
            f"| {updates:.1f} | {j10:.3f} | {own:.3f} |"
        )
    everything = TASTES[best(groups)]
    print(f"\nTuned on all: {everything}")


if __name__ == "__main__":
    main(sys.argv[1:])
