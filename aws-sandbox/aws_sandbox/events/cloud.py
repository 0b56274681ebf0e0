"""The services of one running sandbox, as they see each other."""

from __future__ import annotations

import random
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import TYPE_CHECKING, Any, Protocol

from aws_sandbox.clock import Clock
from aws_sandbox.events.agenda import Agenda
from aws_sandbox.events.chaos import Chaos
from aws_sandbox.events.mailbox import Mailbox
from aws_sandbox.events.metrics import ServiceMetrics

if TYPE_CHECKING:
    from aws_sandbox.events.roles import Roles


class Functions(Protocol):
    """What the delivery of events needs of the function service."""

    def invoke_async(self, arn: str, payload: str, *, trigger: str) -> None:
        """Queue an asynchronous invocation.

        Raises:
            LookupError: there is no such function.
        """
        ...

    def permits(self, arn: str, *, service: str, source_arn: str, source_account: str) -> bool:
        """Whether the function's resource policy lets this service invoke it."""
        ...


@dataclass(slots=True)
class Delivery:
    """One attempt to hand an event to a target; `error` is None when it worked."""

    time: datetime
    rule: str
    target: str
    error: str | None = None


@dataclass(slots=True)
class EventRecord:
    """An event that was accepted on a bus, and what became of it."""

    time: datetime
    account: str
    region: str
    bus: str
    event: Mapping[str, Any]
    deliveries: list[Delivery] = field(default_factory=list)


class Cloud:
    """One sandbox's services: clock, agenda, dice, functions, mail, metrics and the events' log."""

    functions: Functions
    roles: Roles

    def __init__(self, clock: Clock, *, seed: int) -> None:
        self.clock = clock
        self.agenda = Agenda(clock)
        self.dice = random.Random(f"cloud-{seed}")  # noqa: S311 - a simulation's dice
        self.chaos = Chaos(seed)
        self.mailbox = Mailbox()
        self.metrics = ServiceMetrics()
        self.events_log: list[EventRecord] = []
        self.log_policies: dict[tuple[str, str, str], str] = {}
        """Resource policies of single log groups, by account, region and the group's name."""
        self.notice_schedules: Callable[[], None] = lambda: None
        """Called when a rule or schedule was made or changed."""

    def new_id(self) -> str:
        """A UUID from the sandbox's own dice."""
        return str(uuid.UUID(int=self.dice.getrandbits(128), version=4))
