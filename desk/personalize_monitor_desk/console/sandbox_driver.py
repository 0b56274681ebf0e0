"""The sandbox behind the console: served in a process of its own, its clock driven step by step.

The application's functions see the sandbox's time instead of the machine's while they run, so the
web server must live in another process.
"""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Mapping
from datetime import timedelta
from typing import Any, Final

from aws_sandbox import fleet
from aws_sandbox.sandbox import TICK, Sandbox
from aws_sandbox.server import BadRequest, Server
from personalize_monitor.parse import BadValue, switch
from personalize_monitor_desk.console.fault_scenarios import FaultScenarios
from personalize_monitor_desk.console.mail import KINDS, sorted_mail

MAX_SPEED: Final = 3600.0
_MAX_STEP: Final = timedelta(days=7)
_DIGITS: Final = 6
_NAP: Final = 0.02


class SandboxDriver:
    """Drives one sandbox: so many virtual seconds a real second, in steps of five minutes at most.

    The clock never outruns the machine: what is due is done before time goes on.
    """

    def __init__(self, sandbox: Sandbox, *, speed: float, after_tick: Callable[[Sandbox], object]):
        self._sandbox = sandbox
        self._after_tick = after_tick
        self._rain = FaultScenarios(sandbox.world)
        self._lock = threading.Lock()
        self._speed = speed
        self._owed = timedelta()
        self._asked = timedelta()
        self._behind = False
        self._wishes: list[Callable[[], object]] = []

    def play(self, port: int, ready: Callable[[str], object], ended: Callable[[], bool]) -> None:
        """Serve on 127.0.0.1 until ``ended``; ``ready`` is told the address."""
        with Server(self._sandbox.world, port=port, routes=self.routes()) as server:
            ready(server.url)
            before = time.monotonic()
            while not ended():
                now = time.monotonic()
                self._live(now - before)
                before = now
                time.sleep(_NAP)

    def _live(self, seconds: float) -> None:
        with self._lock:
            self._owed += timedelta(seconds=min(seconds, 5.0) * self._speed)
            owed, self._owed = self._owed + self._asked, timedelta()
            self._asked = timedelta()
            overrides, self._wishes = self._wishes, []
        for wish in overrides:
            wish()
        begun = time.monotonic()
        while owed > timedelta():
            step = min(TICK, owed)
            self._sandbox.tick(step)
            self._after_tick(self._sandbox)
            owed -= step
        self._behind = time.monotonic() - begun > max(1.0, 2 * seconds)

    def routes(self) -> dict[str, Callable[[Mapping[str, Any]], object]]:
        """Our endpoints in place of and beside the server's own."""
        return {
            "": lambda _: self.status(),
            "clock": self.turn,
            "autopilot": self.autopilot,
            "rain": self._rain.make,
            "weather": lambda _: {"weather": self._rain.weather()},
            "mail": lambda asked: mail(self._sandbox, asked),
        }

    def status(self) -> dict[str, object]:
        """The clock, and what has happened so far."""
        world = self._sandbox.world
        return {
            "now": world.clock.now().isoformat(),
            "mode": "accelerated" if self._speed else "paused",
            "speed": self._speed,
            "behind": self._behind,
            "seed": world.seed,
            "resources": len(fleet.overview(world)),
            "calls": sum(world.gate.counts.values()),
        }

    def turn(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """``speed``, ``pause`` or ``step`` (seconds). Raises BadRequest for anything else."""
        unknown = set(asked) - {"speed", "pause", "step"}
        if unknown:
            raise BadRequest(f"Unknown parameter {min(unknown)}; use speed, pause or step.")
        # All is read before anything is done: what is refused turns nothing.
        speed = self._speed
        if "speed" in asked:
            speed = _number("speed", asked["speed"], MAX_SPEED)
        step = _number("step", asked.get("step", 0), _MAX_STEP.total_seconds())
        with self._lock:
            self._speed = 0.0 if asked.get("pause") else speed
            self._asked += timedelta(seconds=step)
        return self.status()

    def autopilot(self, asked: Mapping[str, Any]) -> dict[str, object]:
        """``on`` lets the application act by itself; otherwise it only says what it would do."""
        if "on" in asked:
            wanted = switched("on", asked["on"])
            dry = "No" if wanted else "Yes"
            with self._lock:  # a stack is updated between two ticks
                self._wishes.append(lambda: self._sandbox.update({"DryRun": dry}))
            return {"on": wanted}
        return {"on": self._sandbox.stack.parameters.get("DryRun") != "Yes"}


def mail(sandbox: Sandbox, asked: Mapping[str, Any]) -> dict[str, Any]:
    """What was mailed: ``kind`` and ``page`` of it. Raises BadRequest for what is neither."""
    kind, page = str(asked.get("kind", "")), str(asked.get("page", 1))
    if kind not in KINDS:
        raise BadRequest(f"kind must be one of {', '.join(filter(None, KINDS))}.")
    if not page.isdecimal() or len(page) > _DIGITS or not int(page):
        raise BadRequest(f"page must be a whole number from 1, got {page!r}.")
    return sorted_mail(list(sandbox.mailbox.messages), kind, int(page))


def switched(name: str, value: object) -> bool:
    """The wish for a switch. Raises BadRequest for what is neither on nor off."""
    try:
        return switch(value)
    except BadValue:
        raise BadRequest(f"{name} must be true or false, got {value!r}.") from None


def _number(name: str, value: object, most: float) -> float:
    try:
        number = float(str(value))
    except ValueError:
        raise BadRequest(f"{name} must be a number, got {value!r}.") from None
    if not 0 <= number <= most:
        raise BadRequest(f"{name} must be from 0 to {most:g}, got {value!r}.")
    return number
