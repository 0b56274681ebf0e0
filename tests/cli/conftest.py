"""The command as people use it: against a sandbox served over HTTP, or one in this process."""

from __future__ import annotations

import functools
import json
import os
import select
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import timedelta
from pathlib import Path
from typing import Any, Protocol

import pytest
from jsonschema import Draft202012Validator  # type: ignore[import-untyped]
from referencing import Registry, Resource
from tests.support import ACCOUNT, HOME, JOURNAL, Local, every_window

from aws_sandbox import fleet
from personalize_monitor.aws.access import Access
from personalize_monitor.aws.journal import Journal
from personalize_monitor_desk import cli
from personalize_monitor_desk.cli import session
from personalize_monitor_desk.cli.main import main

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
    command = [sys.executable, "-m", "personalize_monitor_desk.cli", "sandbox", "--port", "0"]
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


class Inside:
    """The command against the sandbox of this process, whose time is the command's."""

    def __init__(self, local: Local, ask: Ask) -> None:
        self.local = local
        self._ask = ask

    def __call__(self, *arguments: str) -> Answer:
        """Run one command."""
        return self._ask(*arguments)

    def deploy(self, name: str = "monitor", region: str = HOME, **parameters: str) -> None:
        """Let CloudFormation know a stack that looks like ours, with its journal and schedules."""
        outputs = {
            "JournalLogGroup": JOURNAL,
            "UpdateFunctionArn": f"arn:aws:lambda:{region}:{ACCOUNT}:function:update",
            "PrewarmScheduleGroup": f"{name}-prewarms",
            "PrewarmRoleArn": f"arn:aws:iam::{ACCOUNT}:role/prewarm",
            "DeadLettersArn": f"arn:aws:sqs:{region}:{ACCOUNT}:dead-letters",
            "NotificationTopicArn": f"arn:aws:sns:{region}:{ACCOUNT}:{name}-topic",
        }
        self.stack(name, region, outputs, parameters)
        self.local.client("logs", region).create_log_group(logGroupName=JOURNAL)
        self.local.client("scheduler", region).create_schedule_group(Name=f"{name}-prewarms")

    def stack(
        self,
        name: str,
        region: str = HOME,
        outputs: dict[str, str] | None = None,
        parameters: dict[str, str] | None = None,
    ) -> None:
        """A stack with nothing in it but its outputs and parameters."""
        given = parameters or {}
        template = {
            "Parameters": {key: {"Type": "String"} for key in given},
            "Resources": {"Topic": {"Type": "AWS::SNS::Topic"}},
            "Outputs": {key: {"Value": value} for key, value in (outputs or {}).items()},
        }
        self.local.client("cloudformation", region).create_stack(
            StackName=name,
            TemplateBody=json.dumps(template),
            Parameters=[
                {"ParameterKey": key, "ParameterValue": value} for key, value in given.items()
            ],
        )

    def campaign(self, name: str, *, requests: int = 600, **more: Any) -> str:
        """A campaign with so many requests every five minutes (600 are 2 TPS); its ARN."""
        shape = every_window(requests) if requests else None
        return fleet.add_campaign(self.local.world, name, shape=shape, **more).arn

    def recommender(self, name: str, *, requests: int = 150, **more: Any) -> str:
        """A recommender in the same way."""
        shape = every_window(requests) if requests else None
        return fleet.add_recommender(self.local.world, name, shape=shape, **more).arn

    def wrote(self, detail_type: str, detail: dict[str, Any], *, hours_ago: float = 1.0) -> None:
        """Put an announcement into the journal, as a function of the application does."""
        moment = self.local.now - timedelta(hours=hours_ago)
        record = {
            "time": moment.isoformat(),
            "source": "personalize.monitor",
            "detail-type": detail_type,
            "resources": [detail["ARN"]] if "ARN" in detail else [],
            "detail": detail,
        }
        journal = Journal(self.local.access, HOME, group=JOURNAL)
        journal.write(record, stream="tests", now=moment)


@functools.cache
def _the_access() -> Access:
    return Access()


@pytest.fixture
def inside(local: Local, ask: Ask, monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Inside:
    """The command against a sandbox that is empty at first; its own journal is in ``tmp_path``."""
    monkeypatch.setattr(session, "present", lambda: local.now)
    # Most of a command's time is making clients, and each test's would be the same.
    local.access = _the_access()
    monkeypatch.setattr(session, "new_session", lambda profile: profile)
    monkeypatch.setattr(session, "Access", lambda profile: local.access)
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    monkeypatch.setenv("COLUMNS", "120")
    return Inside(local, ask)


@pytest.fixture
def signals() -> Iterator[None]:
    """Verbs that serve take signals for themselves; the tests' own come back."""
    kept = {number: signal.getsignal(number) for number in (signal.SIGTERM, signal.SIGINT)}
    yield
    for number, handler in kept.items():
        signal.signal(number, handler)


@pytest.fixture
def taken() -> Iterator[int]:
    """A port that somebody else listens on."""
    with socket.socket() as other:
        other.bind(("127.0.0.1", 0))
        other.listen()
        yield other.getsockname()[1]


def validated(verb: str, document: Any) -> None:
    """Hold a document against its published schema."""
    _validator(verb).validate(document)


@functools.cache
def _validator(verb: str) -> Draft202012Validator:
    schemas = {path.name: json.loads(path.read_text("utf-8")) for path in _SCHEMAS.glob("*.json")}
    registry: Any = Registry().with_resources(
        [(name, Resource.from_contents(schema)) for name, schema in schemas.items()]
    )
    schema = schemas[f"{verb}.json"]
    Draft202012Validator.check_schema(schema)
    return Draft202012Validator(schema, registry=registry)
