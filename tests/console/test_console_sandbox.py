"""The console over the sandbox with the application deployed: clock, weather, pre-warms."""

from __future__ import annotations

import html
import re
from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import boto3
import httpx
import pytest
from playwright.sync_api import Page, expect
from tests.console.stage import CAMPAIGN, REGIONS, served
from tests.support import eventually

from personalize_monitor.aws.access import Access, new_session
from personalize_monitor.aws.stackinfo import Stacks
from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.plan.operator import Operator
from personalize_monitor.settings import load
from personalize_monitor_desk.cli.console import Wanted, environment, own_sandbox
from personalize_monitor_desk.console.app import create_app
from personalize_monitor_desk.console.context import ConsoleContext
from personalize_monitor_desk.console.remote import Remote

pytestmark = pytest.mark.clock


@pytest.fixture(scope="module")
def address() -> Iterator[str]:
    """A sandbox that stands still an hour after the application was deployed in it."""
    with own_sandbox(Wanted(speed=0, seed=1, warm_up=1)) as url:
        yield url


@pytest.fixture
def remote(address: str) -> Remote:
    """The way to its clock."""
    return Remote(address)


@pytest.fixture
def stage(
    address: str, remote: Remote, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> Iterator[httpx.Client]:
    """A console in front of it."""
    for name, value in environment(address).items():
        monkeypatch.setenv(name, value)
    core = new_session()._session
    access = Access(boto3.Session(botocore_session=core, region_name=REGIONS[0]))

    def operator() -> Operator:
        found = Stacks(access, REGIONS[0]).find()
        return Operator.open(access, found, now=remote.clock().now, path=tmp_path / "journal")

    here = ConsoleContext(
        access=access,
        regions=REGIONS,
        settings=load({}),
        prices=load_prices(None),
        now=lambda: remote.clock().now,
        operator=operator,
        allow_actions=True,
        sandbox=remote,
    )
    app = create_app(here)
    with served(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        client.headers["X-Token"] = app.state.csrf
        yield client
        app.state.watch.stop(60)


def _post(client: httpx.Client, path: str, **form: str) -> httpx.Response:
    form["csrf"] = client.headers["X-Token"]
    at, _, deed = path.rpartition("/")
    if at.startswith("/r/"):
        page = client.get(at if deed == "cancel" else f"{at}/shown/{deed}").text
        found = re.findall(r'name="shown" value="([^"]*)"', page)
        form["shown"] = html.unescape(found[-1]) if found else ""
    headers = {"HX-Request": "true", "Origin": str(client.base_url).rstrip("/")}
    return client.post(path, data=form, headers=headers)


def test_the_clock_obeys(remote: Remote) -> None:
    """It stands, steps and runs as it is told, and never runs backwards."""
    before = remote.clock()
    assert before.speed == 0
    remote.turn(step=600)
    eventually(lambda: (remote.clock().now - before.now).total_seconds() == 600)
    assert remote.turn(speed=600).speed == 600
    eventually(lambda: (remote.clock().now - before.now).total_seconds() > 900)
    assert remote.turn(pause=True).speed == 0
    for wrong in ({"speed": -1}, {"speed": 1e9}, {"step": 1e9}):
        with pytest.raises(InvalidRequest, match="must be from 0"):
            remote.turn(**wrong)


def test_weather(remote: Remote) -> None:
    """Each kind of weather is told while it lasts; a clear sky ends all of it."""
    remote.rain(kind="clear")
    for kind, where in (
        ("sale", "arn:aws:personalize:us-east-1:123456789012:campaign/cart-cross-sell"),
        ("abandon", "arn:aws:personalize:us-east-1:123456789012:campaign/similar-products"),
        ("throttle", "eu-west-1"),
        ("outage", "eu-west-1"),
    ):
        assert remote.rain(kind=kind, where=where)["said"]
        assert remote.weather()[0]["kind"] == kind
    assert len(remote.weather()) == 4
    remote.rain(kind="clear")
    assert not remote.weather()
    with pytest.raises(InvalidRequest, match="kind must be one of"):
        remote.rain(kind="frogs", where="x")


def test_another_machine_is_no_sandbox() -> None:
    """Only this machine's own sandbox is talked to, and a silent one is told as such."""
    with pytest.raises(InvalidRequest, match="not a sandbox on this machine"):
        Remote("http://169.254.169.254/")
    with pytest.raises(Unavailable, match="start it again"):
        Remote("http://127.0.0.1:9").clock()


def test_the_application_is_known(stage: httpx.Client) -> None:
    """Journal, savings and the plan are those of the deployed application."""
    stage.get("/")
    eventually(lambda: "by the monitor" in stage.get("/events").text)
    eventually(lambda: "a month" in stage.get("/savings/rows").text)
    eventually(lambda: "by itself every hour" in stage.get("/plan").text)


def test_s2_a_prewarm_is_set_and_cancelled(stage: httpx.Client, remote: Remote) -> None:
    """A pre-warm becomes schedules of the application, is shown, and can be taken back."""
    stage.get("/")
    day = (remote.clock().now + timedelta(days=1)).date().isoformat()
    form = {"floor": "30", "begin": f"{day}T23:00", "until": f"{day}T23:50", "lead": "15"}
    answer = _post(stage, f"{CAMPAIGN}/prewarm", **form)
    assert "Pre-warm pw-" in answer.text, answer.text
    late = _post(stage, f"{CAMPAIGN}/prewarm", **{**form, "begin": "2020-01-01T00:00"})
    assert late.status_code == 422
    eventually(lambda: "Pre-warm to 30" in stage.get(CAMPAIGN).text)
    found = re.search(r'name="id" value="(pw-\w+)"', stage.get(CAMPAIGN).text)
    assert found
    assert _post(stage, f"{CAMPAIGN}/cancel", id=found[1]).status_code == 200
    eventually(lambda: "Pre-warm to 30" not in stage.get(CAMPAIGN).text)


@pytest.mark.browser
@pytest.mark.usefixtures("stays_here")
def test_the_sandbox_page(stage: httpx.Client, remote: Remote, page: Page) -> None:
    """Clock, weather and autopilot by the buttons of their page; open mail stays open."""
    page.goto(str(stage.base_url).rstrip("/") + "/sandbox")
    before = remote.clock().now
    page.get_by_role("button", name="+ 1 hour").click()
    eventually(lambda: (remote.clock().now - before).total_seconds() >= 3600)
    shown = page.locator(".clock time")
    expect(shown).to_have_text(f"{remote.clock().now:%H:%M}")
    page.get_by_role("button", name="300×").click()
    expect(page.get_by_role("button", name="300×")).to_have_attribute("aria-pressed", "true")
    page.get_by_role("button", name="Pause").click()
    expect(page.locator(".clock")).to_contain_text("standing still")
    page.get_by_label("A throttled region: where").select_option("eu-west-1")
    page.locator(".shower", has_text="A throttled region").get_by_role("button").click()
    expect(page.locator(".clouds")).to_contain_text("Throttled region")
    page.get_by_role("button", name="Clear the sky").click()
    expect(page.get_by_text("Clear sky.")).to_be_visible()
    letter = page.locator(".mail details").first
    letter.locator("summary").click()
    page.wait_for_timeout(2500)
    expect(letter).to_have_attribute("open", "")
    page.get_by_role("button", name="Off: you approve").click()
    expect(page.get_by_role("button", name="Off: you approve")).to_have_attribute(
        "aria-pressed", "true"
    )
    page.get_by_role("button", name="On: it acts").click()
    expect(page.locator(".toast").last).to_contain_text("acts by itself again")


@pytest.mark.browser
@pytest.mark.usefixtures("stays_here")
def test_a_prewarm_in_the_browser(stage: httpx.Client, remote: Remote, page: Page) -> None:
    """The form of a pre-warm, from opening it to what the page then shows."""
    page.goto(str(stage.base_url).rstrip("/") + "/r/us-east-1/campaign/home-page-for-you")
    page.get_by_role("button", name="Pre-warm", exact=True).click()
    dialog = page.get_by_role("dialog")
    day = (remote.clock().now + timedelta(days=1)).date().isoformat()
    dialog.get_by_label("Floor during the event").fill("40")
    dialog.get_by_label("From").fill(f"{day}T23:00")
    dialog.get_by_label("Until").fill(f"{day}T23:50")
    dialog.get_by_role("button", name="Schedule it").click()
    expect(page.locator(".toast")).to_contain_text("Pre-warm pw-")
    expect(page.locator("form.warm-up")).to_contain_text("Pre-warm to 40")
    page.get_by_role("button", name="Cancel it").click()
    expect(page.locator("form.warm-up")).to_have_count(0)
