"""CloudWatch of the sandbox: metrics, metric math, alarms and dashboards with AWS's limits.

`install()` puts it in the place of moto's; `evaluate(now)` is called at each tick of the clock.
"""

from __future__ import annotations

from personalize_monitor.sandbox.cloudwatch import faults, sources
from personalize_monitor.sandbox.cloudwatch.evaluator import evaluate
from personalize_monitor.sandbox.cloudwatch.faults import MetricFault
from personalize_monitor.sandbox.cloudwatch.models import backend, install, uninstall
from personalize_monitor.sandbox.cloudwatch.notices import StateChange
from personalize_monitor.sandbox.cloudwatch.transitions import on_state_change, set_publisher

__all__ = [
    "MetricFault",
    "StateChange",
    "backend",
    "evaluate",
    "faults",
    "install",
    "on_state_change",
    "set_publisher",
    "sources",
    "uninstall",
]
