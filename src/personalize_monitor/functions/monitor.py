"""Every five minutes: one cycle over everything that is monitored."""

from __future__ import annotations

import logging
from typing import Any

from personalize_monitor.app.cycle import Cycle
from personalize_monitor.app.moment import moment_of
from personalize_monitor.functions.runtime import budget, runtime
from personalize_monitor.settings import overrides_in

_log = logging.getLogger(__name__)


def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Run the cycle of the event's ``time``; parameters in the event override the deployment's."""
    here = runtime()
    cycle = Cycle(
        here.deployment,
        here.settings(overrides_in(event)),
        here.access,
        here.memory,
        now=moment_of(event),
        budget=budget(context),
    )
    summary = cycle.run().as_dict()
    _log.info("cycle", extra={"summary": summary})
    return summary
