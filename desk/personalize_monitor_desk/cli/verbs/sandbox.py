"""``sandbox``: a local AWS with a living fleet, served until Ctrl-C."""

from __future__ import annotations

import signal
import time
from collections.abc import Mapping
from contextlib import ExitStack
from datetime import datetime, timedelta
from typing import Annotated, Any, NoReturn

import typer
from rich.console import Console
from rich.text import Text

from aws_sandbox import server
from aws_sandbox.errands import Errands
from aws_sandbox.events.mailbox import Message
from personalize_monitor.clock import utc_now
from personalize_monitor.context.moment import in_utc
from personalize_monitor.model.window import SECONDS, floor_to
from personalize_monitor_desk.cli import demo_environment, documents, options, screen
from personalize_monitor_desk.cli.exits import Exit, Usage
from personalize_monitor_desk.console import sandbox_driver
from personalize_monitor_desk.console.fault_scenarios import FaultScenarios

EXAMPLE = "Example: personalize-monitor sandbox --port 5757 --speed 300"
_NAP = 0.2
_MAX_SPEED = 3600.0
_YEARS = range(2000, 2100)
"""The fleet is older than the beginning, and time goes on: away from the calendar's ends."""

Port = Annotated[int, typer.Option("--port", min=0, max=65535, help="Port; 0 takes a free one.")]
Speed = Annotated[
    float,
    typer.Option(
        "--speed", min=0, max=_MAX_SPEED, help="Times as fast as real time; 0 stands still."
    ),
]
Seed = Annotated[int, typer.Option("--seed", help="Same seed, same traffic.")]
WarmUp = Annotated[
    float, typer.Option("--warm-up", min=0, max=336, help="Hours to live before serving.")
]
Start = Annotated[
    str | None,
    typer.Option(
        "--start", help="The time there when serving begins. Default: now.", metavar="TIME"
    ),
]
Bare = Annotated[bool, typer.Option("--bare", help="Only the fleet, without the application.")]


def command(  # noqa: PLR0917  typer reads the options from the signature
    port: Port = 5757,
    speed: Speed = 60,
    seed: Seed = 1,
    warm_up: WarmUp = 3,
    start: Start = None,
    bare: Bare = False,
    debug: options.Debug = False,  # noqa: ARG001  read by main
) -> None:
    """Serve a local AWS on 127.0.0.1: the demo's fleet, with the application deployed over it.

    The AWS CLI, boto3 programs and this command talk to it through AWS_ENDPOINT_URL. Time runs by
    itself (--speed); /_sandbox/clock turns it.
    """
    signal.signal(signal.SIGTERM, _interrupt)
    opens = floor_to(_moment(start), SECONDS)
    begin = opens - timedelta(hours=warm_up)
    code = Exit.INTERRUPTED  # until it serves: from then on an interruption is its usual end
    try:
        with ExitStack() as cleanup:
            with screen.working("Deploying the application") as tell:
                scene = cleanup.enter_context(
                    demo_environment.opened(seed=seed, start=begin, watched=not bare)
                )
                tell(f"living {warm_up:g} h")
                scene.live(opens)
            code = Exit.FINE
            serve(scene, port, speed)
    except KeyboardInterrupt:
        screen.err().print("Stopped; nothing of it is left.")
    raise typer.Exit(code)


def serve(scene: demo_environment.DemoEnvironment, port: int, speed: float) -> NoReturn:
    """Serve the stage until a KeyboardInterrupt."""
    box = scene.sandbox
    errands = Errands()
    try:
        serving = server.Server(box.world, port=port, routes=routes(scene, errands))
    except (OSError, SystemExit) as problem:
        raise Usage(f"Port {port} is taken on this machine; give another with --port.") from problem
    with serving:
        explain(serving.url, speed, scene.sandbox.now, screen.out())
        box.clock.set_speed(speed)
        while True:
            box.keep_up()
            box.confirm(demo_environment.EMAIL)
            if not errands.run_next():
                time.sleep(_NAP)


