"""The console in a real chromium: every page and action, by mouse and by keyboard, live."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.console.stage import BEGIN, CAMPAIGN, Seat, big, changes, demo, seated

from personalize_monitor.aws.events import Event
from personalize_monitor.console.rows import address
from personalize_monitor.sandbox import fleet, wire
from personalize_monitor.sandbox.traffic.shapes import Steady

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stays_here")]


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
    page.get_by_text("Recommenders").click()
    expect(page.locator("table.fleet tbody tr")).to_have_count(3)
    assert "view=recommender" in page.url
    page.get_by_label("Region").select_option("eu-west-1")
    expect(page.get_by_text("Nothing matches")).to_be_visible()


def test_by_keyboard_alone(seat: Seat, page: Page) -> None:
    """From the search to a changed floor without a mouse."""
    page.goto(seat.url)
    page.keyboard.press("/")
    page.keyboard.type("search-r")
    expect(page.locator("table.fleet tbody tr")).to_have_count(1)
    page.keyboard.press("Enter")
    expect(page.get_by_role("link", name="search-ranking")).to_be_focused()
    page.keyboard.press("k")
    page.keyboard.press("Enter")
    expect(page.get_by_role("heading", level=1)).to_have_text("search-ranking")
    _tab_to(page, "Change floor")
    page.keyboard.press("Enter")
    expect(page.get_by_role("dialog")).to_be_visible()
    expect(page.get_by_label("New floor")).to_be_focused()
    page.keyboard.press("Control+a")
    page.keyboard.type("4")
    page.keyboard.press("Enter")
    expect(page.locator(".toast")).to_contain_text("from 10 to 4")
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
    page.mouse.move(box["x"] + 200, box["y"] + 120)
    page.mouse.down()
    page.mouse.move(box["x"] + 400, box["y"] + 120, steps=4)
    page.mouse.up()
    page.keyboard.press("0")


@pytest.mark.parametrize(
    ("button", "fill", "submit", "said", "call"),
    [
        ("Change floor", ("New floor", "7"), "Change the floor", "to 7", "UpdateCampaign"),
        ("Hold", None, "Hold", "is held until", "TagResource"),
        ("Exempt", None, "Save", "is exempt", "TagResource"),
        ("Delete", ("Type search", "search-ranking"), "Delete", "has begun", "DeleteCampaign"),
    ],
)
def test_each_action(  # noqa: PLR0917
    seat: Seat,
    page: Page,
    button: str,
    fill: tuple[str, str] | None,
    submit: str,
    said: str,
    call: str,
) -> None:
    """Each action asks first, happens once, and says what it did."""
    page.goto(seat.url + CAMPAIGN)
    page.get_by_role("button", name=button, exact=True).click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_be_visible()
    if fill is not None:
        dialog.get_by_label(fill[0]).fill(fill[1])
    dialog.get_by_role("button", name=submit, exact=True).click()
    expect(page.locator(".toast")).to_contain_text(said)
    expect(dialog).to_be_hidden()
    assert changes(seat).count(call) >= 1


def test_a_refusal_stays_in_the_dialog(seat: Seat, page: Page) -> None:
    """What is refused is told where it was asked, and nothing else happens."""
    page.goto(seat.url + CAMPAIGN)
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type search-ranking").fill("something else")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(dialog.get_by_role("alert")).to_contain_text("Type search-ranking")
    dialog.get_by_role("button", name="Cancel").click()
    expect(dialog).to_be_hidden()
    assert not changes(seat)


def test_deleted_then_restored(seat: Seat, page: Page) -> None:
    """What is gone has a page that says so and brings it back."""
    seat.client.get("/")
    assert seat.post(f"{CAMPAIGN}/delete", name="search-ranking")[0] == 200
    seat.world.clock.advance(timedelta(minutes=10))
    seat.look()
    page.goto(seat.url + CAMPAIGN)
    page.get_by_role("button", name="Restore").click()
    dialog = page.get_by_role("dialog")
    expect(dialog).to_contain_text("Create campaign search-ranking again")
    dialog.get_by_role("button", name="Restore").click()
    expect(page.locator(".toast").first).to_contain_text("takes a while")
    expect(page.locator(".chip.busy")).to_contain_text("Restoring search-ranking")
    seat.world.clock.advance(timedelta(minutes=30))
    expect(page.locator(".toast", has_text="is ACTIVE again")).to_be_visible(timeout=40_000)


def test_the_plan_is_approved(seat: Seat, page: Page) -> None:
    """What is ticked stays ticked while the page lives, and only that is carried out."""
    page.goto(seat.url + "/plan")
    box = page.get_by_label(re.compile("Approve: .* of search-ranking"))
    box.check()
    page.wait_for_timeout(3500)
    expect(box).to_be_checked()
    page.get_by_role("button", name="Carry out what is ticked").click()
    expect(page.locator(".toast", has_text="from 10 to 1")).to_be_visible(timeout=30_000)
    expect(page.get_by_role("heading", name="Last approved")).to_be_visible()
    assert changes(seat) == ["UpdateCampaign"]


def test_a_console_that_only_reads(tmp_path: Path, page: Page) -> None:
    """Without --allow-actions every button that would act is off and says why."""
    with demo() as world, seated(world, tmp_path, allow_actions=False) as seat:
        page.goto(seat.url + CAMPAIGN)
        expect(page.get_by_text("read-only")).to_be_visible()
        for name in ("Change floor", "Pre-warm", "Hold", "Exempt", "Delete"):
            expect(page.get_by_role("button", name=name, exact=True)).to_be_disabled()


def test_a_thousand_rows(tmp_path: Path, page: Page) -> None:
    """A thousand resources are there within half a second of asking, and searching is quick."""
    with big() as world, seated(world, tmp_path) as seat:
        seat.watch.day.first(200)
        page.goto(seat.url)
        painted = "performance.getEntriesByName('first-contentful-paint')[0].startTime"
        times = []
        for _ in range(5):
            page.reload()
            expect(page.locator("table.fleet tbody tr")).to_have_count(1000)
            times.append(page.evaluate(painted))
        assert min(times) <= 500, times
        page.get_by_role("searchbox").fill("campaign-0421")
        expect(page.locator("table.fleet tbody tr")).to_have_count(1)


_EVIL = '<img src=x onerror="document.title=1">"\'><script>document.title=1</script>'


def test_hostile_names(tmp_path: Path, page: Page) -> None:
    """No name, tag or reason is ever read as markup or as script."""
    with wire.live(BEGIN, seed=1) as world:
        world.gate.validate = False
        tags = {"PersonalizeMonitor:Exempt": _EVIL, _EVIL: _EVIL}
        member = fleet.add_campaign(world, "shop", shape=Steady(2.0), floor=9, tags=tags)
        with seated(world, tmp_path) as seat:
            evil = f"shop{_EVIL}"
            _rename(seat, member.arn, evil)
            _write_evil(seat, member.arn)
            for path in ("/", "/plan", "/savings", "/events", "/?q=" + _EVIL, *_own_pages(seat)):
                page.goto(seat.url + path)
                page.wait_for_timeout(600)
                assert page.title() != "1", path
                assert page.locator("img, main script").count() == 0, path


def _rename(seat: Seat, arn: str, name: str) -> None:
    """Give a campaign a name that AWS would not allow."""

    def alter(call: object, answer: dict[str, object]) -> dict[str, object] | None:
        _deep(answer, arn, name)
        return answer

    seat.world.gate.alter.append(alter)


def _deep(found: object, arn: str, name: str) -> None:
    if isinstance(found, dict):
        if found.get("campaignArn") == arn and "name" in found:
            found["name"] = name
        for inner in found.values():
            _deep(inner, arn, name)
    elif isinstance(found, list):
        for inner in found:
            _deep(inner, arn, name)


def _write_evil(seat: Seat, arn: str) -> None:
    desk = seat.watch.desk()
    detail = {"ARN": arn, "Reason": _EVIL, "Name": _EVIL, "By": _EVIL, "Kind": _EVIL}
    names = (
        "PersonalizeMonitorNotice",
        "PersonalizeCampaignMinProvisionedTPSUpdated",
        "PersonalizeCampaignDeleted",
    )
    desk.announcer.events.put([Event(name, detail, arn) for name in names])
    desk.announcer.events.put([Event("PersonalizeCampaignDeleted", detail, f"{arn}{_EVIL}")])


def _own_pages(seat: Seat) -> list[str]:
    seat.watch.day.first(30)
    view = seat.watch.day.shot().value
    assert view is not None
    return [address(one) for one in view.look.seen]
