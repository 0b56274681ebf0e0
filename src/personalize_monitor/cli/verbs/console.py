"""``console``: the local web page over an account or the sandbox."""

from __future__ import annotations

import multiprocessing
import os
import signal
import socket
import sys
import webbrowser
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event
from pathlib import Path
from typing import Annotated

import typer
from rich.text import Text

from personalize_monitor.aws.access import Access
from personalize_monitor.cli import options, screen, session
from personalize_monitor.cli.deployed import StackName
from personalize_monitor.cli.exits import Exit, Refused, Usage
from personalize_monitor.model.price_file import load_prices
from personalize_monitor.model.window import SECONDS, floor_to

EXAMPLE = "Example: personalize-monitor console --region us-east-1 --region eu-west-1"
JOURNAL = Path.home() / ".personalize-monitor" / "journal.jsonl"
_LOCAL = "127.0.0.1"
_BACK = timedelta(days=14)
_START_SECONDS = 180.0
_REGIONS = ["us-east-1", "eu-west-1"]

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]
Host = Annotated[str, typer.Option("--host", help="Address to listen on.", metavar="ADDRESS")]
Allow = Annotated[
    bool, typer.Option("--allow-actions", help="Let the page change floors, hold, delete, restore.")
]
OfSandbox = Annotated[
    bool, typer.Option("--sandbox", help="Start a local AWS with a living fleet, and show that.")
]
Speed = Annotated[
    float, typer.Option("--speed", min=0, max=3600, help="With --sandbox: speed of its clock.")
]
Seed = Annotated[int, typer.Option("--seed", help="With --sandbox: same seed, same traffic.")]
WarmUp = Annotated[
    float, typer.Option("--warm-up", min=0, max=336, help="With --sandbox: hours to live before.")
]
Browser = Annotated[bool, typer.Option("--browser", help="Open it in the web browser.")]


def command(  # noqa: PLR0917  typer reads the options from the signature
    profile: options.Profile = None,
    region: options.Regions = None,
    sandbox: OfSandbox = False,
    allow_actions: Allow = False,
    port: Port = 8321,
    host: Host = _LOCAL,
    stack: StackName = "",
    prices: options.Prices = None,
    speed: Speed = 150,
    seed: Seed = 1,
    warm_up: WarmUp = 9,
    browser: Browser = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Show the fleet in the browser, live: graphs, decisions, plan, savings, events.

    Reads only, unless --allow-actions. With --sandbox no account and no network are needed.
    """
    _needed()
    signal.signal(signal.SIGTERM, _interrupt)
    listening = _bound(host, port)
    try:
        if sandbox:
            with _own_sandbox(speed, seed, warm_up) as url:
                os.environ.pop("AWS_PROFILE", None)
                os.environ |= _credentials(url)
                _serve(listening, host, None, region or _REGIONS, stack, prices, allow_actions)
        else:
            _serve(listening, host, profile, region, stack, prices, allow_actions, browser=browser)
    except KeyboardInterrupt:
        screen.err().print("Stopped.")
    raise typer.Exit(Exit.FINE)


def _serve(
    listening: socket.socket,
    host: str,
    profile: str | None,
    regions: list[str] | None,
    stack: str,
    prices: str | None,
    allow_actions: bool,
    *,
    browser: bool = False,
) -> None:
    import uvicorn  # noqa: PLC0415  only for this verb

    from personalize_monitor.console.app import LOCAL, create_app  # noqa: PLC0415
    from personalize_monitor.console.here import Here  # noqa: PLC0415
    from personalize_monitor.console.remote import Remote  # noqa: PLC0415

    access = Access(session.session(profile))
    virtual = session.sandbox_time() is not None
    remote = Remote(os.environ["AWS_ENDPOINT_URL"]) if virtual else None
    here = Here(
        access=access,
        regions=session.chosen_regions(regions, access),
        settings=session.finding_settings(),
        prices=load_prices(Path(prices) if prices else None),
        now=(lambda: remote.clock().now) if remote else (lambda: datetime.now(UTC)),
        stack=stack,
        journal_path=JOURNAL,
        allow_actions=allow_actions,
        sandbox=remote,
    )
    app = create_app(here, hosts={*LOCAL, host})
    address = f"http://{host}:{listening.getsockname()[1]}"
    _explain(address, here.allow_actions)
    if browser:
        webbrowser.open(address)
    config = uvicorn.Config(
        app,
        log_level="warning",
        access_log=False,
        lifespan="on",
        server_header=False,
        timeout_graceful_shutdown=1,
    )
    uvicorn.Server(config).run(sockets=[listening])


def _explain(address: str, allow_actions: bool) -> None:
    console = screen.out()
    console.print(Text.assemble(("The console is at ", "bold"), (address, "bold cyan")))
    may = (
        "It may change things." if allow_actions else "It only reads; --allow-actions lets it act."
    )
    console.print(f"{may} Ctrl-C ends it.")
    sys.stdout.flush()


def _needed() -> None:
    """Usage with the cure when parts of the installation are missing."""
    try:
        import jinja2  # noqa: F401, PLC0415
        import starlette  # noqa: F401, PLC0415
        import uvicorn  # noqa: F401, PLC0415
    except ImportError as missing:
        raise Usage(
            f"The console needs {missing.name}; pip install 'personalize-monitor[console]'."
        ) from missing
    from personalize_monitor.console.assets import libraries  # noqa: PLC0415

    libraries()


def _bound(host: str, port: int) -> socket.socket:
    """The listening socket; the next free port when the usual one is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    problem: OSError | None = None
    for number in range(port, port + 10) if port else (0,):
        found = socket.socket(family, socket.SOCK_STREAM)
        found.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            found.bind((host, number))
        except OSError as error:
            found.close()
            problem = error
        else:
            return found
    raise Usage(f"{host} port {port} cannot be listened on ({problem}); give another --port.")


def _credentials(url: str) -> dict[str, str]:
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
    }


