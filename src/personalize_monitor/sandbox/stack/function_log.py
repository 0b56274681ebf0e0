"""A function's log group: written with the rights of its role, made when it is missing."""

from __future__ import annotations

from moto.logs.models import logs_backends

from personalize_monitor.sandbox import iam
from personalize_monitor.sandbox.events.cloud import Cloud
from personalize_monitor.sandbox.stack.function import Function, Invocation


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
        backend = logs_backends[function.account][function.region]
        group = function.log_group
        if group not in backend.groups:
            if not self._may(function, "logs:CreateLogGroup", ""):
                return
            backend.create_log_group(group, {})
        if stream not in backend.groups[group].streams:
            if not self._may(function, "logs:CreateLogStream", ""):
                return
            backend.create_log_stream(group, stream)
        if not self._may(function, "logs:PutLogEvents", stream):
            return
        now = int(invocation.time.timestamp() * 1000)
        lines = [*invocation.log, *_report(invocation)]
        backend.put_log_events(group, stream, [{"timestamp": now, "message": m} for m in lines])

    def _may(self, function: Function, action: str, stream: str) -> bool:
        role = self._cloud.roles.get(function.role)
        place = f"arn:aws:logs:{function.region}:{function.account}"
        resource = f"{place}:log-group:{function.log_group}:log-stream:{stream}"
        return role is not None and bool(iam.is_allowed(role.statements, action, (resource,), {}))


def _report(invocation: Invocation) -> list[str]:
    lines = []
    if invocation.error is not None:
        error = invocation.error
        lines.append(f"[ERROR] {error.get('errorType')}: {error.get('errorMessage')}")
    lines.append(
        f"REPORT RequestId: {invocation.request_id}\tDuration: {invocation.seconds * 1000:.2f} ms"
    )
    return lines
