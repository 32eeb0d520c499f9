"""What routes work with, by FastAPI's dependency injection."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from otel_logging.integrations.fastapi import set_user
from services.gateway.dependency import Caller, Dependency
from services.gateway.orders import OrderBook
from services.gateway.outcomes import OutcomeConsumer
from services.gateway.problems import ClientError
from services.gateway.tokens import InvalidTokenError, TokenVerifier, User


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running gateway."""

    auth: Dependency
    events: Dependency
    tokens: TokenVerifier
    orders: OrderBook
    outcomes: OutcomeConsumer


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


async def _current_user(parts: PartsOf, credentials: Credentials) -> User:
    if credentials is None:
        raise _unauthorized("token_missing", "an access token is needed", "Bearer")
    try:
        user = await parts.tokens.verify(credentials.credentials)
    except InvalidTokenError as error:
        challenge = 'Bearer error="invalid_token"'
        reason = "token_expired" if error.expired else "token_invalid"
        raise _unauthorized(reason, "the access token is not valid", challenge) from None
    set_user(user.id, user.roles)
    return user


CurrentUser = Annotated[User, Depends(_current_user)]


async def _caller(request: Request) -> Caller:
    address = request.client.host if request.client else None
    return Caller(address, request.headers.get("authorization"))


CallerOf = Annotated[Caller, Depends(_caller)]


def _unauthorized(reason: str, detail: str, challenge: str) -> ClientError:
    """401 with the challenge of RFC 6750, section 3."""
    return ClientError(HTTPStatus.UNAUTHORIZED, reason, detail, {"WWW-Authenticate": challenge})
