"""CloudWatch of the sandbox: metrics, metric math, alarms and dashboards with AWS's limits.

`install()` puts it in the place of moto's; `evaluate(now)` is called at each tick of the clock.
"""

from __future__ import annotations

from aws_sandbox.cloudwatch import faults, sources
from aws_sandbox.cloudwatch.evaluator import evaluate
from aws_sandbox.cloudwatch.faults import MetricFault
from aws_sandbox.cloudwatch.models import backend, install, uninstall
from aws_sandbox.cloudwatch.notices import StateChange
from aws_sandbox.cloudwatch.transitions import on_state_change, set_publisher

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
