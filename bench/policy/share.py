"""The share that each preset of follow gains of what a plan that knows the coming means could gain.

    python bench/policy/share.py TRACES [MORE_TRACES ...] [--peak 200] [--factors 1]

Gain: what bill and exposure cost less than with floor 1, at the preset's own price of an exposed
request. The plan that knows the means keeps to 35 updates a week; see
``backtest.clairvoyant.knowing_means``. One table by source for the smooth real traces, then the
bursty ones. With several factors on the update prices, each source is left out in turn: the factor
that is best for the other sources is measured on it.
"""

from __future__ import annotations

import argparse
import sys
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from personalize_monitor.policy.follow.cost_profile import BALANCED, CAREFUL, SAVER, CostProfile
from personalize_monitor_desk.backtest.clairvoyant import knowing_means
from personalize_monitor_desk.backtest.evaluate import Timeline, run_together, score, steady_from
from personalize_monitor_desk.backtest.modes import Follow
from personalize_monitor_desk.backtest.run import BURSTY_FROM, initial_floor, noise
from personalize_monitor_desk.backtest.trace import read_trace

PRESETS = {"saver": SAVER, "balanced": BALANCED, "careful": CAREFUL}
HEAD = (
    "| source | preset | share | bill | exposed | updates / week | bill, known | exposed, known |"
)
Key = tuple[str, float]
"""Preset and factor on its update price."""


@dataclass(frozen=True)
class Gain:
    """Gains in multiples of the bill of floor 1, bills likewise, exposure as a share of it."""

    gain: float
    known: float
    bill: float
    exposed: float
    updates: float
    known_bill: float
    known_exposed: float


def measure(path: Path, factors: Sequence[float]) -> tuple[bool, dict[Key, Gain]]:
    """(Whether the trace is bursty, what each preset gains with each factor)."""
    demand = read_trace(path).demand
    begin = steady_from(demand)
    one = score(demand, Timeline((1,) * len(demand), ()), begin=begin)
    tastes: dict[Key, CostProfile] = {
        (name, factor): replace(taste, update_price=factor * taste.update_price)
        for name, taste in PRESETS.items()
        for factor in factors
    }
    lines = run_together(
        demand, [Follow(taste) for taste in tastes.values()], initial_floor(demand, "peak")
    )
    best = {
        name: score(demand, knowing_means(demand, exposure_price=t.exposure_price), begin=begin)
        for name, t in PRESETS.items()
    }
    found = {}
    for (name, factor), line in zip(tastes, lines, strict=True):
        price, ours = PRESETS[name].exposure_price, score(demand, line, begin=begin)
        known = best[name]
        found[name, factor] = Gain(
            gain=(one.cost(price) - ours.cost(price)) / one.bill,
            known=(one.cost(price) - known.cost(price)) / one.bill,
            bill=ours.bill / one.bill,
            exposed=ours.exposed / one.exposed if one.exposed else 1.0,
            updates=ours.updates_per_week,
            known_bill=known.bill / one.bill,
            known_exposed=known.exposed / one.exposed if one.exposed else 1.0,
        )
    return noise(demand) >= BURSTY_FROM, found


def share(gains: Sequence[Gain]) -> float:
    """The share over several traces: their gains summed."""
    whole = sum(one.known for one in gains)
    return sum(one.gain for one in gains) / whole if whole > 0 else 0.0


def row(source: str, name: str, gains: Sequence[Gain]) -> str:
    """A row of the table."""

    def mean(field: str) -> float:
        return sum(float(getattr(one, field)) for one in gains) / len(gains)

    return (
        f"| {source} | {name} | {share(gains):.2f} | {mean('bill'):.3f} | {mean('exposed'):.2f} "
        f"| {mean('updates'):.1f} | {mean('known_bill'):.3f} | {mean('known_exposed'):.2f} |"
    )


def table(groups: Mapping[str, Sequence[dict[Key, Gain]]], factor: float = 1.0) -> str:
    """All sources, then each."""
    lines = [HEAD, "| --- |" + " --- |" * 7]
    everything = [one for found in groups.values() for one in found]
    for source, found in ((f"all ({len(everything)})", everything), *groups.items()):
        lines += [row(source, name, [one[name, factor] for one in found]) for name in PRESETS]
    return "\n".join(lines)


def left_out(groups: Mapping[str, Sequence[dict[Key, Gain]]], factors: Sequence[float]) -> str:
    """Each source with the factor that is best for the others."""
    lines = ["| left out | preset | factor of the others | share |", "| --- | --- | --- | --- |"]
    for source, found in groups.items():
        for name in PRESETS:
            others = [one for other, rest in groups.items() if other != source for one in rest]
            best = max(factors, key=lambda f: share([one[name, f] for one in others]))
            ours = share([one[name, best] for one in found])
            lines.append(f"| {source} | {name} | {best:g} | {ours:.2f} |")
    return "\n".join(lines)


def main(argv: Sequence[str] | None = None) -> None:
    """Measure every trace once, then show the tables."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="+", type=Path)
    parser.add_argument("--peak", default="200")
    parser.add_argument("--factors", type=float, nargs="+", default=[1.0])
    asked = parser.parse_args(argv)
    smooth: dict[str, list[dict[Key, Gain]]] = {}
    bursty: dict[str, list[dict[Key, Gain]]] = {}
    for path in sorted(p for f in asked.folders for p in f.glob(f"*__p{asked.peak}.csv*")):
        source = path.name.split("__")[0].split("_")[0]
        if source == "synthetic":
            continue
        wild, found = measure(path, asked.factors)
        (bursty if wild else smooth).setdefault(source, []).append(found)
        print(f"  {path.name}", file=sys.stderr, flush=True)
    for name, groups in (("Smooth", smooth), ("Bursty", bursty)):
        if groups:
            print(f"\n{name}:\n\n{table(groups)}")
    if len(asked.factors) > 1:
        print(f"\nSmooth, each source left out:\n\n{left_out(smooth, asked.factors)}")


if __name__ == "__main__":
    main()
