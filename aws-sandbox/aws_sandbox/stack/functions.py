"""The function service: registry, synchronous and asynchronous invocations, retries, dead letters.

Source: Lambda developer guide, "How Lambda handles errors and retries with asynchronous
invocation": two retries, after one and two minutes; then the dead-letter queue and the on-failure
destination.
"""

from __future__ import annotations

import json
from collections import deque
from datetime import datetime, timedelta
from typing import Any

from aws_sandbox import clients
from aws_sandbox.events.cloud import Cloud
from aws_sandbox.events.targets import send_to_queue
from aws_sandbox.iam.conditions import arn_like
from aws_sandbox.iam.statements import is_allowed
from aws_sandbox.stack.function import Function, Invocation
from aws_sandbox.stack.runner import Runner

_WAITS = (timedelta(minutes=1), timedelta(minutes=2))
_KEPT = 20_000


class FunctionService:
    """Every function of the sandbox, by ARN."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self.runner = Runner(cloud)
        self._functions: dict[str, Function] = {}
        self.invocations: deque[Invocation] = deque(maxlen=_KEPT)
        self.dead_letters: list[Invocation] = []
        """Asynchronous invocations that were given up."""

    def put(self, function: Function) -> None:
        """Create or change a function; a changed one starts cold."""
        self._functions[function.arn] = function
        self.runner.forget(function)

    def remove(self, arn: str) -> None:
        """Delete a function; what waits for it is dropped."""
        function = self._functions.pop(arn, None)
        if function is not None:
            self.runner.end(function)

    def all(self) -> list[Function]:
        """Every function, in order of creation."""
        return list(self._functions.values())

    def find(self, name: str, *, account: str | None = None, region: str | None = None) -> Function:
        """A function by ARN (qualified or not), name or logical id.

        Raises:
            LookupError: there is none.
        """
        if name.startswith("arn:"):
            function = self._functions.get(":".join(name.split(":")[:7]))
            if function is not None:
                return function
            raise LookupError(f"Function not found: {name}")
        for function in self._functions.values():
            place = (account in {None, function.account}) and (region in {None, function.region})
            if place and name in function.names:
                return function
        raise LookupError(f"Function not found: {name}")

    def permits(self, arn: str, *, service: str, source_arn: str, source_account: str) -> bool:
        """Whether the function's resource policy lets this service invoke it."""
        function = self._functions.get(":".join(arn.split(":")[:7]))
        if function is None:
            return True  # The invocation itself will tell that there is none.
        return any(
            permission.principal == service
            and (permission.source_arn is None or arn_like(source_arn, permission.source_arn))
            and permission.source_account in {None, source_account}
            for permission in function.permissions.values()
        )

    def invoke(
        self,
        function: Function,
        payload: str,
        *,
        trigger: str = "direct",
        attempt: int = 1,
        request_id: str | None = None,
    ) -> Invocation:
        """Run the function now and answer the invocation, failed or not."""
        if function.reserved == 0:
            raise ThrottledError(f"Rate Exceeded: {function.name} has no concurrency.")
        request_id = request_id or self._cloud.new_id()
        invocation = self.runner.run(
            function, payload, trigger=trigger, attempt=attempt, request_id=request_id
        )
        self.invocations.append(invocation)
        self._count(function, "Invocations")
        self._count(function, "Errors", 0.0 if invocation.ok else 1.0)
        self._count(function, "Throttles", 0.0)
        self._count(function, "Duration", invocation.seconds * 1000)
        return invocation

    def invoke_async(self, arn: str, payload: str, *, trigger: str) -> None:
        """Queue an asynchronous invocation, twice if chance wills it.

        Raises:
            LookupError: there is no such function.
        """
        function = self.find(arn)
        chaos = self._cloud.chaos
        for _ in range(2 if chaos.happens(chaos.duplicates) else 1):
            work = _Asynchronous(
                function.arn, payload, trigger, self._cloud.clock.now(), self._cloud.new_id()
            )
            self._cloud.agenda.at(
                work.queued + chaos.extra_delay(),
                lambda work=work: self._attempt(work),  # type: ignore[misc]
            )

    def _attempt(self, work: _Asynchronous) -> None:
        function = self._functions.get(work.arn)
        if function is None:
            return
        now = self._cloud.clock.now()
        try:
            invocation = self.invoke(
                function,
                work.payload,
                trigger=work.trigger,
                attempt=work.attempt,
                request_id=work.request_id,
            )
        except ThrottledError:
            # Throttled events wait for up to six hours without using up their retries.
            self._count(function, "Throttles")
            if now - work.queued < function.asynchronous.max_age:
                self._cloud.agenda.at(now + _WAITS[0], lambda: self._attempt(work))
            return
        self._count(function, "AsyncEventAge", (now - work.queued).total_seconds() * 1000)
        if invocation.ok:
            self._destination(function, work, invocation, function.asynchronous.on_success)
            return
        settings = function.asynchronous
        wait = _WAITS[min(work.attempt, len(_WAITS)) - 1]
        if work.attempt <= settings.retries and now + wait - work.queued <= settings.max_age:
            work.attempt += 1
            self._cloud.agenda.at(now + wait, lambda: self._attempt(work))
            return
        self._give_up(function, work, invocation)

    def _give_up(self, function: Function, work: _Asynchronous, invocation: Invocation) -> None:
        self.dead_letters.append(invocation)
        self._count(function, "AsyncEventsDropped")
        queue = function.asynchronous.dead_letter
        if queue and self._may(function, queue):
            error = invocation.error or {}
            attributes = {
                "RequestID": work.request_id,
                "ErrorCode": "200",
                "ErrorMessage": str(error.get("errorMessage"))[:1024],
            }
            self._send(queue, work.payload, attributes)
        elif queue:
            self._count(function, "DeadLetterErrors")
        self._destination(function, work, invocation, function.asynchronous.on_failure)

    def _destination(
        self,
        function: Function,
        work: _Asynchronous,
        invocation: Invocation,
        destination: str | None,
    ) -> None:
        if not destination:
            return
        if not self._may(function, destination):
            self._count(function, "DestinationDeliveryFailures")
            return
        self._send(destination, json.dumps(_record(function, work, invocation, self._cloud)))

    def _may(self, function: Function, target: str) -> bool:
        """Queues and topics are reached with the rights of the function's own role."""
        actions = {
            "sqs": "sqs:SendMessage",
            "sns": "sns:Publish",
            "lambda": "lambda:InvokeFunction",
            "events": "events:PutEvents",
        }
        role = self._cloud.roles.get(function.role)
        action = actions[target.split(":")[2]]
        return role is not None and bool(is_allowed(role.statements, action, (target,), {}))

    def _send(self, target: str, text: str, attributes: dict[str, str] | None = None) -> None:
        kind = target.split(":")[2]
        if kind == "sqs":
            send_to_queue(target, text, attributes)
        elif kind == "sns":
            client = clients.shared("sns", *target.split(":")[3:5])
            client.publish(TopicArn=target, Message=text)
        elif kind == "lambda":
            self.invoke_async(target, text, trigger="destination")

    def _count(self, function: Function, name: str, value: float = 1.0) -> None:
        self._cloud.metrics.count(
            (function.account, function.region),
            "AWS/Lambda",
            name,
            dimension=("FunctionName", function.name),
            now=self._cloud.clock.now(),
            value=value,
        )


