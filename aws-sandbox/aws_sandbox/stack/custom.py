"""Custom resources: the function is invoked, its answer comes to a ResponseURL on this machine.

Source: CloudFormation user guide, "Custom resource request/response objects"; an answer is at most
4096 bytes; a function that never answers fails after the service timeout (an hour by default).
"""

from __future__ import annotations

import json
import threading
from collections.abc import Mapping
from datetime import timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aws_sandbox.stack.errors import ResourceError
from aws_sandbox.stack.kinds import Kind, Made, Order, Properties, Site

MAX_ANSWER = 4096
_RETRY_AFTER = (timedelta(minutes=1), timedelta(minutes=2))


class Responses:
    """The place that ResponseURLs point to: a listener on 127.0.0.1, started when first needed."""

    def __init__(self) -> None:
        self._answers: dict[str, bytes] = {}
        self._server: ThreadingHTTPServer | None = None

    def url(self, token: str) -> str:
        """The address that takes the answer named by `token`, by PUT."""
        if self._server is None:
            self._server = ThreadingHTTPServer(("127.0.0.1", 0), _handler(self._answers))
            self._server.daemon_threads = True
            threading.Thread(target=self._server.serve_forever, args=(0.05,), daemon=True).start()
        return f"http://127.0.0.1:{self._server.server_address[1]}/{token}"

    def take(self, token: str) -> bytes | None:
        """The answer that came in, once."""
        return self._answers.pop(token, None)

    def close(self) -> None:
        """Stop listening."""
        if self._server is not None:
            self._server.shutdown()
            self._server.server_close()
            self._server = None


def _handler(answers: dict[str, bytes]) -> type[BaseHTTPRequestHandler]:
    class Handler(BaseHTTPRequestHandler):
        def do_PUT(self) -> None:
            length = int(self.headers.get("Content-Length") or 0)
            answers[self.path.lstrip("/").split("?")[0]] = self.rfile.read(length)
            self.send_response(200)
            self.send_header("Content-Length", "0")
            self.end_headers()

        def log_message(self, *args: Any) -> None:
            """Silence: the sandbox has its own record."""

    return Handler


def _ask(
    site: Site, order: Order, kind: str, physical: str | None, old: Properties | None
) -> Mapping[str, Any]:
    """Invoke the function behind ServiceToken and wait for its answer.

    Raises:
        ResourceError: it cannot be invoked, never answers, or answers FAILED.
    """
    request_id = site.cloud.new_id()
    properties = {k: _as_text(v) for k, v in order.properties.items() if k != "ServiceTimeout"}
    event: dict[str, Any] = {
        "RequestType": kind,
        "ServiceToken": order.properties["ServiceToken"],
        "ResponseURL": site.responses.url(request_id),
        "StackId": site.stack_id,
        "RequestId": request_id,
        "ResourceType": order.type,
        "LogicalResourceId": order.logical_id,
        "ResourceProperties": properties,
    }
    if physical is not None:
        event["PhysicalResourceId"] = physical
    if old is not None:
        event["OldResourceProperties"] = {
            k: _as_text(v) for k, v in old.items() if k != "ServiceTimeout"
        }
    answer = _invoke(site, order, request_id, json.dumps(event))
    if answer.get("Status") == "SUCCESS":
        return answer
    reason = answer.get("Reason") or "the function gave no reason"
    failure = ResourceError(f"Received response status [FAILED] from custom resource: {reason}")
    failure.physical = answer.get("PhysicalResourceId")
    raise failure


def _invoke(site: Site, order: Order, request_id: str, payload: str) -> Mapping[str, Any]:
    try:
        function = site.functions.find(str(order.properties["ServiceToken"]))
    except LookupError as problem:
        raise ResourceError(f"ServiceToken: {problem}") from problem
    last = "it returned without answering"
    for attempt, wait in enumerate((*_RETRY_AFTER, None), start=1):
        invocation = site.functions.invoke(
            function, payload, trigger="cloudformation", attempt=attempt, request_id=request_id
        )
        body = site.responses.take(request_id)
        if body is not None:
            return _answer(body)
        if invocation.ok or wait is None:
            break
        last = str((invocation.error or {}).get("errorMessage"))
        site.cloud.clock.advance(wait)
    site.cloud.clock.advance(timedelta(seconds=int(order.properties.get("ServiceTimeout", 3600))))
    raise ResourceError(
        "CloudFormation did not receive a response from your Custom Resource: "
        f"{function.logical_id}: {last}. See its log for requestId {request_id}."
    )


def _answer(body: bytes) -> Mapping[str, Any]:
    if len(body) > MAX_ANSWER:
        raise ResourceError(
            f"Response object is too long: {len(body)} bytes, {MAX_ANSWER} allowed."
        )
    try:
        answer = json.loads(body)
    except ValueError as problem:
        raise ResourceError("Invalid response from the custom resource: not JSON.") from problem
    needed = ("Status", "PhysicalResourceId", "StackId", "RequestId", "LogicalResourceId")
    missing = [name for name in needed if not answer.get(name)]
    if missing:
        raise ResourceError(f"Invalid PhysicalResourceId or response: {missing[0]} is missing.")
    return dict(answer)


def _as_text(value: Any) -> Any:
    """CloudFormation hands every scalar to a custom resource as text."""
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Mapping):
        return {key: _as_text(inner) for key, inner in value.items()}
    if isinstance(value, list):
        return [_as_text(item) for item in value]
    return str(value)


def _made(answer: Mapping[str, Any]) -> Made:
    return Made(str(answer["PhysicalResourceId"]), dict(answer.get("Data") or {}))


def _create(site: Site, order: Order) -> Made:
    return _made(_ask(site, order, "Create", None, None))


def _update(site: Site, order: Order, made: Made, old: Properties) -> Made | str:
    """The engine deletes the old one if the answer names another physical id."""
    return _made(_ask(site, order, "Update", made.ref, old))


def _delete(site: Site, order: Order, made: Made) -> None:
    _ask(site, order, "Delete", made.ref, None)


CUSTOM = Kind(_create, _delete, _update, frozenset(), frozenset({"ServiceToken"}))
