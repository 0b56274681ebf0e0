"""A function's log group: written with the rights of its role, made when it is missing."""

from __future__ import annotations

from datetime import datetime, timedelta

from moto.logs.models import logs_backends

from aws_sandbox import iam
from aws_sandbox.events.cloud import Cloud
from aws_sandbox.partition import partition_of
from aws_sandbox.stack.function import Function, Invocation

_LATE = timedelta(seconds=20)


class FunctionLog:
    """One log stream per execution environment."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._streams: dict[str, str] = {}

    def stream(self, function: Function, *, cold: bool) -> str:
        """The stream's name; a cold start begins a new one."""
        if cold or function.arn not in self._streams:
            day = self._cloud.clock.now().strftime("%Y/%m/%d")
            self._streams[function.arn] = f"{day}/[$LATEST]{self._cloud.new_id().replace('-', '')}"
        return self._streams[function.arn]

    def write(self, function: Function, stream: str, invocation: Invocation) -> None:
        """Append the invocation's lines; without permission they are lost, as in AWS."""
        role = self._cloud.roles.get(function.role)
        if role is not None:
            lines = [*invocation.log, *_report(invocation)]
            self._append(function, stream, lines, invocation.time, role.statements)

    def delete(self, function: Function) -> None:
        """The function goes; what it still had to say arrives a little later, by its old rights."""
        stream = self._streams.pop(function.arn, None)
        role = self._cloud.roles.get(function.role)
        if stream is None or role is None:
            return
        due = self._cloud.clock.now() + _LATE
        rights = iam.Statements(role.statements)
        lines = ["The last line of an environment that is shut down."]
        self._cloud.agenda.at(due, lambda: self._append(function, stream, lines, due, rights))

    def _append(
        self,
        function: Function,
        stream: str,
        lines: list[str],
        moment: datetime,
        rights: iam.Statements,
    ) -> None:
        backend = logs_backends[function.account][function.region]
        group = function.log_group
        if group not in backend.groups:
            if not _may(function, "logs:CreateLogGroup", "", rights):
                return
            backend.create_log_group(group, {})
        if stream not in backend.groups[group].streams:
            if not _may(function, "logs:CreateLogStream", "", rights):
                return
            backend.create_log_stream(group, stream)
        if not _may(function, "logs:PutLogEvents", stream, rights):
            return
        now = int(moment.timestamp() * 1000)
        backend.put_log_events(group, stream, [{"timestamp": now, "message": m} for m in lines])


def _may(function: Function, action: str, stream: str, rights: iam.Statements) -> bool:
    place = f"arn:{partition_of(function.region)}:logs:{function.region}:{function.account}"
    resource = f"{place}:log-group:{function.log_group}:log-stream:{stream}"
    return bool(iam.is_allowed(rights, action, (resource,), {}))


def _report(invocation: Invocation) -> list[str]:
    lines = []
    if invocation.error is not None:
        error = invocation.error
        lines.append(f"[ERROR] {error.get('errorType')}: {error.get('errorMessage')}")
    lines.append(
        f"REPORT RequestId: {invocation.request_id}\tDuration: {invocation.seconds * 1000:.2f} ms"
    )
    return lines
