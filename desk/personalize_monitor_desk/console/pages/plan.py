"""The plan: what would be changed and why, to be approved item by item, and what is blocked.

Approving takes two steps. The page's form asks what its ticks come to (``/plan/sure``); that answer
is a form of its own, with the sum, and with a field for the name of each deletion and stop.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from hashlib import blake2b
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.counted import counted
from personalize_monitor.model.decision import Action
from personalize_monitor.model.money import Money
from personalize_monitor.model.plan import Plan, PlanItem
from personalize_monitor.plan.plans import Applied, Approval, Fate, apply, approved, plan_of
from personalize_monitor.plan.snapshot import Snapshot
from personalize_monitor_desk.advice import Advice, advice, held_back
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.actions import meant
from personalize_monitor_desk.console.guard import genuine
from personalize_monitor_desk.console.pages.deeds import answered, outdated, refused
from personalize_monitor_desk.console.pages.resource import unsure
from personalize_monitor_desk.console.rows import address

MOST = 500
"""Changes, and as many that are blocked, on one page: the largest savings; a search finds more."""
_PATIENCE = 8.0
_JOB = "Applying the plan"
_READING = "The two weeks are still being read; try again in a moment."


def page(request: Request) -> Response:
    """The whole page."""
    request.app.state.watch.deep.first(_PATIENCE)
    return render.page(request, "plan.html", **_values(request))


def live(request: Request) -> Response:
    """The part that lives; nothing (204) when the browser has it. What is ticked stays ticked."""
    values = _values(request)
    if request.query_params.get("have") == values["stamp"]:
        return Response(status_code=204)
    return render.page(request, "plan_live.html", **values)


def download(request: Request) -> Response:
    """The plan as ``personalize-monitor apply`` reads it."""
    watch: AccountPoller = request.app.state.watch
    look = watch.deep.first(_PATIENCE).value
    if look is None:
        raise InvalidRequest(_READING)
    name = f'attachment; filename="plan-{look.now:%Y%m%d-%H%M}.json"'
    return Response(
        plan_of(look).to_json(),
        media_type="application/json",
        headers={"Content-Disposition": name},
    )


async def sure(request: Request) -> Response:
    """What the ticked items come to, to be confirmed; changes nothing. See ``approve``."""
    if not request.app.state.here.allow_actions:
        return refused(request)
    if not await genuine(request):
        return outdated(request)
    ticked = [_approval(str(item)) for item in (await request.form()).getlist("item")]
    try:
        look, items, moved = _meant(request.app.state.watch, ticked)
    except InvalidRequest as problem:
        return render.page(request, "plan_sure.html", status=422, why=str(problem))
    saving = {str(one.resource.arn): one.figures.saving for one in look.seen}
    together = Money.total(saving[item.arn] or Money.not_known() for item in items)
    return render.page(
        request,
        "plan_sure.html",
        why="",
        # What asks for its name must not be below the edge of a long list.
        items=sorted(items, key=lambda item: not item.removes),
        moved=moved,
        total=total(items, together),
    )


async def approve(request: Request) -> Response:
    """``item`` (ARN and fingerprint) of each approved item as the page showed it.

    A deletion or stop also needs ``name-FINGERPRINT``: its name, typed.
    """
    await genuine(request)
    ticked = [_approval(str(item)) for item in (await request.form()).getlist("item")]
    watch: AccountPoller = request.app.state.watch
    return await answered(request, lambda form: _begin(watch, ticked, form), back="/plan")


def _approval(text: str) -> Approval:
    arn, _, fingerprint = text.rpartition("|")
    return Approval(arn, fingerprint)


def _meant(
    watch: AccountPoller, ticked: list[Approval]
) -> tuple[Snapshot, tuple[PlanItem, ...], tuple[Applied, ...]]:
    """The look, the items of its plan that were ticked as they are, and ticks that match none."""
    if not ticked:
        raise InvalidRequest("Tick what is to be carried out.")
    look = watch.deep.shot().value
    if look is None:
        raise InvalidRequest(_READING)
    items, moved = approved(plan_of(look), ticked)
    if not items:
        raise InvalidRequest(" ".join(one.message for one in moved))
    return look, items, moved


def _begin(watch: AccountPoller, ticked: list[Approval], form: Mapping[str, str]) -> str:
    look, items, moved = _meant(watch, ticked)
    for item in items:
        if item.removes:
            meant(form.get(f"name-{item.fingerprint}", ""), Arn(item.arn))
    watch.operator().check()
    if not watch.jobs.start(_JOB, _work(watch, plan_of(look), items, moved)):
        raise InvalidRequest("A plan is being applied already; its end is told here.")
    lost = f" {counted(len(moved), 'other')} had moved." if moved else ""
    return f"Carrying out {counted(len(items), 'change')}…{lost}"


def _work(
    watch: AccountPoller, plan: Plan, items: Sequence[PlanItem], moved: Sequence[Applied]
) -> Callable[[Callable[[str], None]], str]:
    def work(progress: Callable[[str], None]) -> str:
        progress("looking again")
        fresh = plan_of(watch.decide())
        done = apply(watch.operator(), plan, items, fresh, now=watch.here.now(), progress=progress)
        watch.applied = (*done, *moved)
        watch.poke()
        return _summary(watch.applied)

    return work


def _summary(done: Sequence[Applied]) -> str:
    carried = sum(one.fate is Fate.DONE for one in done)
    if carried == len(done):
        return f"All {carried} changes are under way." if carried > 1 else done[0].message
    return f"Under way: {carried} of {counted(len(done), 'change')}; the plan page says why."


def total(items: Sequence[PlanItem], saved: Money) -> str:
    """What is to be done, as one sum: ``13 floors, 1 deletion, −$19,500 a month``."""
    actions = [item.action for item in items]
    kinds = ((Action.SET_FLOOR, "floor"), (Action.DELETE, "deletion"), (Action.STOP, "stop"))
    parts = [counted(actions.count(action), word) for action, word in kinds if action in actions]
    if saved.dollars is None:
        parts.append("a saving that is not known")
    elif saved.exact:
        known = Money.usd(abs(saved.exact))
        least = "" if saved.is_known else "at least "
        parts.append(f"{least}{'−' if saved.exact > 0 else '+'}{render.usd(known)} a month")
    return ", ".join(parts)


def _values(request: Request) -> dict[str, Any]:
    watch: AccountPoller = request.app.state.watch
    asked = request.query_params
    deep = watch.deep.shot()
    look = deep.value
    q, region = asked.get("q", "").strip()[:200], asked.get("region", "")[:40]
    todo = advice(look.seen) if look else []
    found, held = _chosen(todo, q, region), held_back(look.seen) if look else []
    applying = _JOB in watch.jobs.running
    mark = (deep.version, deep.trouble, q, region, watch.applied, applying, watch.autopilot)
    reason = unsure(watch)
    return {
        "deep": deep,
        "look": look,
        "todo": todo,
        "found": found,
        "shown": found[:MOST],
        "held": _chosen(held, q, region)[:MOST],
        "blocked": len(held),
        "quiet": _quiet(look),
        "address": address,
        "applied": watch.applied,
        "applying": applying,
        "autopilot": watch.autopilot,
        "unsure": reason,
        "progress": watch.deep.progress,
        "q": q,
        "region": region,
        "regions": sorted(place.region for place in look.places if place.seen)
        if look
        else sorted(watch.here.regions),
        "stamp": blake2b(repr((mark, reason)).encode(), digest_size=6).hexdigest() if look else "",
    }


def _chosen(lines: list[Advice], q: str, region: str) -> list[Advice]:
    """Those of a region whose name or reason has every word of the search."""
    words = q.casefold().split()
    return [
        one
        for one in lines
        if (not region or one.seen.resource.region == region)
        and all(
            word in f"{one.seen.resource.arn} {one.what} {one.decision.reason}".casefold()
            for word in words
        )
    ]


def _quiet(look: Snapshot | None) -> int:
    """How many are left alone because there is nothing to do."""
    seen = look.seen if look else ()
    return sum(
        1 for one in seen if one.decision and not one.decision.acts and not one.decision.held_by
    )


ROUTES = [
    Route("/plan", page),
    Route("/plan/live", live),
    Route("/plan/plan.json", download),
    Route("/plan/sure", sure, methods=["POST"]),
    Route("/plan", approve, methods=["POST"]),
]
