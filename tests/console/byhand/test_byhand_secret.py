"""Away from this machine a console asks for the secret of its start (C5)."""

from __future__ import annotations

import socket
from pathlib import Path
from typing import Any

import httpx
import pytest
from tests.console.byhand.front import Front, finished, words
from tests.console.byhand.values import SHOES, seen

from personalize_monitor_desk.cli.verbs.console import Door, door_of
from personalize_monitor_desk.console.app import LOCAL, create_app
from personalize_monitor_desk.console.guard import COOKIE, HEADERS

SECRET = "s3cret-of-this-start"
AT = "http://192.168.7.7:8321"


class Away:
    """A console that other machines can ask, and one of them."""

    def __init__(self, front: Front, **more: Any) -> None:
        self.front = front
        door = {"hosts": {"192.168.7.7"}, "secret": SECRET, **more}
        self.app = create_app(front.app.state.here, **door)
        self.app.state.watch = front.watch

    def ask(self, method: str, path: str, **more: Any) -> httpx.Response:
        """One request of another machine."""
        base, server = more.pop("base", AT), more.pop("server", ("192.168.7.7", 8321))

        async def asked() -> httpx.Response:
            async def app(scope: Any, receive: Any, send: Any) -> None:
                await self.app({**scope, "server": server}, receive, send)

            way = httpx.ASGITransport(app, raise_app_exceptions=False)
            async with httpx.AsyncClient(transport=way, base_url=base, trust_env=False) as client:
                return await client.request(method, path, **more)

        return finished(asked())


@pytest.fixture
def away(front: Front) -> Away:
    """With something to see and to do."""
    front.show(seen())
    return Away(front)


PATHS = ["/", "/plan", SHOES, "/pulse", "/metrics", "/static/console.css", "/nothing", "/savings"]


@pytest.mark.parametrize("path", PATHS)
@pytest.mark.parametrize(
    "how",
    [
        {},
        {"params": {"token": "wrong"}},
        {"params": {"token": ""}},
        {"headers": {"Cookie": f"{COOKIE}={SECRET}"}},  # the cookie is not the secret itself
        {"headers": {"Cookie": f"{COOKIE}="}},
        {"headers": {"Authorization": "Bearer wrong"}},
        {"headers": {"Authorization": f"Basic {SECRET}"}},
        {"headers": {"Authorization": "Bearer å".encode("latin-1")}},
    ],
)
def test_c5_nothing_is_answered_without_the_secret(
    away: Away, path: str, how: dict[str, Any]
) -> None:
    """No page, no figure, no token: one sentence, sealed as everything is."""
    answer = away.ask("GET", path, **how)
    assert answer.status_code == 403
    assert "asks for the secret of its start" in answer.text
    assert away.app.state.csrf not in answer.text
    for name, value in HEADERS.items():
        assert answer.headers[name] == value


@pytest.mark.parametrize("path", [f"{SHOES}/floor", "/plan", "/sandbox/clock"])
def test_c5_nothing_is_done_without_it_either(away: Away, path: str) -> None:
    """Not even with the token of the pages, nor with the secret in a form's address."""
    form = {"csrf": away.app.state.csrf, "floor": "3"}
    for where in (path, f"{path}?token={SECRET}"):
        answer = away.ask("POST", where, data=form, headers={"Origin": AT})
        assert answer.status_code == 403
        assert "secret of its start" in answer.text


def test_c5_the_address_that_was_printed_opens_it(away: Away) -> None:
    """Once in the address, then a cookie that no script reads and no other site sends."""
    answer = away.ask("GET", "/plan", params={"token": SECRET, "q": "a b"})
    assert (answer.status_code, answer.headers["Location"]) == (303, "/plan?q=a+b")
    cookie = answer.headers["Set-Cookie"]
    assert "HttpOnly" in cookie
    assert "samesite=strict" in cookie.casefold()
    assert SECRET not in cookie
    crumb = {"Cookie": cookie.partition(";")[0]}
    page = away.ask("GET", SHOES, headers=crumb)
    assert page.status_code == 200
    assert away.app.state.csrf in page.text
    form = {"csrf": away.app.state.csrf, "floor": "0"}
    told = away.ask(
        "POST",
        f"{SHOES}/floor",
        data=form,
        headers={**crumb, "Origin": AT, "HX-Request": "true"},
    )
    assert "floor must be a whole number" in words(told.text)
    assert away.ask("POST", f"{SHOES}/floor", data=form, headers=crumb | {"Origin": "http://evil"})


