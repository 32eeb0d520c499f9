"""Access and refresh tokens: JWTs signed by ES256 (RFC 7519, RFC 9068)."""

from __future__ import annotations

import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import uuid4

import jwt

from services.auth_service.keys import SigningKey

ISSUER = "auth-service"
AUDIENCE = "gateway"


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a successful login returns (RFC 6749, section 5.1); `expires_in` in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme


class InvalidRefreshTokenError(Exception):
    """A refresh token is expired, forged or no refresh token; the message says which."""


class TokenIssuer:
    """Sign tokens with one key; lifetimes in seconds."""

    def __init__(self, key: SigningKey, access_lifetime: int, refresh_lifetime: int) -> None:
        self._key = key
        self._access_lifetime = access_lifetime
        self._refresh_lifetime = refresh_lifetime

    def issue(self, user_id: str, roles: Sequence[str]) -> TokenPair:
        """A pair of tokens for a user who has proved who they are."""
        access = {"aud": AUDIENCE, "roles": list(roles)}
        return TokenPair(
            access_token=self._sign("at+jwt", user_id, self._access_lifetime, access),
            refresh_token=self._sign("rt+jwt", user_id, self._refresh_lifetime, {"aud": ISSUER}),
            expires_in=self._access_lifetime,
        )

    def refreshed_user(self, refresh_token: str) -> str:
        """The ID of the user whom a refresh token was issued to.

        Raises:
            InvalidRefreshTokenError: when the token is not to be trusted.
        """
        try:
            claims = jwt.decode(
                refresh_token,
                self._key.private.public_key(),
                algorithms=["ES256"],
                audience=ISSUER,
                issuer=ISSUER,
                options={"require": ["exp", "sub"]},
            )
        except jwt.InvalidTokenError as error:
            raise InvalidRefreshTokenError(type(error).__name__) from error
        return str(claims["sub"])

    def _sign(self, kind: str, user_id: str, lifetime: int, claims: Mapping[str, object]) -> str:
        now = int(time.time())
        payload = {
            "iss": ISSUER,
            "sub": user_id,
            "iat": now,
            "exp": now + lifetime,
            "jti": str(uuid4()),
            **claims,
        }
        headers = {"kid": self._key.key_id, "typ": kind}
        return jwt.encode(payload, self._key.private, algorithm="ES256", headers=headers)