class ThrottledError(Exception):
    """The function has no concurrency left."""


class _Asynchronous:
    """An event in a function's queue."""

    __slots__ = ("arn", "attempt", "payload", "queued", "request_id", "trigger")

    def __init__(
        self, arn: str, payload: str, trigger: str, queued: datetime, request_id: str
    ) -> None:
        self.arn, self.payload, self.trigger = arn, payload, trigger
        self.queued, self.request_id = queued, request_id
        self.attempt = 1


def _record(
    function: Function, work: _Asynchronous, invocation: Invocation, cloud: Cloud
) -> dict[str, Any]:
    """The record that a destination receives."""
    condition = "Success" if invocation.ok else "RetriesExhausted"
    response: dict[str, Any] = {"statusCode": 200, "executedVersion": "$LATEST"}
    if not invocation.ok:
        response["functionError"] = "Unhandled"
    return {
        "version": "1.0",
        "timestamp": cloud.clock.now().strftime("%Y-%m-%dT%H:%M:%S.000Z"),
        "requestContext": {
            "requestId": work.request_id,
            "functionArn": f"{function.arn}:$LATEST",
            "condition": condition,
            "approximateInvokeCount": work.attempt,
        },
        "requestPayload": json.loads(work.payload),
        "responseContext": response,
        "responsePayload": invocation.result if invocation.ok else invocation.error,
    }
