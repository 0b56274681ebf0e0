"""The Invoke API: boto3's `lambda.invoke` reaches the sandbox's functions."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

from moto.awslambda.exceptions import UnknownFunctionException
from moto.awslambda.models import LambdaBackend

from aws_sandbox.answers import Answer
from aws_sandbox.events.patching import Patches
from aws_sandbox.gate import Asking, Gate
from aws_sandbox.stack.functions import FunctionService


def install(functions: FunctionService, gate: Gate, patches: Patches) -> None:
    """Answer Invoke ourselves, outside of the gate's lock: the function calls back in."""

    def invoke(  # noqa: PLR0917 - moto calls it so
        backend: LambdaBackend,
        function_name: str,
        qualifier: str | None,
        body: Any,
        headers: Mapping[str, str],
        response_headers: dict[str, str],
    ) -> bytes:
        del qualifier
        try:
            function = functions.find(
                function_name, account=backend.account_id, region=backend.region_name
            )
        except LookupError as problem:
            raise UnknownFunctionException(function_name) from problem
        text = body.decode() if isinstance(body, bytes) else (body or "{}")
        kind = headers.get("X-Amz-Invocation-Type", "RequestResponse")
        if kind == "DryRun":
            return b""
        if kind == "Event":
            functions.invoke_async(function.arn, text, trigger="invoke")
            return b""
        invocation = functions.invoke(function, text, trigger="invoke")
        if invocation.ok:
            return json.dumps(invocation.result).encode()
        response_headers["x-amz-function-error"] = "Unhandled"
        return json.dumps(invocation.error).encode()

    passed = gate.handle

    def handle(asking: Asking, run: Callable[[], Answer]) -> Answer:
        functions.runner.before_call(asking.access_key)
        if (asking.service, asking.action) != ("lambda", "Invoke"):
            return passed(asking, run)
        admitted = passed(asking, lambda: (200, {}, ""))
        return run() if admitted[0] == 200 else admitted

    patches.replace(LambdaBackend, "invoke", invoke)
    patches.replace(gate, "handle", handle)
