"""The alarms of one account and region: put, describe, delete, enable, tag."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import Any

from aws_sandbox.cloudwatch.alarm import (
    ACTION_LISTS,
    INSUFFICIENT,
    STATES,
    Alarm,
    Rule,
    State,
)
from aws_sandbox.cloudwatch.alarm_checks import (
    MAX_TAGS,
    check_common,
    check_name,
    check_tags,
    rule_of,
)
from aws_sandbox.cloudwatch.errors import (
    ResourceNotFoundException,
    ValidationError,
    constraint,
)
from aws_sandbox.cloudwatch.history import History
from aws_sandbox.cloudwatch.keys import Params, metric_of
from aws_sandbox.cloudwatch.paging import page

MAX_NAMES = 100
PAGE = 100
_NOT_KEPT = frozenset({"AlarmName", "ActionsEnabled", "Tags", "AlarmRule"})


class AlarmBook:
    """Alarms by name, with their history."""

    def __init__(self, account: str, region: str, partition: str) -> None:
        self.account, self.region = account, region
        self.prefix = f"arn:{partition}:cloudwatch:{region}:{account}:alarm:"
        self.alarms: dict[str, Alarm] = {}
        self.history = History()

    def put_metric(self, params: Params, now: float) -> Alarm:
        """Create or wholly replace a metric alarm; an existing one keeps its state and its tags."""
        check_name(params.get("AlarmName"))
        check_common(params, self.region)
        return self.put(params, rule_of(params), now)

    def put(self, params: Params, rule: Rule | None, now: float) -> Alarm:
        """Store a checked alarm; `rule` is None for a composite alarm."""
        name = str(params["AlarmName"])
        old = self.alarms.get(name)
        if old is not None and old.is_composite != (rule is None):
            raise ValidationError(f"Alarm {name} exists already and is of another type.")
        config = {k: v for k, v in params.items() if k not in _NOT_KEPT and v is not None}
        if rule is not None:
            config["TreatMissingData"] = rule.missing
        if rule is not None and config.get("Metrics"):
            config["Metrics"] = _explicit(config["Metrics"], rule)
        enabled = params.get("ActionsEnabled")
        alarm = Alarm(
            name=name,
            arn=self.prefix + name,
            config=config,
            rule=rule,
            state=State(INSUFFICIENT, "Unchecked: Initial alarm creation", "", now),
            configured=now,
            actions_enabled=enabled is None or str(enabled).lower() == "true",
            tags={tag["Key"]: tag["Value"] for tag in params.get("Tags") or []},
            expression=str(params.get("AlarmRule") or ""),
            transitioned=now,
        )
        if old is not None:
            alarm.state, alarm.tags = old.state, old.tags
            alarm.transitioned = old.transitioned
        self.alarms[name] = alarm
        verb = "updated" if old else "created"
        self._configured(alarm, now, f'Alarm "{name}" {verb}', "Update" if old else "Create")
        return alarm

    def _configured(self, alarm: Alarm, now: float, summary: str, kind: str) -> None:
        alarm.configured = now
        self.history.add(
            alarm, now, "ConfigurationUpdate", summary, {"type": kind, "alarmArn": alarm.arn}
        )

    def describe(self, params: Params) -> dict[str, Any]:
        """Answer one DescribeAlarms request; without AlarmTypes only metric alarms, as AWS does."""
        size = params.get("MaxRecords")
        size = PAGE if size is None else size
        if not 1 <= size <= PAGE:
            raise constraint(size, "maxRecords", f"have value less than or equal to {PAGE}")
        kinds = params.get("AlarmTypes") or ["MetricAlarm"]
        chosen = [alarm for alarm in self._named(params) if alarm.kind in kinds]
        state, action = params.get("StateValue"), params.get("ActionPrefix")
        if state is not None:
            if state not in STATES:
                raise constraint(state, "stateValue", f"satisfy enum value set: {list(STATES)}")
            chosen = [alarm for alarm in chosen if alarm.state.value == state]
        if action is not None:
            chosen = [alarm for alarm in chosen if _acts(alarm, action)]
        alarms, token = page(chosen, params.get("NextToken"), size, lambda alarm: alarm.name)
        answer: dict[str, Any] = {
            "MetricAlarms": [a.described() for a in alarms if not a.is_composite],
            "CompositeAlarms": [a.described() for a in alarms if a.is_composite],
        }
        return answer | ({"NextToken": token} if token else {})

    def _named(self, params: Params) -> list[Alarm]:
        names, prefix = params.get("AlarmNames"), params.get("AlarmNamePrefix")
        if names and prefix:
            raise ValidationError("AlarmNamePrefix and AlarmNames are mutually exclusive.")
        if names:
            check_names(names)
            found: Iterable[str] = (name for name in set(names) if name in self.alarms)
        else:
            found = (name for name in self.alarms if name.startswith(prefix or ""))
        return [self.alarms[name] for name in sorted(found)]

    def describe_for_metric(self, params: Params) -> dict[str, Any]:
        """Answer DescribeAlarmsForMetric: the exact metric, single-metric alarms only."""
        key = metric_of(params, "DescribeAlarmsForMetric")
        filters = ("Statistic", "ExtendedStatistic", "Period", "Unit")

        def fits(alarm: Alarm) -> bool:
            if alarm.rule is None or "MetricName" not in alarm.config:
                return False
            return alarm.rule.queries[0].key == key and all(
                params.get(name) in {None, alarm.config.get(name)} for name in filters
            )

        chosen = [self.alarms[name].described() for name in sorted(self.alarms)
                  if fits(self.alarms[name])]  # fmt: skip
        return {"MetricAlarms": chosen}

    def delete(self, names: list[str], now: float) -> None:
        """Delete up to 100 alarms; unknown names do not hinder the others."""
        check_names(names)
        if sum(name in self.alarms and self.alarms[name].is_composite for name in names) > 1:
            raise ValidationError("DeleteAlarms can delete only one composite alarm per operation.")
        for name in names:
            alarm = self.alarms.pop(name, None)
            if alarm is not None:
                self._configured(alarm, now, f'Alarm "{name}" deleted', "Delete")

    def enable(self, names: list[str], enabled: bool, now: float) -> None:
        """EnableAlarmActions and DisableAlarmActions; nothing is sent for the current state."""
        check_names(names)
        verb = "enabled" if enabled else "disabled"
        for name in names:
            alarm = self.alarms.get(name)
            if alarm is not None and alarm.actions_enabled != enabled:
                alarm.actions_enabled = enabled
                self._configured(alarm, now, f'Alarm actions of "{name}" {verb}', "Update")

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of an alarm, to read or to change.

        Raises:
            ResourceNotFoundException: no such alarm.
        """
        alarm = (
            self.alarms.get(arn.removeprefix(self.prefix)) if arn.startswith(self.prefix) else None
        )
        if alarm is None:
            raise ResourceNotFoundException(f"Alarm {arn} does not exist.")
        return alarm.tags


