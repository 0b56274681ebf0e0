"""The history of alarms: configuration updates, state updates and actions, kept for two weeks."""

from __future__ import annotations

import json
from collections import deque
from dataclasses import dataclass
from typing import Any

from aws_sandbox.cloudwatch.alarm import Alarm
from aws_sandbox.cloudwatch.errors import ValidationError
from aws_sandbox.cloudwatch.keys import Params
from aws_sandbox.cloudwatch.moment import DAY, to_epoch
from aws_sandbox.cloudwatch.paging import page

KEPT = 14 * DAY
PAGE = 100


@dataclass(frozen=True, slots=True)
class HistoryItem:
    """One thing that happened to an alarm; `data` is JSON text."""

    number: int
    time: float
    alarm: str
    alarm_kind: str
    kind: str
    summary: str
    data: str

    def described(self) -> dict[str, Any]:
        """The item as DescribeAlarmHistory shows it."""
        return {
            "AlarmName": self.alarm,
            "AlarmType": self.alarm_kind,
            "Timestamp": self.time,
            "HistoryItemType": self.kind,
            "HistorySummary": self.summary[:255],
            "HistoryData": self.data[:4095],
        }


class History:
    """All history items of one account and region, oldest first."""

    def __init__(self) -> None:
        self.items: deque[HistoryItem] = deque()
        self._number = 0

    def add(self, alarm: Alarm, time: float, kind: str, summary: str, data: dict[str, Any]) -> None:
        """Append an item and forget those older than two weeks."""
        self._number += 1
        text = json.dumps({"version": "1.0", **data})
        self.items.append(
            HistoryItem(self._number, time, alarm.name, alarm.kind, kind, summary, text)
        )
        while self.items and self.items[0].time < time - KEPT:
            self.items.popleft()

    def describe(self, params: Params, now: float) -> dict[str, Any]:
        """Answer one DescribeAlarmHistory request."""
        size = params.get("MaxRecords") or PAGE
        if not 1 <= size <= PAGE:
            raise ValidationError(f"The parameter MaxRecords must be between 1 and {PAGE}.")
        chosen = [item for item in self.items if _fits(item, params, now)]
        descending = (params.get("ScanBy") or "TimestampDescending") == "TimestampDescending"
        if descending:
            chosen.reverse()

        def name(item: HistoryItem) -> str:
            return f"{10**12 - item.number if descending else item.number:013d}"

        items, token = page(chosen, params.get("NextToken"), size, name)
        answer: dict[str, Any] = {"AlarmHistoryItems": [item.described() for item in items]}
        return answer | ({"NextToken": token} if token else {})


def _fits(item: HistoryItem, params: Params, now: float) -> bool:
    start, end = params.get("StartDate"), params.get("EndDate")
    kinds = params.get("AlarmTypes") or ["MetricAlarm"]
    if params.get("AlarmName") is not None:
        kinds = params.get("AlarmTypes") or [item.alarm_kind]
    return (
        params.get("AlarmName") in {None, item.alarm}
        and item.alarm_kind in kinds
        and params.get("HistoryItemType") in {None, item.kind}
        and (start is None or item.time >= to_epoch(start))
        and (end is None or item.time <= to_epoch(end))
        and item.time >= now - KEPT
    )
