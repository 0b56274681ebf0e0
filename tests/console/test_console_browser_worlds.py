"""The console in a real chromium, in worlds of their own: something is deleted, or hostile."""

from __future__ import annotations

import re
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect
from tests.console.stage import BEGIN, CAMPAIGN, Seat, changes, seated
from tests.support import eventually

from aws_sandbox import fleet, wire
from aws_sandbox.traffic.shapes import Steady
from personalize_monitor.aws.events import Event
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor_desk.console.rows import address

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
    eventually(lambda: "CreateCampaign" in changes(seat))  # a thread asks for it
    seat.world.clock.advance(timedelta(minutes=30))
    expect(page.locator(".toast", has_text="is ACTIVE again")).to_be_visible(timeout=40_000)


def test_c1_a_tick_does_not_outlive_what_was_ticked(seat: Seat, page: Page) -> None:
    """The page lives: when the item becomes a deletion, the box below the same name is empty."""
    before = changes(seat)
    page.goto(seat.url + "/plan")
    box = page.get_by_label(re.compile("Approve: .* of search-ranking"))
    box.check()
    found = seat.watch.deep.shot()
    assert found.value is not None
    moved = [
        replace(
            one, decision=Decision(one.resource, Action.DELETE, "Idle.", evidence={"hours": 24})
        )
        if one.resource.name == "search-ranking"
        else one
        for one in found.value.places[0].seen
    ]
    places = (replace(found.value.places[0], seen=tuple(moved)), *found.value.places[1:])
    fresh = replace(found.value, places=places)
    seat.watch.deep._shot = replace(found, value=fresh, version=found.version + 1)
    gone = page.get_by_label("Approve: delete of search-ranking")
    expect(gone).to_be_visible()
    expect(gone).not_to_be_checked()
    page.get_by_role("button", name="Tick all floors").click()
    expect(gone).not_to_be_checked()
    gone.check()
    page.get_by_role("button", name="Carry out what is ticked").click()
    dialog = page.get_by_role("dialog")
    expect(dialog.get_by_role("heading")).to_contain_text("floors, 1 deletion, at least −$")
    dialog.get_by_label("Type search-ranking").fill("search-rank")
    dialog.get_by_role("button", name="Carry out").click()
    expect(dialog.get_by_role("alert")).to_contain_text("Type search-ranking to say")
    dialog.get_by_text("Cancel").click()
    expect(dialog).to_be_hidden()
    expect(gone).to_be_checked()
    assert changes(seat) == before


def test_c2_a_dialog_says_what_has_moved(seat: Seat, page: Page) -> None:
    """It shows how things are when it opens; what moves until it is confirmed refuses it."""
    page.goto(seat.url + CAMPAIGN)
    page.get_by_role("button", name="Change floor").click()
    dialog = page.get_by_role("dialog")
    # Enabled as soon as the dialog has read how things are.
    expect(dialog.get_by_role("button", name="Change the floor")).to_be_enabled()
    dialog.get_by_label("New floor").fill("7")
    client = seat.watch.here.access.client("personalize", "us-east-1")
    arn = "arn:aws:personalize:us-east-1:123456789012:campaign/search-ranking"
    client.update_campaign(campaignArn=arn, minProvisionedTPS=15)
    seat.world.clock.advance(timedelta(minutes=30))
    before = changes(seat)
    dialog.get_by_role("button", name="Change the floor").click()
    expect(dialog.get_by_role("alert")).to_contain_text("The floor is 15 now, not 10")
    dialog.get_by_role("button", name="Cancel").click()
    page.get_by_role("button", name="Change floor").click()
    expect(dialog).to_contain_text("15")
    dialog.get_by_label("New floor").fill("7")
    dialog.get_by_role("button", name="Change the floor").click()
    expect(page.locator(".toast")).to_contain_text("from 15 to 7")
    assert changes(seat)[len(before) :] == ["TagResource", "UpdateCampaign"]


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
    operator = seat.watch.operator()
    detail = {"ARN": arn, "Reason": _EVIL, "Name": _EVIL, "By": _EVIL, "Kind": _EVIL}
    names = (
        "PersonalizeMonitorNotice",
        "PersonalizeCampaignMinProvisionedTPSUpdated",
        "PersonalizeCampaignDeleted",
    )
    operator.announcer.events.put([Event(name, detail, arn) for name in names])
    operator.announcer.events.put([Event("PersonalizeCampaignDeleted", detail, f"{arn}{_EVIL}")])


def _own_pages(seat: Seat) -> list[str]:
    seat.watch.day.first(30)
    view = seat.watch.day.shot().value
    assert view is not None
    return [address(one) for one in view.look.seen]
