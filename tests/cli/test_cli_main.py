"""Manners of the command: help, exit codes, errors in one sentence, late imports."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest
from tests.cli.conftest import Ask

from personalize_monitor import __version__
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.parts import VERBS

pytestmark = pytest.mark.clock(once=True)


def test_version(ask: Ask) -> None:
    """--version says which one it is."""
    assert ask("--version").out == f"personalize-monitor {__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_every_verb_has_help_with_an_example(ask: Ask, verb: str) -> None:
    """Each verb's help explains it and shows one call that works."""
    answer = ask(verb, "--help")
    assert answer.code == Exit.FINE
    said = " ".join(answer.out.split())
    assert f"personalize-monitor {verb}" in said.partition("Example: ")[2]


def test_the_list_of_verbs_loads_none_of_them() -> None:
    """Help for all comes without boto3 or moto, which take most of a second to load."""
    program = (
        "import sys\nfrom personalize_monitor_desk.cli.main import main\n"
        "main(['--help'])\n"
        "print([m for m in ('boto3', 'moto', 'starlette') if m in sys.modules], file=sys.stderr)"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, check=True
    )
    assert done.stderr.strip() == "[]"
    assert all(verb in done.stdout for verb in VERBS)


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (["statu"], "No such command 'statu'"),
        (["status", "--nope"], "No such option"),
        (["status", "--region", "mars"], "--region mars is not a region"),
        (["status", "--at", "soon"], "--at soon is not a time"),
        (["status", "--at", "2999-01-01"], "lies in the future"),
        (["status", "--at", "2020-01-01"], "no longer"),
        (["status", "--output", "xml"], "xml"),
        (["backtest", "/nowhere/at-all.csv"], "neither a trace file"),
        (["backtest", "arn:aws:s3:::bucket"], "not an ARN"),
        (["report", "--file", "report.docx"], "no known ending"),
        (["report", "--file", "a.md", "--output", "csv"], "contradict"),
        (["sandbox", "--start", "soon"], "--start soon is not a time"),
    ],
)
def test_what_cannot_be_meant_is_usage(ask: Ask, arguments: list[str], said: str) -> None:
    """A wrong option ends with 2 and one sentence that names it, never with a traceback."""
    answer = ask(*arguments)
    assert answer.code == Exit.USAGE
    assert said in answer.err
    assert "Traceback" not in answer.err
    assert answer.out == ""


def test_no_credentials_is_a_refusal(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without credentials the command says how to give some and ends with 3."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    monkeypatch.setenv("AWS_SHARED_CREDENTIALS_FILE", "/nowhere")
    monkeypatch.setenv("AWS_CONFIG_FILE", "/nowhere")
    answer = ask("status")
    assert answer.code == Exit.REFUSED
    assert "--profile" in answer.err


def test_an_unknown_profile_is_a_refusal(ask: Ask) -> None:
    """A profile that is not there is named."""
    answer = ask("status", "--profile", "nix")
    assert answer.code == Exit.REFUSED
    assert "nix" in answer.err


def test_an_endpoint_that_does_not_answer(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing listens there: 3 and one sentence."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    answer = ask("status")
    assert answer.code == Exit.REFUSED
    assert answer.err.count("\n") <= 2


def test_d10_a_credential_process_that_prints_no_json(
    ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is the person's own program, and no mistake of ours."""
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        monkeypatch.delenv(name)
    file = tmp_path / "config"
    file.write_text("[profile odd]\ncredential_process = echo nothing\n", "utf-8")
    monkeypatch.setenv("AWS_CONFIG_FILE", str(file))
    answer = ask("status", "--profile", "odd")
    assert answer.code == Exit.REFUSED
    assert "credential_process printed no credentials" in answer.err


def test_d10_an_endpoint_without_a_scheme(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is told before boto3 fails over it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "localhost:5757")
    answer = ask("status")
    assert answer.code == Exit.USAGE
    assert "The endpoint localhost:5757 is no address; write it as http://" in answer.err


def test_debug_shows_the_traceback(ask: Ask) -> None:
    """--debug shows where an error comes from."""
    assert "Traceback" in ask("status", "--region", "mars", "--debug").err


@pytest.mark.parametrize("verb", ["status", "changes"])
def test_a_bad_price_file_names_each_mistake(ask: Ask, tmp_path: Path, verb: str) -> None:
    """Own prices are read before AWS is asked, and each mistake is said."""
    path = tmp_path / "prices.toml"
    path.write_text("discount_percent = 200\n[prices.us-east-1.legacy]\ntiers = 3\n", "utf-8")
    answer = ask(verb, "--prices", str(path))
    assert answer.code == Exit.USAGE
    assert "discount_percent" in answer.err


def test_schemas_are_json() -> None:
    """Each document's schema is published in the package."""
    folder = Path(__file__).parents[2] / "desk/personalize_monitor_desk/cli/schemas"
    names = {path.stem for path in folder.glob("*.json")}
    assert {"status", "plan", "report", "savings", "changes", "backtest", "doctor", "demo"} <= names
    for path in folder.glob("*.json"):
        json.loads(path.read_text("utf-8"))
