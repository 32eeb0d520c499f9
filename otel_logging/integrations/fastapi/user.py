"""The user of a request, from a token that was verified."""

# No `from __future__ import annotations`: FastAPI reads the dependency's signature at run time.
import inspect
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping
from typing import Annotated, Any

from opentelemetry import trace

from otel_logging import semconv
from otel_logging.context import add_request_attributes

Claims = Mapping[str, Any]
Decode = Callable[[str], Claims | Awaitable[Claims]]


def set_user(user_id: str, roles: Iterable[str] = ()) -> None:
    """Say who the request or message being served is for, once a token was verified.

    `user.id` and `user.roles` stand on all later records, access log included, and on the
    current span; the propagator sends them on as baggage where the allow-list
    (`OTLOG_BAGGAGE_KEYS`) names them. It works from worker threads too. Never pass what a
    caller merely claims.
    """
    attributes = {semconv.USER_ID: str(user_id), semconv.USER_ROLES: [*map(str, roles)]}
    add_request_attributes(attributes)
    trace.get_current_span().set_attributes(attributes)


def verified_user(
    decode: Decode,
    rejects: type[Exception] | tuple[type[Exception], ...] = ValueError,
) -> Callable[..., Coroutine[Any, Any, Claims]]:
    """Make a FastAPI dependency that verifies the bearer token and calls `set_user`.

    The dependency returns the claims; a missing or refused token is answered with 401 and
    `WWW-Authenticate: Bearer` (RFC 6750, section 3).

    Args:
        decode: Verifies a token and returns its claims, of which `sub` (RFC 7519) is the
            user ID and `roles` (RFC 9068) the roles; a function or a coroutine function.
        rejects: What `decode` raises for a token that it refuses, such as PyJWT's
            `InvalidTokenError`.
    """
    from fastapi import Depends, HTTPException  # noqa: PLC0415 - an optional dependency
    from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer  # noqa: PLC0415

    bearer = HTTPBearer(auto_error=False)

    async def user(
        credentials: Annotated[HTTPAuthorizationCredentials | None, Depends(bearer)],
    ) -> Claims:
        unauthorized = HTTPException(401, "Not authenticated", {"WWW-Authenticate": "Bearer"})
        if credentials is None:
            raise unauthorized
        try:
            decoded = decode(credentials.credentials)
            claims = await decoded if inspect.isawaitable(decoded) else decoded
        except rejects:
            raise unauthorized from None
        set_user(claims["sub"], claims.get("roles", ()))
        return claims

    return user
