"""The sandbox behind ``console --sandbox``: a process of its own, that ends with this one."""

from __future__ import annotations

import multiprocessing
import signal
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import timedelta
from multiprocessing.connection import Connection
from multiprocessing.synchronize import Event

from personalize_monitor.clock import utc_now
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor_desk.cli import screen
from personalize_monitor_desk.cli.exits import Refused

_BACK = timedelta(days=14)
_START_SECONDS = 180.0
REGIONS = ["us-east-1", "eu-west-1"]
"""Where the demo's fleet is."""


@dataclass(frozen=True, slots=True)
class Wanted:
    """How the sandbox is to be: virtual seconds a real one, seed, hours lived before it is shown.

    With ``advice`` the application only plans, and a person approves.
    """

    speed: float
    seed: int
    warm_up: float
    advice: bool = False


@contextmanager
def own_sandbox(wanted: Wanted) -> Iterator[str]:
    """A sandbox in a process of its own; its address. Raises Refused when it does not start."""
    # Its functions see the sandbox's time, by replacing the clock of all modules of their process.
    context = multiprocessing.get_context("spawn")
    ours, theirs = context.Pipe()
    ended = context.Event()
    process = context.Process(target=live, args=(theirs, ended, wanted), daemon=True)
    process.start()
    theirs.close()
    try:
        with screen.working("Starting the sandbox") as tell:
            url = _ready(ours, tell)
        yield url
    finally:
        ended.set()
        process.join(3)
        if process.is_alive():
            process.terminate()


def _ready(ours: Connection, tell: Callable[[str], None]) -> str:
    while ours.poll(_START_SECONDS):
        try:
            word, text = ours.recv()
        except EOFError:
            break
        if word == "ready":
            return str(text)
        tell(str(text))
    raise Refused("The sandbox did not start; `personalize-monitor sandbox --debug` says more.")


def environment(url: str) -> dict[str, str]:
    """What boto3 needs to talk to it, and to nothing else."""
    return {
        "AWS_ENDPOINT_URL": url,
        "AWS_ACCESS_KEY_ID": "sandbox",
        "AWS_SECRET_ACCESS_KEY": "sandbox",
        "AWS_DEFAULT_REGION": REGIONS[0],
        "AWS_REGION": REGIONS[0],
        "AWS_EC2_METADATA_DISABLED": "true",
    }


def live(tell: Connection, ended: Event, wanted: Wanted) -> None:
    """The other process: bring the sandbox up, then serve and drive it until ``ended``."""
    signal.signal(signal.SIGINT, signal.SIG_IGN)
    from personalize_monitor_desk.cli import demo_environment  # noqa: PLC0415  heavy, and only in this process
    from personalize_monitor_desk.console.sandbox_driver import SandboxDriver  # noqa: PLC0415

    parent = multiprocessing.parent_process()
    now = floor_to(utc_now() - _BACK, SECONDS)
    tell.send(("busy", "deploying the application"))
    with demo_environment.opened(
        seed=wanted.seed, start=now - timedelta(hours=wanted.warm_up)
    ) as scene:
        if wanted.advice:
            scene.sandbox.update({"DryRun": "Yes"})
        tell.send(("busy", f"living {wanted.warm_up:g} h"))
        scene.live(now)
        theatre = SandboxDriver(
            scene.sandbox,
            speed=wanted.speed,
            after_tick=lambda box: box.confirm(demo_environment.EMAIL),
        )
        theatre.play(
            0,
            lambda url: tell.send(("ready", url)),
            lambda: ended.is_set() or parent is None or not parent.is_alive(),
        )