def test_c5_the_secret_is_compared_in_constant_time(
    away: Away, monkeypatch: pytest.MonkeyPatch
) -> None:
    """However it is brought: how long the answer takes tells nothing of a wrong one."""
    compared: list[bytes] = []

    def compare(given: bytes, wanted: bytes) -> bool:
        compared.append(given)
        return given == wanted

    monkeypatch.setattr("hmac.compare_digest", compare)
    assert away.ask("GET", "/plan?token=guessed").status_code == 403
    bearer = {"Authorization": "Bearer bearing"}
    assert away.ask("GET", "/plan", headers=bearer).status_code == 403
    assert {b"guessed", b"bearing", b""} <= set(compared)


def test_c5_the_way_in_leads_nowhere_else(away: Away) -> None:
    """An address with two slashes is not another machine's."""
    for path in ("//evil.example", "/\\evil.example"):
        answer = away.ask("GET", f"{AT}{path}?token={SECRET}")
        assert answer.status_code in {303, 403, 404}
        assert not answer.headers.get("Location", "/").startswith(("//", "/\\", "http"))


def test_c5_a_scrape_brings_it_as_a_bearer(away: Away) -> None:
    """Prometheus has no browser."""
    answer = away.ask("GET", "/metrics", headers={"Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 200
    assert "personalize_monitor_up" in answer.text


@pytest.mark.parametrize("host", ["localhost", "127.0.0.1:8321", "evil.example", "192.168.7.8", ""])
def test_c5_it_answers_to_what_it_serves(away: Away, host: str) -> None:
    """Also with the secret: a Host that is not served is somebody's rebinding."""
    answer = away.ask("GET", "/", headers={"Host": host, "Authorization": f"Bearer {SECRET}"})
    assert answer.status_code == 403
    assert "not called by that name" in answer.text


def test_c5_on_all_addresses_it_answers_to_each_as_a_number(front: Front) -> None:
    """Reached at 10.0.0.5 it is called 10.0.0.5; a name that was rebound there is none."""
    front.show(seen())
    away = Away(front, hosts={"localhost"}, everywhere=True)
    bearer = {"Authorization": f"Bearer {SECRET}"}
    for server, host, status in (
        ("10.0.0.5", "10.0.0.5:8321", 200),
        ("::ffff:10.0.0.5", "10.0.0.5:8321", 200),
        ("fd00::5", "[fd00::5]:8321", 200),
        ("10.0.0.5", "10.0.0.6:8321", 403),
        ("10.0.0.5", "evil.example:8321", 403),
    ):
        answer = away.ask("GET", "/", headers={**bearer, "Host": host}, server=(server, 8321))
        assert answer.status_code == status, (server, host)


def _door(host: str, family: int = socket.AF_INET) -> Door:
    with socket.socket(family) as bound:
        bound.bind((host, 0))
        return door_of(bound, host, LOCAL)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "127.0.0.9"])
def test_c5_on_this_machine_no_secret_is_asked(host: str) -> None:
    """As before: the address, and every name of this machine."""
    door = _door(host)
    assert not door.secret
    assert "token" not in door.address
    assert {*LOCAL, host} == door.names


def test_c5_beyond_it_each_start_has_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    """Printed once in the address; long, and another one each time."""
    one, two = _door("0.0.0.0"), _door("0.0.0.0")
    assert one.everywhere
    assert len(one.secret) >= 32
    assert one.secret != two.secret
    assert one.address.endswith(f"/?token={one.secret}")


def test_c5_a_page_that_may_do_nothing_carries_no_token(reader: Front) -> None:
    """A console that reads only gives no token away, in no page."""
    reader.show(seen())
    for path in ("/", "/plan", SHOES):
        assert reader.app.state.csrf not in reader.get(path).text


def test_c5_acting_pages_still_carry_it(front: Front, tmp_path: Path) -> None:
    """Otherwise nothing could be done."""
    front.show(seen())
    assert front.app.state.csrf in front.get(SHOES).text
