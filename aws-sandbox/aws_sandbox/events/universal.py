"""EventBridge Scheduler's universal targets: any API call, with the rights of the schedule's role.

Source: Scheduler user guide, "Using universal targets": the ARN is
`arn:aws:scheduler:::aws-sdk:SERVICE:action`, the Input holds the parameters in PascalCase.
"""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from botocore import xform_name
from botocore.exceptions import ClientError

from aws_sandbox import clients, iam
from aws_sandbox.events.cloud import Cloud
from aws_sandbox.events.targets import DeliveryError, Origin

_PREFIX = "arn:aws:scheduler:::aws-sdk:"
_RETRYABLE = {"ThrottlingException", "Throttling", "InternalFailure", "ServiceUnavailable"}


def is_universal(arn: str) -> bool:
    """Whether this target is an API call."""
    return arn.startswith(_PREFIX)


def call_api(cloud: Cloud, origin: Origin, target: Mapping[str, Any], text: str) -> None:
    """Call the target's API as the schedule's role.

    Raises:
        DeliveryError: the role may not, or the API answers an error.
    """
    service, action = str(target["Arn"]).removeprefix(_PREFIX).split(":")
    role_arn = str(target.get("RoleArn"))
    role = cloud.roles.get(role_arn)
    if role is None or not iam.trusts(role.trust, service=origin.service, context=origin.context):
        raise DeliveryError("NO_PERMISSIONS", f"{role_arn} does not trust {origin.service}.")
    key = cloud.roles.access_key(role_arn, "scheduler")
    client = clients.shared(service, origin.region, key)
    name = action[0].upper() + action[1:]
    shape = client.meta.service_model.operation_model(name).input_shape
    try:
        getattr(client, xform_name(name))(**_spelled(json.loads(text or "{}"), shape))
    except ClientError as problem:
        error = problem.response["Error"]
        code = str(error.get("Code"))
        raise DeliveryError(code, str(error.get("Message")), retry=code in _RETRYABLE) from problem


def _spelled(value: Any, shape: Any) -> Any:
    """PascalCase keys spelled the way the API spells them."""
    if shape.type_name == "structure":
        members = {name.lower(): (name, member) for name, member in shape.members.items()}
        return {
            members[key.lower()][0]: _spelled(inner, members[key.lower()][1])
            for key, inner in value.items()
        }
    if shape.type_name == "list":
        return [_spelled(inner, shape.member) for inner in value]
    return value
