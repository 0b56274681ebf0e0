"""What docs/sandbox.md shows is run as it stands there, and what it lists is what there is."""

from __future__ import annotations

import os
import re
import runpy
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from crosscheck import __main__ as crosscheck
from crosscheck import second
from crosscheck.rounds import ROUNDS
from tests.docs.book import DOCS, ROOT, Fence, fences
from tests.docs.test_docs_quickstart import environment, free_port, wait_for

from aws_sandbox import fleet
from aws_sandbox.sandbox import Sandbox
from aws_sandbox.server import Server
from aws_sandbox.stack.engine import KINDS

pytestmark = pytest.mark.clock(once=True)

PAGE = DOCS / "sandbox.md"
TEXT = PAGE.read_text("utf-8")
PORT = "5757"


def marked(marker: str, page: Path = PAGE) -> list[Fence]:
    """A page's examples with this marker."""
    return [fence for fence in fences(page) if fence.marker == marker]


PROGRAMS = [*marked("run: python"), *marked("run: python", ROOT / "aws-sandbox" / "README.md")]


@pytest.mark.parametrize("example", PROGRAMS, ids=lambda one: f"line {one.line}")
def test_the_programs_run(example: Fence, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each program is complete and its assertions hold; one deploys a stranger's template."""
    program = tmp_path / "example.py"
    program.write_text(example.text, "utf-8")
    monkeypatch.chdir(ROOT)
    runpy.run_path(str(program), run_name="__main__")


def test_the_fixture_works_with_pytest(tmp_path: Path) -> None:
    """The page's test module passes in a folder of its own."""
    (example,) = marked("run: pytest")
    (tmp_path / "test_example.py").write_text(example.text, "utf-8")
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(tmp_path)],
        cwd=tmp_path,
        # Plugins of ours that the page does not ask for take longer than its test.
        env=environment() | {"PYTEST_DISABLE_PLUGIN_AUTOLOAD": "1"},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert "1 passed" in done.stdout, done.stdout + done.stderr


@pytest.fixture
def port() -> Iterator[str]:
    """The sandbox as the page serves it, its clock standing still."""
    if shutil.which("aws", path=environment()["PATH"]) is None:
        pytest.skip("the AWS CLI is not installed")
    chosen = free_port()
    command = Path(sys.executable).parent / "personalize-monitor"
    options = ["--bare", "--speed", "0", "--warm-up", "0", "--port", chosen]
    with subprocess.Popen(
        [str(command), "sandbox", *options], env=environment(), stdout=subprocess.DEVNULL
    ) as running:
        try:
            wait_for(f"http://127.0.0.1:{chosen}/_sandbox", running)
            yield chosen
        finally:
            running.terminate()
            running.wait(timeout=30)


def test_the_terminal_shows_what_the_page_shows(port: str) -> None:
    """The AWS CLI changes a floor, the clock is turned, and the new floor is in force."""
    (commands,), (shown,) = marked("run: shell"), marked("shows: shell")
    done = subprocess.run(
        ["bash", "-euc", commands.text.replace(PORT, port)],
        env=environment() | {"AWS_CONFIG_FILE": os.devnull, "AWS_PAGER": ""},
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    numbers = [line for line in done.stdout.splitlines() if re.fullmatch(r"\d+", line)]
    assert numbers == shown.text.split()


@pytest.fixture
def served() -> Iterator[Server]:
    """A server without the command around it."""
    with Sandbox() as box:
        fleet.demo(box.world)
        with Server(box.world) as running:
            yield running


def test_the_addresses_of_the_server_are_listed(served: Server) -> None:
    """What the server answers by itself is in the page's table."""
    listed = set(re.findall(r"`/_sandbox/(\w+)", TEXT))
    own = {name for name in served._routes if name}
    assert own <= listed


def test_the_resource_types_are_all_listed() -> None:
    """The page names exactly the types that a template may have."""
    paragraph = TEXT.split("Resource types of a template:")[1].split("the SAM types")[0]
    listed = set()
    for service, names in re.findall(r"`AWS::(\w+)::\{?([\w,]+)\}?`", paragraph):
        listed |= {f"AWS::{service}::{name}" for name in names.split(",")}
    assert listed == set(KINDS) - {"AWS::CloudFormation::CustomResource"}


def test_the_result_is_of_the_questions_of_today() -> None:
    """The dated table has every round with as many checks as the cross-check asks now."""
    table = TEXT.split("### Result")[1]
    rows = re.findall(r"^\| ([A-Z]\w+(?: \w+)*) \| (\d+) \|(.*)$", table, re.MULTILINE)
    counted = {name: int(checks) for name, checks, _ in rows}
    assert counted == {one.name: len(one.checks) for one in ROUNDS}
    for _, checks, cells in rows:
        numbers = [int(cell) for cell in cells.replace("|", " ").split()]
        assert sum(numbers) == int(checks)


def test_the_cross_check_is_skipped_with_a_word_where_it_cannot_run(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Without Python 3.13 nothing is made, the reason is said, and the exit code is 0."""
    monkeypatch.setattr(second, "ENVIRONMENT", tmp_path / "none")
    for name in ("PATH", "PYENV_ROOT", "HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.delenv("CROSSCHECK_PYTHON", raising=False)
    assert crosscheck.main([]) == 0
    assert "Cross-check skipped: LocalStack 4.14.0 needs Python 3.13" in capsys.readouterr().out
    assert not (tmp_path / "none").exists()
