"""What stands before every page: who is asked, who asks, and what the browser may run.

Another page in the same browser must neither read the fleet nor act on it. So the Host header must
be one of ours (DNS rebinding), a request that changes something must come from our own page (Origin
and a token that only our pages carry), and nothing is loaded from anywhere else.
"""

from __future__ import annotations

import hmac
from collections.abc import Iterable
from urllib.parse import urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse
from starlette.types import ASGIApp, Message, Receive, Scope, Send

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "X-Frame-Options": "DENY",
    "Referrer-Policy": "no-referrer",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Permissions-Policy": "camera=(), geolocation=(), microphone=()",
}
_SAFE = frozenset({"GET", "HEAD"})


class Guard:
    """ASGI middleware; ``hosts`` are the names by which this console may be called."""

    def __init__(self, app: ASGIApp, *, hosts: Iterable[str]) -> None:
        self._app = app
        self._hosts = frozenset(host.casefold() for host in hosts)

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and put our headers on the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return
        refusal = self._refusal(scope["method"], Headers(scope=scope))

        async def seal(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        if refusal:
            await PlainTextResponse(refusal, 403)(scope, receive, seal)
        else:
            await self._app(scope, receive, seal)

    def _refusal(self, method: str, headers: Headers) -> str:
        host = _name(headers.get("host", ""))
        if host not in self._hosts:
            return "This console is not called by that name; use the address that it printed.\n"
        if method in _SAFE:
            return ""
        origin = headers.get("origin")
        if origin is not None and _place(origin) != headers.get("host"):
            return "A request from another page is not carried out.\n"
        if headers.get("sec-fetch-site", "same-origin") not in {"same-origin", "none"}:
            return "A request from another site is not carried out.\n"
        return ""


def _name(host: str) -> str:
    """A Host header without its port."""
    name = host.rpartition(":")[0] if ":" in host and not host.endswith("]") else host
    return name.casefold()


def _place(origin: str) -> str:
    """Host and port of an Origin header; empty for nonsense."""
    try:
        return urlsplit(origin).netloc
    except ValueError:
        return ""


async def genuine(request: Request) -> bool:
    """Whether a form carries the token of this console's own pages."""
    given = (await request.form()).get("csrf", "")
    if not isinstance(given, str):
        await given.close()
        return False
    return hmac.compare_digest(given.encode(), request.app.state.csrf.encode())
