"""Money: what was saved, what a month costs, what of it is unused, and what could be saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.errors import InvalidRequest
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.money import ZERO, Money
from personalize_monitor.plan.savings import Savings
from personalize_monitor.plan.snapshot import Seen, Snapshot
from personalize_monitor_desk import breakdown
from personalize_monitor_desk.breakdown import Cut
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.account_poller import SAVED_DAYS, AccountPoller

_PATIENCE = 8.0


@dataclass(frozen=True, slots=True)
class Line:
    """One resource's money; ``used`` and ``wasted`` are widths of bars in percent of the widest.

    ``note`` says what is not as usual: that it is gone, or that nobody knows.
    """

    name: str
    address: str
    note: str
    cost: Money | None
    waste: Money | None
    possible: Money | None
    saved: Money | None
    used: float
    wasted: float


def page(request: Request) -> Response:
    """The whole page."""
    watch: AccountPoller = request.app.state.watch
    watch.day.first(_PATIENCE)
    watch.deep.first(_PATIENCE)
    return render.page(request, "savings.html", **_values(request))


def rows(request: Request) -> Response:
    """The part that lives."""
    return render.page(request, "savings_live.html", **_values(request))


def _values(request: Request) -> dict[str, Any]:
    watch: AccountPoller = request.app.state.watch
    view, saved, deep = watch.day.shot().value, watch.saved.shot(), watch.deep.shot()
    return {
        "look": deep.value,
        "deep": deep,
        "saved": saved,
        "ledger": saved.value.ledger if saved.value else None,
        "sum": saved.value.saved if saved.value else None,
        "lines": _lines(view.look if view else None, deep.value, saved.value),
        "days": SAVED_DAYS,
        "deployed": watch.deployed,
        **_cut(request, watch),
    }


_CUTS = ("group", "region", "account", "day", "month")


def _cut(request: Request, watch: AccountPoller) -> dict[str, Any]:
    """The money cut as the address asks; by single resources where it does not, or wrongly."""
    deep, saved = watch.deep.shot().value, watch.saved.shot().value
    try:
        tag = request.query_params.get("tag", "")
        cut = Cut.of(f"tag:{tag}" if tag else request.query_params.get("by", ""))
    except InvalidRequest:
        return {"cut": None, "cuts": _CUTS}
    found: dict[str, Any] = {"cut": cut, "cuts": _CUTS, "parts": (), "periods": ()}
    if cut.by.is_time:
        found["periods"] = breakdown.periods(saved, cut.by) if saved else ()
    elif deep is not None:
        arns = [str(one.resource.arn) for one in deep.seen]
        tags = watch.tags.values(cut.tag, arns) if cut.tag else {}
        found["parts"] = breakdown.parts(breakdown.lines(deep, saved), cut, tags)
    return found


def _lines(day: Snapshot | None, deep: Snapshot | None, saved: Savings | None) -> list[Line]:
    """Everything that the two weeks, the last look or the ledger know of."""
    seen = {str(one.resource.arn): one for one in deep.seen} if deep else {}
    now = {str(one.resource.arn) for one in day.seen} if day else set()
    rows = {row.arn for row in saved.ledger.rows} | set(saved.unsure) if saved else set()
    widest = max((float(one.figures.cost.exact) for one in seen.values()), default=0.0) or 1.0
    found = [
        _line(arn, seen.get(arn), _gone(day, arn), saved, widest) for arn in {*seen, *now, *rows}
    ]
    return sorted(found, key=lambda line: (-(line.saved or ZERO).exact, line.name))


def _gone(day: Snapshot | None, arn: str) -> bool | None:
    return None if day is None else day.is_gone(Arn(arn))


def _line(
    arn: str, one: Seen | None, gone: bool | None, saved: Savings | None, widest: float
) -> Line:
    mine = saved.ledger.of(arn) if saved else None
    unsure = bool(saved and arn in saved.unsure)
    figures = one.figures if one and not gone else None
    unknown = None if gone else Money.not_known()
    wasted = float(figures.waste.exact) / widest * 100 if figures else 0.0
    return Line(
        name=Arn(arn).name,
        address=f"/r/{Arn(arn).region}/{Arn(arn).kind}/{quote(Arn(arn).name, safe='')}",
        note={True: "gone", None: "not answering"}.get(gone, ""),
        cost=figures.cost if figures else unknown,
        waste=figures.waste if figures else unknown,
        possible=figures.saving if figures else unknown,
        saved=Money.not_known() if unsure else (mine.saved if mine and mine.rows else None),
        used=float(figures.cost.exact) / widest * 100 - wasted if figures else 0.0,
        wasted=wasted,
    )


ROUTES = [Route("/savings", page), Route("/savings/rows", rows)]
