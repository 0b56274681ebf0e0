"""The verb console: what it says, refuses and shows, and the sandbox of its own."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import threading
import webbrowser
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from types import SimpleNamespace
from typing import Any

import pytest
from botocore.exceptions import NoCredentialsError
from tests.cli.conftest import Ask, Inside

from personalize_monitor.aws.access import Access
from personalize_monitor.clock import utc_now
from personalize_monitor_desk.cli import console, demo_environment, session
from personalize_monitor_desk.cli.console import Wanted, own_sandbox
from personalize_monitor_desk.cli.exits import Exit, Refused, Usage
from personalize_monitor_desk.cli.verbs import console as console_verb
from personalize_monitor_desk.console import assets, sandbox_driver

NOON = datetime(2026, 3, 3, 12, tzinfo=UTC)
pytestmark = pytest.mark.usefixtures("signals")


class Web:
    """A web server that serves nothing: it notes what it was given, and Ctrl-C comes at once."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *, interrupted: bool = True) -> None:
        import uvicorn

        self.served: list[Any] = []
        self.opened: list[str] = []
        self.interrupted = interrupted
        web = self

        def run(server: uvicorn.Server, sockets: list[socket.socket]) -> None:
            web.served.append((server.config.app, sockets[0].getsockname()))
            sockets[0].close()
            if web.interrupted:
                raise KeyboardInterrupt

        monkeypatch.setattr(uvicorn.Server, "run", run)
        monkeypatch.setattr(webbrowser, "open", self.opened.append)
        # Whether npm's packages are there is another test's matter.
        monkeypatch.setattr(assets, "libraries", dict)

    @property
    def here(self) -> Any:
        """What the page looks at."""
        return self.served[0][0].state.here


@pytest.fixture
def web(monkeypatch: pytest.MonkeyPatch) -> Web:
    """Such a server."""
    return Web(monkeypatch)


def test_the_console_says_where_it_is(inside: Inside, web: Web) -> None:
    """Address, what it may do, and how it ends; then Ctrl-C, and the code is 0."""
    answer = inside("console", "--port", "0")
    assert answer.code == Exit.FINE, answer.err
    (_, (host, port)) = web.served[0]
    assert host == "127.0.0.1"
    assert f"The console is at http://127.0.0.1:{port}" in answer.out
    assert "It only reads; --allow-actions lets it act." in answer.out
    assert "Stopped." in answer.err
    assert web.opened == []


