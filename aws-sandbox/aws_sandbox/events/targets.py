"""Handing a text to a target by its ARN: functions, topics, queues, log groups, buses.

Who may: functions, topics, queues and log groups ask their resource policies; buses, and everything
that EventBridge Scheduler calls, ask the target's role.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

from moto.logs.models import logs_backends
from moto.sns.models import sns_backends
from moto.sqs.models import sqs_backends

from aws_sandbox import iam
from aws_sandbox.events.cloud import Cloud

_ACTIONS = {
    "lambda": "lambda:InvokeFunction",
    "sns": "sns:Publish",
    "sqs": "sqs:SendMessage",
    "events": "events:PutEvents",
    "logs": "logs:PutLogEvents",
}


class DeliveryError(Exception):
    """A target did not take what was sent; `retry` tells whether trying again makes sense."""

    def __init__(self, code: str, message: str, *, retry: bool = False) -> None:
        super().__init__(message)
        self.code, self.retry = code, retry


@dataclass(frozen=True, slots=True)
class Origin:
    """Who sends: the rule, alarm or schedule (`arn`) and the service on whose behalf."""

    account: str
    region: str
    arn: str
    service: str

    @property
    def context(self) -> dict[str, str]:
        """The condition context that resource policies see."""
        return {"aws:SourceArn": self.arn, "aws:SourceAccount": self.account}


@dataclass(frozen=True, slots=True)
class _Address:
    service: str
    region: str
    account: str
    name: str
    arn: str


def _address(arn: str) -> _Address:
    _, _, service, region, account, resource = arn.split(":", 5)
    name = resource.removeprefix("function:").removeprefix("log-group:")
    return _Address(service, region, account, name.removesuffix(":*"), arn)


class Targets:
    """Delivers to targets; one method for each kind."""

    def __init__(self, cloud: Cloud, forward: Callable[[str, Mapping[str, Any]], None]) -> None:
        self._cloud = cloud
        self._forward = forward
        self._senders: dict[str, Callable[[Origin, _Address, str, Mapping[str, Any]], None]] = {
            "lambda": self._to_function,
            "sns": self._to_topic,
            "sqs": self._to_queue,
            "logs": self._to_logs,
        }

    def send(
        self, origin: Origin, target: Mapping[str, Any], text: str, event: Mapping[str, Any]
    ) -> None:
        """Deliver `text` to the target; a bus receives the event itself.

        Raises:
            DeliveryError: not permitted, or the target does not exist.
        """
        address = _address(str(target["Arn"]))
        role = target.get("RoleArn")
        if address.service == "events":
            self._to_bus(origin, address, role, event)
            return
        sender = self._senders.get(address.service)
        if sender is None:
            raise DeliveryError(
                "INVALID_TARGET", f"{address.arn}: the sandbox knows no such target."
            )
        if role:
            self._check_role(origin, role, address)
        else:
            self._check_policy(origin, address)
        sender(origin, address, text, event)

    def dead_letter(
        self,
        origin: Origin,
        target: Mapping[str, Any],
        text: str,
        failure: DeliveryError,
        attempts: int,
    ) -> bool:
        """Send what could not be delivered to the target's dead-letter queue, if there is one."""
        arn = (target.get("DeadLetterConfig") or {}).get("Arn")
        if not arn:
            return False
        address = _address(str(arn))
        try:
            if target.get("RoleArn") and origin.service == "scheduler.amazonaws.com":
                self._check_role(origin, str(target["RoleArn"]), address)
            else:
                self._check_policy(origin, address)
        except DeliveryError:
            return False
        attributes = {
            "ERROR_CODE": failure.code,
            "ERROR_MESSAGE": str(failure),
            "EXHAUSTED_RETRY_CONDITION": "MaximumRetryAttempts" if failure.retry else "",
            "RETRY_ATTEMPTS": str(attempts - 1),
            "RULE_ARN": origin.arn,
            "TARGET_ARN": str(target["Arn"]),
        }
        send_to_queue(address.arn, text, attributes)
        return True

    def _check_role(self, origin: Origin, role: str, address: _Address) -> None:
        resource = address.arn
        if address.service == "logs":
            resource = f"{address.arn.removesuffix(':*')}:log-stream:"
        if not self._cloud.roles.may(
            role,
            service=origin.service,
            action=_ACTIONS[address.service],
            resource=resource,
            context=origin.context,
        ):
            raise DeliveryError(
                "NO_PERMISSIONS",
                f"{role} does not let {origin.service} do {_ACTIONS[address.service]} on "
                f"{address.arn}.",
            )

    def _check_policy(self, origin: Origin, address: _Address) -> None:
        allowed = {
            "lambda": self._function_allows,
            "sns": _topic_allows,
            "sqs": _queue_allows,
            "logs": self._logs_allow,
        }[address.service](origin, address)
        if not allowed:
            raise DeliveryError(
                "NO_PERMISSIONS",
                f"The resource policy of {address.arn} does not let {origin.service} "
                f"({origin.arn}) do {_ACTIONS[address.service]}.",
            )

    def _function_allows(self, origin: Origin, address: _Address) -> bool:
        return self._cloud.functions.permits(
            address.arn,
            service=origin.service,
            source_arn=origin.arn,
            source_account=origin.account,
        )

    def _logs_allow(self, origin: Origin, address: _Address) -> bool:
        """By a policy of the account's, or the group's own."""
        backend = logs_backends[address.account][address.region]
        policies = [policy.policy_document for policy in backend.resource_policies.values()]
        own = self._cloud.log_policies.get((address.account, address.region, address.name))
        resource = f"{address.arn.removesuffix(':*')}:log-stream:x"
        return all(
            any(
                iam.allows_service(
                    policy,
                    service=origin.service,
                    action=action,
                    resource=resource,
                    context=origin.context,
                )
                for policy in [*policies, *([own] if own else [])]
            )
            for action in ("logs:CreateLogStream", "logs:PutLogEvents")
        )

    def _to_function(
        self, origin: Origin, address: _Address, text: str, event: Mapping[str, Any]
    ) -> None:
        del event
        try:
            self._cloud.functions.invoke_async(address.arn, text, trigger=origin.arn)
        except LookupError as problem:
            raise DeliveryError("RESOURCE_NOT_FOUND", str(problem)) from problem

    def _to_topic(
        self, origin: Origin, address: _Address, text: str, event: Mapping[str, Any]
    ) -> None:
        del origin, event
        topic = sns_backends[address.account][address.region].topics.get(address.arn)
        if topic is None:
            raise DeliveryError("RESOURCE_NOT_FOUND", f"Topic {address.arn} does not exist.")
        topic.publish(text)

    def _to_queue(
        self, origin: Origin, address: _Address, text: str, event: Mapping[str, Any]
    ) -> None:
        del origin, event
        if address.name not in sqs_backends[address.account][address.region].queues:
            raise DeliveryError("RESOURCE_NOT_FOUND", f"Queue {address.arn} does not exist.")
        send_to_queue(address.arn, text)

    def _to_logs(
        self, origin: Origin, address: _Address, text: str, event: Mapping[str, Any]
    ) -> None:
        del event
        backend = logs_backends[address.account][address.region]
        if address.name not in backend.groups:
            raise DeliveryError("RESOURCE_NOT_FOUND", f"Log group {address.name} does not exist.")
        now = int(self._cloud.clock.now().timestamp() * 1000)
        stream = f"{origin.arn.rsplit('/', 1)[-1]}-{now // 86_400_000}"
        if stream not in backend.groups[address.name].streams:
            backend.create_log_stream(address.name, stream)
        backend.put_log_events(address.name, stream, [{"timestamp": now, "message": text}])

    def _to_bus(
        self, origin: Origin, address: _Address, role: str | None, event: Mapping[str, Any]
    ) -> None:
        same_place = (address.account, address.region) == (origin.account, origin.region)
        if role:
            self._check_role(origin, role, address)
        elif not same_place:
            raise DeliveryError("NO_PERMISSIONS", f"{address.arn} needs a role to be reached.")
        try:
            self._forward(address.arn, event)
        except LookupError as problem:
            raise DeliveryError("RESOURCE_NOT_FOUND", str(problem)) from problem


def _topic_allows(origin: Origin, address: _Address) -> bool:
    topic = sns_backends[address.account][address.region].topics.get(address.arn)
    # Whether the target exists at all is told by the delivery itself.
    return topic is None or _policy_allows(topic.policy, origin, address)


def _queue_allows(origin: Origin, address: _Address) -> bool:
    queue = sqs_backends[address.account][address.region].queues.get(address.name)
    return queue is None or _policy_allows(queue.policy, origin, address)


def _policy_allows(policy: str | None, origin: Origin, address: _Address) -> bool:
    return policy is not None and iam.allows_service(
        policy,
        service=origin.service,
        action=_ACTIONS[address.service],
        resource=address.arn,
        context=origin.context,
    )


def send_to_queue(arn: str, text: str, attributes: Mapping[str, str] | None = None) -> None:
    """Put a message onto a queue with text attributes; a queue that is gone swallows it."""
    address = _address(arn)
    backend = sqs_backends[address.account][address.region]
    if address.name in backend.queues:
        backend.send_message(
            address.name,
            text,
            message_attributes={
                name: {"DataType": "String", "StringValue": value}
                for name, value in (attributes or {}).items()
                if value
            },
        )
