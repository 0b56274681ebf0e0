"""The fleet: what all resources do, cost and waste, at a glance and one by one."""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import blake2b
from typing import Any

from markupsafe import Markup
from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor.model.counted import counted
from personalize_monitor.model.money import ZERO
from personalize_monitor.model.resource import Resource
from personalize_monitor.plan.snapshot import Arrivals, Snapshot
from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.account_poller import AccountPoller, View
from personalize_monitor_desk.console.poller import Shot
from personalize_monitor_desk.console.rows import VIEWS, Wish, chosen

MOST = 1_000
"""Rows on one page; beyond that a search is quicker than scrolling."""
_PATIENCE = 3.0
"""How long a page waits for the very first look; then it shows what has arrived so far."""


def page(request: Request) -> Response:
    """The whole page, with the rows in it, so that it is complete at first sight."""
    watch: AccountPoller = request.app.state.watch
    wish = Wish.of(dict(request.query_params))
    return render.page(request, "fleet.html", **_values(watch, watch.day.first(_PATIENCE), wish))


def rows(request: Request) -> Response:
    """The part that lives; nothing (204) when the browser has it already."""
    watch: AccountPoller = request.app.state.watch
    wish = Wish.of(dict(request.query_params))
    shot = watch.day.shot()
    values = _values(watch, shot, wish)
    if request.query_params.get("have") == values["stamp"]:
        return Response(status_code=204)
    return render.page(request, "fleet_live.html", **values)


def _values(watch: AccountPoller, shot: Shot[View], wish: Wish) -> dict[str, Any]:
    view = shot.value
    early = watch.arrivals() if view is None else Arrivals((), 0)
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
        "regions": sorted(p.region for p in view.look.places if p.seen)
        if view
        else sorted(watch.here.regions),
        "early": _wanted(early.resources, wish)[:MOST],
        "arrived": len(early.resources),
        "serving": early.serving,
        "progress": watch.day.progress,
        "stamp": _stamp(shot, wish, len(early.resources)),
    }


def _wanted(resources: Sequence[Resource], wish: Wish) -> list[Resource]:
    """Those of the region and with the words that are asked for."""
    words = wish.q.casefold().split()
    return [
        one
        for one in resources
        if (not wish.region or one.region == wish.region)
        and all(word in str(one.arn).casefold() for word in words)
    ]


def _unpriced(look: Snapshot) -> str:
    """How many have no known price, such as ``3 recommenders``; empty when all have one."""
    without = [one.resource for one in look.seen if one.figures.cost.dollars is None]
    if not without:
        return ""
    kinds = {str(what.kind) for what in without}
    return counted(len(without), kinds.pop() if len(kinds) == 1 else "resource")


def _stamp(shot: Shot[View], wish: Wish, arrived: int) -> str:
    """What the browser has: which look, how much of the first one, and seen how."""
    text = f"{shot.version}|{shot.trouble}|{wish}|{arrived}"
    return blake2b(text.encode(), digest_size=6).hexdigest()


ROUTES = [Route("/", page), Route("/fleet/rows", rows)]
