"""Who may ask, who may act, and what stands on every answer, whatever becomes of the request."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from botocore.exceptions import ClientError
from hypothesis import given, settings
from hypothesis import strategies as st
from starlette.routing import Mount, Route
from tests.console.byhand.front import (
    ADDRESS,
    NOW,
    PAGES,
    PARTS,
    SHOES,
    Front,
    Outline,
    Silent,
    entry,
    finished,
    look,
    put,
    seen,
    usd,
    words,
)

from personalize_monitor.console.app import create_app
from personalize_monitor.console.assets import LibrariesMissing, libraries
from personalize_monitor.console.deeds import DEEDS
from personalize_monitor.console.guard import HEADERS
from personalize_monitor.contract import FLOOR_UPDATED_EVENT, NOTICE_EVENT
from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor.model.decision import Action, Decision
from personalize_monitor.model.resource import Kind

FORMS = tuple(f"{SHOES}/{deed}" for deed in DEEDS)
CHANGES = (*FORMS, "/plan")
ANSWERS = [
    ("GET", "/", 200),
    ("HEAD", "/", 200),
    ("GET", SHOES, 200),
    ("GET", "/metrics", 200),
    ("GET", "/static/console.css", 200),
    ("GET", "/static/nothing.css", 404),
    ("GET", "/nothing", 404),
    ("GET", "/sandbox", 404),
    ("GET", f"{SHOES}/series?range=1y", 404),
    ("POST", "/", 405),
    ("DELETE", SHOES, 405),
    ("PUT", "/plan", 405),
    ("POST", f"{SHOES}/floor", 403),
    ("POST", f"{SHOES}/explode", 404),
]


@pytest.mark.parametrize(("method", "path", "status"), ANSWERS)
def test_every_answer_is_sealed(front: Front, method: str, path: str, status: int) -> None:
    """Pages, files, refusals and what does not exist: all carry the same protecting headers."""
    front.show(seen())
    answer = front.ask(method, path)
    assert answer.status_code == status
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    kept = "no-cache" if path == "/static/console.css" else "no-store"
    assert answer.headers["Cache-Control"] == kept


def test_a_failure_of_ours_is_sealed_and_keeps_its_inside(
    front: Front, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An error that nobody foresaw is a page with the same headers, and tells no secret."""

    def broken() -> object:
        raise RuntimeError("secret of the inside")

    monkeypatch.setattr(front.watch.day, "shot", broken)
    answer = front.get("/fleet/rows")
    assert answer.status_code == 500
    for name, value in HEADERS.items():
        assert answer.headers[name] == value
    assert "secret" not in answer.text
    assert "see the log" in words(answer.text)


@pytest.mark.parametrize(
    ("problem", "status", "title"),
    [
        (InvalidRequest("There are two deployments."), 400, "That cannot be done"),
        (Unavailable("AWS is silent."), 502, "AWS gave no good answer"),
        (
            ClientError({"Error": {"Code": "ExpiredToken", "Message": "It expired."}}, "Get"),
            502,
            "AWS gave no good answer",
        ),
    ],
)
@pytest.mark.parametrize("htmx", [False, True])
def test_what_aws_or_a_person_did_wrong_is_told_in_words(
    front: Front,
    monkeypatch: pytest.MonkeyPatch,
    problem: Exception,
    *,
    status: int,
    title: str,
    htmx: bool,
) -> None:
    """Expired credentials and the like are a sentence on the page; a part of a page is a part."""

    def broken() -> object:
        raise problem

    monkeypatch.setattr(front.watch.day, "shot", broken)
    answer = front.get("/fleet/rows", **({"HX-Request": "true"} if htmx else {}))
    said = words(answer.text)
    assert answer.status_code == status
    assert title in said
    assert str(problem).rpartition(": ")[2] in said
    assert ("<html" in answer.text) != htmx


# --- who may ask ---


