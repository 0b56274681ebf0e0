"""The console for everybody: axe in both colours, and no sideways scrolling."""

from __future__ import annotations

from pathlib import Path

import pytest
from playwright.sync_api import Page
from tests.console.stage import PAGES, Seat

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stays_here")]
_AXE = Path(__file__).parents[2] / "node_modules" / "axe-core" / "axe.min.js"
_RUN = """axe.run().then(r => r.violations.map(
    v => [v.impact, v.id, v.nodes.map(n => n.html).slice(0, 3)]))"""
_APART = """[...document.querySelectorAll('.facts dd')].filter(dd => {
    const box = document.querySelector('.curve').getBoundingClientRect();
    const range = document.createRange();
    range.selectNodeContents(dd);
    return [...range.getClientRects()].some(
        one => one.right > box.left && one.left < box.right && one.bottom > box.top
            && one.top < box.bottom);
}).map(dd => dd.textContent)"""
"""Figures of the fleet that lie in its chart."""


@pytest.mark.parametrize("path", PAGES)
def test_accessible(still: Seat, page: Page, path: str) -> None:
    """Axe finds nothing serious in either colours; nothing scrolls sideways at 1024 and at 390."""
    if not _AXE.is_file():
        pytest.skip("axe-core is missing: make js")
    page.set_viewport_size({"width": 1024, "height": 800})
    for scheme in ("light", "dark"):
        page.emulate_media(color_scheme=scheme, reduced_motion="reduce")
        if scheme == "light":
            page.goto(still.url + path)
            page.wait_for_load_state("networkidle")
            # The policy of our pages keeps foreign scripts out: axe comes through the debugger.
            page.evaluate(_AXE.read_text("utf-8") + ";0")
        page.wait_for_timeout(500)
        assert page.evaluate("document.documentElement.scrollWidth") <= 1024
        found = page.evaluate(_RUN)
        assert not [one for one in found if one[0] in {"serious", "critical"}], (scheme, found)
    if path == "/":
        assert page.evaluate(_APART) == []
    page.set_viewport_size({"width": 390, "height": 844})
    page.wait_for_timeout(300)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    if path == "/":
        assert page.evaluate(_APART) == []
