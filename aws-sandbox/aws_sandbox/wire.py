"""Hooks into moto: start and stop, the gate in front of every dispatch, and the WSGI app for HTTP.

This is the only module that reaches into moto's insides; a contract test holds what it relies on.
"""

from __future__ import annotations

import functools
import json
import re
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from datetime import datetime
from typing import Any, Final

import moto.backend_index
import moto.backends
import moto.ce.urls
import moto.core.models
import moto.core.responses
import moto.logs.models
import moto.personalize.models
from botocore.exceptions import EndpointConnectionError
from moto import mock_aws
from moto.core.exceptions import HTTPException
from moto.core.responses import BaseResponse
from moto.core.utils import get_service_model

from aws_sandbox import (
    answers,
    billing,
    clock,
    cloudwatch,
    in_process,
    moto_time,
    shortcuts,
    world,
)
from aws_sandbox.answers import Answer
from aws_sandbox.clock import Clock
from aws_sandbox.cloudwatch import sources
from aws_sandbox.gate import Asking, Unreachable
from aws_sandbox.personalize.models import SandboxPersonalizeBackend
from aws_sandbox.world import World

_KEY: Final = re.compile(r"Credential=([^/,\s]+)/")
_RUNTIME: Final = (
    "personalize",
    re.compile(r"https?://personalize-runtime\.(.+)\.amazonaws\.com"),
)
# The Price List API has no backend of moto's: it is answered beside Cost Explorer.
_PRICES: Final = r"https?://(?:api\.)?pricing\.(.+)\.amazonaws\.com"
_ANONYMOUS: Final = "anonymous"
_undo: list[Callable[[], object]] = []
moto_time.follow()


def start(live: World) -> None:
    """Make `live` what boto3 talks to in this process, until `stop`.

    Raises:
        RuntimeError: another world is live.
    """
    if _undo:
        raise RuntimeError("a sandbox is already running in this process: stop it first")
    clock.use(live.clock)
    world.use(live)
    try:
        _hook(live)
    except BaseException:
        stop()
        raise


def _hook(live: World) -> None:
    _set(moto.personalize.models.personalize_backends, "backend", SandboxPersonalizeBackend)
    _set(BaseResponse, "_dispatch", _dispatch)
    _set(BaseResponse, "get_access_key", _access_key)
    _set(BaseResponse, "get_current_account", _account)
    _set(moto.core.responses, "method_names_from_class", _method_names)
    _set(moto.core.responses, "gen_amzn_requestid_long", _request_id)
    _set(type(moto.core.models.botocore_stubber), "process_request", _process_request)
    # When CloudWatch Logs takes a record is told by its own clock, whatever time the record claims.
    _set(moto.logs.models, "utcnow", lambda: live.clock.now().replace(tzinfo=None))
    shortcuts.install(_set)
    moto.backend_index.backend_url_patterns.append(_RUNTIME)
    _undo.append(lambda: moto.backend_index.backend_url_patterns.remove(_RUNTIME))
    _prices()
    cloudwatch.install()
    _undo.append(cloudwatch.uninstall)
    _undo.append(sources.register(live.metrics))
    # Last, as it empties moto: a thread that outlived the world before may call at any moment, and
    # what it makes moto create must be of our kinds.
    mocked = mock_aws()
    mocked.start()
    _undo.append(mocked.stop)


def _prices() -> None:
    """Lead calls of the Price List API to Cost Explorer's backend."""
    pattern = ("ce", re.compile(_PRICES))
    moto.backend_index.backend_url_patterns.append(pattern)
    moto.ce.urls.url_bases.append(_PRICES)
    _undo.append(lambda: moto.backend_index.backend_url_patterns.remove(pattern))
    _undo.append(lambda: moto.ce.urls.url_bases.remove(_PRICES))


def stop() -> None:
    """Take everything back; harmless when nothing runs."""
    while _undo:
        _undo.pop()()
    world.use(None)
    clock.use(None)


@contextmanager
def live(begin: datetime, *, seed: int = 0, speed: float = 0.0) -> Iterator[World]:
    """A world for a `with` block, its clock at `begin`, paused unless given a speed."""
    started = World(Clock(begin, speed=speed), seed=seed)
    start(started)
    try:
        yield started
    finally:
        stop()


def application() -> Callable[..., Any]:
    """Moto's WSGI application; every request passes the gate of the live world."""
    from moto.moto_server.werkzeug_app import (  # noqa: PLC0415  (flask, only for the server)
        DomainDispatcherApplication,
        create_backend_app,
    )

    app: Callable[..., Any] = DomainDispatcherApplication(create_backend_app)
    return app