@given(st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=40))
def test_no_other_name_is_answered(host: str) -> None:
    """Whatever a rebound name looks like, only this machine's own names get an answer."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    ours = name.casefold() in {"127.0.0.1", "localhost", "[::1]"}
    status = _ask_by_name(host)
    assert status == (404 if ours else 403)


def _ask_by_name(host: str) -> int:
    scope: dict[str, Any] = {
        "type": "http",
        "method": "GET",
        "path": "/nothing",
        "raw_path": b"/nothing",
        "query_string": b"",
        "headers": [(b"host", host.encode())],
    }
    sent: list[Any] = []

    async def receive() -> dict[str, Any]:
        return {"type": "http.request", "body": b"", "more_body": False}

    async def send(message: Any) -> None:
        sent.append(message)

    finished(_QUIET(scope, receive, send))
    return int(sent[0]["status"])


_QUIET: Any = Front(Path("/nowhere")).app


def test_the_names_can_be_chosen(front: Front) -> None:
    """A console that was told to listen elsewhere answers to that name, and to no other."""
    front.app = create_app(front.watch.here, hosts=["Monitor.example"])
    assert front.ask("GET", "/nothing", headers={"Host": "monitor.EXAMPLE:80"}).status_code == 404
    assert front.ask("GET", "/nothing", headers={"Host": ADDRESS}).status_code == 403


ORIGINS = [
    "http://evil.example",
    "null",
    "",
    "http://127.0.0.1:8322",
    "http://127.0.0.1",
    f"http://{ADDRESS}.evil.example",
    f"http://evil.example/{ADDRESS}",
    f"http://{ADDRESS}@evil.example",
    f"http://evil@{ADDRESS}",
    "http://[::1",
    "file://",
]


@pytest.mark.parametrize("origin", ORIGINS)
@pytest.mark.parametrize("path", [FORMS[0], "/plan"])
def test_no_form_of_another_page_is_carried_out(front: Front, origin: str, path: str) -> None:
    """Not with the right token either; the refusal is one sentence."""
    front.show(seen())
    answer = front.ask("POST", path, headers={"Origin": origin}, data=_form(front))
    assert answer.status_code == 403
    assert answer.text.strip().endswith("is not carried out.")
    assert not front.watch.jobs.running


@given(st.text(st.characters(codec="ascii", exclude_characters="\r\n\0"), max_size=60))
@settings(max_examples=30)
def test_an_origin_is_ours_or_refused(origin: str) -> None:
    """Nonsense in the header is refused like another page, and never an error of ours."""
    front = Front(Path("/nowhere"))
    asked = front.ask("POST", "/nothing", headers={"Origin": origin.strip()})
    same = _place(origin.strip()) == ADDRESS
    assert asked.status_code == (404 if same else 403)


def _place(origin: str) -> str:
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


@pytest.mark.parametrize("site", ["cross-site", "same-site", "nonsense"])
def test_what_the_browser_says_of_another_site_counts(front: Front, site: str) -> None:
    """Where the browser tells that a form is another site's, it is refused without an Origin."""
    answer = front.ask("POST", "/plan", headers={"Sec-Fetch-Site": site}, data=_form(front))
    assert answer.status_code == 403


@pytest.mark.parametrize("site", ["same-origin", "none"])
def test_ones_own_page_and_a_plain_program_may_ask(front: Front, site: str) -> None:
    """With the token a request without an Origin is as good as a form; here it meets no plan."""
    answer = front.ask("POST", "/plan", headers={"Sec-Fetch-Site": site}, data=_form(front))
    assert answer.status_code == 422


def _form(front: Front) -> dict[str, str]:
    return {"csrf": front.app.state.csrf, "floor": "3", "hours": "1", "how": "yes", "arn": "x"}


# --- who may act ---


