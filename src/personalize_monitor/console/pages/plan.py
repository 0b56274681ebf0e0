"""The plan: what would be changed and why, to be approved item by item, and what is held back."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.app.look import Look
from personalize_monitor.app.look.advice import advice, held_back
from personalize_monitor.app.plans import Applied, Approval, Fate, apply, approved, plan_of
from personalize_monitor.console import render
from personalize_monitor.console.deeds import meant
from personalize_monitor.console.guard import genuine
from personalize_monitor.console.pages.deeds import answered
from personalize_monitor.console.rows import address
from personalize_monitor.console.watch import Watch
from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.arn import Arn
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
    """``item`` (ARN and fingerprint) of each approved item as the page showed it.

    A deletion or stop also needs ``name-FINGERPRINT``: its name, typed.
    """
    await genuine(request)
    ticked = [_approval(str(item)) for item in (await request.form()).getlist("item")]
    watch: Watch = request.app.state.watch
    return await answered(request, lambda form: _begin(watch, ticked, form), back="/plan")


def _approval(text: str) -> Approval:
    arn, _, fingerprint = text.rpartition("|")
    return Approval(arn, fingerprint)


def _begin(watch: Watch, ticked: list[Approval], form: Mapping[str, str]) -> str:
    if not ticked:
        raise InvalidRequest("Tick what is to be carried out.")
    look = watch.deep.shot().value
    if look is None:
        raise InvalidRequest("The two weeks are still being read; try again in a moment.")
    plan = plan_of(look)
    items, moved = approved(plan, ticked)
    if not items:
        raise InvalidRequest(" ".join(one.message for one in moved))
    for item in items:
        if item.removes:
            meant(form.get(f"name-{item.fingerprint}", ""), Arn(item.arn))
    watch.desk().check()
    if not watch.jobs.start(_JOB, _work(watch, plan, items, moved)):
        raise InvalidRequest("A plan is being applied already; its end is told here.")
    lost = f" {counted(len(moved), 'other')} had moved." if moved else ""
    return f"Carrying out {counted(len(items), 'change')}…{lost}"


def _work(
    watch: Watch, plan: Plan, items: Sequence[PlanItem], moved: Sequence[Applied]
) -> Callable[[Callable[[str], None]], str]:
    def work(progress: Callable[[str], None]) -> str:
        progress("looking again")
        fresh = plan_of(watch.decide())
        done = apply(watch.desk(), plan, items, fresh, now=watch.here.now(), progress=progress)
        watch.applied = (*done, *moved)
        watch.poke()
        return _summary(watch.applied)

    return work


def _summary(done: Sequence[Applied]) -> str:
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
