"""What travels in the sandbox: events, schedules, topics, queues and their deliveries."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from aws_sandbox.events.bus import EventBus

_active: list[EventBus] = []


def use(bus: EventBus | None) -> None:
    """Make `bus` the one that `publish` goes to."""
    _active[:] = [] if bus is None else [bus]


def publish(account: str, region: str, entry: Mapping[str, Any]) -> str | None:
    """Put one entry (as of PutEvents, also of AWS's own sources) onto a bus; answers its id.

    Without a running sandbox nothing happens.
    """
    return _active[0].publish(account, region, entry) if _active else None
