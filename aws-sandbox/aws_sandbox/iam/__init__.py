"""IAM as the sandbox judges it: statements, conditions, and what an API call needs."""

from __future__ import annotations

from aws_sandbox.iam.requests import IamRequest, request_of
from aws_sandbox.iam.resource_policy import allows_service, trusts
from aws_sandbox.iam.statements import (
    PolicyError,
    Statements,
    UsedPermission,
    Verdict,
    is_allowed,
)

__all__ = [
    "IamRequest",
    "PolicyError",
    "Statements",
    "UsedPermission",
    "Verdict",
    "allows_service",
    "is_allowed",
    "request_of",
    "trusts",
]
