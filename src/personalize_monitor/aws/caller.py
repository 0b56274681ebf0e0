"""Who is calling: the identity behind the credentials, for the journal."""

from __future__ import annotations

from personalize_monitor.aws.access import Access
from personalize_monitor.aws.problems import AWS_ERRORS


def caller(access: Access) -> str:
    """The ARN of the user or role; empty when STS does not tell."""
    try:
        answer = access.client("sts", access.home_region).get_caller_identity()
    except AWS_ERRORS:
        return ""
    return str(answer.get("Arn", ""))
