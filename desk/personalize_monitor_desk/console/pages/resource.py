"""One resource: its graphs, what we make of it, what holds us back, and what a person may do."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any

from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import JSONResponse, Response
from starlette.routing import Route

from personalize_monitor.aws.problems import AWS_ERRORS, sentence
from personalize_monitor.contract import MAX_FLOOR
from personalize_monitor.dashboard.links import dataset_group_address, personalize_address
from personalize_monitor.errors import InvalidRequest, PersonalizeMonitorError
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.resource import Kind, State
from personalize_monitor.plan.snapshot import Place, Seen, Snapshot
from personalize_monitor_desk.console import render, shown
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.actions import DEEDS, ActionContext, facts_of
from personalize_monitor_desk.console.backtests import trials
from personalize_monitor_desk.console.before_after import picture
from personalize_monitor_desk.console.blockers import blockers
from personalize_monitor_desk.console.journal_rows import JournalRow
from personalize_monitor_desk.console.rows import address, tone
from personalize_monitor_desk.console.series import RANGES, series, span_of
from personalize_monitor_desk.prewarm.prewarm import Prewarm

_PATIENCE = 8.0
_TOLD = 20


def page(request: Request) -> Response:
    """The whole page; the charts ask for their data themselves."""
    watch: AccountPoller = request.app.state.watch
    one = find(request, wait=True)
    if one is None:
        return _gone(request, watch)
    asked = {
        name: request.query_params.get(name, "") for name in ("range", "from", "until", "against")
    }
    return render.page(
        request,
        "resource.html",
        one=one,
        ranges=RANGES,
        chosen=asked["range"] if asked["range"] in RANGES else "1d",
        asked=asked,
        console=_console(watch, one),
        max_floor=MAX_FLOOR,
        tomorrow=(view_now(watch) + timedelta(days=1)).date(),
        **_living(watch, one),
    )


def live(request: Request) -> Response:
    """The part that lives: facts, decision, alarms, guards, history."""
    watch: AccountPoller = request.app.state.watch
    one = find(request)
    if one is None:
        return render.page(request, "resource_lost.html", why=_absence(watch, arn_of(request)))
    return render.page(request, "resource_live.html", one=one, **_living(watch, one))


def graph(request: Request) -> Response:
    """The series of a range as JSON."""
    watch: AccountPoller = request.app.state.watch
    one = find(request)
    view = watch.day.shot().value
    if one is None or view is None:
        raise HTTPException(404)
    try:
        span = span_of(dict(request.query_params), view.look.window)
    except InvalidRequest as problem:
        return JSONResponse({"problem": str(problem)}, 422)
    found = series(watch.here.access, one.resource, span)
    told = _tales(watch, str(one.resource.arn))
    found["changes"] = [
        {"at": int(tale.time.timestamp()), "title": tale.title, "tone": tale.tone}
        for tale in told
        if tale.kind in {"change", "removal", "restore"}
    ]
    return JSONResponse(found)


def backtest(request: Request) -> Response:
    """What other floors would have cost; empty-handed while the two weeks are being read."""
    watch: AccountPoller = request.app.state.watch
    one = find(request)
    deep = watch.deep.shot()
    if one is None:
        raise HTTPException(404)
    past = in_look(deep.value, one)
    if past is None:
        return render.page(request, "backtest_wait.html", at=address(one), trouble=deep.trouble)
    if request.query_params.get("of") == str(deep.version):
        return Response(status_code=204)
    found = trials(past, watch.here.settings, watch.prices())
    days = timedelta(seconds=300 * past.demand.known) / timedelta(days=1)
    return render.page(
        request, "backtest.html", trials=found, days=days, look=deep.value, version=deep.version
    )


def opened(request: Request) -> Response:
    """What a dialog shows when it opens and sends back: the facts, or why there are none."""
    watch: AccountPoller = request.app.state.watch
    name = request.path_params["deed"]
    if name not in DEEDS:
        raise HTTPException(404)
    try:
        facts = facts_of(name, ActionContext(watch, arn_of(request)), dict(request.query_params))
    except PersonalizeMonitorError as problem:
        return render.page(request, "shown_part.html", facts={}, sent="", why=str(problem))
    return render.page(request, "shown_part.html", facts=facts, sent=shown.sent(facts), why="")


def _console(watch: AccountPoller, one: Seen) -> str:
    """AWS's own page of what it belongs to; nothing of that is there in the sandbox."""
    what = one.resource.arn
    if watch.here.sandbox:
        return ""
    if one.dataset_group:
        return dataset_group_address(one.dataset_group)
    return personalize_address(what.partition, what.region)


def find(request: Request, *, wait: bool = False) -> Seen | None:
    """The resource that the address names, as last seen; None when it is not there."""
    watch: AccountPoller = request.app.state.watch
    view = (watch.day.first(_PATIENCE) if wait else watch.day.shot()).value
    if view is None:
        return None
    where = request.path_params
    return view.find(where["region"], where["kind"], where["name"])


