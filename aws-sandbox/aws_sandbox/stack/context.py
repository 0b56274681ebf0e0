"""The context object that a handler receives, as Lambda's Python runtime gives it."""

from __future__ import annotations

import time
from dataclasses import dataclass


@dataclass(slots=True)
class LambdaContext:
    """Names and limits of this invocation; the remaining time is real time."""

    function_name: str
    invoked_function_arn: str
    memory_limit_in_mb: str
    aws_request_id: str
    log_group_name: str
    log_stream_name: str
    deadline: float
    function_version: str = "$LATEST"
    identity: None = None
    client_context: None = None

    def get_remaining_time_in_millis(self) -> int:
        """Milliseconds until the function is ended."""
        return max(0, int((self.deadline - time.monotonic()) * 1000))
