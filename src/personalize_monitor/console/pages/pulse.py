"""The line at the top that shows the page to be alive: the account's time, and how old the look is."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.console import render
from personalize_monitor.console.watch import Watch


def pulse(request: Request) -> Response:
    """The account's time, the clock's speed in the sandbox, and any trouble."""
    watch: Watch = request.app.state.watch
    here = watch.here
    shot = watch.day.shot()
    turned = here.sandbox.clock() if here.sandbox else None
    now = turned.now if turned else here.now()
    look = shot.value.look if shot.value else None
    return render.page(request, "pulse.html", now=now, turned=turned, shot=shot, look=look)


ROUTES = [Route("/pulse", pulse)]
