"""Sessions: the tokens that one login leads to, from the first pair to the last refresh.

A refresh token is good for one exchange (RFC 9700, section 4.14.2). Whoever presents one a second
time may have stolen it, or was stolen from: all tokens of the session are revoked.
"""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Literal
from uuid import uuid4

from sqlalchemy import ColumnElement, select

from otel_logging.events import Failure, auth_logout, auth_token_refreshed
from services.auth_service.models import Account, Token
from services.auth_service.tokens import Claims, InvalidTokenError, TokenIssuer, TokenPair
from services.auth_service.trail import Trail, Transaction

Refusal = Literal["token_invalid", "token_reused", "token_revoked", "account_locked"]


class Sessions:
    """Begin, continue and end sessions."""

    def __init__(self, trail: Trail, issuer: TokenIssuer) -> None:
        self._trail = trail
        self._issuer = issuer

    def begin(self, transaction: Transaction, account: Account) -> TokenPair:
        """The first tokens for a user who has proved who they are."""
        return self._issue(transaction, account, family=str(uuid4()))

    async def refresh(self, text: str) -> TokenPair:
        """New tokens for a refresh token.

        Raises:
            InvalidTokenError: when it is not to be trusted, or was used before.
        """
        claims = self._read(text)
        async with self._trail.changing() as transaction:
            result = await self._exchange(transaction, claims)
        if isinstance(result, TokenPair):
            return result
        about = Failure(result)
        auth_token_refreshed(outcome=about, token_id=claims.token_id, user_id=claims.user_id)
        raise InvalidTokenError(result)

    async def end(self, text: str) -> None:
        """Revoke the session of a refresh token: the user logs out.

        Raises:
            InvalidTokenError: when the token is not to be trusted.
        """
        claims = self._issuer.read("refresh", text)
        async with self._trail.changing() as transaction:
            token = await transaction.session.get(Token, claims.token_id)
            if token is not None:
                await revoke(transaction, Token.family == token.family, "logout", claims.user_id)
        auth_logout(user_id=claims.user_id)

    def _read(self, text: str) -> Claims:
        try:
            return self._issuer.read("refresh", text)
        except InvalidTokenError as error:
            auth_token_refreshed(
                outcome=Failure("token_expired" if error.expired else "token_invalid")
            )
            raise

    async def _exchange(self, transaction: Transaction, claims: Claims) -> TokenPair | Refusal:
        session, now = transaction.session, datetime.now(UTC)
        token = await session.get(Token, claims.token_id, with_for_update=True)
        account = await session.get(Account, claims.user_id)
        if token is None or account is None:
            return "token_invalid"
        target = ("token", token.id)
        if token.used_at is not None:
            transaction.note("auth.token.reuse_detected", target, None, user_id=account.id)
            await revoke(transaction, Token.family == token.family, "reuse", None)
            return "token_reused"
        if token.revoked_at is not None:
            return "token_revoked"
        if account.locked(now):
            return "account_locked"
        token.used_at = now
        transaction.note("auth.token.refreshed", target, account.id, user_id=account.id)
        return self._issue(transaction, account, token.family)

    def _issue(self, transaction: Transaction, account: Account, family: str) -> TokenPair:
        access = self._issuer.access(account.id, account.role_names)
        refresh = self._issuer.refresh(account.id)
        transaction.session.add(
            Token(
                id=refresh.id, account_id=account.id, family=family, expires_at=refresh.expires_at
            )
        )
        for token in (access, refresh):
            transaction.note(
                "auth.token.issued",
                ("token", token.id),
                account.id,
                user_id=account.id,
                token_type=token.type,
                expires_at=token.expires_at.isoformat(),
            )
        return self._issuer.pair(access, refresh)


async def revoke(
    transaction: Transaction, which: ColumnElement[bool], reason: str, actor_id: str | None
) -> int:
    """Make refresh tokens useless that could still be used; how many.

    Args:
        transaction: where it is done.
        which: a condition on `Token`.
        reason: why, in the words of `auth_token_revoked`.
        actor_id: who wants it so, if that is known.
    """
    now = datetime.now(UTC)
    usable = (Token.used_at.is_(None), Token.revoked_at.is_(None), Token.expires_at > now)
    query = select(Token).where(which, *usable).order_by(Token.id).with_for_update()
    tokens = list(await transaction.session.scalars(query))
    for token in tokens:
        token.revoked_at = now
        transaction.note(
            "auth.token.revoked",
            ("token", token.id),
            actor_id,
            user_id=token.account_id,
            token_type="refresh",  # noqa: S106 - the kind of token
            expires_at=token.expires_at.isoformat(),
            revocation_reason=reason,
        )
    return len(tokens)
