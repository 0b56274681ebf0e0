"""``console``: the local web page over an account or the sandbox."""

from __future__ import annotations

import ipaddress
import os
import secrets
import signal
import socket
import sys
import webbrowser
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Annotated, NoReturn

import typer
from rich.text import Text

from personalize_monitor.aws.access import Access, new_session
from personalize_monitor.clock import utc_now
from personalize_monitor.plan.plans import finding_settings
from personalize_monitor_desk.cli import operators, options, screen, session
from personalize_monitor_desk.cli.console import REGIONS, Wanted, environment, own_sandbox
from personalize_monitor_desk.cli.deployed import StackName
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.cli.parts import lacking
from personalize_monitor_desk.cli.session import Where

if TYPE_CHECKING:
    from personalize_monitor_desk.console.context import ConsoleContext

EXAMPLE = "Example: personalize-monitor console --region us-east-1 --region eu-west-1"
_LOCAL = "127.0.0.1"

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]
Host = Annotated[
    str,
    typer.Option(
        "--host",
        help="Address to listen on; beyond this machine a secret is asked for, printed at start.",
        metavar="ADDRESS",
    ),
]
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
Advice = Annotated[
    bool, typer.Option("--advice", help="With --sandbox: it only plans, and you approve.")
]
Browser = Annotated[bool, typer.Option("--browser", help="Open it in the web browser.")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Options:
    """What the person asked for."""

    profile: str | None
    regions: list[str] | None
    stack: str
    prices: str | None
    allow_actions: bool
    browser: bool


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
    advice: Advice = False,
    browser: Browser = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Show the fleet in the browser, live: graphs, decisions, plan, savings, events.

    Reads only, unless --allow-actions. With --sandbox no account and no network are needed.
    """
    _needed(sandbox=sandbox)
    signal.signal(signal.SIGTERM, _interrupt)
    asked = Options(
        # The own sandbox has an account of its own.
        profile=None if sandbox else profile,
        regions=region,
        stack=stack,
        prices=prices,
        allow_actions=allow_actions,
        browser=browser,
    )
    with _bound(host, port) as listening:
        try:
            if sandbox:
                with own_sandbox(Wanted(speed, seed, warm_up, advice)) as url:
                    os.environ.pop("AWS_PROFILE", None)
                    os.environ |= environment(url)
                    _serve(listening, host, asked, own=True)
            else:
                _serve(listening, host, asked)
        except KeyboardInterrupt:
            screen.err().print("Stopped.")
    raise typer.Exit(Exit.FINE)


@dataclass(frozen=True, slots=True)
class Door:
    """By which names a console is called, and the secret without which it stays shut.

    ``secret`` is empty where only this machine can ask. ``address`` is what a browser opens.
    """

    names: frozenset[str]
    address: str
    secret: str = ""
    everywhere: bool = False


def door_of(listening: socket.socket, host: str, local: Sequence[str]) -> Door:
    """The door of a console that listens there; the address that it is bound to decides."""
    bound, port = listening.getsockname()[:2]
    number = ipaddress.ip_address(bound.partition("%")[0])
    number = getattr(number, "ipv4_mapped", None) or number
    name = f"[{host}]" if ":" in host else host
    if number.is_loopback:
        return Door(frozenset({*local, name}), f"http://{name}:{port}")
    secret = secrets.token_urlsafe(32)
    everywhere = number.is_unspecified
    itself = f"[{number}]" if number.version == 6 else str(number)
    names = {*local, socket.gethostname()} if everywhere else {name, itself}
    shown = socket.gethostname() if everywhere else name
    address = f"http://{shown}:{port}/?token={secret}"
    return Door(frozenset(names), address, secret, everywhere)


def _serve(listening: socket.socket, host: str, asked: Options, *, own: bool = False) -> None:
    import uvicorn  # noqa: PLC0415  only for this verb

    from personalize_monitor_desk.console.app import LOCAL, create_app  # noqa: PLC0415

    door = door_of(listening, host, LOCAL)
    here = _here(asked, own=own and not door.secret)
    if not own:
        # Without credentials there is nothing to show, which is said before a page is.
        _ = here.access.account
    app = create_app(here, hosts=door.names, secret=door.secret, everywhere=door.everywhere)
    address = door.address
    listening.listen(128)  # a browser that is quicker than the server waits, and is not refused
    _explain(address, asked.allow_actions, away=bool(door.secret))
    if asked.browser:
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


def _here(asked: Options, *, own: bool = False) -> ConsoleContext:
    from personalize_monitor_desk.console.context import ConsoleContext  # noqa: PLC0415
    from personalize_monitor_desk.console.remote import Remote  # noqa: PLC0415

    access = Access(new_session(asked.profile))
    remote = Remote(os.environ["AWS_ENDPOINT_URL"]) if session.sandbox_time() else None
    usual = REGIONS if remote else None
    chosen = session.chosen_regions(asked.regions or usual, access)
    session.ask_at_once(access, chosen)

    def present() -> datetime:
        return remote.clock().now if remote else utc_now()

    return ConsoleContext(
        access=access,
        regions=chosen,
        settings=finding_settings(),
        prices=session.price_file(asked.prices),
        learns=not asked.prices,
        now=present,
        operator=lambda: operators.operator_of(
            Where(access, chosen, present(), past=False), asked.stack
        ),
        allow_actions=asked.allow_actions,
        sandbox=remote,
        own_sandbox=own,
    )


def _explain(address: str, allow_actions: bool, *, away: bool = False) -> None:
    console = screen.out()
    said = Text.assemble(("The console is at ", "bold"), (address, "bold cyan"))
    console.print(said, soft_wrap=True)
    if away:
        console.print(
            "Other machines can reach it: whoever has this address may do what it may. It is plain "
            "HTTP, so use it in a network that you trust, or through an SSH tunnel to 127.0.0.1."
        )
    may = (
        "It may change things." if allow_actions else "It only reads; --allow-actions lets it act."
    )
    console.print(f"{may} Ctrl-C ends it.")
    sys.stdout.flush()


def _needed(*, sandbox: bool) -> None:
    """Usage with the cure when parts of the installation are missing."""
    if missing := lacking("console", *(["sandbox"] if sandbox else [])):
        raise Usage(missing)
    from personalize_monitor_desk.console.assets import libraries  # noqa: PLC0415

    libraries()


def _bound(host: str, port: int) -> socket.socket:
    """The listening socket; the next free port when the usual one is taken."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    problem: OSError | None = None
    for number in range(port, min(port + 10, 65536)) if port else (0,):
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


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
