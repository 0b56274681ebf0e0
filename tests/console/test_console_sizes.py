"""The console in front of a thousand resources: how large its page is, and what it keeps.

How quick it is depends on the machine and is measured by ``python -m bench.console``.
"""

from __future__ import annotations

import gc
import time
import tracemalloc
from collections.abc import Iterator

import pytest
from playwright.sync_api import Page, expect
from tests.console import stage
from tests.console.stage import Seat


@pytest.fixture(scope="module", name="thousand")
def _thousand(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Seat]:
    """A console that has looked at a thousand resources."""
    with stage.thousand(tmp_path_factory.mktemp("thousand")) as seat:
        yield seat


def test_a_thousand_resources(thousand: Seat) -> None:
    """A thousand rows are at most 400 kB, and polling for them keeps nothing."""
    page = thousand.client.get("/")
    assert page.text.count("<tr><th scope=row>") == 1000
    assert len(page.content) <= 400_000
    tracemalloc.start()
    _poll(thousand)
    first = _poll(thousand)
    _poll(thousand)
    # The server may hold the last page a moment longer than we.
    ends = time.monotonic() + 10
    while (grown := _in_use() - first) >= 100_000 and time.monotonic() < ends:
        time.sleep(0.05)
    tracemalloc.stop()
    assert grown < 100_000  # a quarter of one page


def _poll(seat: Seat) -> int:
    """Bytes in use after ten refreshes, as a page in front of nobody asks for them."""
    for _ in range(10):
        assert seat.client.get("/fleet/rows").status_code == 200
    return _in_use()


def _in_use() -> int:
    gc.collect()
    return tracemalloc.get_traced_memory()[0]


@pytest.mark.browser
@pytest.mark.usefixtures("stays_here")
def test_a_thousand_rows(thousand: Seat, page: Page) -> None:
    """A thousand resources are there, and searching leaves the one that is sought."""
    page.goto(thousand.url)
    expect(page.locator("table.fleet tbody tr")).to_have_count(1000)
    page.get_by_role("searchbox").fill("campaign-0421")
    expect(page.locator("table.fleet tbody tr")).to_have_count(1)
