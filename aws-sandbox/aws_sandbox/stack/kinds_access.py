"""Roles and policies: AWS::IAM::Role and AWS::IAM::Policy."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping, Sequence
from typing import Any

from aws_sandbox import iam
from aws_sandbox.partition import partition_of
from aws_sandbox.stack.errors import ResourceError
from aws_sandbox.stack.kinds import (
    REPLACE,
    Kind,
    Made,
    Order,
    Properties,
    Site,
    document,
    in_place,
    names,
    tags_of,
)

MANAGED = {"AWSLambdaBasicExecutionRole"}
"""Sids of statements that come from AWS's managed policies, not from the template."""
_PATHS = re.compile(r"/|/[!-~]+/")
_PATH, _POLICY_NAME, _INLINE = 512, 128, 10_240
BASIC_EXECUTION = "arn:aws:iam::aws:policy/service-role/AWSLambdaBasicExecutionRole"
_MANAGED: Mapping[str, list[dict[str, Any]]] = {
    BASIC_EXECUTION: [
        {
            "Sid": "AWSLambdaBasicExecutionRole",
            "Effect": "Allow",
            "Action": ["logs:CreateLogGroup", "logs:CreateLogStream", "logs:PutLogEvents"],
            "Resource": "*",
        }
    ]
}


def statements_of(properties: Properties) -> list[dict[str, Any]]:
    """All statements that bind a role: its inline policies, then known managed ones.

    Raises:
        ResourceError: a managed policy that the sandbox does not know.
    """
    found: list[dict[str, Any]] = []
    for policy in properties.get("Policies") or []:
        found += _statements(policy["PolicyDocument"])
    for given in properties.get("ManagedPolicyArns") or []:
        arn = "arn:aws:" + str(given).split(":", 2)[-1]
        if arn not in _MANAGED:
            raise ResourceError(
                f"Managed policy {arn} is not known to the sandbox; write it inline."
            )
        found += _MANAGED[arn]
    return found


def _statements(policy: Mapping[str, Any]) -> list[dict[str, Any]]:
    statement = policy["Statement"]
    return [dict(s) for s in (statement if isinstance(statement, list) else [statement])]


def _create_role(site: Site, order: Order) -> Made:
    properties = order.properties
    name = properties.get("RoleName") or site.generated_name(order.logical_id, order.generation)
    path = properties.get("Path", "/")
    if len(path) > _PATH or not _PATHS.fullmatch(path):
        raise ResourceError(
            f"The role's Path {path!r} must be up to {_PATH} characters in slashes."
        )
    arn = f"arn:{partition_of(site.region)}:iam::{site.account}:role{path}{name}"
    _register(site, arn, properties)
    site.client("iam").create_role(
        RoleName=name,
        Path=path,
        AssumeRolePolicyDocument=document(properties["AssumeRolePolicyDocument"]),
        Tags=tags_of(properties),
    )
    return Made(name, {"Arn": arn, "RoleId": f"AROA{name[:12].upper()}"})


def _register(
    site: Site, arn: str, properties: Properties, attached: Sequence[Mapping[str, Any]] = ()
) -> None:
    for policy in properties.get("Policies") or []:
        _check_name(str(policy["PolicyName"]))
    try:
        statements = [*statements_of(properties), *attached]
        _check_size(arn, statements)
        site.cloud.roles.put(
            arn, trust=properties["AssumeRolePolicyDocument"], statements=statements
        )
    except iam.PolicyError as problem:
        raise ResourceError(f"Policy of {arn.rsplit('/', 1)[-1]}: {problem}") from problem


def _check_name(name: str) -> None:
    """IAM takes policy names of up to 128 characters, which a stack's name alone may have."""
    if len(name) > _POLICY_NAME:
        raise ResourceError(f"PolicyName {name!r} has more than {_POLICY_NAME} characters.")


def _check_size(arn: str, statements: Sequence[Mapping[str, Any]]) -> None:
    """A role's inline policies together may have 10,240 characters, blanks not counted."""
    own = [s for s in statements if s.get("Sid") not in MANAGED]
    if len(json.dumps(own, separators=(",", ":"))) > _INLINE:
        role = arn.rsplit("/", 1)[-1]
        raise ResourceError(f"Maximum policy size of {_INLINE} bytes exceeded for role {role}")


@in_place("RoleName", "Path")
def _update_role(site: Site, order: Order, made: Made, old: Properties) -> Made:
    arn = made.attributes["Arn"]
    role = site.cloud.roles.get(arn)
    # What other resources attached to the role stays.
    attached = list(role.statements)[len(statements_of(old)) :] if role else []
    _register(site, arn, order.properties, attached)
    return made


def _delete_role(site: Site, order: Order, made: Made) -> None:
    del order
    site.cloud.roles.remove(made.attributes["Arn"])
    site.client("iam").delete_role(RoleName=made.ref)


def _create_policy(site: Site, order: Order) -> Made:
    _check_name(str(order.properties["PolicyName"]))
    _attach(site, order.properties, add=True)
    return Made(site.generated_name(order.logical_id, order.generation))


def _delete_policy(site: Site, order: Order, made: Made) -> None:
    del made
    _attach(site, order.properties, add=False)


def _update_policy(site: Site, order: Order, made: Made, old: Properties) -> Made | str:
    """In place, as AWS does: what it allowed before is gone when the update is done."""
    if order.properties.get("PolicyName") != old.get("PolicyName"):
        return REPLACE
    _attach(site, old, add=False)
    _attach(site, order.properties, add=True)
    return made


def _attach(site: Site, properties: Properties, *, add: bool) -> None:
    wanted = _statements(properties["PolicyDocument"])
    for name in properties.get("Roles") or []:
        for role in site.cloud.roles.all():
            if role.name == name and role.account == site.account:
                statements = [*role.statements, *wanted] if add else list(role.statements)
                for statement in () if add else wanted:
                    # Only once: a policy that takes this one's place says the same.
                    statements.remove(statement)
                _check_size(role.arn, statements)
                site.cloud.roles.put(role.arn, trust=role.trust, statements=statements)


KINDS = {
    "AWS::IAM::Role": Kind(
        _create_role,
        _delete_role,
        _update_role,
        names(
            "RoleName Path AssumeRolePolicyDocument Policies ManagedPolicyArns Tags Description "
            "MaxSessionDuration PermissionsBoundary"
        ),
        names("AssumeRolePolicyDocument"),
    ),
    "AWS::IAM::Policy": Kind(
        _create_policy,
        _delete_policy,
        _update_policy,
        names("PolicyName PolicyDocument Roles"),
        names("PolicyName PolicyDocument"),
    ),
}
