"""Mode ``follow``: floors ahead of the demand that past days let expect, where that pays."""

from personalize_monitor.policy.follow.planner import Plan, Step, plan
from personalize_monitor.policy.follow.taste import Taste

__all__ = ["Plan", "Step", "Taste", "plan"]
