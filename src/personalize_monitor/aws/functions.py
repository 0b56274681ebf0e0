"""Lambda: invocations of our own functions, waited for or not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from personalize_monitor.aws.access import Access
from personalize_monitor.errors import FunctionFailed


class Functions:
    """The functions of one region."""

    def __init__(self, access: Access, region: str) -> None:
        self._client = access.client("lambda", region)
        self._access, self._region = access, region

    def start(self, name: str, event: Mapping[str, Any]) -> None:
        """Let the function run with ``event``, beside us and tried again by Lambda when it fails.

        Needs lambda:InvokeFunction on it.
        """
        self._client.invoke(
            FunctionName=name,
            InvocationType="Event",
            Payload=json.dumps(event, separators=(",", ":")).encode(),
        )

    def ask(self, name: str, event: Mapping[str, Any]) -> dict[str, Any]:
        """Let the function run with ``event``, and wait for its answer, a JSON object.

        Needs lambda:InvokeFunction on it. Raises FunctionFailed, and what AWS refuses.
        """
        client = self._access.client_patient("lambda", self._region)
        answer = client.invoke(
            FunctionName=name, Payload=json.dumps(event, separators=(",", ":")).encode()
        )
        try:
            found = json.loads(answer["Payload"].read() or b"null")
        except ValueError:
            found = None
        if answer.get("FunctionError") or not isinstance(found, dict):
            told = found if isinstance(found, dict) else {}
            raise FunctionFailed(
                f"{told.get('errorType', 'no answer')}: {told.get('errorMessage', '')}"
            )
        return found