def routes(scene: demo_environment.DemoEnvironment, errands: Errands) -> dict[str, Any]:
    """Our own endpoints beside the server's: what reached the mailbox, the events, and living."""

    def live(asked: Mapping[str, Any]) -> dict[str, Any]:
        hours = server.hours(asked)
        errands.ask(lambda: scene.live(scene.sandbox.now + timedelta(hours=hours)))
        return server.status(scene.sandbox.world)

    def mailbox(asked: Mapping[str, Any]) -> list[dict[str, Any]]:
        wanted = str(asked.get("subject", "")).casefold()
        mails = scene.sandbox.mailbox.delivered_to(demo_environment.EMAIL)
        return [_letter(one) for one in mails if wanted in (one.subject or "").casefold()]

    def events(_: Mapping[str, Any]) -> list[dict[str, Any]]:
        return [
            {"time": documents.moment(record.time), "region": record.region, "event": record.event}
            for record in scene.sandbox.events_log[-200:]
        ]

    def autopilot(asked: Mapping[str, Any]) -> dict[str, Any]:
        if "on" in asked:
            wanted = sandbox_driver.switched("on", asked["on"])
            dry = "No" if wanted else "Yes"
            errands.ask(lambda: scene.sandbox.update({"DryRun": dry}))
            return {"on": wanted}
        stacks = scene.sandbox.stacks
        return {"on": bool(stacks) and stacks[-1].parameters.get("DryRun") != "Yes"}

    rain = FaultScenarios(scene.sandbox.world)
    return {
        "mailbox": mailbox,
        "mail": lambda asked: sandbox_driver.mail(scene.sandbox, asked),
        "events": events,
        "live": live,
        "autopilot": autopilot,
        "rain": rain.make,
        "weather": lambda _: {"weather": rain.weather()},
    }


def _letter(message: Message) -> dict[str, Any]:
    return {
        "time": documents.moment(message.time),
        "region": message.region,
        "topic": message.topic,
        "subject": message.subject,
        "message": message.message,
        "delivered": list(message.emails),
    }


def explain(url: str, speed: float, now: datetime, console: Console) -> None:
    """How to talk to it."""
    console.print(Text(f"A local AWS is at {url}", style="bold"))
    pace = f"{speed:g} times as fast as real time" if speed else "standing still"
    console.print(f"It is {now:%a %d %b %Y, %H:%M} UTC there, {pace}. Ctrl-C ends it.\n")
    console.print(Text("In another terminal:", style="bold"))
    lines = (
        f"export AWS_ENDPOINT_URL={url}",
        "export AWS_ACCESS_KEY_ID=sandbox AWS_SECRET_ACCESS_KEY=sandbox",
        "export AWS_DEFAULT_REGION=us-east-1",
        "",
        "personalize-monitor status --region us-east-1 --region eu-west-1",
        "personalize-monitor report --region us-east-1 --region eu-west-1",
        "aws personalize list-campaigns",
        "aws cloudwatch describe-alarms --alarm-name-prefix PersonalizeMonitor-",
        "",
        f"curl '{url}/_sandbox/clock?speed=300'   # faster; pause=1, step=3600, to=TIME",
        f"curl '{url}/_sandbox/live?hours=26'     # live through a day and two hours, then answer",
        f"curl {url}/_sandbox/mailbox             # what was mailed; also fleet, calls, events",
    )
    for line in lines:
        console.print(Text(f"  {line}".rstrip(), style="cyan"), soft_wrap=True)


def _moment(text: str | None) -> datetime:
    if text is None:
        return utc_now()
    try:
        found = in_utc(text)
    except ValueError:
        raise Usage(f"--start {text} is not a time; write it as 2026-11-27T08:00Z.") from None
    if found.year not in _YEARS:
        raise Usage(
            f"--start {text} is out of reach; the sandbox lives in {_YEARS[0]} to {_YEARS[-1]}."
        )
    return found


def _interrupt(*_: object) -> NoReturn:
    raise KeyboardInterrupt
