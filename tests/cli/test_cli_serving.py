"""The verb sandbox: how it begins, what it tells, what it refuses, and how it ends."""

from __future__ import annotations

import io
import os
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console
from tests.cli.conftest import Ask

from aws_sandbox.errands import Errands
from aws_sandbox.sandbox import START
from aws_sandbox.server import BadRequest, Server
from personalize_monitor.errors import InvalidRequest
from personalize_monitor_desk.application import template
from personalize_monitor_desk.cli import demo_environment
from personalize_monitor_desk.cli.exits import Exit
from personalize_monitor_desk.cli.verbs import console as console_verb
from personalize_monitor_desk.cli.verbs import sandbox
from personalize_monitor_desk.console.remote import Remote

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)


pytestmark = [pytest.mark.usefixtures("signals"), pytest.mark.clock]


@pytest.fixture
def scene() -> Iterator[demo_environment.DemoEnvironment]:
    """The demo's fleet, which nobody watches."""
    with demo_environment.opened(seed=1, watched=False) as opened:
        yield opened


class Impatient:
    """Somebody who presses Ctrl-C when the verb has nothing to do for the n-th time."""

    def __init__(self, naps: int) -> None:
        self.left = naps
        self.then: Callable[[], None] = lambda: None

    def sleep(self, _: float) -> None:
        self.left -= 1
        if self.left < 0:
            self.then()
            raise KeyboardInterrupt


