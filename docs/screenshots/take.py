"""Take the console's screenshots anew: two sandboxes, a browser, the pages in both colours."""

from __future__ import annotations

import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Page, sync_playwright

HERE = Path(__file__).parent
CHROMIUM = shutil.which("chromium") or "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--hide-scrollbars",
]
SIZES = {1440: 900, 1024: 768, 390: 844}
RESOURCE = "/r/us-east-1/campaign/home-page-for-you?range=1w"


@contextmanager
def console(*options: str) -> Iterator[str]:
    """The address of a console over a sandbox of its own."""
    command = Path(sys.executable).with_name("personalize-monitor")
    words = [str(command), "console", "--sandbox", "--allow-actions", "--port", "0", *options]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as process:  # noqa: S603
        assert process.stdout is not None
        try:
            yield _address(process.stdout.readline())
        finally:
            process.send_signal(signal.SIGINT)


def _address(line: str) -> str:
    found = re.search(r"http://\S+", line)
    if not found:
        raise SystemExit(f"The console did not start: {line}")
    return found[0]


def shoot(browser: Browser, url: str, name: str, *, wait: str, full: bool = False) -> None:
    """One page in every size and colour, as soon as ``wait`` can be seen."""
    for width, height in SIZES.items():
        for scheme in ("light", "dark"):
            page = browser.new_page(
                viewport={"width": width, "height": height},
                color_scheme="dark" if scheme == "dark" else "light",
                reduced_motion="reduce",
            )
            page.goto(url)
            page.wait_for_selector(wait, timeout=240_000)
            _settle(page)
            page.screenshot(path=HERE / f"{name}-{scheme}-{width}.png", full_page=full)
            page.close()


def _settle(page: Page) -> None:
    page.wait_for_selector(".pulse time")
    page.wait_for_timeout(2500)


def main() -> None:
    """All screenshots; a few minutes."""
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=CHROMIUM, args=ARGUMENTS)
        with console("--warm-up", "20", "--speed", "30") as url:
            shoot(browser, f"{url}/", "fleet", wait="table.fleet")
            shoot(browser, url + RESOURCE, "resource", wait="#backtest table", full=True)
            shoot(browser, f"{url}/savings", "savings", wait=".cool dd:has-text('$')")
            shoot(browser, f"{url}/events", "events", wait=".tales li")
            shoot(browser, f"{url}/sandbox", "sandbox", wait=".clock")
        with console("--warm-up", "2", "--speed", "30", "--advice") as url:
            shoot(browser, f"{url}/plan", "plan", wait=".item")
        browser.close()


if __name__ == "__main__":
    os.chdir(HERE)
    main()
