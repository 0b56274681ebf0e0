"""The console in a real chromium: every page and action, by mouse and by keyboard, live."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.console.stage import CAMPAIGN, Seat, changes, seated

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stays_here")]


@pytest.fixture(scope="module")
def seat(still: Seat) -> Seat:
    """One console and one fleet for all: each test acts on a resource of its own."""
    return still


# A floor that a person sets is held for a day, so that right-sizing leaves it alone.
_HELD_FLOOR = ["TagResource", "UpdateCampaign"]


def _names(page: Page) -> list[str]:
    return page.locator("table.fleet tbody th a").all_text_contents()


def test_the_fleet_lives(seat: Seat, page: Page) -> None:
    """A new look appears without reload, and typing goes on undisturbed meanwhile."""
    page.goto(seat.url)
    expect(page.locator("table.fleet tbody tr")).to_have_count(15)
    search = page.get_by_role("searchbox")
    search.press_sequentially("home")
    expect(page.locator("table.fleet tbody tr")).to_have_count(1)
    tps = page.locator("table.fleet tbody td:nth-child(5)")
    before = tps.text_content()
    search.press_sequentially("-pa")
    seat.world.clock.advance(timedelta(hours=3))
    expect(tps).not_to_have_text(before or "", timeout=20_000)
    expect(search).to_have_value("home-pa")
    expect(search).to_be_focused()
    search.press_sequentially("ge")
    expect(search).to_have_value("home-page")
    assert page.url.endswith("?q=home-page")
    page.reload()
    expect(page.locator("table.fleet tbody tr")).to_have_count(1)


def test_sorting_and_views(seat: Seat, page: Page) -> None:
    """Heads sort both ways, buttons narrow, and the address remembers it."""
    page.goto(seat.url)
    page.get_by_role("button", name="Name").click()
    expect(page.locator("th[aria-sort=ascending]")).to_have_text(re.compile("Name"))
    names = _names(page)
    assert names == sorted(names)
    page.get_by_role("button", name="Name").click()
    expect(page.locator("th[aria-sort=descending]")).to_have_text(re.compile("Name"))
    assert _names(page) == names[::-1]
    page.locator("#wish").get_by_text("Recommenders").click()
    expect(page.locator("table.fleet tbody tr")).to_have_count(3)
    assert "view=recommender" in page.url
    page.get_by_label("Region").select_option("eu-west-1")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_by_keyboard_alone(seat: Seat, page: Page) -> None:
    """From the search to a changed floor without a mouse."""
    page.goto(seat.url)
    page.keyboard.press("/")
    page.keyboard.type("similar-p")
    expect(page.locator("table.fleet tbody tr")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="similar-products")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("similar-products")
    _tab_to(page, "Change floor")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_label("New floor")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("4")
    # Enter sends nothing before the dialog has read how things are.
    expect(page.get_by_role("button", name="Change the floor", exact=True)).to_be_enabled()
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("from 25 to 4")
    expect(page.get_by_role("dialog")).to_be_hidden()
    assert "UpdateCampaign" in changes(seat)


def _tab_to(page: Page, name: str) -> None:
    """Press Tab until the button of that name has the focus."""
    for _ in range(40):
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement.textContent.trim()") == name:
            return
    pytest.fail(f"{name} cannot be reached by Tab")


def test_the_graphs(seat: Seat, page: Page) -> None:
    """All four are drawn for each range; a zoom holds for all and survives new data."""
    page.goto(seat.url + CAMPAIGN)
    for name in ("3h", "12h", "3d", "1w", "2w", "1d"):
        page.locator("#ranges").get_by_text(name, exact=True).click()
        expect(page.locator("#charts")).to_have_attribute("data-ready", name)
    expect(page.locator("figure canvas")).to_have_count(4)
    chart = page.locator("figure[data-chart=tps]")
    chart.focus()
    page.keyboard.press("+")
    page.keyboard.press("ArrowLeft")
    box = chart.bounding_box()
    assert box
    page.mouse.move(box["x"] + box["width"] / 2, box["y"] + box["height"] / 2)
    expect(chart.locator("figcaption")).to_contain_text("UTC")
    expect(chart.locator("figcaption")).to_contain_text("refused or failed")
    page.mouse.move(box["x"] + 200, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 120, steps=4)
    page.mouse.up()
    page.keyboard.press("0")


@pytest.mark.parametrize(
    ("name", "button", "submit", "said", "calls"),
    [
        ("newsletter-digest", "Change floor", "Change the floor", "to 7", _HELD_FLOOR),
        ("cart-cross-sell", "Hold", "Hold", "is held until", ["TagResource"]),
        ("loyalty-next-step", "Exempt", "Save", "is exempt", ["TagResource"]),
    ],
)
def test_each_action(  # noqa: PLR0917
    seat: Seat, page: Page, name: str, button: str, submit: str, said: str, calls: list[str]
) -> None:
    """Each action asks first, happens once, and says what it did."""
    before = changes(seat)
    page.goto(f"{seat.url}/r/us-east-1/campaign/{name}")
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    if button == "Change floor":
        dialog.get_by_label("New floor").fill("7")
    dialog.get_by_role("button", name=submit, exact=True).click()
    expect(page.locator(".toast")).to_contain_text(said)
    expect(dialog).to_be_hidden()
    assert changes(seat)[len(before) :] == calls


def test_a_refusal_stays_in_the_dialog(seat: Seat, page: Page) -> None:
    """What is refused is told where it was asked, and nothing else happens."""
    before = changes(seat)
    page.goto(seat.url + CAMPAIGN)
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type search-ranking").fill("something else")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Type search-ranking")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert changes(seat) == before


def test_the_plan_is_approved(seat: Seat, page: Page) -> None:
    """What is ticked stays ticked while the page lives, and only that is carried out."""
    before = changes(seat)
    page.goto(seat.url + "/plan")
    box = page.get_by_label(re.compile("Approve: .* of search-ranking"))
    box.check()
    version = seat.watch.day.shot().version
    seat.look()
    assert seat.watch.day.shot().version > version
    page.wait_for_timeout(500)
    expect(box).to_be_checked()
    page.get_by_role("button", name="Carry out what is ticked").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("1 floor, −$")
    assert changes(seat) == before
    dialog.get_by_role("button", name="Carry out").click()
    expect(dialog).to_be_hidden()
    expect(page.locator(".toast", has_text="from 10 to 1")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="Last approved")).to_be_visible()
    assert changes(seat)[len(before) :] == ["UpdateCampaign"]


def test_a_console_that_only_reads(seat: Seat, tmp_path: Path, page: Page) -> None:
    """Without --allow-actions every button that would act is off and says why."""
    with seated(seat.world, tmp_path, allow_actions=False) as reader:
        page.goto(reader.url + CAMPAIGN)
        expect(page.get_by_text("read-only")).to_be_visible()
        for name in ("Change floor", "Pre-warm", "Hold", "Exempt", "Delete"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()