def test_the_sandbox_tells_how_to_talk_to_it(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """Its address comes first, then what to set and to try; Ctrl-C ends it with 0."""
    monkeypatch.setattr(time, "sleep", Impatient(0).sleep)
    answer = ask("sandbox", "--bare", "--port", "0", "--speed", "0", "--warm-up", "0")
    assert answer.code == Exit.FINE, answer.err
    first = answer.out.splitlines()[0]
    url = first.removeprefix("A local AWS is at ")
    assert url.startswith("http://127.0.0.1:")
    assert f"export AWS_ENDPOINT_URL={url}" in answer.out
    assert "standing still" in answer.out
    assert "Stopped; nothing of it is left." in answer.err


def test_the_sandbox_begins_when_it_is_told(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """--start is the time there when serving begins, on a five-minute mark."""
    monkeypatch.setattr(time, "sleep", Impatient(1).sleep)
    words = ("--start", "2026-03-03T12:03Z", "--warm-up", "0.25", "--speed", "300")
    answer = ask("sandbox", "--bare", "--port", "0", *words)
    assert "Tue 03 Mar 2026, 12:00 UTC there, 300 times as fast as real time" in answer.out


def test_a_taken_port_is_told(ask: Ask, taken: int) -> None:
    """The port is named, with the option that chooses another."""
    answer = ask("sandbox", "--bare", "--warm-up", "0", "--port", str(taken))
    assert answer.code == Exit.USAGE
    assert f"Port {taken} is taken" in answer.err
    assert "--port" in answer.err


@pytest.mark.parametrize(
    ("option", "value"),
    [
        ("--start", "soon"),
        ("--start", "0001-01-01T00:00+14:00"),
        ("--start", "0001-01-01"),
        ("--start", "9999-12-31"),
        ("--speed", "3601"),
    ],
)
def test_what_the_sandbox_cannot_be_told(ask: Ask, option: str, value: str) -> None:
    """A time that is none and a clock that is too fast are refused before anything starts."""
    answer = ask("sandbox", option, value)
    assert answer.code == Exit.USAGE
    assert option in answer.err


def test_a_termination_is_an_interruption() -> None:
    """A supervisor's SIGTERM ends both verbs as Ctrl-C does: in order."""
    for interrupt in (sandbox._interrupt, console_verb._interrupt):
        with pytest.raises(KeyboardInterrupt):
            interrupt()


def test_living_happens_between_two_naps(scene: demo_environment.DemoEnvironment) -> None:
    """Whoever asks for hours over HTTP waits until the one that moves time has lived them."""
    errands = Errands()
    live = sandbox.routes(scene, errands)["live"]
    answers: list[dict[str, Any]] = []
    asking = threading.Thread(target=lambda: answers.append(live({"hours": "0.5"})))
    begin = scene.sandbox.now
    asking.start()
    while not errands.run_next():
        time.sleep(0.001)
    asking.join(10)
    assert scene.sandbox.now == begin + timedelta(minutes=30)
    assert answers[0]["now"] == scene.sandbox.now.isoformat()
    with pytest.raises(BadRequest):
        live({"hours": "many"})


def test_the_mailbox_and_the_events(scene: demo_environment.DemoEnvironment) -> None:
    """What reached the team's address and what the bus accepted are told over HTTP."""
    routes = sandbox.routes(scene, Errands())
    assert routes["mailbox"]({}) == []
    client = scene.sandbox.client("sns")
    topic = client.create_topic(Name="t")["TopicArn"]
    client.subscribe(TopicArn=topic, Protocol="email", Endpoint=demo_environment.EMAIL)
    scene.sandbox.confirm(demo_environment.EMAIL)
    client.publish(TopicArn=topic, Subject="Floor", Message="It is 3 now.")
    letters = [one for one in routes["mailbox"]({}) if one["subject"] == "Floor"]
    assert letters == [
        {
            "time": START.isoformat().replace("+00:00", "Z"),
            "region": "us-east-1",
            "topic": "t",
            "subject": "Floor",
            "message": "It is 3 now.",
            "delivered": [demo_environment.EMAIL],
        }
    ]
    assert routes["mailbox"]({"subject": "FLOOR"}) == letters
    assert routes["mailbox"]({"subject": "roof"}) == []
    entry = {"Source": "shop", "DetailType": "Sale", "Detail": "{}"}
    scene.sandbox.client("events").put_events(Entries=[entry])
    assert routes["events"]({})[-1]["event"]["source"] == "shop"


def test_d11_a_served_sandbox_has_all_that_the_console_asks_for(
    scene: demo_environment.DemoEnvironment,
) -> None:
    """The console's Sandbox page works on it as on its own: mails, weather, autopilot."""
    errands = Errands()
    with Server(scene.sandbox.world, routes=sandbox.routes(scene, errands)) as running:
        remote = Remote(running.url)
        assert remote.mailbox()["letters"] == []
        assert remote.weather() == []
        assert remote.autopilot() is False
        assert remote.clock().now == scene.sandbox.now
        with pytest.raises(InvalidRequest, match="must be true or false"):
            remote.ask("autopilot", {"on": "maybe"})


def test_d10_an_interruption_before_it_serves_is_one(
    ask: Ask, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whoever stops it while it starts got no sandbox: 130, not 0."""

    def interrupted(*_: object, **__: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr(demo_environment.DemoEnvironment, "live", interrupted)
    assert ask("sandbox", "--bare", "--port", "0").code == Exit.INTERRUPTED


def test_the_explanation_is_copied_as_it_is() -> None:
    """Commands are not broken into lines, however narrow the screen."""
    file = io.StringIO()
    sandbox.explain("http://127.0.0.1:5757", 60, NOON, Console(file=file, width=40))
    lines = [line.strip() for line in file.getvalue().splitlines()]
    assert "export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox" in lines
    assert any(line.startswith("curl 'http://127.0.0.1:5757/_sandbox/clock") for line in lines)


def test_the_stage_takes_the_environment_back(monkeypatch: pytest.MonkeyPatch) -> None:
    """Endpoints and profiles of the person are not the sandbox's, and are there again after it."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setenv("AWS_PROFILE", "mine")
    with demo_environment.opened(seed=1, watched=False) as opened:
        assert "AWS_ENDPOINT_URL" not in os.environ
        assert "AWS_PROFILE" not in os.environ
        assert opened.access.account == opened.sandbox.account
    assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert os.environ["AWS_PROFILE"] == "mine"


def test_a_template_that_is_nowhere(monkeypatch: pytest.MonkeyPatch) -> None:
    """An incomplete installation is told with its cure."""
    monkeypatch.setattr(Path, "is_file", lambda _: False)
    with pytest.raises(InvalidRequest, match="install the package anew"):
        template()
