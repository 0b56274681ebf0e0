"""The quick start is run as it is written, against a sandbox of its own."""

from __future__ import annotations

import os
import re
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.docs.book import DOCS, ROOT, Fence, fences

pytestmark = pytest.mark.clock(once=True)

PAGE = DOCS / "quickstart.md"
PORT = "5757"
STARTS_WITHIN = 60
BIN = Path(sys.executable).parent


class Terminal:
    """Runs the page's commands one block after another; what one exports the next ones see."""

    def __init__(self, folder: Path, port: str) -> None:
        self._port = port
        self._kept = folder / "exported"
        self._kept.touch()
        self._folder = folder
        (folder / "template.yaml").symlink_to(ROOT / "template.yaml")

    def run(self, text: str) -> str:
        """Run a block; it must succeed. Answers what it printed."""
        text = text.replace(PORT, self._port)
        script = f'. "{self._kept}"\nset -euo pipefail\n{text}\nexport -p > "{self._kept}"\n'
        done = subprocess.run(
            ["bash", "-c", script],
            cwd=self._folder,
            env=environment(),
            capture_output=True,
            text=True,
            timeout=180,
            check=False,
        )
        assert done.returncode == 0, f"{text}\n{done.stdout}\n{done.stderr}"
        return done.stdout + done.stderr


def environment() -> dict[str, str]:
    """A newcomer's: our command and the AWS CLI on the path, and nothing of AWS."""
    kept = {name: text for name, text in os.environ.items() if not name.startswith("AWS_")}
    return kept | {"PATH": f"{BIN}:{os.environ['PATH']}", "COLUMNS": "140", "NO_COLOR": "1"}


def free_port() -> str:
    """A port that nobody uses."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return str(probe.getsockname()[1])


@pytest.fixture(scope="module")
def port() -> Iterator[str]:
    """The sandbox that the page starts in a terminal of its own."""
    if shutil.which("aws", path=environment()["PATH"]) is None:
        pytest.skip("the AWS CLI is not installed")
    chosen = free_port()
    (server,) = [fence for fence in fences(PAGE) if fence.marker == "run: server"]
    command = server.text.replace(PORT, chosen).split()
    with subprocess.Popen(
        [str(BIN / command[0]), *command[1:]], env=environment(), stdout=subprocess.DEVNULL
    ) as running:
        try:
            wait_for(f"http://127.0.0.1:{chosen}/_sandbox", running)
            yield chosen
        finally:
            running.terminate()
            running.wait(timeout=30)


def wait_for(url: str, running: subprocess.Popen[bytes]) -> None:
    """Until the sandbox answers."""
    ends = time.monotonic() + STARTS_WITHIN
    while time.monotonic() < ends:
        assert running.poll() is None, "the sandbox ended before it answered"
        try:
            with urllib.request.urlopen(url, timeout=5):
                return
        except OSError:
            time.sleep(0.2)
    pytest.fail(f"no answer from {url} within {STARTS_WITHIN} s")


def missing(shown: Fence, output: str) -> list[str]:
    """Lines that the page shows and the output has not; an ellipsis stands for anything."""
    told = re.sub(r"\s+", " ", output.replace("\\n", " ").replace('\\"', '"'))
    lines = [line.strip() for line in shown.text.splitlines() if line.strip()]
    patterns = [
        ".{0,200}?".join(re.escape(part.strip()) for part in line.split("…")) for line in lines
    ]
    return [line for line, p in zip(lines, patterns, strict=True) if not re.search(p, told)]


def test_a_strangers_whole_story(port: str, tmp_path: Path) -> None:
    """Each command of the quick start succeeds in its order, and shows what the page shows."""
    terminal, output, steps = Terminal(tmp_path, port), "", 0
    for fence in fences(PAGE):
        if fence.marker == "run":
            output = terminal.run(fence.text)
            steps += 1
        elif fence.marker == "shows":
            lacking = missing(fence, output)
            assert not lacking, f"line {fence.line}: {lacking} not in\n{output}"
    assert steps > 10


def test_the_story_is_whole() -> None:
    """Every step that the page promises stands in it."""
    headings = re.findall(r"^## (.+)$", PAGE.read_text("utf-8"), re.MULTILINE)
    for step in (
        "Install",
        "Watch a second region",
        "Exempt a resource",
        "Read a plan",
        "Apply it",
        "Undo it",
        "Be told in your own way",
        "Uninstall",
    ):
        assert step in headings
