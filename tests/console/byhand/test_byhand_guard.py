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
from tests.console.byhand.front import Front, Outline, Silent, fill, finished, words
from tests.console.byhand.values import ADDRESS, PAGES, SHOES, seen

from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor_desk.console.actions import DEEDS
from personalize_monitor_desk.console.app import create_app
from personalize_monitor_desk.console.guard import HEADERS

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
    ("GET", f"{SHOES}/series?range=1y", 422),
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


@pytest.mark.parametrize("method", ["POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
def test_other_pages_may_only_read_what_the_browser_hides(front: Front, method: str) -> None:
    """Whatever the method, what could change something is refused before any page sees it."""
    answer = front.ask(method, SHOES, headers={"Origin": "http://evil.example"})
    assert answer.status_code == 403
    assert "Access-Control-Allow-Origin" not in answer.headers


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
