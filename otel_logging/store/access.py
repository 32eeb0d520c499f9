"""Who may ask: who knows the token, where one is set."""

from __future__ import annotations

import base64
import binascii
import hmac

from starlette.requests import HTTPConnection
from starlette.responses import JSONResponse
from starlette.types import ASGIApp, Receive, Scope, Send

SHORTEST_TOKEN = 16
"""Characters of a token that may be set."""
_OPEN = "/healthz"


class Gate:
    """Lets in who shows the token: as a bearer (RFC 6750), or as the password of a URL.

    Args:
        app: What is behind it.
        token: What has to be known.
    """

    def __init__(self, app: ASGIApp, token: str) -> None:
        self._app = app
        self._token = token.encode()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Serve one connection, or answer 401; whether the store runs is no secret."""
        if scope["type"] == "lifespan" or scope["path"] == _OPEN or self._known(scope):
            await self._app(scope, receive, send)
            return
        answer = JSONResponse(
            {
                "title": "Unauthorized",
                "status": 401,
                "detail": "show the token (OTLOG_STORE_TOKEN)",
            },
            status_code=401,
            headers={"WWW-Authenticate": "Bearer"},
            media_type="application/problem+json",
        )
        await answer(scope, receive, send)

    def _known(self, scope: Scope) -> bool:
        given = HTTPConnection(scope).headers.get("authorization", "")
        return hmac.compare_digest(_shown(given), self._token)


def _shown(authorization: str) -> bytes:
    """Return the token in an `Authorization` header, empty where there is none."""
    scheme, _, value = authorization.partition(" ")
    if scheme.lower() == "bearer":
        return value.strip().encode()
    if scheme.lower() == "basic":
        try:
            return base64.b64decode(value, validate=True).partition(b":")[2]
        except binascii.Error:
            return b""
    return b""
