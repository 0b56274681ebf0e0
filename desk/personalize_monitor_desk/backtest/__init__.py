"""Backtest of floor policies on traces and on a resource's own history.

``lower``, ``follow_saver``, ``follow_balanced`` and ``follow_careful`` are callables
``f(now, history, floor, age_hours, last_update)`` for anyone's evaluator: epoch seconds, a
history with ``t`` and ``n``, and as the answer None, a floor, or ``{"schedule": [...]}``.
``follow(exposure_price=..., headroom=...)`` makes one. Their results depend on the arguments only.
"""

from personalize_monitor_desk.backtest.modes import (
    Follow,
    Lower,
    follow,
    follow_balanced,
    follow_careful,
    follow_saver,
    lower,
)

__all__ = [
    "Follow",
    "Lower",
    "follow",
    "follow_balanced",
    "follow_careful",
    "follow_saver",
    "lower",
]
