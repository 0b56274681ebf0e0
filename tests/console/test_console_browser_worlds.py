"""The console in a real chromium, in worlds of their own: something is deleted, or hostile."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.console.stage import BEGIN, CAMPAIGN, Seat, changes, seated

from personalize_monitor.aws.events import Event
from personalize_monitor.console.rows import address
from personalize_monitor.sandbox import fleet, wire
from personalize_monitor.sandbox.traffic.shapes import Steady

pytestmark = [pytest.mark.browser, pytest.mark.usefixtures("stays_here")]


def test_deleted_then_restored(seat: Seat, page: Page) -> None:
    """A name that is typed deletes; what is gone has a page that says so and brings it back."""
    page.goto(seat.url + CAMPAIGN)
    page.get_by_role("button", name="Delete", exact=True).click()
    dialog = page.get_by_role("dialog")
    dialog.get_by_label("Type search").fill("search-ranking")
    dialog.get_by_role("button", name="Delete", exact=True).click()
    expect(page.locator(".toast")).to_contain_text("has begun")
    expect(dialog).to_be_hidden()
    assert changes(seat)[0] == "DeleteCampaign"
    seat.world.clock.advance(timedelta(minutes=10))
    seat.look()
    page.goto(seat.url + CAMPAIGN)
    page.get_by_role("button", name="Restore").click()
    expect(dialog).to_contain_text("Create campaign search-ranking again")
    dialog.get_by_role("button", name="Restore").click()
    expect(page.locator(".toast").first).to_contain_text("takes a while")
    expect(page.locator(".chip.busy")).to_contain_text("Restoring search-ranking")
    seat.world.clock.advance(timedelta(minutes=30))
    expect(page.locator(".toast", has_text="is ACTIVE again")).to_be_visible(timeout=40_000)


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
