"""Delete a campaign, on request of the monitor or of a person."""

from __future__ import annotations

from typing import Any

from personalize_monitor.execute.action_requests import delete_request
from personalize_monitor.execute.actions import Executor
from personalize_monitor.functions.orders import carry_out
from personalize_monitor.functions.selftest import tests_itself


@tests_itself("Delete")
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Carry out the request in an event, or in a direct invocation (the detail alone)."""
    return carry_out(event, context, delete_request, Executor.delete)
