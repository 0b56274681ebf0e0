"""An alarm as CloudWatch keeps it: configuration, state, and what a client sees of it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from aws_sandbox.cloudwatch.queries import Query

OK, ALARM, INSUFFICIENT = "OK", "ALARM", "INSUFFICIENT_DATA"
STATES = (OK, ALARM, INSUFFICIENT)
ACTION_LISTS = {OK: "OKActions", ALARM: "AlarmActions", INSUFFICIENT: "InsufficientDataActions"}

_SHOWN = (
    "AlarmDescription", "MetricName", "Namespace", "Statistic", "ExtendedStatistic", "Dimensions",
    "Period", "Unit", "EvaluationPeriods", "DatapointsToAlarm", "Threshold", "ComparisonOperator",
    "TreatMissingData", "EvaluateLowSampleCountPercentile", "Metrics", "ThresholdMetricId",
    "EvaluationWindow", "WarmUpConfiguration", "ActionConfiguration",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Rule:
    """What a metric alarm evaluates, ready to compute. Periods in seconds."""

    queries: tuple[Query, ...]
    returned: str
    period: int
    periods: int
    needed: int
    threshold: float
    comparison: str
    missing: str
    keep_on_low_samples: bool
    wall_clock: bool
    timezone: str | None

    @property
    def window(self) -> int:
        """Seconds that the evaluation periods span."""
        return self.period * self.periods


@dataclass(slots=True)
class State:
    """A state with its reason; `reason_data` is JSON text or empty."""

    value: str
    reason: str
    reason_data: str
    since: float


@dataclass(slots=True)
class Alarm:
    """A metric alarm (with a rule) or a composite alarm (with an expression)."""

    name: str
    arn: str
    config: dict[str, Any]
    rule: Rule | None
    state: State
    configured: float
    actions_enabled: bool = True
    tags: dict[str, str] = field(default_factory=dict)
    expression: str = ""
    transitioned: float = 0.0
    next_evaluation: float = 0.0

    @property
    def is_composite(self) -> bool:
        """Whether it watches other alarms."""
        return self.rule is None

    @property
    def kind(self) -> str:
        """The AlarmType of the API."""
        return "CompositeAlarm" if self.is_composite else "MetricAlarm"

    def actions(self, state: str) -> list[str]:
        """The actions for entering a state."""
        return list(self.config.get(ACTION_LISTS[state]) or [])

    def described(self) -> dict[str, Any]:
        """The alarm as DescribeAlarms shows it; times in epoch seconds."""
        shown = {name: self.config[name] for name in _SHOWN if self.config.get(name) is not None}
        shown |= {
            "AlarmName": self.name,
            "AlarmArn": self.arn,
            "AlarmConfigurationUpdatedTimestamp": self.configured,
            "ActionsEnabled": self.actions_enabled,
            "StateValue": self.state.value,
            "StateReason": self.state.reason,
            "StateUpdatedTimestamp": self.state.since,
            "StateTransitionedTimestamp": self.transitioned,
        }
        shown |= {name: list(self.config.get(name) or []) for name in ACTION_LISTS.values()}
        if self.state.reason_data:
            shown["StateReasonData"] = self.state.reason_data
        if self.is_composite:
            shown["AlarmRule"] = self.expression
        elif "Metrics" not in shown:
            shown.setdefault("Dimensions", [])
        return shown
