"""A notice: something that people should know of a resource, and why."""

from __future__ import annotations

from typing import Any

from personalize_monitor.model.resource import Resource


def notice(kind: str, resource: Resource, summary: str, reason: str) -> dict[str, Any]:
    """The detail of a notice: what people should know, and why."""
    return {
        "Kind": kind,
        "ARN": str(resource.arn),
        "Name": resource.name,
        "Region": resource.region,
        "PreviousMinTPS": resource.floor,
        "Summary": summary,
        "Reason": reason,
    }
