"""The CloudWatch dashboard: generated from the fleet, within CloudWatch's limits at any size.

``build`` writes what ``body.bodies`` draws; ``remove`` takes away what ``build`` wrote.
"""

from personalize_monitor.dashboard.body import Look, bodies
from personalize_monitor.dashboard.build import DashboardReport, build, remove

__all__ = ["DashboardReport", "Look", "bodies", "build", "remove"]
