"""Who may look: headers that every answer carries, and the token where one is set."""

from __future__ import annotations

import hashlib
import hmac

from starlette.datastructures import Headers, MutableHeaders
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from otel_logging.lens.web.render import Renderer

COOKIE = "lens-session"
COOKIE_SECONDS = 12 * 3600
OPEN = ("/static/", "/healthz", "/login", "/theme")

POLICY = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
HEADERS = {
    "Content-Security-Policy": POLICY,
    "X-Content-Type-Options": "nosniff",
    "Referrer-Policy": "same-origin",
    "Cross-Origin-Opener-Policy": "same-origin",
    "Cross-Origin-Resource-Policy": "same-origin",
    "Cache-Control": "no-store",
}


class SafeHeaders:
    """Adds the headers, and refuses what another site's page sends."""

    def __init__(self, app: ASGIApp) -> None:
        self._app = app

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection."""
        if scope["type"] != "http":
            await self._app(scope, receive, send)
            return

        async def send_with_headers(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = MutableHeaders(scope=message)
                for name, value in HEADERS.items():
                    headers.setdefault(name, value)
            await send(message)

        answer = _refused(scope) or self._app
        await answer(scope, receive, send_with_headers)


class Gate:
    """Lets in who knows the token: by `Authorization: Bearer`, or by the cookie of a login."""

    def __init__(self, app: ASGIApp, token: str, render: Renderer) -> None:
        self._app = app
        self._token = token
        self._render = render

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or ask for the token."""
        if scope["type"] != "http" or self._known(Request(scope)):
            await self._app(scope, receive, send)
            return
        request = Request(scope, receive)
        await self._render.page(request, "login.html", 401)(scope, receive, send)

    def _known(self, request: Request) -> bool:
        if request.url.path.startswith(OPEN):
            return True
        scheme, _, given = request.headers.get("authorization", "").partition(" ")
        if scheme.lower() == "bearer" and same(given, self._token):
            return True
        return same(request.cookies.get(COOKIE, ""), session_of(self._token))


def session_of(token: str) -> str:
    """Return what the cookie holds, from which the token cannot be told."""
    return hmac.new(token.encode(), b"otel-logging lens session", hashlib.sha256).hexdigest()


def same(given: str, wanted: str) -> bool:
    """Compare two secrets in the same time wherever they differ."""
    return hmac.compare_digest(given.encode(), wanted.encode())


def logged_in(token: str) -> Response:
    """Return the answer to a login that gave the right token."""
    answer = RedirectResponse("/", 303)
    answer.set_cookie(
        COOKIE, session_of(token), max_age=COOKIE_SECONDS, httponly=True, samesite="strict"
    )
    return answer


def _refused(scope: Scope) -> Response | None:
    """Return the refusal of a change that a page of another site asks for."""
    headers = Headers(scope=scope)
    site = headers.get("sec-fetch-site", "same-origin")
    if scope["method"] == "POST" and site not in {"same-origin", "none"}:
        return Response("a page of another site may not send this\n", 403)
    return None
