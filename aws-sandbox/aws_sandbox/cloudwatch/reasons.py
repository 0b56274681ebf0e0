"""StateReason and StateReasonData in the words of CloudWatch."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from typing import Any

from aws_sandbox.cloudwatch.alarm import ALARM, INSUFFICIENT, Rule, State
from aws_sandbox.cloudwatch.moment import iso_millis
from aws_sandbox.cloudwatch.verdict import Verdict, breaches

_PHRASES = {
    "GreaterThanOrEqualToThreshold": "greater than or equal to",
    "GreaterThanThreshold": "greater than",
    "LessThanThreshold": "less than",
    "LessThanOrEqualToThreshold": "less than or equal to",
}
_FILLED = {"breaching": "Breaching", "notBreaching": "NonBreaching"}
_SHOWN_DATAPOINTS = 5


def state_of(rule: Rule, verdict: Verdict, state: str, end: int, now: float) -> State:
    """The new state with its reason; `end` is the end of the evaluated range in epoch seconds."""
    return State(state, _reason(rule, verdict, state, end), _data(rule, verdict, end, now), now)


def _reason(rule: Rule, verdict: Verdict, state: str, end: int) -> str:
    if state == INSUFFICIENT:
        return f"Insufficient Data: {rule.periods} {_were(rule.periods)} unknown."
    treated = _FILLED.get(rule.missing) if verdict.filled else None
    if not verdict.used:
        periods = f"{rule.periods} {_plural(rule.periods, 'period', 'periods')}"
        gaps = f"{verdict.filled} missing {_were(verdict.filled)}"
        return (
            f"Threshold Crossed: no datapoints were received for {periods} and {gaps} treated as "
            f"[{treated}]."
        )
    text = f"Threshold Crossed: {_datapoints(rule, verdict, state, end)}"
    if treated:
        text += f" and {verdict.filled} missing {_were(verdict.filled)} treated as [{treated}]"
    return (text + _minimum(rule, state) + ".")[:1023]


def _datapoints(rule: Rule, verdict: Verdict, state: str, end: int) -> str:
    wanted = state == ALARM
    shown = [pair for pair in verdict.used if breaches(rule, pair[1]) == wanted] or verdict.used
    listed = ", ".join(
        f"{value} ({datetime.fromtimestamp(_begin(rule, age, end), UTC):%d/%m/%y %H:%M:%S})"
        for age, value in shown[:_SHOWN_DATAPOINTS]
    )
    count = len(shown)
    of_last = f" out of the last {rule.periods} datapoints" if rule.periods > 1 else ""
    noun = "" if of_last else f" {_plural(count, 'datapoint', 'datapoints')}"
    verb = _plural(count, "was", "were")
    negated = "" if wanted else "not "
    return (
        f"{count}{of_last or noun} [{listed}] {verb} {negated}{_PHRASES[rule.comparison]} the "
        f"threshold ({rule.threshold})"
    )


def _minimum(rule: Rule, state: str) -> str:
    if rule.periods == 1:
        return ""
    count = rule.needed if state == ALARM else rule.periods - rule.needed + 1
    change = "OK -> ALARM" if state == ALARM else "ALARM -> OK"
    return f" (minimum {count} {_plural(count, 'datapoint', 'datapoints')} for {change} transition)"


def _data(rule: Rule, verdict: Verdict, end: int, now: float) -> str:
    data: dict[str, Any] = {"version": "1.0", "queryDate": iso_millis(now)}
    if verdict.used:
        oldest = max(age for age, _ in verdict.used)
        data["startDate"] = iso_millis(_begin(rule, oldest, end))
    query = rule.queries[0]
    if len(rule.queries) == 1:
        data["statistic"] = query.stat
        if query.unit:
            data["unit"] = query.unit
    data |= {
        "period": rule.period,
        "recentDatapoints": [value for _, value in reversed(verdict.used)],
        "threshold": rule.threshold,
        "evaluatedDatapoints": [
            {"timestamp": iso_millis(_begin(rule, age, end)), "value": value}
            for age, value in verdict.used
        ],
    }
    return json.dumps(data)[:4000] if len(verdict.used) <= 40 else _short(data)


def _short(data: dict[str, Any]) -> str:
    """Long windows do not fit into the API's 4,000 characters: the newest datapoints stay."""
    data["evaluatedDatapoints"] = data["evaluatedDatapoints"][:20]
    data["recentDatapoints"] = data["recentDatapoints"][-20:]
    return json.dumps(data)


def _begin(rule: Rule, age: int, end: int) -> int:
    return end - (age + 1) * rule.period


def _plural(count: int, one: str, many: str) -> str:
    return one if count == 1 else many


def _were(count: int) -> str:
    return _plural(count, "datapoint was", "datapoints were")
