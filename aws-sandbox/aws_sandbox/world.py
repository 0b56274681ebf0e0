"""What the sandbox's Personalize knows beyond its API: clock, demand, timings and habits."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Literal

from aws_sandbox.billing import Billing
from aws_sandbox.clock import Clock
from aws_sandbox.gate import Gate
from aws_sandbox.traffic.capacity import Capacity
from aws_sandbox.traffic.metrics import PersonalizeMetrics
from aws_sandbox.traffic.model import Traffic
from aws_sandbox.traffic.shapes import Shape


@dataclass(slots=True)
class Timings:
    """How long things take. AWS documents none of these; tests may set any."""

    pending: timedelta = timedelta(minutes=1)
    create: timedelta = timedelta(minutes=10)
    update: timedelta = timedelta(minutes=15)
    delete: timedelta = timedelta(minutes=5)
    stop: timedelta = timedelta(minutes=10)
    start: timedelta = timedelta(minutes=10)
    train: timedelta = timedelta(minutes=45)


@dataclass(slots=True)
class Habits:
    """What is unknown about the service, as switches.

    `touch`: whether lastUpdatedDateTime moves at the start of an update, at its end, or both.
    `quotas`: refuse more resources than the default quotas allow.
    `failing`: names of resources whose next create, update, start or stop fails.
    `loses`: members of a configuration that an update leaves out, whatever was asked for;
    `modelMetrics` among them says that it trains a recommender anew.
    """

    touch: Literal["start", "end", "both"] = "both"
    quotas: bool = False
    failing: set[str] = field(default_factory=set)
    loses: set[str] = field(default_factory=set)


class World:
    """One sandbox's fleet and its circumstances. `wire.start(world)` makes it live."""

    def __init__(
        self,
        clock: Clock,
        *,
        seed: int = 0,
        capacity: Capacity | None = None,
        delivery_delay: timedelta = timedelta(seconds=120),
    ) -> None:
        self.clock = clock
        self.seed = seed
        self.traffic = Traffic(seed)
        self.metrics = PersonalizeMetrics(
            clock, self.traffic, capacity or Capacity(), delay=delivery_delay
        )
        self.timings = Timings()
        self.habits = Habits()
        self.gate = Gate(clock, seed=seed)
        self.billing = Billing()

    def assign(self, arn: str, shape: Shape) -> None:
        """Give `arn` its traffic."""
        self.traffic.assign(arn, shape)

    def requests_between(self, arn: str, start: datetime, end: datetime) -> int:
        """Requests asked of `arn` in the whole minutes of [start, end), served or not."""
        return self.traffic.requests_between(arn, start, end)

    def served_between(self, arn: str, start: datetime, end: datetime) -> int:
        """Requests of the traffic that `arn` answered in [start, end)."""
        return self.metrics.served(arn, *_minutes(start, end))[0]

    def refused_between(self, arn: str, start: datetime, end: datetime) -> int:
        """Requests of the traffic that were throttled in [start, end)."""
        return self.metrics.served(arn, *_minutes(start, end))[1]


def _minutes(start: datetime, end: datetime) -> tuple[int, int]:
    return int(start.timestamp()) // 60, int(end.timestamp()) // 60


_active: list[World] = []


def use(world: World | None) -> World | None:
    """Make `world` the one that the backends see; answers the one before it."""
    previous = _active[0] if _active else None
    _active[:] = [] if world is None else [world]
    return previous


def current() -> World:
    """The world that is live.

    Raises:
        LookupError: no sandbox is running.
    """
    if not _active:
        raise LookupError("no sandbox is running: call wire.start(World(clock)) first")
    return _active[0]
