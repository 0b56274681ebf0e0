"""Mode ``follow``: floors ahead of the demand that past days let expect, where that pays."""

from personalize_monitor.policy.follow.cost_profile import CostProfile
from personalize_monitor.policy.follow.planner import Plan, Step, plan

__all__ = ["CostProfile", "Plan", "Step", "plan"]
