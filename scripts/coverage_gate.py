"""Is enough of the package run by its tests? Branches count, and rules and values need nearly all.

Reads the JSON report that `make test COVERAGE=1` writes.
"""

from __future__ import annotations

import json
import sys
from collections.abc import Mapping
from pathlib import Path
from typing import Any

APPLICATION = "src/personalize_monitor/"
WANTED = {
    APPLICATION: 95.0,
    f"{APPLICATION}policy/": 99.9,
    f"{APPLICATION}model/": 99.9,
    "desk/": 95.0,
    "aws-sandbox/": 95.0,
}
"""Percent of lines and branches together, by folder."""
_SHOWN = 5


def main(path: Path) -> int:
    """0 when every folder has what is wanted of it, else 1; a sentence for each."""
    try:
        files = json.loads(path.read_text("utf-8"))["files"]
    except (OSError, ValueError, KeyError, TypeError) as problem:
        sys.stderr.write(f"coverage: {path} is no coverage report ({problem}).\n")
        return 1
    said = [verdict(files, folder, wanted) for folder, wanted in WANTED.items()]
    for fine, sentence in said:
        (sys.stdout if fine else sys.stderr).write(f"coverage: {sentence}\n")
    return 0 if all(fine for fine, _ in said) else 1


def verdict(files: Mapping[str, Any], folder: str, wanted: float) -> tuple[bool, str]:
    """Whether a folder has the percentage that is wanted of it, and the sentence that says so."""
    mine = {
        name.split(folder, 1)[1]: found["summary"]
        for name, found in files.items()
        if folder in name
    }
    if not mine:
        return False, f"{folder} is not in the report: its tests did not run."
    share = _percent(list(mine.values()))
    # What is missed may be one line of thousands: it is not rounded away.
    if share >= wanted:
        return True, f"{folder} has {share:.2f}% of lines and branches run; {wanted:g}% is wanted."
    worst = sorted(mine, key=lambda one: -_missed(mine[one]))[:_SHOWN]
    listed = ", ".join(f"{one} ({_missed(mine[one])})" for one in worst if _missed(mine[one]))
    return False, (
        f"{folder} has only {share:.2f}% of lines and branches run; {wanted:g}% is wanted. "
        f"Most is missed in: {listed}."
    )


def _missed(summary: Mapping[str, int]) -> int:
    """Lines and branches that no test runs."""
    return summary["missing_lines"] + summary["missing_branches"]


def _percent(summaries: list[Mapping[str, int]]) -> float:
    run = sum(one["covered_lines"] + one["covered_branches"] for one in summaries)
    there = sum(one["num_statements"] + one["num_branches"] for one in summaries)
    return 100.0 * run / there if there else 100.0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1])))
