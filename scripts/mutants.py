"""How much of ``policy`` and ``model`` is held by tests: small faults are put in and must be found.

Runs mutmut on a copy of the tree in ``build/mutants``, with the tests of these rooms alone, and
prints for each module which share of its mutants was found. A mutant that never ends counts as
found, one that no test reaches as missed. Fails below ``LEAST`` percent in either room.

``MUTANTS_SHARE=0.2`` takes a fifth of the mutants, by the last digit of their numbers, and
``SEED`` says which; ``MUTANTS_ONLY=policy.lower`` takes one module. The names of those that were
missed are in ``build/mutants/missed.txt``; ``mutmut show NAME`` there shows one.
"""

from __future__ import annotations

import fnmatch
import json
import os
import random
import shutil
import subprocess
import sys
from collections import defaultdict
from dataclasses import dataclass
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
WORK = ROOT / "build" / "mutants"
ROOMS = ("model", "policy")
TESTS = ("tests/model", "tests/policy")
COPIED = (
    "src",
    *TESTS,
    *(f"tests/{name}.py" for name in ("conftest", "support", "order", "present")),
    "docs/money.md",
    "template.yaml",
)
LEAST = 85.0

_MISSED = frozenset({0, 5, 33})  # survived, or no test was there
_NOT_TRIED = frozenset({None, 2, 34})
_CONFIGURATION = f"""
[tool.mutmut]
source_paths = ["src"]
only_mutate = {[f"src/personalize_monitor/{room}/*" for room in ROOMS]}
also_copy = ["docs", "template.yaml"]
pytest_add_cli_args_test_selection = {list(TESTS)}
pytest_add_cli_args = ["-p", "no:xdist", "-p", "no:cacheprovider", "--hypothesis-seed=0"]
timeout_multiplier = 2.0
timeout_constant = 1.0
track_dependencies = false
use_git_change_detection = false
"""
# A fault that was found needs neither a smaller example nor a memory.
_QUICK = """

from hypothesis import Phase

settings.register_profile(
    "mutants", settings.get_profile("ours"), phases=[Phase.explicit, Phase.generate], database=None
)
settings.load_profile("mutants")
"""


@dataclass(slots=True)
class Score:
    """Mutants that were tried, and those of them that tests found."""

    tried: int = 0
    found: int = 0

    @property
    def percent(self) -> float:
        """The share that was found; all of nothing."""
        return 100.0 * self.found / self.tried if self.tried else 100.0

    def line(self, name: str) -> str:
        """A line of the table."""
        return f"{name:<24}{self.found:>6} of {self.tried:>5}{self.percent:>9.1f} %"


def main() -> int:
    """Try the mutants, print the scores; 1 when one of the rooms is below ``LEAST``."""
    patterns = _patterns()
    _lay_out()
    command = [str(Path(sys.executable).with_name("mutmut")), "run", *patterns]
    with (WORK / "mutmut.log").open("w") as log:
        _say(f"Trying mutants, see {log.name} ...")
        ended = subprocess.run(  # noqa: S603  our own words
            command, cwd=WORK, stdout=log, stderr=log, check=False
        )
    if ended.returncode:
        _say((WORK / "mutmut.log").read_text("utf-8")[-4000:])
        return ended.returncode
    scores, missed = _results(patterns)
    (WORK / "missed.txt").write_text("".join(f"{name}\n" for name in missed), "utf-8")
    return _report(scores)


def _say(text: str) -> None:
    sys.stdout.write(f"{text}\n")
    sys.stdout.flush()


def _patterns() -> list[str]:
    """Which mutants are asked for; none means all."""
    share, only = float(os.environ.get("MUTANTS_SHARE", "1")), os.environ.get("MUTANTS_ONLY", "*")
    if share >= 1 and only == "*":
        return []
    digits = list("0123456789")
    random.Random(os.environ.get("SEED", "1")).shuffle(digits)  # noqa: S311  a draw, no secret
    chosen = "".join(sorted(digits[: max(1, round(10 * share))]))
    return [f"personalize_monitor.{only}.*__mutmut_*[{chosen}]"]


def _lay_out() -> None:
    """A copy of all that the tests of the rooms need, with mutmut's settings."""
    shutil.rmtree(WORK, ignore_errors=True)
    for name in COPIED:
        source, target = ROOT / name, WORK / name
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target, ignore=shutil.ignore_patterns("__pycache__"))
        else:
            shutil.copyfile(source, target)
    with (WORK / "tests" / "conftest.py").open("a", encoding="utf-8") as file:
        file.write(_QUICK)
    settings = (ROOT / "pyproject.toml").read_text("utf-8")
    (WORK / "pyproject.toml").write_text(settings + _CONFIGURATION, "utf-8")


def _results(patterns: list[str]) -> tuple[dict[str, Score], list[str]]:
    """Scores by module, and the names of the mutants that no test found."""
    scores: dict[str, Score] = defaultdict(Score)
    missed: list[str] = []
    base = WORK / "mutants" / "src" / "personalize_monitor"
    for file in sorted(base.rglob("*.py.meta")):
        module = str(file.relative_to(base)).removesuffix(".py.meta").replace(os.sep, ".")
        for name, code in json.loads(file.read_text("utf-8"))["exit_code_by_key"].items():
            asked = not patterns or any(fnmatch.fnmatch(name, one) for one in patterns)
            if code in _NOT_TRIED or not asked:
                continue
            scores[module].tried += 1
            scores[module].found += code not in _MISSED
            if code in _MISSED:
                missed.append(name)
    return scores, missed


def _report(scores: dict[str, Score]) -> int:
    """The table, and whether it is good enough."""
    failed = False
    for room in ROOMS:
        whole = Score()
        for module, score in scores.items():
            if module.partition(".")[0] == room:
                _say(score.line(module))
                whole = Score(whole.tried + score.tried, whole.found + score.found)
        _say(whole.line(f"== {room}") + "\n")
        failed |= whole.percent < LEAST
    if failed or not scores:
        _say(f"Less than {LEAST:g} % of the mutants were found, or none was tried.")
    return int(failed or not scores)


if __name__ == "__main__":
    sys.exit(main())
