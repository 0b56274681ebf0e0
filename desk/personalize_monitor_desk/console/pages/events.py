"""The journal: what was asked, done and told, and because of whom."""

from __future__ import annotations

from itertools import groupby
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor_desk.console import render
from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.journal_rows import KINDS, QUIET, JournalRow

MOST = 300
"""Events on the page; older ones are found by searching."""
_PATIENCE = 8.0


def page(request: Request) -> Response:
    """The whole page."""
    request.app.state.watch.journal.first(_PATIENCE)
    return render.page(request, "events.html", **_values(request))


def rows(request: Request) -> Response:
    """The part that lives."""
    return render.page(request, "events_live.html", **_values(request))


def _values(request: Request) -> dict[str, Any]:
    watch: AccountPoller = request.app.state.watch
    shot = watch.journal.shot()
    told = shot.value or ()
    kind, text = request.query_params.get("kind", ""), request.query_params.get("q", "").strip()
    found = [tale for tale in told if _wanted(tale, kind, text)]
    return {
        "shot": shot,
        "days": [
            (date, list(group))
            for date, group in groupby(found[:MOST], key=lambda tale: tale.time.date())
        ],
        "found": len(found),
        "all": len(told),
        "most": MOST,
        "kinds": {key: word for key, word in KINDS.items() if any(t.kind == key for t in told)},
        "kind": kind,
        "q": text,
        "deployed": shot.value is None or watch.deployed,
        "journal": watch.journal_name,
    }


def _wanted(tale: JournalRow, kind: str, text: str) -> bool:
    if tale.kind != kind if kind else tale.kind in QUIET:
        return False
    whole = f"{tale.arn} {tale.title} {tale.text} {tale.who}".casefold()
    return all(part in whole for part in text.casefold().split())


ROUTES = [Route("/events", page), Route("/events/rows", rows)]
