"""The fleet: what all resources do, cost and waste, at a glance and one by one."""

from __future__ import annotations

from hashlib import blake2b
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.console import render
from personalize_monitor.console.fleet_curve import fleet_curve
from personalize_monitor.console.lane import Shot
from personalize_monitor.console.rows import VIEWS, Wish, chosen, needs_attention
from personalize_monitor.console.watch import View, Watch

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
    counts = dict.fromkeys(VIEWS, 0)
    if view:
        for name, (_, keep) in VIEWS.items():
            counts[name] = sum(1 for row in view.rows if keep(row.seen))
    return {
        "shot": shot,
        "look": view.look if view else None,
        "curve": fleet_curve(view.look) if view else None,
        "attention": sum(1 for row in view.rows if needs_attention(row.seen)) if view else 0,
        "rows": found[:MOST],
        "found": len(found),
        "most": MOST,
        "wish": wish,
        "views": VIEWS,
        "counts": counts,
        "regions": sorted({one.resource.region for one in view.look.seen}) if view else [],
        "stamp": _stamp(shot, wish),
    }


def _stamp(shot: Shot[View], wish: Wish) -> str:
    """What the browser has: which look, and seen how."""
    text = f"{shot.version}|{shot.trouble}|{wish}"
    return blake2b(text.encode(), digest_size=6).hexdigest()


ROUTES = [Route("/", page), Route("/fleet/rows", rows)]
