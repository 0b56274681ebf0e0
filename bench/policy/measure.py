"""Measure the right-sizing modes on a folder of traces, and write the figures down.

    python bench/policy/measure.py TRACES [--headroom 0.1] [--initial peak] [--window steady]

Prints one table for the smooth traces of peaks 20 and 200 and one for each source left out of
nothing; then the worst case of follow balanced against floor 1 over all traces. ``--json FILE``
keeps every row.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Sequence
from pathlib import Path

from personalize_monitor_desk.backtest.run import Report, Row, run


def source(trace: str) -> str:
    """The source of a trace: the first word of its name."""
    return trace.split("_", maxsplit=1)[0]


def is_target(row: Row) -> bool:
    """Smooth, real, at a peak of 20 or 200 TPS."""
    return not row.bursty and source(row.trace) != "synthetic" and not row.trace.endswith("__p2")


def worst_harm(report: Report) -> list[tuple[float, str]]:
    """J10 of follow balanced over J10 of floor 1, worst first."""
    one = {row.trace: row.j10 for row in report.rows if row.policy == "constant 1"}
    ours = {row.trace: row.j10 for row in report.rows if row.policy == "follow balanced"}
    return sorted(((ours[trace] / one[trace], trace) for trace in one), reverse=True)


def show(report: Report) -> None:
    """Tables by group, then the harm."""
    smooth = sorted({row.trace for row in report.rows if is_target(row)})
    print(f"\nSmooth traces, peaks 20 and 200 ({len(smooth)}):")
    print(report.table(traces=smooth))
    for name in sorted({source(trace) for trace in smooth}):
        own = [trace for trace in smooth if source(trace) == name]
        print(f"\n{name} ({len(own)}):\n{report.table(traces=own)}")
    print("\nFollow balanced against floor 1, J10, the worst of all traces:")
    for ratio, trace in worst_harm(report)[:8]:
        print(f"  {ratio:.4f}  {trace}")


def main(argv: Sequence[str] | None = None) -> None:
    """Run as the command line asks."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("traces", type=Path)
    parser.add_argument("--headroom", type=float, default=0.0)
    parser.add_argument("--initial", default="peak")
    parser.add_argument("--window", default="steady")
    parser.add_argument("--only", default="", help="part of the names of the traces to take")
    parser.add_argument("--json", type=Path)
    asked = parser.parse_args(argv)
    begin = time.process_time()
    files = sorted(path for path in asked.traces.glob("*.csv*") if asked.only in path.name)
    report = run(files, initial=asked.initial, window=asked.window, headroom=asked.headroom)
    show(report)
    print(f"\n{len(files)} traces in {time.process_time() - begin:.0f} s of processor time.")
    if asked.json:
        asked.json.write_text(report.to_json())


if __name__ == "__main__":
    main()
