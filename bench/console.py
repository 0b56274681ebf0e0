"""``python -m bench.console``: a thousand resources on the console's first page, in real chromium.

Prints the page's size, the server's time for a refresh, and the time to the first paint.
"""

from __future__ import annotations

import os
import statistics
import time
from pathlib import Path
from tempfile import TemporaryDirectory

from playwright.sync_api import sync_playwright
from tests.console.stage import ARGUMENTS, CHROMIUM, Seat, thousand

TIMES = 15
_PAINTED = "performance.getEntriesByName('first-contentful-paint')[0].startTime"


def main() -> None:
    """Measure and print; a machine that does something else meanwhile shows it in the slowest."""
    os.environ.update(AWS_ACCESS_KEY_ID="AKIATESTING", AWS_SECRET_ACCESS_KEY="testing")
    with TemporaryDirectory() as folder, thousand(Path(folder)) as seat:
        print(f"page: {len(seat.client.get('/').content) / 1000:.0f} kB")
        _tell("refresh, server", [_refresh(seat) for _ in range(TIMES)])
        _tell("first paint", _paints(seat.url))


def _refresh(seat: Seat) -> float:
    begun = time.perf_counter()
    seat.client.get("/fleet/rows").raise_for_status()
    return 1000 * (time.perf_counter() - begun)


def _paints(url: str) -> list[float]:
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        page = browser.new_page()
        page.goto(url)
        times = []
        for _ in range(TIMES):
            page.reload()
            page.locator("table.fleet tbody tr").nth(999).wait_for(state="attached")
            times.append(float(page.evaluate(_PAINTED)))
        browser.close()
    return times


def _tell(what: str, times: list[float]) -> None:
    middle = statistics.median(times)
    print(f"{what}: {middle:.0f} ms ({min(times):.0f} to {max(times):.0f}, {len(times)} times)")


if __name__ == "__main__":
    main()
