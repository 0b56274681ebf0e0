"""Putting the sandbox's events, schedules and topics in moto's place."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.core.exceptions import JsonRESTError
from moto.events.exceptions import InvalidEventPatternException
from moto.events.exceptions import ValidationException as EventsValidation
from moto.events.models import EventsBackend
from moto.events.responses import EventsHandler
from moto.scheduler.exceptions import ScheduleGroupNotFound
from moto.scheduler.exceptions import ValidationException as SchedulerValidation
from moto.scheduler.models import EventBridgeSchedulerBackend
from moto.scheduler.responses import EventBridgeSchedulerResponse

from aws_sandbox.events import patterns, topics
from aws_sandbox.events.bus import EventBus, PutEventsError
from aws_sandbox.events.cloud import Cloud
from aws_sandbox.events.expressions import ExpressionError, parse
from aws_sandbox.events.patching import Patches
from aws_sandbox.events.transform import undefined_variables

MAX_TARGETS = 5
MAX_RULE_NAME = 64
MAX_PATTERN = 4096


def install(cloud: Cloud, bus: EventBus, patches: Patches) -> None:
    """Replace moto's delivery by ours."""
    topics.install(cloud, patches)
    _install_events(cloud, bus, patches)
    _install_scheduler(cloud, patches)


def _install_events(cloud: Cloud, bus: EventBus, patches: Patches) -> None:
    put_rule, put_targets = EventsBackend.put_rule, EventsBackend.put_targets

    def put_events(backend: EventsBackend, events: list[dict[str, Any]]) -> list[dict[str, Any]]:
        try:
            return bus.put_events(backend.account_id, backend.region_name, list(events))
        except PutEventsError as problem:
            raise EventsValidation(str(problem)) from problem

    def checked_rule(backend: EventsBackend, name: str, **rest: Any) -> Any:
        _check_rule(name, rest.get("scheduled_expression"), rest.get("event_pattern"))
        rule = put_rule(backend, name, **rest)
        cloud.notice_schedules()
        return rule

    def checked_targets(
        backend: EventsBackend, name: str, event_bus_arn: str | None, targets: list[dict[str, Any]]
    ) -> None:
        rule = backend.describe_rule(name, event_bus_arn)
        ids = {target["Id"] for target in [*rule.targets, *targets]}
        if len(ids) > MAX_TARGETS:
            raise JsonRESTError(
                "LimitExceededException",
                "The requested resource exceeds the maximum number allowed.",
            )
        for target in targets:
            _check_input(target)
        put_targets(backend, name, event_bus_arn, targets)

    list_rules = EventsHandler.list_rules

    def listed(handler: EventsHandler) -> tuple[str, dict[str, Any]]:
        # moto lists what only DescribeRule has.
        body, headers = list_rules(handler)
        answer = json.loads(body)
        for rule in answer["Rules"]:
            rule.pop("CreatedBy", None)
        return json.dumps(answer), headers

    patches.replace(EventsHandler, "list_rules", listed)
    patches.replace(EventsHandler, "test_event_pattern", _test_event_pattern)
    patches.replace(EventsBackend, "put_events", put_events)
    patches.replace(EventsBackend, "put_rule", checked_rule)
    patches.replace(EventsBackend, "put_targets", checked_targets)
    for name in ("enable_rule", "disable_rule", "delete_rule"):
        patches.replace(EventsBackend, name, _noting(cloud, getattr(EventsBackend, name)))


def _check_rule(name: str, expression: str | None, pattern: str | None) -> None:
    if len(name) > MAX_RULE_NAME:
        raise EventsValidation(f"Rule name {name} is longer than {MAX_RULE_NAME} characters.")
    if pattern and len(pattern) > MAX_PATTERN:
        raise EventsValidation(f"Event pattern is longer than {MAX_PATTERN} characters.")
    if pattern:
        try:
            patterns.parse(pattern)
        except patterns.PatternError as problem:
            raise InvalidEventPatternException(str(problem)) from problem
    if expression:
        try:
            parse(expression)
        except ExpressionError as problem:
            raise EventsValidation("Parameter ScheduleExpression is not valid.") from problem


def _check_input(target: Mapping[str, Any]) -> None:
    """A target has one kind of input, and a template uses only variables that there are."""
    given = [name for name in ("Input", "InputPath", "InputTransformer") if target.get(name)]
    if len(given) > 1:
        raise EventsValidation(
            "Only one of Input, InputPath, or InputTransformer must be provided for target "
            f"{target['Id']}."
        )
    transformer = target.get("InputTransformer") or {}
    unknown = undefined_variables(transformer)
    if unknown:
        raise EventsValidation(
            f"InputTemplate for target {target['Id']} contains invalid placeholder {unknown[0]}."
        )


