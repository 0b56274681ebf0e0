"""The forms that change something: checked, carried out in a thread, answered with one sentence."""

from __future__ import annotations

from collections.abc import Callable

from starlette.concurrency import run_in_threadpool
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.routing import Route

from personalize_monitor.errors import InvalidRequest, PersonalizeMonitorError
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.actions import DEEDS, ActionContext, Uncertain, carry_out
from personalize_monitor_desk.console.context import ConsoleContext
from personalize_monitor_desk.console.guard import genuine
from personalize_monitor_desk.console.pages.resource import arn_of

NOTHING = "Nothing was changed"
MAYBE = "It is not known whether it was changed"


async def deed(request: Request) -> Response:
    """One action on one resource."""
    name = request.path_params["deed"]
    if name not in DEEDS:
        raise HTTPException(404)
    hands = ActionContext(request.app.state.watch, arn_of(request))
    return await answered(request, lambda form: carry_out(name, hands, form))


async def answered(
    request: Request, act: Callable[[dict[str, str]], str], *, changes: bool = True, back: str = ""
) -> Response:
    """Check, act, and say how it went; without ``changes`` only the sandbox is turned.

    A browser without scripts is led ``back`` to that page, or to the one above the form's address.
    """
    here: ConsoleContext = request.app.state.here
    if not (here.allow_actions if changes else here.may_play):
        return refused(request)
    if not await genuine(request):
        return outdated(request)
    form = {key: value for key, value in (await request.form()).items() if isinstance(value, str)}
    try:
        said = await run_in_threadpool(act, form)
    except PersonalizeMonitorError as problem:
        return _not_done(request, problem)
    if request.headers.get("HX-Request") != "true":
        return RedirectResponse(back or request.url.path.rpartition("/")[0], 303)
    answer = render.page(request, "said.html", said=said)
    answer.headers["HX-Trigger"] = "close-dialog, fresh"
    return answer


def _not_done(request: Request, problem: PersonalizeMonitorError) -> Response:
    if isinstance(problem, Uncertain):
        doubt = _no(request, 502, f"{problem} The page is looking again.", MAYBE)
        doubt.headers["HX-Trigger"] = "look-again, fresh"
        return doubt
    return _no(request, 422 if isinstance(problem, InvalidRequest) else 502, str(problem))


def refused(request: Request) -> Response:
    """The answer of a console that may only read."""
    return _no(request, 403, "This console only reads; start it with --allow-actions to act.")


def outdated(request: Request) -> Response:
    """The answer to a form of another start of the console, or of nobody's."""
    return _no(request, 403, "This form is older than the console; load the page again.")


def _no(request: Request, status: int, why: str, title: str = NOTHING) -> Response:
    return render.page(request, "problem_part.html", status=status, title=title, text=why)


ROUTES = [Route("/r/{region}/{kind}/{name}/{deed}", deed, methods=["POST"])]
