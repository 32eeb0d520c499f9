"""What routes work with, by FastAPI's dependency injection."""

from __future__ import annotations

from dataclasses import dataclass
from http import HTTPStatus
from typing import Annotated

from fastapi import Depends, HTTPException, Request
from fastapi.security import HTTPAuthorizationCredentials, HTTPBearer

from otel_logging.integrations.fastapi import set_user
from services.auth_service.accounts import Accounts
from services.auth_service.administration import Administration
from services.auth_service.keys import SigningKey
from services.auth_service.recovery import Recovery
from services.auth_service.sessions import Sessions
from services.auth_service.tokens import Claims, InvalidTokenError, TokenIssuer


@dataclass(frozen=True, slots=True)
class Parts:
    """The parts of a running auth-service."""

    key: SigningKey
    issuer: TokenIssuer
    accounts: Accounts
    sessions: Sessions
    recovery: Recovery
    administration: Administration


async def _parts(request: Request) -> Parts:
    parts: Parts = request.app.state.parts
    return parts


PartsOf = Annotated[Parts, Depends(_parts)]
Credentials = Annotated[HTTPAuthorizationCredentials | None, Depends(HTTPBearer(auto_error=False))]


async def _current_user(parts: PartsOf, credentials: Credentials) -> Claims:
    if credentials is None:
        raise _unauthorized("an access token is needed", "Bearer")
    try:
        claims = parts.issuer.read("access", credentials.credentials)
    except InvalidTokenError:
        challenge = 'Bearer error="invalid_token"'
        raise _unauthorized("the access token is not valid", challenge) from None
    set_user(claims.user_id, claims.roles)
    return claims


CurrentUser = Annotated[Claims, Depends(_current_user)]


async def _client_address(request: Request) -> str:
    return request.client.host if request.client else "unknown"


ClientAddress = Annotated[str, Depends(_client_address)]


def _unauthorized(detail: str, challenge: str) -> HTTPException:
    """401 with the challenge of RFC 6750, section 3."""
    return HTTPException(HTTPStatus.UNAUTHORIZED, detail, {"WWW-Authenticate": challenge})
