"""Change a floor, on request of the monitor, of a schedule or of a person."""

from __future__ import annotations

from typing import Any

from personalize_monitor.contract import DELETE_CAMPAIGN_EVENT, STOP_RECOMMENDER_EVENT
from personalize_monitor.execute.action_requests import delete_request, floor_request, stop_request
from personalize_monitor.execute.actions import Executor
from personalize_monitor.functions.orders import carry_out, decline
from personalize_monitor.functions.selftest import tests_itself

_NOT_HERE = {DELETE_CAMPAIGN_EVENT: delete_request, STOP_RECOMMENDER_EVENT: stop_request}


@tests_itself("Update")
def handler(event: dict[str, Any], context: Any) -> dict[str, str]:
    """Carry out the request in an event, or in a direct invocation (the detail alone).

    Requests to delete or stop come here where no function that could do it is deployed; they are
    answered by a notice.
    """
    named = event.get("detail-type") if isinstance(event, dict) else None
    read = _NOT_HERE.get(named) if isinstance(named, str) else None
    if read is not None:
        return decline(event, context, read)
    return carry_out(event, context, floor_request, Executor.set_floor)
