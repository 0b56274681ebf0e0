"""A console over values made by hand: no account, no threads, no sockets.

A test says what was seen, told and planned, asks for a page as a browser would, and reads it.
"""

from __future__ import annotations

import asyncio
import re
import threading
from collections.abc import Callable, Coroutine, Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from datetime import datetime
from html.parser import HTMLParser
from pathlib import Path
from typing import Any, TypeVar

import httpx
from botocore.exceptions import EndpointConnectionError
from tests.console.byhand.values import NOW, OUR_PAGE, STACK, entry, look, seen, usd
from tests.support import ACCOUNT, HOME

from personalize_monitor.aws.access import Access
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, NOTICE_EVENT
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.entry import Entry
from personalize_monitor.model.price_file import shipped_prices
from personalize_monitor.model.resource import Kind
from personalize_monitor.plan.operator import Operator
from personalize_monitor.plan.snapshot import Seen, Snapshot
from personalize_monitor.settings import load
from personalize_monitor_desk.console.account_poller import AccountPoller, View
from personalize_monitor_desk.console.app import create_app
from personalize_monitor_desk.console.context import ConsoleContext
from personalize_monitor_desk.console.journal_rows import shown
from personalize_monitor_desk.console.poller import Poller, Shot
from personalize_monitor_desk.console.remote import Remote

T = TypeVar("T")


class Silent(Access):
    """An account that is known by its number, and answers no call."""

    def __init__(self) -> None:
        self.asked: list[tuple[str, str]] = []
        self._lock = threading.RLock()
        self._paces = {}

    @property
    def account(self) -> str:
        """Known without asking."""
        return ACCOUNT

    def partition(self) -> str:
        """The usual one."""
        return "aws"

    @property
    def home_region(self) -> str:
        """Where a stack would be."""
        return HOME

    def client(self, service: str, region: str) -> Any:
        """A client whose calls are remembered, and never answered."""
        return _Unheard(self, service, region)


class _Unheard:
    """Every call is made in vain."""

    def __init__(self, access: Silent, service: str, region: str) -> None:
        self._access, self._place = access, (service, region)

    def __getattr__(self, name: str) -> Callable[..., Any]:
        def call(**_: object) -> Any:
            self._access.asked.append((self._place[0], name))
            raise EndpointConnectionError(endpoint_url="https://{}.{}".format(*self._place))

        return call


@dataclass
class Front:
    """One console and a browser in front of it; nothing is seen before ``show``."""

    folder: Path
    access: Access = field(default_factory=Silent)
    allow_actions: bool = True
    regions: tuple[str, ...] = (HOME, "eu-west-1")
    now: Callable[[], datetime] = lambda: NOW
    sandbox: Remote | None = None
    own_sandbox: bool = False
    operator: Callable[[], Operator] | None = None

    def __post_init__(self) -> None:
        self.app = create_app(
            ConsoleContext(
                access=self.access,
                regions=self.regions,
                settings=load({}),
                prices=shipped_prices(),
                now=self.now,
                operator=self.operator or self._file,
                allow_actions=self.allow_actions,
                sandbox=self.sandbox,
                own_sandbox=self.own_sandbox,
            )
        )

    def _file(self) -> Operator:
        return Operator.open(self.access, None, now=self.now(), path=self.folder / "journal.jsonl")

    @property
    def watch(self) -> AccountPoller:
        """What would look at the account if its lanes were started."""
        found: AccountPoller = self.app.state.watch
        return found

    # --- what was seen ---------------------------------------------------------------------------

    def show(self, *all_seen: Seen, trouble: str = "", **more: Any) -> Snapshot:
        """The day's look, and with its decisions the fortnight's."""
        found = look(*all_seen, **more)
        put(self.watch.day, View.of(found), trouble)
        put(self.watch.deep, found, trouble)
        return found

    def told(self, *entries: Entry, trouble: str = "") -> None:
        """What the journal holds."""
        put(self.watch.journal, shown(entries), trouble)

    # --- what a browser does ---------------------------------------------------------------------

    def get(self, path: str, **headers: str) -> httpx.Response:
        """A page, or a part of one."""
        return self.ask("GET", path, headers=headers)

    def shown(self, path: str, **form: str) -> str:
        """What a form shows when it is opened now, as it sends it back."""
        at, _, deed = path.rpartition("/")
        if deed == "cancel":
            page = self.get(at).text
        else:
            page = self.get(f"{at}/shown/{deed}?first={form.get('first', '')}").text
        found = Outline(page).all("input", name="shown")
        return found[-1]["value"] if found else ""

    def post(self, path: str, **form: str) -> httpx.Response:
        """A form of one of our own pages, sent by htmx."""
        form.setdefault("csrf", self.app.state.csrf)
        if path.count("/") == 5 and "shown" not in form and not isinstance(self.access, Silent):
            form["shown"] = self.shown(path, **form)
        return self.ask("POST", path, headers={"HX-Request": "true", "Origin": OUR_PAGE}, data=form)

    def ask(
        self,
        method: str,
        path: str,
        *,
        headers: Mapping[str, str] | None = None,
        data: Mapping[str, Any] | None = None,
        content: str | None = None,
    ) -> httpx.Response:
        """Any request at all."""

        async def asked() -> httpx.Response:
            way = httpx.ASGITransport(self.app, raise_app_exceptions=False)
            async with httpx.AsyncClient(
                transport=way, base_url=OUR_PAGE, trust_env=False
            ) as client:
                return await client.request(
                    method, path, headers=headers, data=data, content=content
                )

        return finished(asked())

    def words(self, path: str) -> str:
        """The words of a page, as a person reads them."""
        answer = self.get(path)
        assert answer.status_code == 200, (path, answer.status_code, answer.text[:300])
        return words(answer.text)


