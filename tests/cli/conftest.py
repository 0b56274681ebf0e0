"""The command against a sandbox that is served over HTTP, as people use it."""

from __future__ import annotations

import json
import os
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource

from personalize_monitor import cli
from personalize_monitor.cli.main import main

REGIONS = ("--region", "us-east-1", "--region", "eu-west-1")
_SCHEMAS = Path(cli.__file__).with_name("schemas")
_PATIENCE = 120.0


@dataclass(frozen=True)
class Answer:
    """How a command ended, and what it wrote."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """Standard output as JSON."""
        return json.loads(self.out)


class Ask(Protocol):
    """Run the command in this process."""

    def __call__(self, *arguments: str) -> Answer: ...


@pytest.fixture(scope="session")
def served() -> Iterator[str]:
    """The address of a sandbox whose clock stands still on a Tuesday, three hours after deploy."""
    command = [sys.executable, "-m", "personalize_monitor.cli", "sandbox", "--port", "0"]
    command += ["--speed", "0", "--start", "2026-03-03T09:02Z", "--warm-up", "3"]
    environment = {k: v for k, v in os.environ.items() if not k.startswith("AWS_")}
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, env=environment) as process:
        try:
            assert process.stdout is not None
            ready, _, _ = select.select([process.stdout], [], [], _PATIENCE)
            assert ready, "the sandbox did not start in time"
            yield process.stdout.readline().split()[-1]
        finally:
            process.terminate()
            began = time.monotonic()
            process.wait(20)
            assert time.monotonic() - began < 20


@pytest.fixture
def ask(capsys: pytest.CaptureFixture[str]) -> Ask:
    """Run the command; nothing is served."""

    def run(*arguments: str) -> Answer:
        capsys.readouterr()
        code = main(arguments)
        written = capsys.readouterr()
        return Answer(code, written.out, written.err)

    return run


@pytest.fixture
def over(served: str, ask: Ask, monkeypatch: pytest.MonkeyPatch) -> Ask:
    """Run the command against the served sandbox."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", served)
    monkeypatch.setenv("COLUMNS", "120")
    return ask


def validated(verb: str, document: Any) -> None:
    """Hold a document against its published schema."""
    schemas = {path.name: json.loads(path.read_text("utf-8")) for path in _SCHEMAS.glob("*.json")}
    registry: Any = Registry().with_resources(
        [(name, Resource.from_contents(schema)) for name, schema in schemas.items()]
    )
    schema = schemas[f"{verb}.json"]
    Draft202012Validator.check_schema(schema)
    Draft202012Validator(schema, registry=registry).validate(document)
