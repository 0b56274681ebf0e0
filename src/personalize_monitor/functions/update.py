"""Change a floor, on request of the monitor, of a schedule or of a person."""

from __future__ import annotations

from typing import Any

from personalize_monitor.app.actions import Executor
from personalize_monitor.app.orders import floor_order
from personalize_monitor.functions.orders import carry_out


def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Carry out the request in an event, or in a direct invocation (the detail alone)."""
    return carry_out(event, context, floor_order, Executor.set_floor)
