"""An audit that could not ask says so; it is never green for want of answers."""

from __future__ import annotations

import json
import sys
from typing import Any

import pytest
from scripts.audit import main, verdict

pytestmark = pytest.mark.clock(once=True)

CLEAN = {"name": "boto3", "version": "1.43.0", "vulns": []}
BAD = {"name": "leaky", "version": "0.1", "vulns": [{"id": "PYSEC-1"}, {"id": "GHSA-2"}]}
SKIPPED = {"name": "rich", "skip_reason": "Dependency not found on PyPI"}


@pytest.mark.parametrize(
    ("found", "code", "sentence"),
    [
        ([CLEAN], 0, "No known vulnerabilities in 1 locked dependencies."),
        ([CLEAN, BAD], 1, "1 of 2 locked dependencies are known to be vulnerable."),
        ([CLEAN, SKIPPED], 2, "1 of 2 locked dependencies could not be asked about"),
        ([SKIPPED, BAD], 1, "leaky 0.1: PYSEC-1, GHSA-2"),
        ([], 2, "nothing is known"),
    ],
    ids=["clean", "bad", "skipped", "bad and skipped", "nothing"],
)
def test_the_verdict(
    found: list[dict[str, Any]], code: int, sentence: str, capsys: pytest.CaptureFixture[str]
) -> None:
    """Findings come before silence, and silence is not a finding of none."""
    assert verdict(found) == code
    written = capsys.readouterr()
    assert sentence in written.out + written.err


def echoing(text: str) -> list[str]:
    """A command that writes a text, as pip-audit writes its list."""
    return [sys.executable, "-c", f"print({text!r})"]


def test_the_list_is_read_from_the_command() -> None:
    """What pip-audit writes as JSON decides."""
    assert main(echoing(json.dumps({"dependencies": [CLEAN]}))) == 0
    assert main(echoing(json.dumps({"dependencies": [BAD]}))) == 1


@pytest.mark.parametrize("text", ["", "no json", "{}"])
def test_an_answer_that_is_none_is_told(text: str, capsys: pytest.CaptureFixture[str]) -> None:
    """A tool that broke down proves nothing."""
    assert main(echoing(text)) == 2
    assert "nothing is known about vulnerabilities" in capsys.readouterr().err
