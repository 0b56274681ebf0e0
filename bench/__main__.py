"""``make bench``: measure everything, print it, keep it in docs/performance.md and bench/out."""

from __future__ import annotations

import json
import time
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

from bench import desk
from bench.chart import chart
from bench.plans import Size, baseline, cold, first_day, warm
from bench.report import report
from bench.starts import import_times, package_mb

ROOT = Path(__file__).parents[1]
SIZES = [Size(n, regions) for n in (10, 100, 500, 1000, 5000) for regions in (1, 3)]
# Cold starts of the largest fleets take several cycles at ten describes a second.
COLD = [s for s in SIZES if s.resources <= 500 or s == Size(1000, 3)]
INSTALL = [Size(500, 3, 0), Size(100, 3)]
FIRST = [(500, "lower"), (3000, "lower"), (1000, "follow")]
BASELINE = [Size(n, 3) for n in (10, 100, 500)]


def main() -> None:
    """Cold starts and the baseline wait most of their time, so they run side by side."""
    begun = time.monotonic()
    results: dict[str, Any] = {"cold": {}, "warm": {}, "first": {}, "baseline": {}}
    # Two cold starts at a time beside the baseline: all of them wait, none of them computes much.
    with ThreadPoolExecutor(3) as pool:
        against = pool.submit(lambda: {size.key: baseline(size) for size in BASELINE})
        firsts = {size: pool.submit(cold, size) for size in sorted(COLD, key=_waits, reverse=True)}
        installs = {size: pool.submit(cold, size, installed=False) for size in INSTALL}
        for size, first in firsts.items():
            results["cold"][size.key] = first.result()
            _say(begun, f"cold {size.key}")
        results["install"] = {size.key: first.result() for size, first in installs.items()}
        results["baseline"] = against.result()
        _say(begun, "baseline")
    for size in SIZES:
        results["warm"][size.key] = warm(size)
        _say(begun, f"warm {size.key}")
    for resources, mode in FIRST:
        results["first"][f"{resources:,} {mode}"] = first_day(resources, mode)
        _say(begun, f"first day {resources} {mode}")
    results["desk"] = desk.measured()
    _say(begun, "the command")
    results["imports"] = import_times()
    results["package_mb"] = package_mb()
    results["seconds"] = round(time.monotonic() - begun)
    out = ROOT / "bench" / "out"
    out.mkdir(exist_ok=True)
    (out / "results.json").write_text(json.dumps(results, indent=1) + "\n")
    write(results)


def write(results: dict[str, Any]) -> None:
    """The report in words, and the picture beside it."""
    text = report(results)
    (ROOT / "docs" / "performance.md").write_text(text)
    (ROOT / "docs" / "performance.svg").write_text(chart(results))
    (ROOT / "bench" / "out" / "performance.svg").write_text(chart(results))
    print(text)


def _waits(size: Size) -> float:
    return size.resources / size.regions


def _say(begun: float, what: str) -> None:
    print(f"{time.monotonic() - begun:6.1f} s  {what}", flush=True)


if __name__ == "__main__":
    main()
