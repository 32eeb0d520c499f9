"""What routes work with, by FastAPI's dependency injection."""

from __future__ import annotations

import logging
from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from otel_logging.integrations.fastapi import set_user
from services.gateway.dependency import Dependency
from services.gateway.orders import OrderBook
from services.gateway.outcomes import OutcomeConsumer
from services.gateway.tokens import InvalidTokenError, TokenVerifier, User

log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running gateway."""

    auth: Dependency
    events: Dependency
    tokens: TokenVerifier
    orders: OrderBook
    outcomes: OutcomeConsumer


def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


async def _current_user(parts: PartsOf, credentials: Credentials) -> User:
    if credentials is None:
        raise _unauthorized("an access token is needed", "Bearer")
    try:
        user = await parts.tokens.verify(credentials.credentials)
    except InvalidTokenError as error:
        log.warning("access token refused", extra={"error.type": str(error)})
        challenge = 'Bearer error="invalid_token"'
        raise _unauthorized("the access token is not valid", challenge) from None
    set_user(user.id, user.roles)
    return user


CurrentUser = Annotated[User, Depends(_current_user)]


def _unauthorized(detail: str, challenge: str) -> HTTPException:
    """401 with the challenge of RFC 6750, section 3."""
    return HTTPException(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": challenge})
