"""The questions, by subject. ROUNDS is all of them, in the order of the report."""

from __future__ import annotations

from crosscheck.checks import Round
from crosscheck.rounds import (
    alarm_calls,
    alarm_changes,
    alarm_states,
    patterns,
    put_events,
    rule_calls,
    schedules,
    targets,
    transform,
)

ROUNDS: tuple[Round, ...] = (
    alarm_states.ROUND,
    alarm_changes.ROUND,
    alarm_calls.ROUND,
    patterns.ROUND,
    transform.ROUND,
    targets.ROUND,
    put_events.ROUND,
    rule_calls.ROUND,
    schedules.ROUND,
)
