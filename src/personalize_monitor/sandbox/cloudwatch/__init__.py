"""CloudWatch of the sandbox: metrics, metric math, alarms and dashboards with AWS's limits."""

from __future__ import annotations

from personalize_monitor.sandbox.cloudwatch import faults, sources
from personalize_monitor.sandbox.cloudwatch.models import backend, install, uninstall

__all__ = ["backend", "faults", "install", "sources", "uninstall"]
