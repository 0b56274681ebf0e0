"""What stands before every page: who is asked, who asks, and what the browser may run.

Another page in the same browser must neither read the fleet nor act on it. So the Host header must
be one of ours (DNS rebinding), a request that changes something must come from our own page (Origin
and a token that only our pages carry), and nothing is loaded from anywhere else. Where other
machines can ask, each has to show the secret of this start first: once in the address, as a cookie
from then on, or as a bearer token.
"""

from __future__ import annotations

import hashlib
import hmac
from collections.abc import Iterable
from urllib.parse import urlencode, urlsplit

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import PlainTextResponse, RedirectResponse, Response
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


COOKIE = "personalize-monitor"
_TOKEN = "token"  # noqa: S105  the name of the parameter
_WHO = (
    "This console asks for the secret of its start; open the whole address that it printed, or "
    "send it as a bearer token.\n"
)


class Guard:
    """ASGI middleware; ``hosts`` are the names by which this console may be called.

    With a ``secret`` nothing at all is answered without it. ``everywhere``: also by whichever
    address of this machine it was reached, as a number; a name that was rebound is none.
    """

    def __init__(
        self, app: ASGIApp, *, hosts: Iterable[str], secret: str = "", everywhere: bool = False
    ) -> None:
        self._app = app
        self._hosts = frozenset(host.casefold() for host in hosts)
        self._secret = secret
        self._session = hashlib.sha256(secret.encode()).hexdigest()
        self._everywhere = everywhere

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Refuse, or pass on and put our headers on the answer."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def seal(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                headers.update(HEADERS)
                headers.setdefault("Cache-Control", "no-store")
            await send(message)

        answer = self._answer(Request(scope))
        await (self._app if answer is None else answer)(scope, receive, seal)

    def _answer(self, request: Request) -> Response | None:
        """What is answered in place of the page; None when whoever asks may have it."""
        refusal = self._refusal(request.method, request.headers, request.scope.get("server"))
        if refusal:
            return PlainTextResponse(refusal, 403)
        return self._welcome(request) if self._secret else None

    def _welcome(self, request: Request) -> Response | None:
        """Ask for the secret; who brings it in the address gets a cookie for it."""
        given = request.query_params.get(_TOKEN)
        if given is not None and request.method in _SAFE and _same(given, self._secret):
            rest = urlencode([p for p in request.query_params.multi_items() if p[0] != _TOKEN])
            # One slash: two would lead to another machine.
            path = "/" + request.url.path.lstrip("/\\") + (f"?{rest}" if rest else "")
            answer = RedirectResponse(path, 303)
            answer.set_cookie(COOKIE, self._session, httponly=True, samesite="strict")
            return answer
        kind, _, bearer = request.headers.get("authorization", "").partition(" ")
        if kind.casefold() == "bearer" and _same(bearer.strip(), self._secret):
            return None
        if _same(request.cookies.get(COOKIE, ""), self._session):
            return None
        return PlainTextResponse(_WHO, 403)

    def _refusal(self, method: str, headers: Headers, server: tuple[str, int | None] | None) -> str:
        host = _name(headers.get("host", ""))
        reached = self._everywhere and server is not None and host == _literal(server[0])
        if host not in self._hosts and not reached:
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


def _literal(address: str) -> str:
    """An address of this machine as a Host header writes it."""
    plain = address.removeprefix("::ffff:").partition("%")[0]
    return f"[{plain}]" if ":" in plain else plain


def _same(given: str, wanted: str) -> bool:
    return hmac.compare_digest(given.encode(), wanted.encode())


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
    return _same(given, request.app.state.csrf)
