"""``/metrics`` for Prometheus; a scrape counts as watching, so the look stays fresh."""

from __future__ import annotations

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import Route

from personalize_monitor_desk.console.account_poller import AccountPoller
from personalize_monitor_desk.console.metrics import CONTENT_TYPE, exposition

_PATIENCE = 8.0


def metrics(request: Request) -> Response:
    """All metrics of the last look."""
    watch: AccountPoller = request.app.state.watch
    text = exposition(watch.day.first(_PATIENCE))
    return Response(text, headers={"Content-Type": CONTENT_TYPE})


ROUTES = [Route("/metrics", metrics)]