def in_look(look: Snapshot | None, one: Seen) -> Seen | None:
    """The same resource in another look, or None."""
    seen = look.seen if look else ()
    return next((other for other in seen if other.resource.arn == one.resource.arn), None)


def arn_of(request: Request) -> Arn:
    """The ARN that the address names. Raises 404 for what cannot be one."""
    watch: AccountPoller = request.app.state.watch
    where, access = request.path_params, watch.here.access
    text = (
        f"arn:{access.partition()}:personalize:{where['region']}:{access.account}:"
        f"{where['kind']}/{where['name']}"
    )
    try:
        return Arn.of_resource(text, kinds=tuple(Kind))
    except ValueError as problem:
        raise HTTPException(404) from problem


def _gone(request: Request, watch: AccountPoller) -> Response:
    view = watch.day.shot().value
    if view is None:
        return render.page(request, "waiting.html")
    arn = arn_of(request)
    told = _tales(watch, str(arn))
    gone = view.look.is_gone(arn) is True
    return render.page(
        request,
        "resource_gone.html",
        # What does not answer may be there; what nobody looks at, or looked for in vain, is not.
        status=503 if not gone and _place(watch, arn.region) else 404,
        arn=arn,
        at=request.url.path,
        gone=gone,
        why=_absence(watch, arn),
        tales=told[:_TOLD],
        trouble=watch.journal.shot().trouble,
    )


def _absence(watch: AccountPoller, arn: Arn) -> str:
    """Why a resource is not in the last look, as far as that is known."""
    view = watch.day.shot().value
    if view is None:
        return "The account was not looked at yet."
    if view.look.is_gone(arn):
        return f"This {arn.kind} is not there now."
    place = view.look.place(arn.region)
    if place is None:
        return f"This console does not look at {arn.region}; start it with --region {arn.region}."
    since = f" since {place.since:%Y-%m-%d %H:%M} UTC" if place.since else ""
    return f"{arn.region} is not answering{since}; whether this {arn.kind} exists is not known."


def _living(watch: AccountPoller, one: Seen) -> dict[str, Any]:
    deep, ledger = watch.deep.shot(), watch.changes.shot()
    past = in_look(deep.value, one)
    decision, tags = past.decision if past else None, _tags(watch, one.resource.arn)
    change = ledger.value.last_lowering(str(one.resource.arn)) if ledger.value else None
    return {
        "tags": tags,
        "blockers": blockers(one, decision, tags, view_now(watch)),
        "at": address(one),
        "change": change,
        "drawn": picture(change) if change else None,
        "ledger": ledger,
        "tone": tone(one),
        "serves": one.resource.state is State.ACTIVE,
        "deep": deep,
        "decision": decision,
        "saving": past.figures.saving if past else None,
        "prewarms": _prewarms(watch, str(one.resource.arn)),
        "sent_of": lambda warm: shown.sent(shown.of_prewarm(warm, watch.here.now())),
        "now": view_now(watch),
        "tales": _tales(watch, str(one.resource.arn))[:_TOLD],
        "journal": watch.journal.shot(),
        "shot": watch.day.shot(),
        "place": _place(watch, one.resource.region),
        "unsure": unsure(watch, one),
    }


def unsure(watch: AccountPoller, one: Seen | None = None) -> str:
    """Why nothing may be changed now: nobody knows how things are. Empty while that is known."""
    if watch.day.shot().trouble:
        return "AWS does not answer, so how things are now is not known."
    if one is not None and one.resource.stale:
        where = one.resource.region
        return f"{where} is not answering, so how {one.resource.name} is now is not known."
    return ""


def _place(watch: AccountPoller, region: str) -> Place | None:
    view = watch.day.shot().value
    return view.look.place(region) if view else None


def _tales(watch: AccountPoller, arn: str) -> list[JournalRow]:
    told = watch.journal.shot().value or ()
    return [tale for tale in told if tale.arn == arn]


def _prewarms(watch: AccountPoller, arn: str) -> list[Prewarm]:
    return [one for one in watch.prewarms.shot().value or () if one.arn == arn]


def view_now(watch: AccountPoller) -> datetime:
    """The account's time at the last look."""
    view = watch.day.shot().value
    return view.look.now if view else watch.here.now()


def _tags(watch: AccountPoller, arn: Arn) -> dict[str, str] | str:
    """The resource's tags, or a sentence why they are not known."""
    try:
        return watch.tags.of(arn)
    except AWS_ERRORS as error:
        return sentence(f"Reading the tags of {arn}", error)


_AT = "/r/{region}/{kind}/{name}"
ROUTES = [
    Route(_AT, page),
    Route(f"{_AT}/live", live),
    Route(f"{_AT}/series", graph),
    Route(f"{_AT}/backtest", backtest),
    Route(f"{_AT}/shown/{{deed}}", opened),
]