@contextmanager
def _own_sandbox(speed: float, seed: int, warm_up: float) -> Iterator[str]:
    """A sandbox in a process of its own; its address. It ends with this one."""
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    ended = context.Event()
    process = context.Process(
        target=live, args=(theirs, ended, speed, seed, warm_up), daemon=True, name="sandbox"
    )
    process.start()
    try:
        with screen.working("Starting the sandbox") as tell:
            url = _ready(ours, process, tell)
        yield url
    finally:
        ended.set()
        process.join(3)
        if process.is_alive():
            process.terminate()


def _ready(ours: Connection, process: object, tell: object) -> str:
    while ours.poll(_START_SECONDS):
        try:
            word, text = ours.recv()
        except EOFError:
            break
        if word == "ready":
            return str(text)
        tell(str(text))  # type: ignore[operator]
    raise Refused("The sandbox did not start; `personalize-monitor sandbox --debug` says more.")


def live(tell: Connection, ended: Event, speed: float, seed: int, warm_up: float) -> None:
    """The sandbox's own process: bring it up, then serve and drive it until ``ended``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from personalize_monitor.cli import stage  # noqa: PLC0415  heavy, and only in this process
    from personalize_monitor.console.theatre import Theatre  # noqa: PLC0415

    parent = multiprocessing.parent_process()
    now = floor_to(datetime.now(UTC) - _BACK, SECONDS)
    tell.send(("busy", "deploying the application"))
    with stage.opened(seed=seed, start=now - timedelta(hours=warm_up)) as scene:
        tell.send(("busy", f"living {warm_up:g} hours"))
        scene.live(now)
        theatre = Theatre(
            scene.sandbox, speed=speed, after_tick=lambda box: box.confirm(stage.EMAIL)
        )
        theatre.play(
            0,
            lambda url: tell.send(("ready", url)),
            lambda: ended.is_set() or parent is None or not parent.is_alive(),
        )


def _interrupt(*_: object) -> None:
    raise KeyboardInterrupt