def finished(work: Coroutine[Any, Any, T]) -> T:
    """What a coroutine answers; in a thread, for a browser's tests leave a loop in this one."""
    with ThreadPoolExecutor(1) as own:
        return own.submit(asyncio.run, work).result()


def put(poller: Poller[T], value: T | None, trouble: str = "") -> None:
    """As if the lane had looked just now."""
    poller._shot = Shot(value, poller._shot.version + 1, trouble)


class Outline(HTMLParser):
    """What a browser makes of markup: elements with their attributes, and the text between."""

    def __init__(self, markup: str) -> None:
        super().__init__(convert_charrefs=True)
        self.elements: list[tuple[str, dict[str, str]]] = []
        self.text: list[str] = []
        self.feed(markup)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Remember the element."""
        self.elements.append((tag, {name: value or "" for name, value in attrs}))

    def handle_data(self, data: str) -> None:
        """Remember the text."""
        self.text.append(data)

    @property
    def skeleton(self) -> list[tuple[str, tuple[str, ...]]]:
        """Elements and names of attributes alone: what no value may change."""
        return [(tag, tuple(attributes)) for tag, attributes in self.elements]

    def all(self, tag: str, **attributes: str) -> list[dict[str, str]]:
        """Attributes of each element of that name that has those attributes."""
        return [
            found
            for name, found in self.elements
            if name == tag and attributes.items() <= found.items()
        ]


def words(markup: str) -> str:
    """The text of markup, with single spaces, and none before a comma or a full stop."""
    return re.sub(r" ([.,;])", r"\1", " ".join(" ".join(Outline(markup).text).split()))


def rows(markup: str) -> list[list[str]]:
    """The cells of the first table's body, as text."""
    body = markup.partition("<tbody>")[2].partition("</tbody>")[0]
    lines = re.split(r"<tr\b[^>]*>", body)[1:]
    return [[words(cell) for cell in re.split(r"<t[hd]\b[^>]*>", line)[1:]] for line in lines]


def names(markup: str) -> list[str]:
    """The names in the fleet's table, in order."""
    return re.findall(r'<th scope=row><a href="[^"]*">([^<]+)', markup)


def fill(front: Front) -> None:
    """A fleet with something to do, with a past, and one resource that is gone."""
    front.show(
        seen(decide=lambda r: Decision(r, Action.SET_FLOOR, "Less is enough.", 3), saving=usd(9)),
        seen("films", Kind.RECOMMENDER, decide=lambda r: Decision(r, Action.LEAVE, "Well.")),
        seen("new", region="eu-west-1", guards=("young",)),
    )
    front.told(
        entry(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN], 30, PreviousMinTPS=9, NewMinTPS=10),
        entry(FLOOR_UPDATED_EVENT[Kind.CAMPAIGN], 90, f"{_GONE}", PreviousMinTPS=9, NewMinTPS=1),
        entry(NOTICE_EVENT, 10, "", Kind="fan-out", Summary="Told."),
    )


_GONE = "arn:aws:personalize:eu-west-1:123456789012:campaign/gone"


def deploy(front: Front, **parameters: str) -> Front:
    """The same console, as if it had found the deployed application."""
    front.watch._desk = replace(front.watch.operator(), stack=replace(STACK, parameters=parameters))
    return front
