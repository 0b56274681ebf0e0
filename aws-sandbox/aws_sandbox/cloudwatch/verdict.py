"""What an alarm's state should be, given its datapoints: M of N with missing data. Pure.

The rules are those of "Configuring how CloudWatch alarms treat missing data" in the user guide; its
tables are in the tests. CloudWatch looks at more periods than N (the evaluation range), takes the N
newest real datapoints from there, and fills in only what is then still lacking.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from aws_sandbox.cloudwatch.alarm import ALARM, INSUFFICIENT, OK, Rule

RANGE_BEYOND = 2
"""Periods looked at beyond N: 5 for N = 3 in the guide; the rule is not published."""


@dataclass(frozen=True, slots=True)
class Verdict:
    """The state to be in (None: stay), the datapoints used (newest first: age, value), gaps."""

    state: str | None
    used: tuple[tuple[int, float], ...]
    filled: int


_COMPARE: dict[str, Callable[[float, float], bool]] = {
    "GreaterThanOrEqualToThreshold": lambda value, threshold: value >= threshold,
    "GreaterThanThreshold": lambda value, threshold: value > threshold,
    "LessThanThreshold": lambda value, threshold: value < threshold,
    "LessThanOrEqualToThreshold": lambda value, threshold: value <= threshold,
}


def breaches(rule: Rule, value: float) -> bool:
    """Whether a datapoint counts towards ALARM."""
    return _COMPARE[rule.comparison](value, rule.threshold)


def range_of(rule: Rule) -> int:
    """How many periods are looked at; a wall clock window never looks farther back than N."""
    return rule.periods if rule.wall_clock else rule.periods + RANGE_BEYOND


def judge(rule: Rule, values: Sequence[float | None]) -> Verdict:
    """The verdict on the values of the evaluation range: newest first, None for no data."""
    real = [(age, value) for age, value in enumerate(values) if value is not None]
    used = tuple(real[: rule.periods])
    filled = rule.periods - len(used)
    bad = sum(breaches(rule, value) for _, value in used)
    if rule.missing == "breaching":
        state: str | None = ALARM if bad + filled >= rule.needed else OK
    elif bad >= rule.needed:
        state = ALARM
    elif not filled or rule.missing == "notBreaching" or bad < len(used):
        state = OK
    else:
        state = _from_gaps(rule, used)
    return Verdict(state, used, filled)


def _from_gaps(rule: Rule, used: Sequence[tuple[int, float]]) -> str | None:
    """All real datapoints are bad, but too few: `missing` and `ignore` differ from here on."""
    if rule.missing == "ignore":
        return None
    if not used:
        return INSUFFICIENT
    # "Premature alarm state": the oldest bad datapoint is M periods old, nothing good came since.
    return ALARM if used[-1][0] + 1 >= rule.needed else OK
