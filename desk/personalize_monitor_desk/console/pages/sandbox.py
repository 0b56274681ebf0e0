"""The sandbox's own page: turn its clock, make it rain, and read what was mailed."""

from __future__ import annotations

from datetime import datetime
from hashlib import blake2b
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.errors import InvalidRequest
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.mail import KINDS, PAGE
from personalize_monitor_desk.console.pages.deeds import answered
from personalize_monitor_desk.console.remote import Remote
from personalize_monitor_desk.console.rows import address

SPEEDS = (30, 150, 300, 900, 3600)
_DIGITS = 6
_NEWS = frozenset({"change", "removal", "restore"})
STEPS = ((300, "5 minutes"), (3600, "1 hour"), (21_600, "6 hours"), (86_400, "1 day"))
WEATHER = {
    "sale": "Flash sale",
    "abandon": "Abandoned",
    "throttle": "Throttled region",
    "outage": "Region down",
}


def page(request: Request) -> Response:
    """The whole page."""
    return render.page(request, "sandbox.html", **_values(request), **_mail(request))


def live(request: Request) -> Response:
    """The part that lives: clock, weather, mail."""
    return render.page(request, "sandbox_live.html", **_values(request))


def mail(request: Request) -> Response:
    """A page of mail; nothing (204) when the browser has it already."""
    values = _mail(request)
    if request.query_params.get("have") == values["stamp"]:
        return Response(status_code=204)
    return render.page(request, "sandbox_mail.html", **values)


def _mail(request: Request) -> dict[str, Any]:
    asked = request.query_params
    kind, page = asked.get("kind", ""), asked.get("page", "1")
    kind = kind if kind in KINDS else ""
    number = int(page) if page.isdecimal() and len(page) < _DIGITS and int(page) else 1
    found = _remote(request).mailbox(kind, number)
    letters = [{**one, "time": datetime.fromisoformat(one["time"])} for one in found["letters"]]
    newest = letters[0]["number"] if letters else ""
    return {
        "mail": letters,
        "found": found["found"],
        "counts": found["counts"],
        "kinds": KINDS,
        "kind": kind,
        "page": number,
        "last": -(-found["found"] // PAGE),
        "stamp": f"{kind}-{number}-{newest}-{found['found']}-{found['counts'].get('all')}",
    }


def news(request: Request) -> Response:
    """What has just happened and what to try; nothing (204) when the browser has it already."""
    _remote(request)
    watch: AccountPoller = request.app.state.watch
    told = [one for one in watch.journal.shot().value or () if one.kind in _NEWS]
    view = watch.day.shot().value
    wasting = [one for one in view.look.seen if one.figures.waste.exact] if view else []
    worst = max(wasting, key=lambda one: one.figures.waste.exact, default=None)
    values: dict[str, Any] = {
        "tale": told[0] if told else None,
        "worst": {"name": worst.resource.name, "address": address(worst)} if worst else None,
        "autopilot": watch.autopilot,
        "may_act": watch.here.allow_actions,
    }
    stamp = blake2b(repr(values).encode(), digest_size=6).hexdigest()
    if request.query_params.get("news") == stamp:
        return Response(status_code=204)
    return render.page(request, "sandbox_news.html", **values, stamp=stamp)


async def clock(request: Request) -> Response:
    """``speed``, ``pause`` or ``step``."""
    remote = _remote(request)

    def turn(form: dict[str, str]) -> str:
        if "speed" in form:
            now = remote.turn(speed=_number(form["speed"]))
            return (
                f"The clock runs {now.speed:g} times as fast as real time."
                if now.speed
                else "The clock stands still."
            )
        if "step" in form:
            remote.turn(step=_number(form["step"]))
            return "Going forward; the pages follow."
        raise InvalidRequest("Give a speed or a step.")

    return await answered(request, turn, changes=False)


async def rain(request: Request) -> Response:
    """``kind`` and ``where``; see ``console.rain``."""
    remote = _remote(request)
    watch: AccountPoller = request.app.state.watch

    def pour(form: dict[str, str]) -> str:
        said = remote.rain(kind=form.get("kind", ""), where=form.get("where", ""))["said"]
        watch.poke()
        return str(said)

    return await answered(request, pour, changes=False)


async def autopilot(request: Request) -> Response:
    """``on``: 1 or 0."""
    remote = _remote(request)

    def switch(form: dict[str, str]) -> str:
        on = form.get("on") == "1"
        remote.autopilot(on)
        return (
            "The application acts by itself again."
            if on
            else "The application only plans now; approve its changes on the plan page."
        )

    return await answered(request, switch, changes=False)


def _values(request: Request) -> dict[str, Any]:
    remote = _remote(request)
    watch: AccountPoller = request.app.state.watch
    view = watch.day.shot().value
    return {
        "turned": remote.clock(),
        "weather": [_cloud(one) for one in remote.weather()],
        "look": view.look if view else None,
        "speeds": SPEEDS,
        "steps": STEPS,
        "url": remote.url,
        "autopilot": remote.autopilot(),
    }


def _cloud(one: dict[str, Any]) -> dict[str, Any]:
    until = one["until"]
    return {
        "word": WEATHER.get(one["kind"], one["kind"]),
        "where": one["where"].rpartition("/")[2],
        "since": datetime.fromisoformat(one["since"]),
        "until": datetime.fromisoformat(until) if until else None,
    }


def _remote(request: Request) -> Remote:
    watch: AccountPoller = request.app.state.watch
    if watch.here.sandbox is None:
        raise HTTPException(404)
    return watch.here.sandbox


def _number(text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise InvalidRequest(f"{text!r} is not a number.") from None


ROUTES = [
    Route("/sandbox", page),
    Route("/sandbox/live", live),
    Route("/sandbox/mail", mail),
    Route("/sandbox/news", news),
    Route("/sandbox/clock", clock, methods=["POST"]),
    Route("/sandbox/autopilot", autopilot, methods=["POST"]),
    Route("/sandbox/rain", rain, methods=["POST"]),
]
