"""The way to a sandbox's clock, weather and mail: what is asked, refused, and told of silence."""

from __future__ import annotations

import http.client
import urllib.error
import urllib.request
from datetime import UTC, datetime
from typing import Any

import pytest
from tests.console.byhand.served import SHOES, URL, Served, refused

from personalize_monitor.errors import InvalidRequest, Unavailable
from personalize_monitor_desk.console.remote import Clock, Remote


def test_the_clock_as_it_is_told(served: Served) -> None:
    """Time, speed, and whether the machine keeps up."""
    served.answers[""] = {"now": "2026-03-02T11:00:00+00:00", "speed": 30, "behind": True}
    assert Remote(f"{URL}/").clock() == Clock(datetime(2026, 3, 2, 11, tzinfo=UTC), 30.0, True)
    assert served.asked == [("", None)]


def test_each_wish_is_sent_as_it_is_meant(served: Served) -> None:
    """A question has no body; a wish has exactly what was wished for."""
    remote = Remote(URL)
    remote.turn(step=300)
    remote.turn(pause=True)
    remote.rain(kind="sale", where=SHOES)
    assert remote.autopilot() is True
    remote.autopilot(False)
    assert remote.weather() == remote.mailbox()["letters"] == []
    assert served.asked == [
        ("clock", {"step": 300}),
        ("clock", {"pause": True}),
        ("rain", {"kind": "sale", "where": SHOES}),
        ("autopilot", None),
        ("autopilot", {"on": False}),
        ("weather", None),
        ("mail", {"kind": "", "page": 1}),
    ]


@pytest.mark.parametrize(
    "url",
    [
        "https://127.0.0.1:9999",
        "http://192.168.0.7",
        "http://169.254.169.254/latest",
        "http://localhost.evil.example",
        "http://127.0.0.1@evil.example",
        "file:///etc/passwd",
        "127.0.0.1:9999",
        "",
    ],
)
def test_only_a_sandbox_of_this_machine_is_talked_to(url: str) -> None:
    """No address leads the console to another machine, whatever AWS_ENDPOINT_URL says."""
    with pytest.raises(InvalidRequest, match="is not a sandbox on this machine"):
        Remote(url)


@pytest.mark.parametrize("url", ["http://localhost:1", "http://[::1]:4566/", "http://127.0.0.1"])
def test_each_name_of_this_machine_will_do(url: str) -> None:
    """By name, or by either of its addresses."""
    assert Remote(url).url == url.rstrip("/")


SILENCE = [
    (TimeoutError("timed out"), "timed out"),
    (urllib.error.URLError(ConnectionRefusedError("refused")), "refused"),
    (ConnectionResetError("reset"), "reset"),
    (http.client.BadStatusLine("\x16\x03"), ""),
    (http.client.IncompleteRead(b"{"), ""),
    (b"<html>Grafana</html>", ""),
    (b"", ""),
    (b"[1, 2]", "another program"),
    (b'{"hello": "world"}', "another program"),
    (b'{"now": "yesterday", "speed": 1}', "another program"),
    (b'{"now": 5, "speed": null}', "another program"),
]


@pytest.mark.parametrize(("answer", "why"), SILENCE)
def test_what_is_no_sandbox_is_told_as_such(served: Served, answer: Any, why: str) -> None:
    """Silence, half an answer or another program's answer: one sentence with what to do."""
    served.answers[""] = answer
    with pytest.raises(Unavailable) as told:
        Remote(URL).clock()
    assert str(told.value).startswith("The sandbox does not answer (")
    assert why in str(told.value)
    assert str(told.value).endswith("; start it again.")


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        (b'{"error": "speed must be a number."}', "speed must be a number."),
        (b"<html>", "The sandbox answered 400."),
        (b'["error"]', "The sandbox answered 400."),
        (b"{}", "The sandbox answered 400."),
    ],
)
def test_a_refusal_is_repeated(served: Served, body: bytes, sentence: str) -> None:
    """What the sandbox says about a wish is what the page says."""
    served.answers["clock"] = refused(400, body)
    with pytest.raises(InvalidRequest) as told:
        Remote(URL).turn(speed=1)
    assert str(told.value) == sentence
