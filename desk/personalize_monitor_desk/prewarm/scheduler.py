"""EventBridge Scheduler: the schedules of one group, each of which puts one event of ours."""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.paging import read_all
from personalize_monitor.aws.problems import AWS_ERRORS, code_of, is_not_found, sentence
from personalize_monitor.contract import EVENT_SOURCE
from personalize_monitor.errors import InvalidRequest, Unavailable

_RETRY_SECONDS = 1800  # a request that comes much later than that would surprise people


@dataclass(frozen=True, slots=True)
class Timed:
    """One schedule: a name, an expression of Scheduler in a time zone, and the event that it puts.

    ``once`` lets it vanish after it fired. ``until`` is for recurring ones; None is for ever.
    """

    name: str
    expression: str
    zone: str
    detail_type: str
    detail: dict[str, Any]
    once: bool
    until: datetime | None = None


@dataclass(frozen=True, slots=True)
class Group:
    """Where the schedules live and how they reach the bus: names and ARNs of the stack."""

    name: str
    role_arn: str
    bus_arn: str
    dead_letters_arn: str


class Scheduler:
    """The schedules of one group in one region."""

    def __init__(self, access: Access, region: str, group: Group) -> None:
        self._client = access.client("scheduler", region)
        self._group = group

    def put(self, timed: Timed) -> bool:
        """Make a schedule; False when there is one of that name already.

        Raises InvalidRequest if Scheduler refuses it, or Unavailable.
        """
        request: dict[str, Any] = {
            "Name": timed.name,
            "GroupName": self._group.name,
            "ScheduleExpression": timed.expression,
            "ScheduleExpressionTimezone": timed.zone,
            "FlexibleTimeWindow": {"Mode": "OFF"},
            "ActionAfterCompletion": "DELETE" if timed.once else "NONE",
            "Target": {
                "Arn": self._group.bus_arn,
                "RoleArn": self._group.role_arn,
                "Input": json.dumps(timed.detail, separators=(",", ":")),
                "EventBridgeParameters": {
                    "Source": EVENT_SOURCE,
                    "DetailType": timed.detail_type,
                },
                "RetryPolicy": {
                    "MaximumRetryAttempts": 30,
                    "MaximumEventAgeInSeconds": _RETRY_SECONDS,
                },
                "DeadLetterConfig": {"Arn": self._group.dead_letters_arn},
            },
        }
        if timed.until is not None:
            request["EndDate"] = timed.until
        try:
            self._client.create_schedule(**request)
        except AWS_ERRORS as error:
            if code_of(error) == "ConflictException":
                return False
            if code_of(error) == "ValidationException":
                raise InvalidRequest(
                    f"Scheduler refuses {timed.expression} in {timed.zone}: {error}"
                ) from error
            raise Unavailable(sentence(f"Making schedule {timed.name}", error)) from error
        return True

    def names(self) -> list[str]:
        """The names of all schedules of the group, sorted."""
        listing = read_all(
            self._client.list_schedules,
            "Schedules",
            token="NextToken",  # noqa: S106  the name of a page token is no secret
            GroupName=self._group.name,
        )
        if listing.error is not None:
            raise Unavailable(sentence("Listing schedules", listing.error)) from listing.error
        return sorted(item["Name"] for item in listing.items)

    def detail(self, name: str) -> dict[str, Any] | None:
        """The event's detail of one schedule; None when it is gone by now or not one of ours."""
        try:
            answer = self._client.get_schedule(GroupName=self._group.name, Name=name)
        except AWS_ERRORS as error:
            if is_not_found(error):
                return None
            raise Unavailable(sentence(f"Reading schedule {name}", error)) from error
        try:
            found = json.loads(answer["Target"].get("Input", ""))
        except ValueError:
            return None
        return found if isinstance(found, dict) else None

    def remove(self, name: str) -> None:
        """Delete a schedule; one that is gone already is no error."""
        try:
            self._client.delete_schedule(GroupName=self._group.name, Name=name)
        except AWS_ERRORS as error:
            if not is_not_found(error):
                raise Unavailable(sentence(f"Deleting schedule {name}", error)) from error
