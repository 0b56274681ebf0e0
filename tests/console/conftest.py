"""Fixtures of the console's tests: a seat in front of it, and a browser that stays at home."""

from __future__ import annotations

import shutil
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
from playwright.sync_api import Browser, BrowserContext, Page, expect, sync_playwright
from tests.console.stage import ARGUMENTS, CHROMIUM, Seat, demo, seated

from personalize_monitor_desk.console import actions
from personalize_monitor_desk.console.assets import LibrariesMissing, libraries


@pytest.fixture(autouse=True)
def _restores_are_looked_at_often(monkeypatch: pytest.MonkeyPatch) -> None:
    """The sandbox's clock is moved by the test; a quarter of a minute of ours is for nobody."""
    monkeypatch.setattr(actions, "_NAP", 0.2)


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
def browser() -> Iterator[Browser]:
    """Debian's chromium; tests that need it are skipped where it is missing."""
    if not shutil.which(CHROMIUM):
        pytest.skip(f"{CHROMIUM} is missing: apt-get install chromium")
    try:
        libraries()
    except LibrariesMissing as missing:
        pytest.skip(str(missing))
    with ExitStack() as opened:
        with pytest.MonkeyPatch.context() as patch:
            # faketime makes chromium hang now and then; our pages ask it for no time.
            patch.delenv("LD_PRELOAD", raising=False)
            playwright = opened.enter_context(sync_playwright())
        launched = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        yield launched
        launched.close()


@pytest.fixture
def context(browser: Browser) -> Iterator[BrowserContext]:
    """A browser without memory."""
    made = browser.new_context(viewport={"width": 1280, "height": 900})
    made.set_default_timeout(20_000)
    yield made
    made.close()


@pytest.fixture
def page(context: BrowserContext) -> Page:
    """An empty page."""
    expect.set_options(timeout=20_000)
    return context.new_page()


@pytest.fixture
def stays_here(context: BrowserContext) -> Iterator[None]:
    """No request leaves the machine, and no page has an error."""
    asked: list[str] = []
    wrong: list[str] = []
    context.on("request", lambda request: asked.append(request.url))
    context.on("weberror", lambda error: wrong.append(str(error.error)))
    context.on(
        "console",
        lambda said: (
            wrong.append(said.text)
            if said.type == "error" and "status of 4" not in said.text
            else None
        ),
    )
    yield
    assert not [url for url in asked if not url.startswith(("http://127.0.0.1:", "data:"))]
    assert not wrong
