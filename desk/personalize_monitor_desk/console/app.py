"""The console as an ASGI application: routes, guard, and the watch that begins and ends with it."""

from __future__ import annotations

import contextlib
import secrets
from collections.abc import AsyncIterator, Iterable

from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Mount

from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.errors import InvalidRequest, PersonalizeMonitorError
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.assets import Assets
from personalize_monitor_desk.console.context import ConsoleContext
from personalize_monitor_desk.console.guard import HEADERS, Guard
from personalize_monitor_desk.console.pages import (
    bulk,
    deeds,
    events,
    fleet,
    plan,
    pulse,
    resource,
    sandbox,
    savings,
    scrape,
)

LOCAL = ("127.0.0.1", "localhost", "[::1]")


def create_app(
    here: ConsoleContext,
    *,
    hosts: Iterable[str] = LOCAL,
    secret: str = "",
    everywhere: bool = False,
) -> Starlette:
    """The console over ``here``; it answers to ``hosts`` only, and asks for ``secret`` if any.

    ``everywhere`` says that it listens on all addresses of the machine, and answers to each.
    """
    watch = AccountPoller(here)

    @contextlib.asynccontextmanager
    async def life(_: Starlette) -> AsyncIterator[None]:
        watch.start()
        try:
            yield
        finally:
            watch.stop()

    app = Starlette(
        routes=[
            *fleet.ROUTES,
            *bulk.ROUTES,
            *plan.ROUTES,
            *pulse.ROUTES,
            *resource.ROUTES,
            *deeds.ROUTES,
            *events.ROUTES,
            *savings.ROUTES,
            *sandbox.ROUTES,
            *scrape.ROUTES,
            Mount("/static", Assets(), name="static"),
        ],
        middleware=[Middleware(Guard, hosts=tuple(hosts), secret=secret, everywhere=everywhere)],
        exception_handlers={
            404: _not_found,
            InvalidRequest: _refused,
            PersonalizeMonitorError: _failed,
            **dict.fromkeys(AWS_ERRORS, _unanswered),
            Exception: _broken,
        },
        lifespan=life,
    )
    app.state.here = here
    app.state.watch = watch
    app.state.csrf = secrets.token_urlsafe(24)
    app.state.started = secrets.token_hex(4)
    return app


def _not_found(request: Request, _: Exception) -> Response:
    return _problem(
        request, 404, "There is nothing here", "The address names no page of this console."
    )


def _refused(request: Request, problem: Exception) -> Response:
    return _problem(request, 400, "That cannot be done", str(problem))


def _failed(request: Request, problem: Exception) -> Response:
    return _problem(request, 502, "AWS gave no good answer", str(problem))


def _unanswered(request: Request, problem: Exception) -> Response:
    return _problem(
        request, 502, "AWS gave no good answer", sentence("Asking the account", problem)
    )


def _broken(request: Request, problem: Exception) -> Response:
    kind = type(problem).__name__
    answer = _problem(
        request, 500, "Something went wrong here", f"It is a mistake of ours ({kind}); see the log."
    )
    answer.headers.update(HEADERS)  # what failed lies within the guard, this answer outside of it
    answer.headers["Cache-Control"] = "no-store"
    return answer


def _problem(request: Request, status: int, title: str, text: str) -> Response:
    if request.headers.get("HX-Request") == "true":
        return render.page(request, "problem_part.html", status=status, title=title, text=text)
    return render.page(request, "problem.html", status=status, title=title, text=text)
