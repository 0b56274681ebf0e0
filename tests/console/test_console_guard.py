"""Who may ask the console, and what a browser may run in its pages."""

from __future__ import annotations

import re

import pytest
from tests.console.stage import CAMPAIGN, PAGES, Seat, changes


@pytest.mark.parametrize("host", ["evil.example", "127.0.0.1.evil.example", "evil.example:1", ""])
def test_only_its_own_names(still: Seat, host: str) -> None:
    """A page that rebinds its name to this machine gets nothing: the Host must be one of ours."""
    assert still.client.get("/", headers={"Host": host}).status_code == 403


@pytest.mark.parametrize("host", ["localhost", "localhost:8321", "127.0.0.1:1", "[::1]:8321"])
def test_names_of_this_machine(still: Seat, host: str) -> None:
    """Any port of this machine's own names is ours."""
    assert still.client.get("/static/console.css", headers={"Host": host}).status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Origin": "http://evil.example"},
        {"Origin": "null"},
        {"Origin": "http://127.0.0.1:1"},
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
    ],
)
def test_forms_of_other_pages(still: Seat, headers: dict[str, str]) -> None:
    """A form of another page or site is refused even with the right token."""
    form = {"csrf": still.app.state.csrf, "hours": "24"}
    answer = still.client.post(f"{CAMPAIGN}/hold", data=form, headers=headers)
    assert answer.status_code == 403
    assert not changes(still)


@pytest.mark.parametrize("token", ["", "wrong", "å" * 32])
def test_forms_need_the_token(still: Seat, token: str) -> None:
    """Only a form that carries this console's token is carried out."""
    status, said = still.post(f"{CAMPAIGN}/hold", csrf=token, hours="24")
    assert status == 403
    assert "load the page again" in said
    assert not changes(still)


@pytest.mark.parametrize("path", [*PAGES, "/nothing", "/fleet/rows", "/metrics"])
def test_a_strict_policy(still: Seat, path: str) -> None:
    """Nothing runs or is styled but files of ours; no markup says otherwise."""
    answer = still.client.get(path)
    policy = answer.headers["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    assert answer.headers["X-Frame-Options"] == "DENY"
    assert answer.headers["Cache-Control"] == "no-store"
    assert not re.search(r"<script(?![^>]*\bsrc=)", answer.text)
    assert not re.search(r"<[^>]+\s(style|on\w+|hx-on\S*)=", answer.text)
    # The way to AWS's own page is a link for a person; nothing is loaded from there.
    link = '<a href="https://us-east-1.console.aws.amazon.com/personalize/home?'
    text = answer.text.replace(link, "<a ")
    assert not re.search(r"""(src|href)=["']?(https?:)?//""", text)


@pytest.mark.parametrize(
    "path", ["/static/../render.py", "/static/vendor/../../app.py", "/static/%2e%2e/app.py"]
)
def test_files_of_its_own_only(still: Seat, path: str) -> None:
    """No path leads out of the folder of static files."""
    assert still.client.get(path).status_code == 404