@pytest.mark.parametrize("path", CHANGES)
def test_a_console_that_reads_refuses_each_deed(reader: Front, path: str) -> None:
    """Without --allow-actions the refusal names it, and AWS is not asked for anything."""
    reader.show(seen())
    answer = reader.post(path, floor="3", hours="1", how="yes", name="shoes", arn="x")
    assert answer.status_code == 403
    assert "start it with --allow-actions" in words(answer.text)
    assert isinstance(reader.access, Silent)
    assert not reader.access.asked


@pytest.mark.parametrize("path", [FORMS[0], "/plan"])
@pytest.mark.parametrize("token", ["", "x", "ü", "\U0001f510" * 9])
def test_an_older_page_is_asked_to_load_again(front: Front, path: str, token: str) -> None:
    """A form from before the console was started again changes nothing and says what to do."""
    answer = front.post(path, csrf=token)
    assert answer.status_code == 403
    assert "load the page again" in words(answer.text)


def test_a_token_in_a_file_is_no_token(front: Front) -> None:
    """A form that sends a file in the token's place is refused like any other."""
    body = (
        "--x\r\nContent-Disposition: form-data; name=csrf; filename=a\r\n\r\n"
        f"{front.app.state.csrf}\r\n--x--\r\n"
    )
    headers = {"Content-Type": "multipart/form-data; boundary=x"}
    answer = front.ask("POST", f"{SHOES}/hold", headers=headers, content=body)
    assert answer.status_code == 403
    assert "load the page again" in words(answer.text)


def test_each_console_has_a_token_of_its_own(front: Front, reader: Front) -> None:
    """The token of one console opens no other; it is long enough not to be guessed."""
    ours, theirs = front.app.state.csrf, reader.app.state.csrf
    assert ours != theirs
    assert len(ours) >= 32
    assert front.post("/plan", csrf=theirs).status_code == 403


def test_every_form_of_every_page_carries_the_token(front: Front) -> None:
    """A page whose forms lacked it could not act at all."""
    fill(front)
    for path in PAGES:
        page = front.get(path).text
        for form in re.findall(r'<form[^>]*method="post".*?</form>', page, re.S):
            assert f'name="csrf" value="{front.app.state.csrf}"' in form, path


@pytest.mark.parametrize("path", PAGES)
def test_a_console_that_reads_offers_nothing(reader: Front, path: str) -> None:
    """No dialog, no button of a deed that could be pressed, and the chip that says why."""
    fill(reader)
    page = Outline(reader.get(path).text)
    assert "read-only" in page.text
    assert not page.all("dialog")
    for button in page.all("button"):
        if "data-open" in button:
            assert "disabled" in button
            assert "--allow-actions" in button["title"]
    for box in page.all("input", type="checkbox"):
        assert "disabled" in box


# --- where the pages lead ---


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
_WAYS = ("href", "src", "action", "hx-get", "hx-post", "data-series", "data-restoration")


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
        *("/", "/fleet/rows", "/plan", "/plan/live", "/plan/plan.json", "/savings"),
        *("/savings/rows", "/events", "/events/rows", "/pulse", "/metrics", "/static"),
        *(
            at,
            f"{at}/live",
            f"{at}/series",
            f"{at}/backtest",
            f"{at}/restoration",
            f"{at}/{{deed}}",
        ),
        *("/sandbox", "/sandbox/live", "/sandbox/clock", "/sandbox/autopilot", "/sandbox/rain"),
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
    assert "Mon 2 Mar, 10:02 UTC" in said
    assert "123456789012" in said
    front.show(seen(), trouble="Expired.")
    assert "not answering" in front.words("/pulse")
    assert f'datetime="{NOW.isoformat()}"' not in front.get("/pulse").text


@pytest.mark.parametrize("heard", ["", "-1", "x", "9" * 5000, "١", "1e3"])
def test_no_number_of_the_last_news_breaks_the_pulse(front: Front, heard: str) -> None:
    """What a page says that it has heard already may be any nonsense."""
    assert front.get(f"/pulse?heard={heard}").status_code == 200
