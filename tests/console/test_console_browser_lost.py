"""A console that has ended, or whose answer is lost, in a real chromium (C4)."""

from __future__ import annotations

import re

import pytest
from playwright.sync_api import Page, Route, expect
from tests.console.stage import CAMPAIGN, Seat

pytestmark = pytest.mark.browser


@pytest.fixture(scope="module")
def seat(still: Seat) -> Seat:
    """One console for all: only holds are set here."""
    return still


def test_c4_a_console_that_ended_does_not_look_alive(seat: Seat, page: Page) -> None:
    """It says since when, its buttons are off; when it answers again all is as before."""
    page.goto(seat.url + CAMPAIGN)
    floor = page.get_by_role("button", name="Change floor")
    expect(page.locator(".pulse time")).to_be_visible()
    expect(page.locator("#lost")).to_be_hidden()
    page.context.set_offline(True)
    expect(page.locator("#lost")).to_contain_text("cannot be reached: no answer since")
    expect(floor).to_be_disabled()
    expect(page.get_by_role("button", name="Delete", exact=True)).to_be_disabled()
    page.context.set_offline(False)
    expect(page.locator("#lost")).to_be_hidden()
    expect(floor).to_be_enabled()


@pytest.mark.parametrize("late", [True, False])
def test_c4_a_lost_answer_is_no_refusal(seat: Seat, page: Page, late: bool) -> None:
    """The change was made and its answer did not come: that is said, and how it is now is shown."""
    page.goto(seat.url + CAMPAIGN)

    def lose(route: Route) -> None:
        route.fetch()  # the console carries it out
        if not late:
            route.abort("connectionreset")

    page.route(re.compile(r"/search-ranking/hold$"), lose)
    page.get_by_role("button", name="Hold", exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("button", name="Hold", exact=True)).to_be_enabled()
    if late:
        page.evaluate("htmx.config.defaultTimeout = 3000")
    dialog.get_by_role("button", name="Hold", exact=True).click()
    # Only that answer is late: on a busy machine the page's next look may take its time.
    page.evaluate("htmx.config.defaultTimeout = 60000")
    expect(dialog.get_by_role("alert").first).to_contain_text("The change may have been made")
    expect(dialog).to_contain_text("Tag PersonalizeMonitor:HoldUntil".capitalize())


def test_c9_a_tab_that_nobody_sees_asks_for_nothing(seat: Seat, page: Page) -> None:
    """It looks at once when it is seen again; a console that was silent meanwhile is not lost."""
    page.goto(seat.url)
    expect(page.locator(".pulse time")).to_be_visible()
    hide = "Object.defineProperty(document, 'hidden', {configurable: true, get: () => %s});"
    turn = "document.dispatchEvent(new Event('visibilitychange'))"
    page.evaluate(hide % "true" + turn)
    page.wait_for_timeout(500)  # what was asked before is answered
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url))
    page.wait_for_timeout(4_500)
    assert asked == []
    with page.expect_request("**/pulse*"):
        page.evaluate(hide % "false" + turn)
    expect(page.locator("#lost")).to_be_hidden()
