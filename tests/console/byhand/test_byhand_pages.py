"""Every page and part: where it leads, and what it says before, without and after a look."""

from __future__ import annotations

import re

import pytest
from starlette.routing import Mount, Route
from tests.console.byhand.front import Front, Outline, fill, put, words
from tests.console.byhand.values import PAGES, PARTS, SHOES, entry, look, seen

from personalize_monitor.contract import NOTICE_EVENT
from personalize_monitor_desk.console.assets import LibrariesMissing, libraries

_WAYS = ("href", "src", "action", "hx-get", "hx-post", "data-series", "data-shown")


def ways(markup: str) -> set[tuple[str, str]]:
    """Every address in markup, with the method by which a browser would ask for it."""
    found = set()
    for _, attributes in Outline(markup).elements:
        for name in _WAYS:
            post = name == "hx-post" or (
                name == "action" and attributes.get("method", "get").lower() == "post"
            )
            if attributes.get(name):
                found.add(("POST" if post else "GET", attributes[name]))
    return found


@pytest.mark.parametrize("path", [*PAGES, *PARTS])
def test_each_link_of_each_page_leads_somewhere(front: Front, path: str) -> None:
    """What is linked, loaded, polled or sent to is there; what is gone has a page that says so."""
    fill(front)
    try:
        libraries()
    except LibrariesMissing as missing:
        pytest.skip(str(missing))
    found = ways(front.get(path).text)
    assert found or path in {"/pulse", f"{SHOES}/live"}
    for method, address in sorted(found):
        if address.startswith("#"):
            assert f'id="{address[1:]}"' in front.get(path).text
            continue
        if address.startswith("https://us-east-1.console.aws.amazon.com/personalize/home?"):
            continue  # opened by a person, in a page of its own
        assert address.startswith("/"), address
        answer = front.ask(method, address)
        if method == "POST":  # without a token: there, and refused
            assert answer.status_code == 403, address
        elif address == "/r/eu-west-1/campaign/gone":
            assert answer.status_code == 404
            assert "not there now" in words(answer.text)
        elif not address.endswith("/series"):  # which asks AWS
            assert answer.status_code == 200, address


def test_every_address_of_the_console_is_known_to_these_tests(front: Front) -> None:
    """A new page or deed must not be forgotten in the tables above."""
    known = {route.path for route in front.app.routes if isinstance(route, Route | Mount)}
    at = "/r/{region}/{kind}/{name}"
    assert known == {
        *("/", "/fleet/rows", "/plan", "/plan/live", "/plan/plan.json", "/plan/sure", "/savings"),
        "/fleet/bulk",
        *("/savings/rows", "/events", "/events/rows", "/pulse", "/metrics", "/static"),
        *(
            at,
            f"{at}/live",
            f"{at}/series",
            f"{at}/backtest",
            f"{at}/shown/{{deed}}",
            f"{at}/{{deed}}",
        ),
        *("/sandbox", "/sandbox/live", "/sandbox/clock", "/sandbox/autopilot", "/sandbox/rain"),
        "/sandbox/mail",
        "/sandbox/news",
    }


@pytest.mark.parametrize("path", PAGES)
def test_each_page_says_where_one_is(front: Front, path: str) -> None:
    """Exactly one entry of the menu is the current one, and the page's title names it."""
    fill(front)
    page = Outline(front.get(path).text)
    (current,) = page.all("a", **{"aria-current": "page"})
    assert current["href"] == ("/" if path == SHOES else path)
    (title,) = re.findall(r"<title>([^<]*)</title>", front.get(path).text)
    assert title.endswith("· Personalize Monitor")
    assert page.all("h1")


@pytest.mark.parametrize("path", [*PAGES, *PARTS])
def test_pages_before_anything_is_known(front: Front, path: str) -> None:
    """Each page and part answers before the first look, and shows neither money nor zeros."""
    answer = front.get(path)
    assert answer.status_code == 200
    assert "$" not in words(answer.text)
    if path not in {"/", "/fleet/rows"}:  # whose views count their rows, of which there are none
        assert not re.search(r"\b0\b", words(answer.text))


@pytest.mark.parametrize("path", [p for p in (*PAGES, *PARTS) if SHOES not in p])
def test_pages_of_an_empty_account(front: Front, path: str) -> None:
    """Each page answers for an account in which nothing is."""
    front.show(problems={"us-east-1": []})
    front.told()
    assert front.get(path).status_code == 200


@pytest.mark.parametrize("path", [*PAGES, *PARTS])
def test_pages_while_nothing_new_can_be_read(front: Front, path: str) -> None:
    """The last look stays on each page while AWS does not answer."""
    fill(front)
    put(front.watch.day, front.watch.day.shot().value, "No answer.")
    put(front.watch.deep, look(seen()), "No answer.")
    put(front.watch.saved, None, "No answer.")
    front.told(entry(NOTICE_EVENT, Kind="idle", Summary="x"), trouble="No answer.")
    answer = front.get(path)
    assert answer.status_code == 200
    assert "No answer." in answer.text


def test_the_pulse_tells_the_account_and_its_time(front: Front) -> None:
    """The line at the top shows whose account this is, and the time of the account in UTC."""
    assert "looking…" in front.words("/pulse")
    front.show(seen())
    said = front.words("/pulse")
    assert "2026-03-02 10:02 UTC" in said
    assert "123456789012" in said
    front.show(seen(), trouble="Expired.")
    assert "not answering" in front.words("/pulse")
    # The present is not known: what is told is the time of the last look.
    assert "AWS not answering; last look 10:02 UTC" in front.words("/pulse")
    assert "2026-03-02 10:02 UTC" not in front.words("/pulse")


@pytest.mark.parametrize("heard", ["", "-1", "x", "9" * 5000, "١", "1e3"])
def test_no_number_of_the_last_news_breaks_the_pulse(front: Front, heard: str) -> None:
    """What a page says that it has heard already may be any nonsense."""
    assert front.get(f"/pulse?heard={heard}").status_code == 200
