"""Resource policies: may an AWS service deliver here, may a principal take on this role."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from aws_sandbox.iam.conditions import holds, like
from aws_sandbox.iam.statements import as_list
from aws_sandbox.partition import PARTITIONS


def _document(policy: str | Mapping[str, Any]) -> Sequence[Mapping[str, Any]]:
    parsed = json.loads(policy) if isinstance(policy, str) else policy
    return as_list(parsed.get("Statement", []))


def _names(statement: Mapping[str, Any], kind: str) -> list[str]:
    principal = statement.get("Principal", {})
    return ["*"] if principal == "*" else [str(name) for name in as_list(principal.get(kind, []))]


def _matches(
    statement: Mapping[str, Any], action: str, resource: str, context: Mapping[str, Any]
) -> bool:
    actions = [entry.lower() for entry in as_list(statement.get("Action", []))]
    resources = as_list(statement.get("Resource", resource))
    return (
        any(like(action.lower(), entry) for entry in actions)
        and any(like(resource, entry) for entry in resources)
        and holds(statement.get("Condition", {}), context)
    )


def allows_service(
    policy: str | Mapping[str, Any],
    *,
    service: str,
    action: str,
    resource: str,
    context: Mapping[str, Any],
) -> bool:
    """Whether a resource policy lets a service principal (`events.amazonaws.com`) act on it.

    `context` carries aws:SourceArn and aws:SourceAccount of the caller.
    """
    allowed = False
    for statement in _document(policy):
        named = _names(statement, "Service")
        if not ({service, "*"} & set(named)):
            continue
        if not _matches(statement, action, resource, context):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed


def trusts(
    policy: str | Mapping[str, Any],
    *,
    principal_arn: str | None = None,
    account: str | None = None,
    service: str | None = None,
    context: Mapping[str, Any] | None = None,
) -> bool:
    """Whether a trust policy lets this principal in: a role (ARN and account) or a service."""
    roots = {f"arn:{partition}:iam::{account}:root" for partition in PARTITIONS}
    wanted = {service} if service else {principal_arn, account, *roots}
    kind = "Service" if service else "AWS"
    allowed = False
    for statement in _document(policy):
        named = set(_names(statement, kind))
        if not (named & wanted or "*" in named):
            continue
        if not any(like("sts:assumerole", str(x).lower()) for x in as_list(statement["Action"])):
            continue
        if not holds(statement.get("Condition", {}), context or {}):
            continue
        if statement.get("Effect") == "Deny":
            return False
        allowed = True
    return allowed
