"""A console over a sandbox in this process: with the demo's fleet, a big one, or a hostile one."""

from __future__ import annotations

import html
import re
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import boto3
import httpx
import uvicorn
from starlette.applications import Starlette

from aws_sandbox import fleet, wire
from aws_sandbox.world import World
from personalize_monitor.aws.access import Access, new_session
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.plan.operator import Operator
from personalize_monitor.settings import load
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.app import create_app
from personalize_monitor_desk.console.context import ConsoleContext

BEGIN = datetime(2026, 3, 2, 10, 2, tzinfo=UTC)
REGIONS = ("us-east-1", "eu-west-1")
LOCAL = "http://127.0.0.1"
CAMPAIGN = "/r/us-east-1/campaign/search-ranking"
PAGES = ("/", "/plan", "/savings", "/events", CAMPAIGN)
CHROMIUM = "/usr/bin/chromium"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    # Even a page that wanted to could reach nothing else.
    "--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1",
]


def administrator() -> Access:
    """Credentials of the sandbox's account, whatever the environment says."""
    core = new_session()._session
    core.set_credentials("123456789012", "sandbox")
    return Access(boto3.Session(botocore_session=core, region_name=REGIONS[0]))


def here_of(world: World, folder: Path, *, allow_actions: bool = True) -> ConsoleContext:
    """A console's view of a world; its journal is a file, as where nothing is deployed."""
    access = administrator()

    def operator() -> Operator:
        return Operator.open(access, None, now=world.clock.now(), path=folder / "journal.jsonl")

    return ConsoleContext(
        access=access,
        regions=REGIONS,
        settings=load({"AutoDeleteIdleCampaigns": "Yes"}),
        prices=load_prices(None),
        now=world.clock.now,
        operator=operator,
        allow_actions=allow_actions,
    )


@dataclass(frozen=True)
class Seat:
    """In front of one console: the world behind it, and a client as a browser's page would be."""

    world: World
    app: Starlette
    client: httpx.Client
    url: str

    @property
    def watch(self) -> AccountPoller:
        """What looks at the account."""
        found: AccountPoller = self.app.state.watch
        return found

    def look(self) -> None:
        """Look again now, and wait for it; one that is under way does not count."""
        for _ in range(2):
            before = self.watch.day.shot().version
            self.watch.day.poke()
            assert self.watch.day.after(before, 20).version > before

    def shown(self, path: str, **form: str) -> str:
        """What the dialog of a deed shows when it is opened now, as it sends it back."""
        at, _, deed = path.rpartition("/")
        page = self.client.get(f"{at}/shown/{deed}", params={"first": form.get("first", "")})
        found = re.search(r'name="shown" value="([^"]*)"', page.text)
        return html.unescape(found[1]) if found else ""

    def post(self, path: str, **form: str) -> tuple[int, str]:
        """What a form of our own pages would send, and the answer without markup."""
        form.setdefault("csrf", self.app.state.csrf)
        if path.count("/") == 5 and "shown" not in form:
            form["shown"] = self.shown(path, **form)
        answer = self.client.post(
            path, data=form, headers={"HX-Request": "true", "Origin": self.url}
        )
        return answer.status_code, text_of(answer.text)


def text_of(page: str) -> str:
    """The words of a page."""
    return " ".join(re.sub(r"<[^>]*>", " ", page).split())


@contextmanager
def seated(world: World, folder: Path, *, allow_actions: bool = True) -> Iterator[Seat]:
    """A client of a console over a live world."""
    app = create_app(here_of(world, folder, allow_actions=allow_actions))
    with served(app) as url, httpx.Client(base_url=url, timeout=60) as client:
        seat = Seat(world, app, client, url)
        yield seat
        # Looks that are under way must not meet the end of the sandbox.
        seat.watch.stop(60)


@contextmanager
def served(app: Starlette) -> Iterator[str]:
    """The address at which the console is served, from a thread of this process."""
    listening = socket.socket()
    listening.bind(("127.0.0.1", 0))
    config = uvicorn.Config(app, log_level="warning", access_log=False, lifespan="on")
    server = uvicorn.Server(config)
    thread = threading.Thread(target=server.run, args=([listening],), daemon=True)
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield f"{LOCAL}:{listening.getsockname()[1]}"
    finally:
        server.should_exit = True
        thread.join(5)


@contextmanager
def demo() -> Iterator[World]:
    """The demo's fleet, without the application."""
    with wire.live(BEGIN, seed=1) as world:
        fleet.demo(world)
        yield world


@contextmanager
def big(count: int = 1000) -> Iterator[World]:
    """Many resources, of which a quarter are recommenders."""
    with wire.live(BEGIN, seed=1) as world:
        world.gate.validate = False
        fleet.build(world, count, regions=REGIONS, recommender_every=4)
        yield world


@contextmanager
def thousand(folder: Path) -> Iterator[Seat]:
    """A console that has looked at a thousand resources, and looks no more.

    Another look in between would be measured with the answers.
    """
    with big() as world, seated(world, folder) as seat:
        seat.watch.deep.stop()  # two weeks of a thousand would be read for nobody
        seat.watch.day.first(200)
        seat.watch.stop(60)
        yield seat


def changes(seat: Seat) -> list[str]:
    """Calls that changed something, in order."""
    words = ("Update", "Delete", "Tag", "Untag", "Create", "Stop", "Start")
    return [call.action for call in seat.world.gate.calls if call.action.startswith(words)]
