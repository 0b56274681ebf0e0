"""The plan: what would be changed and why, to be approved item by item, and what is held back."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.app.look import Look
from personalize_monitor.app.look.advice import advice, held_back
from personalize_monitor.app.plans import Applied, Fate, apply, plan_of
from personalize_monitor.console import render
from personalize_monitor.console.guard import genuine
from personalize_monitor.console.pages.deeds import answered
from personalize_monitor.console.rows import address
from personalize_monitor.console.watch import Watch
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.counted import counted
from personalize_monitor.model.plan import Plan, PlanItem

_PATIENCE = 8.0
_JOB = "Applying the plan"


def page(request: Request) -> Response:
    """The whole page."""
    request.app.state.watch.deep.first(_PATIENCE)
    return render.page(request, "plan.html", **_values(request))


def live(request: Request) -> Response:
    """The part that lives; what is ticked stays ticked."""
    return render.page(request, "plan_live.html", **_values(request))


def download(request: Request) -> Response:
    """The plan as ``personalize-monitor apply`` reads it."""
    watch: Watch = request.app.state.watch
    look = watch.deep.first(_PATIENCE).value
    if look is None:
        raise InvalidRequest("The two weeks are still being read; try again in a moment.")
    name = f'attachment; filename="plan-{look.now:%Y%m%d-%H%M}.json"'
    return Response(
        plan_of(look).to_json(),
        media_type="application/json",
        headers={"Content-Disposition": name},
    )


async def approve(request: Request) -> Response:
    """``arn`` of each approved item, of the plan whose ``hash`` the page showed."""
    await genuine(request)
    arns = [str(arn) for arn in (await request.form()).getlist("arn")]
    watch: Watch = request.app.state.watch
    return await answered(request, lambda _: _begin(watch, arns), back="/plan")


def _begin(watch: Watch, arns: list[str]) -> str:
    look = watch.deep.shot().value
    plan = plan_of(look) if look else None
    known = {item.arn: item for item in plan.acting} if plan else {}
    items = [known[arn] for arn in arns if arn in known]
    if not arns:
        raise InvalidRequest("Tick what is to be carried out.")
    if plan is None or len(items) < len(arns):
        raise InvalidRequest("The plan has changed since the page was drawn; look at it again.")
    if not watch.jobs.start(_JOB, _work(watch, plan, items)):
        raise InvalidRequest("A plan is being applied already; its end is told here.")
    return f"Carrying out {counted(len(items), 'change')}…"


def _work(
    watch: Watch, plan: Plan, items: list[PlanItem]
) -> Callable[[Callable[[str], None]], str]:
    def work(progress: Callable[[str], None]) -> str:
        progress("looking again")
        fresh = plan_of(watch.decide())
        done = apply(watch.desk(), plan, items, fresh, now=watch.here.now(), progress=progress)
        watch.applied = tuple(done)
        watch.poke()
        return _summary(done)

    return work


def _summary(done: list[Applied]) -> str:
    carried = sum(one.fate is Fate.DONE for one in done)
    if carried == len(done):
        return f"All {carried} changes are under way." if carried > 1 else done[0].message
    return f"Under way: {carried} of {counted(len(done), 'change')}; the plan page says why."


def _values(request: Request) -> dict[str, Any]:
    watch: Watch = request.app.state.watch
    deep = watch.deep.shot()
    look = deep.value
    return {
        "deep": deep,
        "look": look,
        "todo": advice(look.seen) if look else [],
        "held": held_back(look.seen) if look else [],
        "quiet": _quiet(look),
        "address": address,
        "applied": watch.applied,
        "applying": _JOB in watch.jobs.running,
        "autopilot": watch.autopilot,
    }


def _quiet(look: Look | None) -> int:
    """How many are left alone because there is nothing to do."""
    seen = look.seen if look else ()
    return sum(
        1 for one in seen if one.decision and not one.decision.acts and not one.decision.held_by
    )


ROUTES = [
    Route("/plan", page),
    Route("/plan/live", live),
    Route("/plan/plan.json", download),
    Route("/plan", approve, methods=["POST"]),
]
