"""Lambda: asynchronous invocations, of which only the acceptance is waited for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from personalize_monitor.aws.access import Access


class Functions:
    """The functions of one region."""

    def __init__(self, access: Access, region: str) -> None:
        self._client = access.client("lambda", region)

    def start(self, name: str, event: Mapping[str, Any]) -> None:
        """Let the function run with ``event``, beside us and tried again by Lambda when it fails.

        Needs lambda:InvokeFunction on it.
        """
        self._client.invoke(
            FunctionName=name,
            InvocationType="Event",
            Payload=json.dumps(event, separators=(",", ":")).encode(),
        )
