"""The fleet: what all resources do, cost and waste, at a glance and one by one."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.app.look import Look
from personalize_monitor.console import render
from personalize_monitor.console.lane import Shot
from personalize_monitor.console.rows import VIEWS, Wish, chosen
from personalize_monitor.console.watch import View, Watch
from personalize_monitor.model.counted import counted
from personalize_monitor.model.money import ZERO

MOST = 1_000
"""Rows on one page; beyond that a search is quicker than scrolling."""
_PATIENCE = 8.0


def page(request: Request) -> Response:
    """The whole page, with the rows in it, so that it is complete at first sight."""
    watch: Watch = request.app.state.watch
    wish = Wish.of(dict(request.query_params))
    return render.page(request, "fleet.html", **_values(watch.day.first(_PATIENCE), wish))


def rows(request: Request) -> Response:
    """The part that lives; nothing (204) when the browser has it already."""
    watch: Watch = request.app.state.watch
    wish = Wish.of(dict(request.query_params))
    shot = watch.day.shot()
    if request.query_params.get("have") == _stamp(shot, wish):
        return Response(status_code=204)
    return render.page(request, "fleet_live.html", **_values(shot, wish))


def _values(shot: Shot[View], wish: Wish) -> dict[str, Any]:
    view = shot.value
    found = chosen(view.rows, wish) if view else []
    return {
        "shot": shot,
        "look": view.look if view else None,
        "curve": view.curve if view else None,
        "failing": view.counts["failing"] if view else 0,
        "wasting": view.counts["wasting"] if view else 0,
        "unpriced": _unpriced(view.look) if view else "",
        "unknown": sum(one.resource.stale for one in view.look.seen) if view else 0,
        "rows": Markup("\n").join(row.html for row in found[:MOST]),
        "cost": view.cost if view else ZERO,
        "waste": view.waste if view else ZERO,
        "found": len(found),
        "most": MOST,
        "wish": wish,
        "views": VIEWS,
        "counts": view.counts if view else dict.fromkeys(VIEWS, 0),
        "regions": sorted(p.region for p in view.look.places if p.seen) if view else [],
        "stamp": _stamp(shot, wish),
    }


def _unpriced(look: Look) -> str:
    """How many have no known price, such as ``3 recommenders``; empty when all have one."""
    without = [one.resource for one in look.seen if one.figures.cost.dollars is None]
    if not without:
        return ""
    kinds = {str(what.kind) for what in without}
    return counted(len(without), kinds.pop() if len(kinds) == 1 else "resource")


def _stamp(shot: Shot[View], wish: Wish) -> str:
    """What the browser has: which look, and seen how."""
    text = f"{shot.version}|{shot.trouble}|{wish}"
    return blake2b(text.encode(), digest_size=6).hexdigest()


ROUTES = [Route("/", page), Route("/fleet/rows", rows)]
