"""The line at the top that shows the page to be alive: the account's time, trouble, news."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.errors import PersonalizeMonitorError
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.remote import Clock

_DIGITS = 18
_LONG = 20.0
"""Seconds after which a look that is under way is told as waiting."""


def pulse(request: Request) -> Response:
    """The account's time, the clock's speed in the sandbox, what runs, and what has ended."""
    watch: AccountPoller = request.app.state.watch
    here = watch.here
    shot = watch.day.shot()
    turned, trouble = _clock(watch)
    heard = request.query_params.get("heard", "")
    last = watch.jobs.last
    return render.page(
        request,
        "pulse.html",
        now=turned.now if turned else (None if here.sandbox else here.now()),
        turned=turned,
        trouble=trouble or shot.trouble,
        look=shot.value.look if shot.value else None,
        waiting=int(waiting) if (waiting := watch.day.waiting) > _LONG else 0,
        running=watch.jobs.running,
        news=watch.jobs.since(int(heard)) if heard.isdecimal() and len(heard) < _DIGITS else [],
        last=last,
    )


def _clock(watch: AccountPoller) -> tuple[Clock | None, str]:
    if watch.here.sandbox is None:
        return None, ""
    try:
        return watch.here.sandbox.clock(), ""
    except PersonalizeMonitorError as problem:
        return None, str(problem)


ROUTES = [Route("/pulse", pulse)]
