"""The bench's way to its local AWS: start it, set the stage, ask what happened."""

from __future__ import annotations

import json
import subprocess
import sys
import urllib.request
from types import TracebackType
from typing import Any, Self

from bench.fleet import ACCOUNT, REGIONS

_direct = urllib.request.build_opener(urllib.request.ProxyHandler({}))


class Server:
    """The server's process, for a ``with`` block."""

    def __init__(self) -> None:
        self._process = subprocess.Popen(
            [sys.executable, "-m", "bench.server"], stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.address = f"http://127.0.0.1:{int(self._process.stdout.readline())}"

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        problem: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._process.terminate()
        self._process.wait()
        assert self._process.stdout is not None
        self._process.stdout.close()


def control(address: str, **order: Any) -> dict[str, Any]:
    """Set the stage, or ask; see the server's ``control``."""
    request = urllib.request.Request(
        f"{address}/_control", data=json.dumps(order).encode(), method="POST"
    )
    with _direct.open(request, timeout=30) as answer:
        told: dict[str, Any] = json.load(answer)
        return told


def environment(address: str) -> dict[str, str]:
    """What boto3 and the functions of a stack find in theirs."""
    return {
        "AWS_ENDPOINT_URL": address,
        "AWS_ACCESS_KEY_ID": "bench",
        "AWS_SECRET_ACCESS_KEY": "bench",
        "AWS_REGION": REGIONS[0],
        "AWS_DEFAULT_REGION": REGIONS[0],
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_LAMBDA_FUNCTION_MEMORY_SIZE": "512",
        "MALLOC_ARENA_MAX": "2",
        "STACK_NAME": "personalize-monitor",
        "STACK_ACCOUNT": ACCOUNT,
        "NOTIFICATION_TOPIC_ARN": (
            f"arn:aws:sns:{REGIONS[0]}:{ACCOUNT}:PersonalizeMonitorNotifications"
        ),
        "JOURNAL_LOG_GROUP": "/aws/events/personalize-monitor",
        "no_proxy": "127.0.0.1",
    }
