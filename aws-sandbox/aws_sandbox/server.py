"""The sandbox over HTTP on 127.0.0.1, with its own endpoints under /_sandbox/."""

from __future__ import annotations

import json
import socket
import threading
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime, timedelta
from types import TracebackType
from typing import Any, Final
from urllib.parse import parse_qsl

from werkzeug.serving import BaseWSGIServer, WSGIRequestHandler, make_server

from aws_sandbox import fleet, wire
from aws_sandbox.world import World

Route = Callable[[Mapping[str, Any]], object]
"""From the parameters (query and JSON body together) to something JSON can write."""
StartResponse = Callable[[str, list[tuple[str, str]]], object]
PREFIX: Final = "/_sandbox"
HOST: Final = "127.0.0.1"
_MOST_BODY: Final = 1_000_000


class BadRequest(ValueError):
    """A parameter of a /_sandbox/ endpoint is wrong; the message says which and why."""


class Server:
    """A threaded HTTP server around the live world; use it in a `with` block, or `serve` for ever.

    `routes` adds endpoints: {"mailbox": function} is answered at /_sandbox/mailbox.
    """

    def __init__(
        self, world: World, *, port: int = 0, routes: Mapping[str, Route] | None = None
    ) -> None:
        self.world = world
        self._routes: dict[str, Route] = {
            "": lambda _: status(world),
            "clock": lambda asked: turn_clock(world, asked),
            "fleet": lambda _: fleet.overview(world),
            "calls": lambda asked: calls(world, asked),
            "mailbox": lambda _: [],
            **(routes or {}),
        }
        self._moto = wire.application()
        self._server = self._bind(port)
        self._thread: threading.Thread | None = None

    @property
    def url(self) -> str:
        """The address for --endpoint-url."""
        return f"http://{HOST}:{self._server.server_port}"

    def __call__(self, environ: dict[str, Any], start_response: StartResponse) -> Iterable[bytes]:
        """WSGI: our own endpoints, and moto's for everything else."""
        path = str(environ.get("PATH_INFO", ""))
        if path != PREFIX and not path.startswith(PREFIX + "/"):
            answer: Iterable[bytes] = self._moto(environ, start_response)
            return answer
        code, answered = self._own(path.removeprefix(PREFIX).strip("/"), environ)
        body = (json.dumps(answered, default=str) + "\n").encode()
        headers = [("Content-Type", "application/json"), ("Content-Length", str(len(body)))]
        start_response(code, headers)
        return [body]

    def _own(self, name: str, environ: Mapping[str, Any]) -> tuple[str, object]:
        route = self._routes.get(name)
        if route is None:
            known = ", ".join(f"{PREFIX}/{one}" for one in sorted(self._routes))
            return "404 Not Found", {"error": f"No such endpoint; there are {known}."}
        try:
            return "200 OK", route(_parameters(environ))
        except BadRequest as problem:
            return "400 Bad Request", {"error": str(problem)}

    def _bind(self, port: int) -> BaseWSGIServer:
        # werkzeug leaves the whole program when the port is taken, after saying so by itself.
        with socket.socket() as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            try:
                probe.bind((HOST, port))
            except OSError as error:
                raise OSError(f"Port {port} of {HOST} is taken; choose another one.") from error
        return make_server(HOST, port, self, threaded=True, request_handler=_request_handler())

    def __enter__(self) -> Server:
        self._thread = threading.Thread(
            target=self._server.serve_forever, args=(0.05,), daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.shutdown()
        self._server.server_close()
        if self._thread is not None:
            self._thread.join()

    def run(self) -> None:
        """Serve in this thread until Ctrl-C."""
        try:
            self._server.serve_forever()
        except KeyboardInterrupt:
            pass
        finally:
            self._server.server_close()


def serve(
    world: World,
    *,
    port: int,
    routes: Mapping[str, Route] | None = None,
    ready: Callable[[str], None] | None = None,
) -> None:
    """Serve the live world on 127.0.0.1:`port` until Ctrl-C; `ready` is told the address.

    Raises:
        OSError: the port is taken.
    """
    server = Server(world, port=port, routes=routes)
    if ready is not None:
        ready(server.url)
    server.run()


def status(world: World) -> dict[str, object]:
    """The clock, and what has happened so far."""
    clock = world.clock
    return {
        "now": clock.now().isoformat(),
        "mode": clock.mode,
        "speed": clock.speed,
        "seed": world.seed,
        "resources": len(fleet.overview(world)),
        "calls": sum(world.gate.counts.values()),
    }


def turn_clock(world: World, asked: Mapping[str, Any]) -> dict[str, object]:
    """Read the clock, or turn it: `speed`, `pause`, `step` (seconds) or `to` (ISO time).

    Raises:
        BadRequest: a value is not one, or would turn the clock back.
    """
    unknown = set(asked) - {"speed", "pause", "step", "to"}
    if unknown:
        raise BadRequest(f"Unknown parameter {min(unknown)}; use speed, pause, step or to.")
    if "speed" in asked:
        world.clock.set_speed(_number("speed", asked["speed"]))
    if asked.get("pause"):
        world.clock.pause()
    if "step" in asked:
        world.clock.advance(timedelta(seconds=_number("step", asked["step"])))
    if "to" in asked:
        world.clock.advance_to(_moment(asked["to"]))
    return status(world)


def hours(asked: Mapping[str, Any]) -> float:
    """The `hours` of a request, at most two weeks.

    Raises:
        BadRequest: they are missing, no number, or too many.
    """
    wanted = _number("hours", asked.get("hours"))
    if not wanted or wanted > 336:
        raise BadRequest(f"hours must be above 0 and at most 336, got {wanted:g}.")
    return wanted


def calls(world: World, asked: Mapping[str, Any]) -> list[dict[str, object]]:
    """The last calls, 50 unless `last` says otherwise, newest last."""
    last = int(_number("last", asked.get("last", 50)))
    return [
        {
            "time": call.time.isoformat(),
            "principal": call.principal.name,
            "account": call.account,
            "region": call.region,
            "service": call.service,
            "action": call.action,
            "error": call.error,
        }
        for call in (world.gate.calls[-last:] if last else [])
    ]


def _number(name: str, value: object) -> float:
    try:
        number = float(str(value))
    except ValueError:
        raise BadRequest(f"{name} must be a number, got {value!r}.") from None
    if not 0 <= number < 1e9:
        raise BadRequest(f"{name} must be 0 or more, got {value!r}.")
    return number


def _moment(value: object) -> datetime:
    try:
        moment = datetime.fromisoformat(str(value))
    except ValueError:
        raise BadRequest(f"to must be an ISO time, got {value!r}.") from None
    if moment.tzinfo is None:
        raise BadRequest(f"to needs a time zone, such as {value}Z.")
    return moment


def _parameters(environ: Mapping[str, Any]) -> dict[str, Any]:
    asked: dict[str, Any] = dict(parse_qsl(str(environ.get("QUERY_STRING", ""))))
    length = min(int(environ.get("CONTENT_LENGTH") or 0), _MOST_BODY)
    body: bytes = environ["wsgi.input"].read(length) if length else b""
    if not body:
        return asked
    try:
        given = json.loads(body)
    except ValueError:
        raise BadRequest("The body must be JSON.") from None
    if not isinstance(given, dict):
        raise BadRequest("The body must be a JSON object.")
    return {**asked, **given}


def _request_handler() -> type[WSGIRequestHandler]:
    from moto.moto_server.werkzeug_app import MotoRequestHandler  # noqa: PLC0415  (needs flask)

    base: Any = MotoRequestHandler

    class Quiet(base):  # type: ignore[misc]  # moto is untyped
        """Moto's handler without a line in the terminal for every request."""

        def log(self, *_: object) -> None:
            """Say nothing."""

    return Quiet
