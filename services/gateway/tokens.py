"""Verify access tokens by the public keys of auth-service (RFC 7517, RFC 9068)."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable
from dataclasses import dataclass

import jwt
from pydantic import BaseModel

from services.gateway.dependency import Dependency

ISSUER = "auth-service"
AUDIENCE = "gateway"
REFRESH_PAUSE = 10.0


@dataclass(frozen=True, slots=True)
class User:
    """Who a verified token speaks of."""

    id: str
    roles: tuple[str, ...]


class KeySet(BaseModel):
    """Public keys (RFC 7517, section 5)."""

    keys: list[dict[str, str]]


class InvalidTokenError(Exception):
    """A token is not to be trusted; the message says why, not what it holds.

    Attributes:
        expired: whether only its time is over.
    """

    def __init__(self, why: str, *, expired: bool = False) -> None:
        super().__init__(why)
        self.expired = expired


class TokenVerifier:
    """Verify tokens; public keys are kept, and fetched again for an unknown key.

    Args:
        auth: auth-service, which publishes the keys.
        clock: seconds, for the pause between two fetches: a stranger who makes up
            key IDs must not make us ask each time.
    """

    def __init__(self, auth: Dependency, clock: Callable[[], float] = time.monotonic) -> None:
        self._auth = auth
        self._clock = clock
        self._keys: dict[str, jwt.PyJWK] = {}
        self._next_fetch = 0.0
        self._fetching = asyncio.Lock()

    async def verify(self, token: str) -> User:
        """The user whom an access token was issued to.

        Raises:
            InvalidTokenError: when it is expired, forged, or no access token.
            DependencyError: when the keys cannot be fetched.
        """
        try:
            header = jwt.get_unverified_header(token)
            key = await self._key(str(header.get("kid")))
            claims = jwt.decode(
                token,
                key.key,
                algorithms=["ES256"],
                audience=AUDIENCE,
                issuer=ISSUER,
                options={"require": ["exp", "sub"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise InvalidTokenError("expired", expired=True) from error
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(type(error).__name__) from error
        if header.get("typ") != "at+jwt":
            raise InvalidTokenError("no access token")
        return User(claims["sub"], tuple(claims.get("roles", ())))

    async def _key(self, key_id: str) -> jwt.PyJWK:
        async with self._fetching:
            if key_id not in self._keys and self._clock() >= self._next_fetch:
                answer = await self._auth.get("/.well-known/jwks.json")
                published = self._auth.read(answer, KeySet).keys
                self._keys = {key["kid"]: jwt.PyJWK(key) for key in published}
                self._next_fetch = self._clock() + REFRESH_PAUSE
        if key_id not in self._keys:
            raise InvalidTokenError("unknown key")
        return self._keys[key_id]