def _test_event_pattern(handler: EventsHandler) -> tuple[str, dict[str, Any]]:
    """TestEventPattern, which moto does not have."""
    try:
        pattern = patterns.parse(handler._get_param("EventPattern"))  # noqa: SLF001 - moto's own accessor
    except patterns.PatternError as problem:
        raise InvalidEventPatternException(str(problem)) from problem
    try:
        event = json.loads(handler._get_param("Event"))  # noqa: SLF001 - moto's own accessor
    except ValueError as problem:
        raise EventsValidation("Parameter Event is not valid.") from problem
    needed = {"id", "account", "source", "time", "region", "resources", "detail-type"}
    if not isinstance(event, dict) or not needed <= set(event):
        raise EventsValidation("Parameter Event is not valid.")
    return json.dumps({"Result": patterns.matches(pattern, event)}), handler.response_headers


def _install_scheduler(cloud: Cloud, patches: Patches) -> None:
    create = EventBridgeSchedulerBackend.create_schedule
    update = EventBridgeSchedulerBackend.update_schedule
    remove_group = EventBridgeSchedulerBackend.delete_schedule_group

    def check(wanted: dict[str, Any]) -> None:
        zone = wanted.get("schedule_expression_timezone") or "UTC"
        try:
            parse(wanted["schedule_expression"], zone)
        except ExpressionError as problem:
            raise SchedulerValidation(str(problem)) from problem

    def checked_create(backend: EventBridgeSchedulerBackend, **wanted: Any) -> Any:
        backend.get_schedule_group(wanted.get("group_name"))
        check(wanted)
        schedule = create(backend, **wanted)
        cloud.notice_schedules()
        return schedule

    def checked_update(backend: EventBridgeSchedulerBackend, **wanted: Any) -> Any:
        check(wanted)
        # What an update leaves out goes back to its default.
        schedule = update(backend, **{**wanted, "state": wanted.get("state") or "ENABLED"})
        cloud.notice_schedules()
        return schedule

    def checked_remove_group(backend: EventBridgeSchedulerBackend, name: str | None) -> None:
        if name not in backend.schedule_groups:
            raise ScheduleGroupNotFound(str(name))
        remove_group(backend, name)

    patches.replace(EventBridgeSchedulerBackend, "create_schedule", checked_create)
    patches.replace(EventBridgeSchedulerBackend, "update_schedule", checked_update)
    patches.replace(EventBridgeSchedulerBackend, "delete_schedule_group", checked_remove_group)
    _install_completion(patches)
    _install_list(patches)


def _noting(cloud: Cloud, original: Callable[..., Any]) -> Callable[..., Any]:
    """The same method, after which schedules are looked at again."""

    def noting(*args: Any, **rest: Any) -> Any:
        result = original(*args, **rest)
        cloud.notice_schedules()
        return result

    return noting


def _install_completion(patches: Patches) -> None:
    """UpdateSchedule also changes ActionAfterCompletion, which moto leaves as it was."""
    update = EventBridgeSchedulerResponse.update_schedule

    def answer(response: EventBridgeSchedulerResponse) -> str:
        text: str = update(response)
        name = response.uri.split("?")[0].split("/")[-1]
        group = response._get_param("GroupName")  # noqa: SLF001 - moto's own accessor
        schedule = response.scheduler_backend.get_schedule(group_name=group, name=name)
        after = response._get_param("ActionAfterCompletion")  # noqa: SLF001 - moto's own accessor
        schedule.action_after_completion = after
        return text

    patches.replace(EventBridgeSchedulerResponse, "update_schedule", answer)


def _install_list(patches: Patches) -> None:
    """ListSchedules names less than GetSchedule; the rest of what moto lists is left out."""
    listing = EventBridgeSchedulerResponse.list_schedules
    known = ("Arn", "Name", "GroupName", "State", "CreationDate", "LastModificationDate")

    def listed(response: EventBridgeSchedulerResponse) -> str:
        answer = json.loads(listing(response))
        shown = [
            {key: item[key] for key in known if item.get(key) is not None}
            | {"Target": {"Arn": item["Target"]["Arn"]}}
            for item in answer["Schedules"]
        ]
        token = answer.get("NextToken")
        return json.dumps({"Schedules": shown, **({"NextToken": token} if token else {})})

    patches.replace(EventBridgeSchedulerResponse, "list_schedules", listed)