def _set(owner: Any, name: str, value: object) -> None:
    before = owner.__dict__[name]
    setattr(owner, name, value)
    _undo.append(lambda: setattr(owner, name, before))


def _access_key(response: Any) -> str:
    found = _KEY.search(response.headers.get("Authorization", ""))
    return found.group(1) if found else _ANONYMOUS


def _account(response: Any) -> str:
    return world.current().gate.account_of(response.get_access_key())


@functools.cache
def _method_names(cls: Any) -> frozenset[str]:
    """Moto lists a class's methods on every call; once is enough."""
    return frozenset(name for name in dir(cls) if callable(getattr(cls, name, None)))


def _request_id(headers: dict[str, Any] | None = None) -> str:
    number = answers.request_id()
    if isinstance(headers, dict):
        headers["x-amzn-requestid"] = number
    return number


def _dispatch(response: Any, request: Any, full_url: str | None = None, headers: Any = None) -> Any:
    """In the place of BaseResponse._dispatch: the same, through the gate."""
    in_process.set_up(response, request, full_url, headers)
    action = response._get_action()  # noqa: SLF001
    service = response.boto3_service_name
    if not action or not service:
        return response.call_action()
    asking = Asking(
        access_key=response.get_access_key(),
        service=service,
        action=action,
        region=response.region,
        protocol=response.determine_response_protocol(get_service_model(service)),
        params=_params(response, request),
    )
    try:
        if not _offered(service, asking.region):
            raise Unreachable(f"{service} has no endpoint in {asking.region}")
        return world.current().gate.handle(asking, lambda: _called(response, asking))
    except Unreachable as reason:
        if request.from_wsgi_server:
            return answers.error(service, asking.protocol, "ServiceUnavailable", str(reason), 503)
        raise EndpointConnectionError(endpoint_url=request.raw_url) from reason


def _called(response: Any, asking: Asking) -> Answer:
    """Ours or moto's answer; what nobody can do is answered in the protocol's own way."""
    try:
        billed = billing.answered(world.current(), asking)
        return billed or _answer(response.call_action())
    except NotImplementedError:
        message = f"The {asking.action} action has not been implemented."
        return answers.error(asking.service, asking.protocol, "NotImplemented", message, 501)


def _offered(service: str, region: str) -> bool:
    """Whether the service exists in the region, where we know it."""
    if not service.startswith("personalize"):
        return True
    regions: Any = moto.personalize.models.personalize_backends["123456789012"].regions
    return region in regions


def _answer(answer: Any) -> Answer:
    status, headers, body = answer
    return int(status), headers, body


def _params(response: Any, request: Any) -> Mapping[str, Any]:
    """The call's parameters in the API's own names."""
    if response.automated_parameter_parsing:
        params = response.params
        original: Any = getattr(params, "original_dict", None)
        known: Mapping[str, Any] = original() if original else params
        return known
    if request.headers.get("X-Amz-Target"):
        found: Any = json.loads(response.body or "{}")
        return found if isinstance(found, dict) else {}
    before = response.__dict__.get("params")
    try:
        response.parse_parameters(request)
        parsed: Mapping[str, Any] = response.params
        return parsed
    except (KeyError, ValueError, NotImplementedError):
        return {}
    finally:
        with suppress(AttributeError):
            del response.params
        if before is not None:
            response.params = before


_routes: dict[str, Any] = {}


def _process_request(_stubber: Any, request: Any) -> Any:
    """In the place of BotocoreStubber.process_request: the same answer without searching anew.

    moto compares each request with the addresses of all its services; for services with one address
    the handler is remembered.
    """
    url = request.url.split("?", 1)[0]
    handler = _routes.get(url)
    if handler is None:
        handler = _search(url)
        if handler is None:
            # Addresses that are not AWS's, such as our own server's, go to the network.
            return (404, {}, "Not yet implemented") if "amazonaws.com" in url else None
        if url.count("/") == 3 and len(_routes) < 1000:
            _routes[url] = handler
    normal: Any = in_process.normal(request)
    try:
        return handler(normal, normal.raw_url, normal.headers)
    except HTTPException as error:
        return error.code, error.get_headers(), error.get_body()


def _search(url: str) -> Any:
    for service, pattern in moto.backend_index.backend_url_patterns:
        if not pattern.match(url):
            continue
        backends: Any = moto.backends.get_backend(service)
        regions = backends["123456789012"]
        backend = regions["us-east-1" if "us-east-1" in regions else "aws"]
        for address, handler in backend.urls.items():
            if re.match(address, url):
                return handler
    return None
