"""Access and refresh tokens: JWTs signed by ES256 (RFC 7519, RFC 9068)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Literal
from uuid import uuid4

import jwt

from services.auth_service.keys import SigningKey
from services.auth_service.settings import Lifetimes

ISSUER = "auth-service"
AUDIENCE = "gateway"

TokenType = Literal["access", "refresh"]
_FORMS: Mapping[TokenType, tuple[str, str]] = {
    "access": ("at+jwt", AUDIENCE),
    "refresh": ("rt+jwt", ISSUER),
}


@dataclass(frozen=True, slots=True)
class SignedToken:
    """A token, and what is known of it without reading it."""

    type: TokenType
    id: str
    user_id: str
    expires_at: datetime
    text: str = field(repr=False)


@dataclass(frozen=True, slots=True)
class TokenPair:
    """What a successful login returns (RFC 6749, section 5.1); `expires_in` in seconds."""

    access_token: str
    refresh_token: str
    expires_in: int
    token_type: str = "Bearer"  # noqa: S105 - the name of the scheme


@dataclass(frozen=True, slots=True)
class Claims:
    """What a token that was verified says."""

    token_id: str
    user_id: str
    roles: Sequence[str]


class InvalidTokenError(Exception):
    """A token is not to be trusted.

    Attributes:
        expired: whether only its time is over.
    """

    def __init__(self, why: str, *, expired: bool = False) -> None:
        super().__init__(why)
        self.expired = expired


class TokenIssuer:
    """Sign tokens with one key, and read them back."""

    def __init__(self, key: SigningKey, lifetimes: Lifetimes) -> None:
        self._key = key
        self._lifetimes: Mapping[TokenType, int] = {
            "access": lifetimes.access,
            "refresh": lifetimes.refresh,
        }

    def access(self, user_id: str, roles: Sequence[str]) -> SignedToken:
        """A token that proves who a user is, and what they may do."""
        return self._sign("access", user_id, {"roles": list(roles)})

    def refresh(self, user_id: str) -> SignedToken:
        """A token that can be exchanged, once, for new ones."""
        return self._sign("refresh", user_id, {})

    def pair(self, access: SignedToken, refresh: SignedToken) -> TokenPair:
        """Both tokens in the form in which clients get them."""
        return TokenPair(access.text, refresh.text, self._lifetimes["access"])

    def read(self, token_type: TokenType, text: str) -> Claims:
        """What a token of that type says.

        Raises:
            InvalidTokenError: when the token is not to be trusted.
        """
        form, audience = _FORMS[token_type]
        try:
            decoded = jwt.decode_complete(
                text,
                self._key.private.public_key(),
                algorithms=["ES256"],
                audience=audience,
                issuer=ISSUER,
                options={"require": ["exp", "sub", "jti"]},
            )
        except jwt.ExpiredSignatureError as error:
            raise InvalidTokenError("expired", expired=True) from error
        except jwt.InvalidTokenError as error:
            raise InvalidTokenError(type(error).__name__) from error
        if decoded["header"].get("typ") != form:
            raise InvalidTokenError(f"no {token_type} token")
        claims = decoded["payload"]
        return Claims(claims["jti"], claims["sub"], tuple(claims.get("roles", ())))

    def _sign(
        self, token_type: TokenType, user_id: str, claims: Mapping[str, object]
    ) -> SignedToken:
        form, audience = _FORMS[token_type]
        now = datetime.now(UTC).replace(microsecond=0)
        expires_at = now + timedelta(seconds=self._lifetimes[token_type])
        token_id = str(uuid4())
        payload = {
            "iss": ISSUER,
            "aud": audience,
            "sub": user_id,
            "iat": now,
            "exp": expires_at,
            "jti": token_id,
            **claims,
        }
        headers = {"kid": self._key.key_id, "typ": form}
        text = jwt.encode(payload, self._key.private, algorithm="ES256", headers=headers)
        return SignedToken(token_type, token_id, user_id, expires_at, text)
