"""Functions and what belongs to them: permissions, invoke configuration, layers."""

from __future__ import annotations

import io
import json
import re
import zipfile
from dataclasses import replace
from datetime import timedelta
from typing import Any

from aws_sandbox.stack.errors import ResourceError
from aws_sandbox.stack.function import AsyncConfig, Function, Permission
from aws_sandbox.stack.kinds import (
    Kind,
    Made,
    Order,
    Properties,
    Site,
    in_place,
    names,
    replace_always,
)

_ENVIRONMENT = 4096
_HANDLER = re.compile(r"[\w./-]+\.\w+")


def _placeholder() -> bytes:
    """A package for moto, which wants code; the sandbox runs the folder instead."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w") as archive:
        archive.writestr("placeholder.txt", "The sandbox runs the function's own folder.")
    return buffer.getvalue()


_CODE = _placeholder()


def _function(site: Site, order: Order, name: str) -> Function:
    properties = order.properties
    logging = properties.get("LoggingConfig") or {}
    handler = str(properties.get("Handler", ""))
    if not _HANDLER.fullmatch(handler):
        raise ResourceError(f"Handler {handler!r} must be module.function.")
    if order.logical_id not in site.code:
        raise ResourceError("The sandbox runs functions with a local CodeUri only.")
    timeout, memory = int(properties.get("Timeout", 3)), int(properties.get("MemorySize", 128))
    if not 1 <= timeout <= 900:
        raise ResourceError(f"Timeout must be 1 to 900 seconds, not {timeout}.")
    if not 128 <= memory <= 10_240:
        raise ResourceError(f"MemorySize must be 128 to 10240 MB, not {memory}.")
    variables = (properties.get("Environment") or {}).get("Variables") or {}
    _check_variables(variables)
    reserved = properties.get("ReservedConcurrentExecutions")
    return Function(
        logical_id=order.logical_id,
        name=name,
        account=site.account,
        region=site.region,
        handler=handler,
        code=site.code[order.logical_id],
        role=str(properties["Role"]),
        environment={key: str(value) for key, value in variables.items()},
        timeout=timeout,
        memory=memory,
        log_group=logging.get("LogGroup") or f"/aws/lambda/{name}",
        log_format=logging.get("LogFormat", "Text"),
        log_level=logging.get("ApplicationLogLevel", "INFO"),
        reserved=None if reserved is None else int(reserved),
        asynchronous=AsyncConfig(
            dead_letter=(properties.get("DeadLetterConfig") or {}).get("TargetArn")
        ),
    )


def _check_variables(variables: Properties) -> None:
    for name, value in variables.items():
        if name.startswith(("AWS_LAMBDA_", "LAMBDA_")) or name in {"AWS_REGION", "_HANDLER"}:
            raise ResourceError(f"Environment variable {name} is reserved by Lambda.")
        if isinstance(value, (list, dict)):
            raise ResourceError(f"Environment variable {name} must be text, not {value!r}.")
    measured = json.dumps({name: str(v) for name, v in variables.items()}, separators=(",", ":"))
    if len(measured.encode()) > _ENVIRONMENT:
        raise ResourceError(
            "Lambda was unable to configure your environment variables because the environment "
            "variables you have provided exceeded the 4KB limit. String measured: "
            f"{measured[:200]}..."
        )


def _create_function(site: Site, order: Order) -> Made:
    properties = order.properties
    name = properties.get("FunctionName") or site.generated_name(order.logical_id, order.generation)
    function = _function(site, order, name)
    arguments: dict[str, Any] = {
        "FunctionName": name,
        "Runtime": properties.get("Runtime", "python3.13"),
        "Role": function.role,
        "Handler": function.handler,
        "Code": {"ZipFile": _CODE},
        "Timeout": int(function.timeout),
        "MemorySize": function.memory,
        "Environment": {"Variables": dict(function.environment)},
        "Architectures": properties.get("Architectures", ["x86_64"]),
        "Description": properties.get("Description", ""),
    }
    site.client("lambda").create_function(**arguments)
    site.functions.put(function)
    return Made(name, {"Arn": function.arn})


@in_place("FunctionName")
def _update_function(site: Site, order: Order, made: Made, _: Properties) -> Made:
    before = site.functions.find(made.attributes["Arn"])
    after = _function(site, order, made.ref)
    after.permissions = before.permissions
    after.asynchronous = replace(before.asynchronous, dead_letter=after.asynchronous.dead_letter)
    site.functions.put(after)
    site.client("lambda").update_function_configuration(
        FunctionName=made.ref, Environment={"Variables": dict(after.environment)}
    )
    return made


def _delete_function(site: Site, order: Order, made: Made) -> None:
    del order
    site.functions.remove(made.attributes["Arn"])
    site.client("lambda").delete_function(FunctionName=made.ref)


def _create_permission(site: Site, order: Order) -> Made:
    properties = order.properties
    if properties["Action"] not in {"lambda:InvokeFunction", "lambda:*"}:
        raise ResourceError(f"Action {properties['Action']} is not known to the sandbox.")
    function = _target(site, properties)
    identity = site.generated_name(order.logical_id, order.generation)
    function.permissions[identity] = Permission(
        str(properties["Principal"]),
        properties.get("SourceArn"),
        properties.get("SourceAccount"),
    )
    return Made(identity, {"Id": identity})


def _delete_permission(site: Site, order: Order, made: Made) -> None:
    try:
        _target(site, order.properties).permissions.pop(made.ref, None)
    except ResourceError:
        return  # The function went first, its policy with it.


def _target(site: Site, properties: Properties) -> Function:
    try:
        return site.functions.find(
            str(properties["FunctionName"]), account=site.account, region=site.region
        )
    except LookupError as problem:
        raise ResourceError(str(problem)) from problem


def _create_invoke_config(site: Site, order: Order) -> Made:
    properties = order.properties
    function = _target(site, properties)
    destinations = properties.get("DestinationConfig") or {}
    function.asynchronous = AsyncConfig(
        retries=int(properties.get("MaximumRetryAttempts", 2)),
        max_age=timedelta(seconds=int(properties.get("MaximumEventAgeInSeconds", 21_600))),
        on_failure=(destinations.get("OnFailure") or {}).get("Destination"),
        on_success=(destinations.get("OnSuccess") or {}).get("Destination"),
        dead_letter=function.asynchronous.dead_letter,
    )
    return Made(f"{order.logical_id}-{function.name}")


@in_place("FunctionName")
def _update_invoke_config(site: Site, order: Order, made: Made, _: Properties) -> Made:
    _create_invoke_config(site, order)
    return made


def _delete_invoke_config(site: Site, order: Order, made: Made) -> None:
    del made
    try:
        function = _target(site, order.properties)
    except ResourceError:
        return
    function.asynchronous = AsyncConfig(dead_letter=function.asynchronous.dead_letter)


def _create_layer(site: Site, order: Order) -> Made:
    """Layers are ignored: what a function imports is on the path already."""
    return Made(site.arn("lambda", f"layer:{order.logical_id}:1"))


def _nothing(site: Site, order: Order, made: Made) -> None:
    del site, order, made


KINDS = {
    "AWS::Lambda::Function": Kind(
        _create_function,
        _delete_function,
        _update_function,
        names(
            "Code Handler Role Runtime FunctionName Timeout MemorySize Environment Architectures "
            "Description Tags LoggingConfig DeadLetterConfig ReservedConcurrentExecutions "
            "TracingConfig Layers PackageType EphemeralStorage KmsKeyArn RecursiveLoop "
            "RuntimeManagementConfig SnapStart"
        ),
        names("Handler Role"),
    ),
    "AWS::Lambda::Permission": Kind(
        _create_permission,
        _delete_permission,
        replace_always,
        names("Action FunctionName Principal SourceArn SourceAccount"),
        names("Action FunctionName Principal"),
    ),
    "AWS::Lambda::EventInvokeConfig": Kind(
        _create_invoke_config,
        _delete_invoke_config,
        _update_invoke_config,
        names(
            "FunctionName Qualifier MaximumRetryAttempts MaximumEventAgeInSeconds DestinationConfig"
        ),
        names("FunctionName Qualifier"),
    ),
    "AWS::Lambda::LayerVersion": Kind(_create_layer, _nothing, replace_always, frozenset()),
}
