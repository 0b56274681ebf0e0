"""Dashboards: global for an account; the body is checked as CloudWatch does before it is saved."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

from aws_sandbox.cloudwatch.errors import (
    DashboardInvalidInput,
    InvalidParameterValue,
    ResourceNotFound,
    ResourceNotFoundException,
)
from aws_sandbox.cloudwatch.keys import Params
from aws_sandbox.cloudwatch.paging import page
from aws_sandbox.cloudwatch.widgets import problems_of

PAGE = 1_000
MAX_NAMES = 100
_NAME = re.compile(r"^[A-Za-z0-9_-]{1,255}$")


@dataclass(slots=True)
class Dashboard:
    """A saved dashboard."""

    name: str
    arn: str
    body: str
    modified: float
    tags: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Dashboards:
    """The dashboards of one account, whatever region asks."""

    account: str
    partition: str
    by_name: dict[str, Dashboard] = field(default_factory=dict)

    def put(self, params: Params, now: float) -> dict[str, Any]:
        """Create or wholly replace a dashboard; Tags count only for a new one.

        Raises:
            InvalidParameterValue: a bad name.
            DashboardInvalidInput: a body that CloudWatch would not save.
        """
        name = str(params.get("DashboardName") or "")
        if not _NAME.match(name):
            raise InvalidParameterValue(
                f"The value {name} for field DashboardName contains invalid characters. "
                "It can only contain alphanumerics, dash (-) and underscore (_)."
            )
        body = str(params.get("DashboardBody") or "")
        problems = list(check_body(body))
        if problems:
            raise DashboardInvalidInput(problems)
        old = self.by_name.get(name)
        tags = old.tags if old else {tag["Key"]: tag["Value"] for tag in params.get("Tags") or []}
        arn = f"arn:{self.partition}:cloudwatch::{self.account}:dashboard/{name}"
        self.by_name[name] = Dashboard(name, arn, body, now, tags)
        return {"DashboardValidationMessages": []}

    def get(self, name: str) -> dict[str, Any]:
        """Answer GetDashboard."""
        found = self.by_name.get(name)
        if found is None:
            raise ResourceNotFound(f"Dashboard {name} does not exist")
        return {
            "DashboardArn": found.arn,
            "DashboardBody": found.body,
            "DashboardName": found.name,
        }

    def entries(self, params: Params) -> dict[str, Any]:
        """Answer ListDashboards: by prefix, 1,000 a page."""
        prefix = params.get("DashboardNamePrefix") or ""
        chosen = [self.by_name[name] for name in sorted(self.by_name) if name.startswith(prefix)]
        dashboards, token = page(chosen, params.get("NextToken"), PAGE, lambda one: one.name)
        answer: dict[str, Any] = {
            "DashboardEntries": [
                {
                    "DashboardName": one.name,
                    "DashboardArn": one.arn,
                    "LastModified": one.modified,
                    "Size": len(one.body.encode()),
                }
                for one in dashboards
            ]
        }
        return answer | ({"NextToken": token} if token else {})

    def delete(self, names: list[str]) -> None:
        """Delete dashboards; if one of them does not exist none is deleted."""
        if not names or len(names) > MAX_NAMES:
            raise InvalidParameterValue(f"DashboardNames must have 1 to {MAX_NAMES} names.")
        unknown = [name for name in names if name not in self.by_name]
        if unknown:
            listed = ", ".join(unknown)
            raise ResourceNotFound(f"Dashboard {listed} does not exist. No dashboards were deleted")
        for name in names:
            del self.by_name[name]

    def tags(self, arn: str) -> dict[str, str]:
        """The tags of a dashboard, to read or to change."""
        for one in self.by_name.values():
            if one.arn == arn:
                return one.tags
        raise ResourceNotFoundException(f"Dashboard {arn} does not exist.")


def check_body(body: str) -> Iterator[dict[str, str]]:
    """What is wrong with a body, as {DataPath, Message}."""
    try:
        parsed = json.loads(body)
    except ValueError:
        parsed = None
    if not isinstance(parsed, dict):
        yield {
            "DataPath": "",
            "Message": "The field DashboardBody must be a valid JSON object",
        }
        return
    for path, message in problems_of(parsed):
        yield {"DataPath": path, "Message": message}
