"""Failed attempts to prove who one is: counted, and at some number acted on.

Counts are by account and by client address. An account is locked for a while; that many come from
one address, or aim at one account, is told once as an event, so that no metric need carry an
address or a user.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Literal, NamedTuple

from sqlalchemy import ColumnElement, Delete, bindparam, delete, func, select, text

from services.auth_service.models import Account, Failure, Moment
from services.auth_service.settings import Limits
from services.auth_service.trail import Transaction

Origin = Literal["account", "address"]

_ATTACK = {"account": "brute_force", "address": "password_spraying"}

# One statement, so that of several at once one is the first; a row comes back from that one.
_SUSPECT = text(
    "INSERT INTO suspicions (origin, key, since) VALUES (:origin, :key, :now) "
    "ON CONFLICT (origin, key) DO UPDATE SET since = excluded.since "
    "WHERE suspicions.since <= :expired RETURNING origin"
).bindparams(bindparam("now", type_=Moment), bindparam("expired", type_=Moment))


class Attempt(NamedTuple):
    """Somebody tries to be a user: which, if there is one, from where, and with what success."""

    account: Account | None
    address: str
    proved: bool

    @property
    def locked(self) -> bool:
        """Whether it is in vain, as the account is locked."""
        return self.account is not None and self.account.locked(datetime.now(UTC))


class Failures:
    """Note attempts, and do what too many call for.

    Args:
        limits: how many are too many.
    """

    def __init__(self, limits: Limits) -> None:
        self._limits = limits
        self._window = timedelta(seconds=limits.lock_seconds)

    async def add(self, transaction: Transaction, attempt: Attempt) -> None:
        """Note a failed attempt; lock the account, or tell of an attack, where it is time."""
        session, now = transaction.session, datetime.now(UTC)
        account_id = attempt.account.id if attempt.account else None
        await session.execute(_forget_before(now - self._window))
        session.add(Failure(account_id=account_id, address=attempt.address, at=now))
        await session.flush()
        if attempt.account is not None:
            count = await self._count(transaction, Failure.account_id == account_id, now)
            self._lock(transaction, attempt.account, count, now)
            await self._suspect(transaction, "account", attempt.account.id, count)
        count = await self._count(transaction, Failure.address == attempt.address, now)
        await self._suspect(transaction, "address", attempt.address, count)

    async def forget(self, transaction: Transaction, account: Account) -> None:
        """Begin to count anew for somebody who has proved who they are."""
        await transaction.session.execute(delete(Failure).where(Failure.account_id == account.id))

    async def _count(
        self, transaction: Transaction, which: ColumnElement[bool], now: datetime
    ) -> int:
        recent = Failure.at >= now - self._window
        query = select(func.count()).select_from(Failure).where(which, recent)
        return await transaction.session.scalar(query) or 0

    def _lock(self, transaction: Transaction, account: Account, count: int, now: datetime) -> None:
        if count < self._limits.lock_failures or account.locked(now):
            return
        account.locked_until = now + self._window
        transaction.note(
            "auth.account.locked",
            ("account", account.id),
            None,
            user_id=account.id,
            failure_count=count,
            lock_expires_at=account.locked_until.isoformat(),
        )

    async def _suspect(
        self, transaction: Transaction, origin: Origin, key: str, count: int
    ) -> None:
        """Tell of an attack, unless that was done within the time that failures count."""
        if count < self._limits.attack_failures:
            return
        now = datetime.now(UTC)
        values = {"origin": origin, "key": key, "now": now, "expired": now - self._window}
        if (await transaction.session.execute(_SUSPECT, values)).first() is None:
            return
        transaction.note(
            "auth.attack.suspected",
            (origin, key),
            None,
            attack_type=_ATTACK[origin],
            failure_count=count,
            window_seconds=self._limits.lock_seconds,
        )


def _forget_before(time: datetime) -> Delete:
    """Delete what counts no longer, except what somebody else deletes right now."""
    old = select(Failure.id).where(Failure.at < time).with_for_update(skip_locked=True)
    return delete(Failure).where(Failure.id.in_(old))
