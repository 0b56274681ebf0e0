"""Rules, schedules and schedule groups."""

from __future__ import annotations

import json
from typing import Any

from botocore.exceptions import ClientError

from aws_sandbox.stack.errors import ResourceError
from aws_sandbox.stack.kinds import (
    Kind,
    Made,
    Order,
    Properties,
    Site,
    in_place,
    names,
    tags_of,
)


def _typed(value: Any) -> Any:
    """CloudFormation writes numbers as text now and then; EventBridge wants numbers."""
    if isinstance(value, dict):
        numbers = {"MaximumRetryAttempts", "MaximumEventAgeInSeconds", "MaximumWindowInMinutes"}
        return {k: int(v) if k in numbers else _typed(v) for k, v in value.items()}
    return [_typed(item) for item in value] if isinstance(value, list) else value


def _put_rule(site: Site, order: Order, name: str) -> Made:
    properties = order.properties
    arguments: dict[str, Any] = {"Name": name, "State": properties.get("State", "ENABLED")}
    for key in ("Description", "ScheduleExpression", "RoleArn", "EventBusName"):
        if properties.get(key):
            arguments[key] = properties[key]
    if "EventPattern" in properties:
        pattern = properties["EventPattern"]
        arguments["EventPattern"] = pattern if isinstance(pattern, str) else json.dumps(pattern)
    if tags_of(properties):
        arguments["Tags"] = tags_of(properties)
    events = site.client("events")
    arn = events.put_rule(**arguments)["RuleArn"]
    targets = _typed(list(properties.get("Targets") or []))
    if targets:
        answer = events.put_targets(Rule=name, Targets=targets, **_bus(properties))
        if answer["FailedEntryCount"]:
            raise ResourceError(f"Targets of {name}: {answer['FailedEntries'][0]['ErrorMessage']}")
    return Made(name, {"Arn": arn})


def _bus(properties: Properties) -> dict[str, str]:
    bus = properties.get("EventBusName")
    return {"EventBusName": str(bus)} if bus else {}


def _create_rule(site: Site, order: Order) -> Made:
    name = order.properties.get("Name")
    return _put_rule(site, order, name or site.generated_name(order.logical_id, order.generation))


@in_place("Name", "EventBusName")
def _update_rule(site: Site, order: Order, made: Made, old: Properties) -> Made:
    kept = {target["Id"] for target in order.properties.get("Targets") or []}
    gone = [target["Id"] for target in old.get("Targets") or [] if target["Id"] not in kept]
    if gone:
        site.client("events").remove_targets(Rule=made.ref, Ids=gone, **_bus(old))
    return _put_rule(site, order, made.ref)


def _delete_rule(site: Site, order: Order, made: Made) -> None:
    events = site.client("events")
    try:
        listed = events.list_targets_by_rule(Rule=made.ref, **_bus(order.properties))
    except ClientError as problem:
        if problem.response["Error"]["Code"] == "ResourceNotFoundException":
            return
        raise
    ids = [target["Id"] for target in listed["Targets"]]
    if ids:
        events.remove_targets(Rule=made.ref, Ids=ids, **_bus(order.properties))
    events.delete_rule(Name=made.ref, **_bus(order.properties))


def _create_group(site: Site, order: Order) -> Made:
    name = order.properties.get("Name") or site.generated_name(order.logical_id, order.generation)
    arn = site.client("scheduler").create_schedule_group(Name=name, Tags=tags_of(order.properties))[
        "ScheduleGroupArn"
    ]
    return Made(name, {"Arn": arn, "State": "ACTIVE"})


@in_place("Name")
def _update_group(site: Site, order: Order, made: Made, _: Properties) -> Made:
    site.client("scheduler").tag_resource(
        ResourceArn=made.attributes["Arn"], Tags=tags_of(order.properties)
    )
    return made


def _delete_group(site: Site, order: Order, made: Made) -> None:
    del order
    site.client("scheduler").delete_schedule_group(Name=made.ref)


def _schedule_arguments(properties: Properties) -> dict[str, Any]:
    keys = (
        "GroupName", "ScheduleExpression", "ScheduleExpressionTimezone", "StartDate", "EndDate",
        "State", "Description", "FlexibleTimeWindow", "Target", "KmsKeyArn",
    )  # fmt: skip
    return {key: _typed(properties[key]) for key in keys if key in properties}


def _create_schedule(site: Site, order: Order) -> Made:
    name = order.properties.get("Name") or site.generated_name(order.logical_id, order.generation)
    arguments = _schedule_arguments(order.properties)
    arn = site.client("scheduler").create_schedule(Name=name, **arguments)["ScheduleArn"]
    return Made(name, {"Arn": arn})


@in_place("Name", "GroupName")
def _update_schedule(site: Site, order: Order, made: Made, _: Properties) -> Made:
    site.client("scheduler").update_schedule(Name=made.ref, **_schedule_arguments(order.properties))
    return made


def _delete_schedule(site: Site, order: Order, made: Made) -> None:
    group = order.properties.get("GroupName")
    arguments = {"GroupName": group} if group else {}
    site.client("scheduler").delete_schedule(Name=made.ref, **arguments)


KINDS = {
    "AWS::Events::Rule": Kind(
        _create_rule,
        _delete_rule,
        _update_rule,
        names(
            "Name Description EventBusName EventPattern ScheduleExpression State Targets RoleArn "
            "Tags"
        ),
    ),
    "AWS::Scheduler::ScheduleGroup": Kind(
        _create_group, _delete_group, _update_group, names("Name Tags")
    ),
    "AWS::Scheduler::Schedule": Kind(
        _create_schedule,
        _delete_schedule,
        _update_schedule,
        names(
            "Name GroupName ScheduleExpression ScheduleExpressionTimezone StartDate EndDate State "
            "Description FlexibleTimeWindow Target KmsKeyArn"
        ),
        names("ScheduleExpression FlexibleTimeWindow Target"),
    ),
}
