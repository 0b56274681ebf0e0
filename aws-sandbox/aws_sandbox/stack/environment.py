"""The process of a function: environment variables, credentials, default session and log."""

from __future__ import annotations

import json
import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import boto3

from aws_sandbox.stack.function import Function, Invocation

_DROPPED = ("AWS_", "_HANDLER", "LAMBDA_", "BOTO", "MOTO_")


def variables(function: Function, access_key: str, stream: str) -> dict[str, str]:
    """The environment that Lambda's runtime sets, with the function's own variables."""
    runtime = {
        "AWS_REGION": function.region,
        "AWS_DEFAULT_REGION": function.region,
        "AWS_ACCESS_KEY_ID": access_key,
        "AWS_SECRET_ACCESS_KEY": "sandbox-secret",
        "AWS_SESSION_TOKEN": "sandbox-token",
        "AWS_LAMBDA_FUNCTION_NAME": function.name,
        "AWS_LAMBDA_FUNCTION_VERSION": "$LATEST",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": str(function.memory),
        "AWS_LAMBDA_LOG_GROUP_NAME": function.log_group,
        "AWS_LAMBDA_LOG_STREAM_NAME": stream,
        "AWS_LAMBDA_LOG_FORMAT": function.log_format,
        "AWS_LAMBDA_LOG_LEVEL": function.log_level,
        "AWS_EXECUTION_ENV": "AWS_Lambda_python3.13",
        "AWS_LAMBDA_INITIALIZATION_TYPE": "on-demand",
        "_HANDLER": function.handler,
        "LAMBDA_TASK_ROOT": str(function.code),
        "TZ": ":UTC",
        # The answer to a custom resource goes to this machine, never through a proxy.
        "no_proxy": "127.0.0.1",
        "NO_PROXY": "127.0.0.1",
    }
    return {**function.environment, **runtime}


class Sessions:
    """boto3's default session of each function: one process's memory per function."""

    def __init__(self) -> None:
        self._sessions: dict[str, Any] = {}

    def take(self, arn: str) -> Any:
        """The default session that the function left behind, or None."""
        return self._sessions.get(arn)

    def keep(self, arn: str, session: Any) -> None:
        """Remember the function's default session."""
        self._sessions[arn] = session

    def forget(self, arn: str) -> None:
        """A cold start: no session."""
        self._sessions.pop(arn, None)


@contextmanager
def entered(
    function: Function, invocation: Invocation, values: Mapping[str, str], sessions: Sessions
) -> Iterator[None]:
    """Be the function's process for a `with` block; everything is put back afterwards."""
    session = boto3.DEFAULT_SESSION
    root = logging.getLogger()
    level, handlers = root.level, list(root.handlers)
    handler = _LogCapture(function, invocation)
    changed = {*values, *(name for name in os.environ if name.startswith(_DROPPED))}
    saved = {name: os.environ.get(name) for name in changed}
    _set_variables({name: values.get(name) for name in changed})
    boto3.DEFAULT_SESSION = sessions.take(function.arn)
    root.handlers = [handler]
    _set_level(root, function.log_level)
    try:
        yield
    finally:
        sessions.keep(function.arn, boto3.DEFAULT_SESSION)
        root.handlers = handlers
        _set_level(root, level)
        boto3.DEFAULT_SESSION = session
        _set_variables(saved)


def _set_level(logger: logging.Logger, level: int | str) -> None:
    # Setting a level, even the same, makes every logger there is forget what it knows.
    number = logging.getLevelNamesMapping()[level] if isinstance(level, str) else level
    if logger.level != number:
        logger.setLevel(number)


def _set_variables(values: Mapping[str, str | None]) -> None:
    # Python's own table alone: in the C library's, a change may crash a thread that reads it.
    variables: Any = os.environ
    for name, value in values.items():
        if value is None:
            variables._data.pop(variables.encodekey(name), None)  # noqa: SLF001
        else:
            variables._data[variables.encodekey(name)] = variables.encodevalue(value)  # noqa: SLF001


class _LogCapture(logging.Handler):
    """Lambda's log: a line per record, as text or as Lambda's native JSON."""

    def __init__(self, function: Function, invocation: Invocation) -> None:
        super().__init__()
        self._function, self._invocation = function, invocation

    def emit(self, record: logging.LogRecord) -> None:
        """Format one record and keep it."""
        moment = self._invocation.time.strftime("%Y-%m-%dT%H:%M:%S.%f")[:-3] + "Z"
        request = self._invocation.request_id
        if self._function.log_format != "JSON":
            line = f"[{record.levelname}]\t{moment}\t{request}\t{record.getMessage()}"
            if record.exc_info:
                line += "\n" + logging.Formatter().formatException(record.exc_info)
            self._invocation.log.append(line)
            return
        fields: dict[str, Any] = {
            "timestamp": moment,
            "level": record.levelname,
            "message": record.getMessage(),
            "logger": record.name,
            "requestId": request,
        }
        standard = vars(logging.makeLogRecord({}))
        fields.update(
            {
                key: value
                for key, value in vars(record).items()
                if key not in standard and key not in {"message", "asctime", "taskName"}
            }
        )
        if record.exc_info and record.exc_info[0]:
            fields["errorType"] = record.exc_info[0].__name__
            fields["errorMessage"] = str(record.exc_info[1])
            fields["stackTrace"] = logging.Formatter().formatException(record.exc_info).split("\n")
        self._invocation.log.append(json.dumps(fields, default=str))
