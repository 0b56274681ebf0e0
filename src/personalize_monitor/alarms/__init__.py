"""The alarms of every campaign and recommender: what should exist, what does, and the difference.

``desired`` says what should exist, ``diff`` compares it with what CloudWatch has, ``reconcile``
writes the difference. Nothing is remembered elsewhere: ``mark`` keeps it in the descriptions.
"""

from __future__ import annotations

from personalize_monitor.alarms.desired import Spec, desired, digest
from personalize_monitor.alarms.reconcile import AlarmReport, reconcile

__all__ = ["AlarmReport", "Spec", "desired", "digest", "reconcile"]
