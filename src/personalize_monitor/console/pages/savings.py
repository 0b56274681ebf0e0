"""Money: what was saved, what a month costs, what of it is for nobody, and what could be saved."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.app.look import Seen
from personalize_monitor.app.savings import Savings
from personalize_monitor.console import render
from personalize_monitor.console.rows import address
from personalize_monitor.console.watch import SAVED_DAYS, View, Watch
from personalize_monitor.model.arn import Arn
from personalize_monitor.model.money import ZERO, Money

_PATIENCE = 8.0


@dataclass(frozen=True, slots=True)
class Line:
    """One resource's money; ``used`` and ``wasted`` are widths of bars in percent of the widest."""

    name: str
    address: str
    cost: Money | None
    waste: Money | None
    possible: Money | None
    saved: Money | None
    used: float
    wasted: float


def page(request: Request) -> Response:
    """The whole page."""
    watch: Watch = request.app.state.watch
    watch.day.first(_PATIENCE)
    return render.page(request, "savings.html", **_values(watch))


def rows(request: Request) -> Response:
    """The part that lives."""
    return render.page(request, "savings_live.html", **_values(request.app.state.watch))


def _values(watch: Watch) -> dict[str, Any]:
    view, saved, deep = watch.day.shot().value, watch.saved.shot(), watch.deep.shot()
    possible = (
        {str(one.resource.arn): one.figures.saving for one in deep.value.seen} if deep.value else {}
    )
    ledger = saved.value.ledger if saved.value else None
    return {
        "look": view.look if view else None,
        "saved": saved,
        "ledger": ledger,
        "possible": deep.value.saving if deep.value else None,
        "lines": _lines(view, possible, saved.value),
        "days": SAVED_DAYS,
        "deployed": watch.deployed,
    }


def _lines(
    view: View | None, possible: dict[str, Money | None], saved: Savings | None
) -> list[Line]:
    seen = {str(one.resource.arn): one for one in view.look.seen} if view else {}
    rows = {row.arn for row in saved.ledger.rows} if saved else set()
    widest = max((float(one.figures.cost.exact) for one in seen.values()), default=0.0) or 1.0
    found = [_line(arn, seen.get(arn), possible.get(arn), saved, widest) for arn in {*seen, *rows}]
    return sorted(found, key=lambda line: (-(line.saved or ZERO).exact, line.name))


def _line(
    arn: str, one: Seen | None, possible: Money | None, saved: Savings | None, widest: float
) -> Line:
    mine = saved.ledger.of(arn) if saved else None
    cost = one.figures.cost if one else None
    waste = one.figures.waste if one else None
    wasted = float(waste.exact) / widest * 100 if waste else 0.0
    return Line(
        name=Arn(arn).name,
        address=address(one) if one else f"/r/{Arn(arn).region}/{Arn(arn).kind}/{Arn(arn).name}",
        cost=cost,
        waste=waste,
        possible=possible,
        saved=mine.saved if mine and mine.rows else None,
        used=float(cost.exact) / widest * 100 - wasted if cost else 0.0,
        wasted=wasted,
    )


ROUTES = [Route("/savings", page), Route("/savings/rows", rows)]
