"""What the function service knows of one function, and of one invocation of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from pathlib import Path
from typing import Any

from aws_sandbox.partition import partition_of


@dataclass(frozen=True, slots=True)
class Permission:
    """A statement of a function's resource policy; `source_*` None means any."""

    principal: str
    source_arn: str | None = None
    source_account: str | None = None


@dataclass(frozen=True, slots=True)
class AsyncConfig:
    """EventInvokeConfig and DeadLetterConfig: what follows a failed asynchronous invocation."""

    retries: int = 2
    max_age: timedelta = timedelta(hours=6)
    on_failure: str | None = None
    on_success: str | None = None
    dead_letter: str | None = None


@dataclass(slots=True)
class Function:
    """One deployed function. Timeout in seconds, memory in MB."""

    logical_id: str
    name: str
    account: str
    region: str
    handler: str
    code: Path
    role: str
    environment: Mapping[str, str] = field(default_factory=dict)
    timeout: float = 3
    memory: int = 128
    log_group: str = ""
    log_format: str = "Text"
    log_level: str = "INFO"
    reserved: int | None = None
    asynchronous: AsyncConfig = field(default_factory=AsyncConfig)
    permissions: dict[str, Permission] = field(default_factory=dict)

    @property
    def arn(self) -> str:
        """The function's ARN, unqualified."""
        place = f"arn:{partition_of(self.region)}:lambda:{self.region}:{self.account}"
        return f"{place}:function:{self.name}"

    @property
    def names(self) -> tuple[str, str]:
        """What a test may call it: logical id and name."""
        return (self.logical_id, self.name)


@dataclass(slots=True)
class Invocation:
    """One run of a function: what went in, what came out, what it wrote to its log.

    `error` is what Lambda answers of a failed run: errorType, errorMessage, stackTrace. `calls` is
    the number of AWS calls it made; `seconds` are real ones.
    """

    function: str
    request_id: str
    time: datetime
    trigger: str
    event: Any
    attempt: int = 1
    result: Any = None
    error: Mapping[str, Any] | None = None
    log: list[str] = field(default_factory=list)
    calls: int = 0
    seconds: float = 0.0
    cold: bool = False

    @property
    def ok(self) -> bool:
        """Whether the handler returned."""
        return self.error is None
