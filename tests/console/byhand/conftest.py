"""Fixtures of the tests by hand: a console that has not looked yet, and waits for nothing."""

from __future__ import annotations

import urllib.request
from pathlib import Path

import pytest
from tests.console.byhand.front import Front
from tests.console.byhand.served import Served

from personalize_monitor_desk.console.pages import events, fleet, plan, resource, savings, scrape


@pytest.fixture(autouse=True)
def _no_patience(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody looks at the account here, so a first look is not waited for."""
    for page in (events, fleet, plan, resource, savings, scrape):
        monkeypatch.setattr(page, "_PATIENCE", 0.0)


@pytest.fixture
def front(tmp_path: Path) -> Front:
    """A console that may act, in front of an account that does not answer."""
    return Front(tmp_path)


@pytest.fixture
def reader(tmp_path: Path) -> Front:
    """A console that only reads."""
    return Front(tmp_path, allow_actions=False)


@pytest.fixture
def served(monkeypatch: pytest.MonkeyPatch) -> Served:
    """A sandbox behind the network."""
    found = Served()
    monkeypatch.setattr(urllib.request, "urlopen", found.urlopen)
    return found