def _explicit(metrics: list[Params], rule: Rule) -> list[dict[str, Any]]:
    """Metrics as CloudWatch gives them back: ReturnData and Dimensions are always there."""
    shown = []
    for metric, query in zip(metrics, rule.queries, strict=True):
        one = {**metric, "ReturnData": query.returned}
        if query.key is not None:
            inner = {**metric["MetricStat"]["Metric"], "Dimensions": query.key.dimension_list()}
            one["MetricStat"] = {**metric["MetricStat"], "Metric": inner}
        shown.append(one)
    return shown


def add_tags(tags: dict[str, str], new: list[Params]) -> None:
    """TagResource: at most 50 tags afterwards, or none is added."""
    check_tags(new)
    merged = tags | {tag["Key"]: tag["Value"] for tag in new}
    if len(merged) > MAX_TAGS:
        raise ValidationError(f"A resource must not have more than {MAX_TAGS} tags.")
    tags.update(merged)


def check_names(names: list[str]) -> None:
    """At most 100 alarm names in one call."""
    if len(names) > MAX_NAMES:
        raise constraint(
            f"{len(names)} names", "alarmNames", f"have length less than or equal to {MAX_NAMES}"
        )


def _acts(alarm: Alarm, prefix: str) -> bool:
    lists: Callable[[str], list[str]] = lambda name: alarm.config.get(name) or []  # noqa: E731
    return any(a.startswith(prefix) for name in ACTION_LISTS.values() for a in lists(name))
