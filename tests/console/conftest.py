"""Fixtures of the console's tests: a seat in front of it, and a browser that stays at home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from tests.console.stage import Seat, demo, seated

from personalize_monitor.console.assets import LibrariesMissing, libraries

CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Even a page that wanted to could reach nothing else.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


@pytest.fixture
def seat(tmp_path: Path) -> Iterator[Seat]:
    """The demo's fleet behind a console that may act."""
    with demo() as world, seated(world, tmp_path) as found:
        yield found


@pytest.fixture(scope="module")
def still(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """The same for a whole module whose tests change nothing."""
    with demo() as world, seated(world, tmp_path_factory.mktemp("console")) as found:
        yield found


@pytest.fixture(scope="session")
def browser_type_launch_args() -> dict[str, Any]:
    """Debian's chromium; tests of the browser are skipped where it is missing."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    try:
        libraries()
    except LibrariesMissing as missing:
        pytest.skip(str(missing))
    return {"executable_path": CHROMIUM, "args": ARGUMENTS}
