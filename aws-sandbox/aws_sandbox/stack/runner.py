"""Running a handler as it is: one function at a time, in this process, as the function's role."""

from __future__ import annotations

import json
import threading
import time
import traceback
from collections.abc import Mapping
from typing import Any

from aws_sandbox.events.cloud import Cloud
from aws_sandbox.stack.context import LambdaContext
from aws_sandbox.stack.environment import Sessions, entered, variables
from aws_sandbox.stack.function import Function, Invocation
from aws_sandbox.stack.function_log import FunctionLog
from aws_sandbox.stack.loader import forget, load
from aws_sandbox.stack.virtual_time import virtual


class Killed(BaseException):
    """The environment of an invocation is gone; nothing in the function may catch this."""


class _Running:
    """The invocation that an access key belongs to right now."""

    def __init__(
        self, invocation: Invocation, kill_at: int | None, started: float, limit: float
    ) -> None:
        self.invocation = invocation
        self.kill_at = kill_at
        self.limit = limit
        self.deadline = started + limit
        self.end: str | None = None


class Runner:
    """Runs functions one after another; counts their AWS calls and ends them when it is time."""

    def __init__(self, cloud: Cloud) -> None:
        self._cloud = cloud
        self._lock = threading.RLock()
        self._calls = threading.Lock()
        self._sessions = Sessions()
        self._log = FunctionLog(cloud)
        self._running: dict[str, _Running] = {}
        self._warm: dict[str, str] = {}
        self.time_limits: dict[str, float] = {}
        """Seconds that an invocation gets instead of its Timeout, by logical id or name."""

    def forget(self, function: Function) -> None:
        """The next invocation of this function is a cold start."""
        self._warm.pop(function.arn, None)

    def end(self, function: Function) -> None:
        """The function is deleted, with its environments."""
        self.forget(function)
        self._log.delete(function)

    def before_call(self, access_key: str) -> None:
        """Called before each AWS call of anyone; ends the invocation that is due to end.

        Raises:
            Killed: this invocation is over, whichever of its threads asks.
        """
        running = self._running.get(access_key)
        if running is None:
            return
        with self._calls:
            running.invocation.calls += 1
            number = running.invocation.calls
        if running.end is None and running.kill_at is not None and number >= running.kill_at:
            running.end = "RequestId: {} Error: Runtime exited with error: signal: killed"
        if running.end is None and time.monotonic() > running.deadline:
            running.end = _timed_out(running.limit)
        if running.end is not None:
            raise Killed(running.end)

    def run(
        self, function: Function, payload: str, *, trigger: str, attempt: int, request_id: str
    ) -> Invocation:
        """Run the handler to its end, whatever that is; never raises what the function raises."""
        with self._lock:
            return self._run(function, payload, trigger, attempt, request_id)

    def _run(
        self, function: Function, payload: str, trigger: str, attempt: int, request_id: str
    ) -> Invocation:
        cloud = self._cloud
        invocation = Invocation(
            function.logical_id,
            request_id,
            cloud.clock.now(),
            trigger,
            json.loads(payload),
            attempt,
        )
        key = cloud.roles.access_key(function.role, function.name)
        invocation.cold = self._make_warm(function)
        stream = self._log.stream(function, cold=invocation.cold)
        limit = min(
            [
                function.timeout,
                *(self.time_limits[n] for n in function.names if n in self.time_limits),
            ]
        )
        started = time.monotonic()
        running = _Running(invocation, cloud.chaos.kill_point(function.names), started, limit)
        outer = self._running.get(key)
        self._running[key] = running
        context = LambdaContext(
            function_name=function.name,
            invoked_function_arn=function.arn,
            memory_limit_in_mb=str(function.memory),
            aws_request_id=request_id,
            log_group_name=function.log_group,
            log_stream_name=stream,
            deadline=running.deadline,
        )
        try:
            with entered(function, invocation, variables(function, key, stream), self._sessions):
                self._call(function, invocation, context, json.loads(payload))
        finally:
            self._restore(key, outer)
        if running.end is None and time.monotonic() > running.deadline:
            running.end = _timed_out(limit)
        if running.end is not None:
            self._ended(function, invocation, running.end)
        invocation.seconds = time.monotonic() - started
        self._log.write(function, stream, invocation)
        return invocation

    def _make_warm(self, function: Function) -> bool:
        """Answer whether this is a cold start, and make sure that it is one if it is."""
        chaos = self._cloud.chaos
        cold = function.arn not in self._warm or chaos.happens(chaos.cold_starts)
        if cold:
            forget(
                function.handler,
                (other for arn, other in self._warm.items() if arn != function.arn),
            )
            self._sessions.forget(function.arn)
            self._warm[function.arn] = function.handler
        return cold

    def _restore(self, key: str, outer: _Running | None) -> None:
        if outer is None:
            self._running.pop(key, None)
        else:
            self._running[key] = outer

    def _call(
        self, function: Function, invocation: Invocation, context: LambdaContext, event: Any
    ) -> None:
        chaos = self._cloud.chaos
        try:
            if chaos.happens(chaos.function_errors):
                raise RuntimeError("Injected by the sandbox: the environment could not start.")
            handler = load(function.code, function.handler)
            with virtual(function.handler.split(".", maxsplit=1)[0]):
                result = handler(event, context)
            # Lambda answers JSON; what cannot be written as JSON is the function's error.
            invocation.result = json.loads(json.dumps(result))
        except Killed:
            # Whose end it is has been noted in the running invocation.
            invocation.result = None
        except (Exception, SystemExit) as problem:  # noqa: BLE001 - the function's, whatever it is
            invocation.error = _error(problem)

    def _ended(self, function: Function, invocation: Invocation, reason: str) -> None:
        """The environment was ended from outside; what it answered meanwhile does not count."""
        invocation.result = None
        kind = "Sandbox.Timedout" if "timed out" in reason else "Runtime.ExitError"
        message = reason.format(invocation.request_id)
        invocation.error = {"errorType": kind, "errorMessage": message}
        self.forget(function)


def _timed_out(limit: float) -> str:
    return f"RequestId: {{}} Error: Task timed out after {limit:.2f} seconds"


def _error(problem: BaseException) -> Mapping[str, Any]:
    kind = type(problem).__name__
    if isinstance(problem, ImportError):
        kind = "Runtime.ImportModuleError"
    return {
        "errorType": kind,
        "errorMessage": str(problem),
        "stackTrace": traceback.format_exception(problem),
    }