def test_the_console_of_somebody_who_may_act(
    inside: Inside, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--allow-actions is said aloud; --browser opens the page; a server may end by itself."""
    web = Web(monkeypatch, interrupted=False)
    answer = inside("console", "--port", "0", "--allow-actions", "--browser")
    assert answer.code == Exit.FINE, answer.err
    assert "It may change things." in answer.out
    (_, (_, port)) = web.served[0]
    assert web.opened == [f"http://127.0.0.1:{port}"]
    assert "Stopped." not in answer.err


@pytest.mark.usefixtures("web")
def test_a_quick_browser_is_not_refused(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """The port listens by the time at which the page is opened; the server may need a moment."""
    reached: list[str] = []

    def visit(address: str) -> None:
        host, _, port = address.removeprefix("http://").partition(":")
        with socket.create_connection((host, int(port)), timeout=10):
            reached.append(address)

    monkeypatch.setattr(webbrowser, "open", visit)
    assert inside("console", "--port", "0", "--browser").code == Exit.FINE
    assert len(reached) == 1


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--region", "mars"), "--region mars is not a region"),
        (("--prices", "/nowhere/prices.toml"), "cannot be read"),
        (("--port", "70000"), "less than or equal to 65535"),
    ],
)
def test_what_the_console_cannot_show(
    inside: Inside, web: Web, arguments: tuple[str, ...], said: str
) -> None:
    """A mistake is told before a page is served."""
    answer = inside("console", *arguments)
    assert answer.code == Exit.USAGE
    assert said in answer.err
    assert web.served == []


def test_d11_without_credentials_no_page_is_served(
    inside: Inside, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The cure is said at once, not on every page of a console that looks alive."""

    def signed_out(_: object) -> str:
        raise NoCredentialsError

    monkeypatch.setattr(Access, "account", property(signed_out))
    answer = inside("console", "--port", "0")
    assert answer.code == Exit.REFUSED
    assert "No AWS credentials were found" in answer.err
    assert web.served == []


def test_here_is_the_account_of_the_options(inside: Inside) -> None:
    """Regions, prices and rights are those that were asked for; the time is our clock's."""
    asked = console_verb.Options(
        profile=None,
        regions=["us-east-1,eu-west-1"],
        stack="",
        prices=None,
        allow_actions=True,
        browser=False,
    )
    here = console_verb._here(asked)
    assert here.regions == ("us-east-1", "eu-west-1")
    assert here.allow_actions
    assert here.sandbox is None
    assert here.now() == utc_now()
    assert here.operator().stack is None


def test_here_in_front_of_a_sandbox(inside: Inside, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without --region the demo's two are shown, and the page can turn the clock."""
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:9")
    monkeypatch.setattr(session, "sandbox_time", lambda: NOON)
    asked = console_verb.Options(
        profile=None, regions=None, stack="", prices=None, allow_actions=False, browser=False
    )
    here = console_verb._here(asked)
    assert here.regions == tuple(console.REGIONS)
    assert here.sandbox is not None
    monkeypatch.setattr(type(here.sandbox), "clock", lambda _: SimpleNamespace(now=NOON))
    assert here.now() == NOON


def test_a_part_that_is_not_installed(ask: Ask, monkeypatch: pytest.MonkeyPatch) -> None:
    """It is named with the command that installs it."""
    monkeypatch.setitem(sys.modules, "uvicorn", None)
    answer = ask("console")
    assert answer.code == Exit.USAGE
    assert "uvicorn" in answer.err
    assert "pip install 'personalize-monitor[console]'" in answer.err


def test_the_next_free_port_is_taken(taken: int) -> None:
    """Somebody who has a console open already gets a second one beside it."""
    with console_verb._bound("127.0.0.1", taken) as found:
        assert taken < found.getsockname()[1] < taken + 10


def test_the_last_port_has_no_next_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """Ports end at 65535: a taken one there is told, not a crash."""

    def refuse(self: socket.socket, address: tuple[str, int]) -> None:
        assert address[1] <= 65535
        raise OSError("in use")

    monkeypatch.setattr(socket, "socket", type("Taken", (socket.socket,), {"bind": refuse}))
    with pytest.raises(Usage, match="give another --port"):
        console_verb._bound("127.0.0.1", 65530)


def test_a_bracketed_address(web: Web, inside: Inside) -> None:
    """An IPv6 address is written so that a browser understands it."""
    try:
        console_verb._bound("::1", 0).close()
    except Usage:
        pytest.skip("this machine has no IPv6")
    answer = inside("console", "--host", "::1", "--port", "0")
    assert "http://[::1]:" in answer.out


class Context:
    """Processes that do all they do when they are started, and may be ``stubborn`` about ending."""

    def __init__(self, *, stubborn: bool = False) -> None:
        self.stubborn = stubborn
        self.terminated = False
        self.ended = threading.Event()
        self.Pipe = multiprocessing.Pipe

    def Event(self) -> threading.Event:  # noqa: N802  as multiprocessing spells it
        return self.ended

    def Process(self, *, target: Any, args: Any, daemon: bool) -> Any:  # noqa: N802  likewise
        assert daemon, "it must not outlive this process"
        return SimpleNamespace(
            start=lambda: target(*args),
            join=lambda seconds: None,
            is_alive=lambda: self.stubborn,
            terminate=self.terminate,
        )

    def terminate(self) -> None:
        self.terminated = True


WANTED = Wanted(speed=150, seed=3, warm_up=2)


def spawned(
    monkeypatch: pytest.MonkeyPatch, *words: tuple[str, str], stubborn: bool = False
) -> Context:
    """The other process only says these words."""
    context = Context(stubborn=stubborn)
    monkeypatch.setattr(multiprocessing, "get_context", lambda _: context)

    def live(tell: Any, ended: Any, wanted: Wanted) -> None:
        assert wanted is WANTED
        assert ended is context.ended
        for word in words:
            tell.send(word)

    monkeypatch.setattr(console, "live", live)
    return context


BUSY = ("busy", "deploying the application")


@pytest.mark.parametrize("stubborn", [False, True])
def test_a_sandbox_of_its_own_ends_with_it(monkeypatch: pytest.MonkeyPatch, stubborn: bool) -> None:
    """It is used from when its address comes; afterwards it is told to end, or made to."""
    context = spawned(monkeypatch, BUSY, ("ready", "http://x"), stubborn=stubborn)
    with own_sandbox(WANTED) as url:
        assert url == "http://x"
        assert not context.ended.is_set()
    assert context.ended.is_set()
    assert context.terminated == stubborn


def test_it_ends_though_the_page_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """An error of whoever uses it leaves no process behind."""
    context = spawned(monkeypatch, ("ready", "http://x"))
    with pytest.raises(KeyboardInterrupt), own_sandbox(WANTED):
        raise KeyboardInterrupt
    assert context.ended.is_set()


@pytest.mark.parametrize("words", [(), (BUSY,)])
def test_a_sandbox_that_does_not_start(
    monkeypatch: pytest.MonkeyPatch, words: tuple[tuple[str, str], ...]
) -> None:
    """Its process ended without an address: that is told, with where to see more."""
    context = spawned(monkeypatch, *words)
    with pytest.raises(Refused, match="sandbox --debug"), own_sandbox(WANTED):
        pass
    assert context.ended.is_set()


def test_a_sandbox_that_takes_too_long(monkeypatch: pytest.MonkeyPatch) -> None:
    """Nobody waits for ever."""
    monkeypatch.setattr(console, "_START_SECONDS", 0.0)
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs, pytest.raises(Refused, match="did not start"):
        console._ready(ours, lambda _: None)


def test_what_it_does_is_told_meanwhile() -> None:
    """Deploying and living take some seconds: whoever waits hears about it."""
    heard: list[str] = []
    ours, theirs = multiprocessing.Pipe()
    with ours, theirs:
        for word in (BUSY, ("busy", "living 2 h"), ("ready", "http://x")):
            theirs.send(word)
        assert console._ready(ours, heard.append) == "http://x"
    assert heard == ["deploying the application", "living 2 h"]


def test_only_the_sandbox_can_be_reached() -> None:
    """The environment for it has no credentials of a person, and asks no metadata server."""
    given = console.environment("http://127.0.0.1:1")
    assert given["AWS_ENDPOINT_URL"] == "http://127.0.0.1:1"
    assert given["AWS_ACCESS_KEY_ID"] == given["AWS_SECRET_ACCESS_KEY"] == "sandbox"
    assert given["AWS_EC2_METADATA_DISABLED"] == "true"


def test_the_console_of_the_sandbox(
    inside: Inside, web: Web, monkeypatch: pytest.MonkeyPatch
) -> None:
    """--sandbox shows its own account: neither the person's profile nor endpoint reach it."""
    wanted: list[Wanted] = []

    @contextmanager
    def own(asked: Wanted) -> Iterator[str]:
        wanted.append(asked)
        yield "http://127.0.0.1:9"

    monkeypatch.setattr(console_verb, "own_sandbox", own)
    monkeypatch.setattr(session, "sandbox_time", lambda: NOON)
    monkeypatch.setenv("AWS_PROFILE", "mine")
    for name in console.environment(""):
        monkeypatch.setenv(name, os.environ.get(name, ""))
    words = ("--speed", "60", "--seed", "7", "--warm-up", "1", "--advice", "--profile", "mine")
    answer = inside("console", "--sandbox", "--port", "0", *words)
    assert answer.code == Exit.FINE, answer.err
    assert wanted == [Wanted(60, 7, 1, advice=True)]
    assert "AWS_PROFILE" not in os.environ
    assert os.environ["AWS_ENDPOINT_URL"] == "http://127.0.0.1:9"
    assert web.here.sandbox is not None


@pytest.mark.clock
@pytest.mark.parametrize("advice", [False, True])
def test_the_other_process(monkeypatch: pytest.MonkeyPatch, advice: bool) -> None:
    """It lives its hours up to two weeks ago, then serves until it is told to end."""
    told: list[tuple[str, str]] = []
    updates: list[dict[str, str]] = []
    lived: list[datetime] = []
    opened: list[datetime] = []
    box = SimpleNamespace(update=updates.append, confirm=lambda email: None)

    @contextmanager
    def stage_opened(*, seed: int, start: datetime) -> Iterator[Any]:
        assert seed == WANTED.seed
        opened.append(start)
        yield SimpleNamespace(sandbox=box, live=lived.append)

    ended = threading.Event()

    class Theatre:
        def __init__(self, sandbox: Any, *, speed: float, after_tick: Any) -> None:
            assert (sandbox, speed) == (box, WANTED.speed)
            after_tick(sandbox)

        def play(self, port: int, ready: Any, over: Callable[[], bool]) -> None:
            ready("http://x")
            ended.set()
            assert over()

    monkeypatch.setattr(demo_environment, "opened", stage_opened)
    monkeypatch.setattr(sandbox_driver, "SandboxDriver", Theatre)
    tell: Any = SimpleNamespace(send=told.append)
    over: Any = ended
    console.live(tell, over, Wanted(speed=150, seed=3, warm_up=2, advice=advice))
    assert told == [BUSY, ("busy", "living 2 h"), ("ready", "http://x")]
    assert updates == ([{"DryRun": "Yes"}] if advice else [])
    assert lived[0] - opened[0] == timedelta(hours=2)
    assert abs(datetime.now(UTC) - timedelta(days=14) - lived[0]) < timedelta(minutes=6)
    assert signal.getsignal(signal.SIGINT) is signal.SIG_IGN, "Ctrl-C is the other process's"
