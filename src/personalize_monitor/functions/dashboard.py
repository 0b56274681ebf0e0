"""Rebuild the dashboard, on request."""

from __future__ import annotations

import logging
from typing import Any

from personalize_monitor.clock import utc_now
from personalize_monitor.context.moment import moment_of
from personalize_monitor.cycle.rebuild import rebuild
from personalize_monitor.functions.runtime import budget, object_of, runtime
from personalize_monitor.functions.selftest import tests_itself

_log = logging.getLogger(__name__)


@tests_itself("Dashboard")
def handler(event: dict[str, Any], context: Any) -> dict[str, Any]:
    """Look at the fleet anew and write its dashboards; answers with their names and problems."""
    here = runtime()
    moment_of(object_of(event))  # a time that cannot be meant is refused
    report = rebuild(
        here.deployment,
        here.settings(),
        here.access,
        here.memory,
        now=utc_now(),
        budget=budget(context),
    )
    answer = {"dashboards": list(report.names), "problems": list(report.problems)}
    _log.info("dashboard", extra=answer)
    return answer
