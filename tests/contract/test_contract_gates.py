"""The gates that a change passes: what is run by tests, and what `.ci/run` asks for."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from scripts import coverage_gate

ROOT = Path(__file__).parents[2]


def file(lines: int, missing: int = 0, *, branches: int = 0, without: int = 0) -> dict[str, Any]:
    """One file's part of coverage's report."""
    return {
        "summary": {
            "num_statements": lines,
            "covered_lines": lines - missing,
            "missing_lines": missing,
            "num_branches": branches,
            "covered_branches": branches - without,
            "missing_branches": without,
        }
    }


def report(folder: Path, **files: dict[str, Any]) -> Path:
    """A report about these files of the package; `__` separates a room from its module."""
    path = folder / "coverage.json"
    named = {
        f"src/personalize_monitor/{name.replace('__', '/')}.py": found
        for name, found in files.items()
    }
    others = ("desk/personalize_monitor_desk/cli.py", "aws-sandbox/aws_sandbox/clock.py")
    named |= dict.fromkeys(others, file(10))
    path.write_text(json.dumps({"files": named}))
    return path


def test_enough_passes(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """95% of the package, and all of policy and model, is enough."""
    whole = report(
        tmp_path, policy__floor=file(50), model__arn=file(50, branches=10), cycle__run=file(100, 10)
    )
    assert coverage_gate.main(whole) == 0
    assert "src/personalize_monitor/ has 95.24%" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("files", "said"),
    [
        (
            {"policy__floor": file(50), "model__arn": file(50), "cycle__run": file(100, 12)},
            "4.00% of lines and branches run; 95% is wanted. Most is missed in: cycle/run.py (12).",
        ),
        (
            {"policy__floor": file(5000, 6), "model__arn": file(50)},
            "src/personalize_monitor/policy/ has only 99.88%",
        ),
        (
            {"policy__floor": file(50), "model__arn": file(50, branches=4, without=1)},
            "Most is missed in: arn.py (1).",
        ),
        (
            {"policy__floor": file(50), "cycle__run": file(100)},
            "src/personalize_monitor/model/ is not in the report: its tests did not run.",
        ),
    ],
    ids=["the package", "a line of policy", "a branch of model", "no model"],
)
def test_too_little_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], files: dict[str, Any], said: str
) -> None:
    """What is missed fails the gate, however little of a large room it is, and is named."""
    assert coverage_gate.main(report(tmp_path, **files)) == 1
    assert said in capsys.readouterr().err


@pytest.mark.parametrize("text", ["", "[]", "{}"])
def test_no_report_is_no_success(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], text: str
) -> None:
    """Without a report nothing is known, and that does not pass."""
    path = tmp_path / "coverage.json"
    if text:
        path.write_text(text)
    assert coverage_gate.main(path) == 1
    assert "is no coverage report" in capsys.readouterr().err


def test_the_whole_check_has_all_its_gates() -> None:
    """`.ci/run` stops at the first failure and leaves out neither tests, coverage nor the wheel."""
    script = (ROOT / ".ci" / "run").read_text("utf-8")
    assert "set -euo pipefail" in script
    wanted = ["make oldest", "make lint", "make checkov", "make docs"]
    wanted += ["make test COVERAGE=1", "make wheel"]
    commands = [line.strip() for line in script.splitlines()]
    assert [line for line in commands if line in wanted] == wanted
