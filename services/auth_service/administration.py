"""What administrators do: roles, locks, the end of sessions."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Any

from otel_logging.events import Failure, Target, admin_action
from services.auth_service.failures import Failures
from services.auth_service.models import Account, Role, Token
from services.auth_service.sessions import revoke
from services.auth_service.trail import Trail, Transaction

ADMIN = "admin"
LOCK = timedelta(days=365 * 100)


class ForbiddenError(Exception):
    """Whoever asks is no administrator, or no longer."""


class UnknownUserError(Exception):
    """There is no account with this ID."""


@dataclass(frozen=True, slots=True)
class Order:
    """What an administrator wants done: by whom, what, on whom."""

    admin_id: str
    action: str
    user_id: str


@dataclass(frozen=True, slots=True)
class Administration:
    """Do what administrators want, each time after a look whether they are."""

    trail: Trail
    failures: Failures

    async def grant(self, admin_id: str, user_id: str, role: str) -> list[str]:
        """Give a user a role; the roles afterwards."""
        order = Order(admin_id, "role.grant", user_id)
        async with self.trail.changing() as transaction:
            account = await self._account(transaction, order)
            before = account.role_names
            if role not in before:
                account.roles.append(Role(name=role))
                _note_role(transaction, "auth.role.granted", order, role)
            _note(transaction, order, {"roles": before}, {"roles": account.role_names})
        return account.role_names

    async def withdraw(self, admin_id: str, user_id: str, role: str) -> list[str]:
        """Take a role from a user; the roles afterwards. Tokens keep it until they expire."""
        order = Order(admin_id, "role.revoke", user_id)
        async with self.trail.changing() as transaction:
            account = await self._account(transaction, order)
            before = account.role_names
            if role in before:
                account.roles[:] = [each for each in account.roles if each.name != role]
                _note_role(transaction, "auth.role.revoked", order, role)
            _note(transaction, order, {"roles": before}, {"roles": account.role_names})
        return account.role_names

    async def lock(self, admin_id: str, user_id: str) -> None:
        """Let nobody log in to an account, and end its sessions."""
        order = Order(admin_id, "account.lock", user_id)
        async with self.trail.changing() as transaction:
            account = await self._account(transaction, order)
            _set_lock(transaction, order, account, datetime.now(UTC) + LOCK)
            await revoke(transaction, Token.account_id == user_id, "account_locked", admin_id)

    async def unlock(self, admin_id: str, user_id: str) -> None:
        """Let the user log in to an account again."""
        order = Order(admin_id, "account.unlock", user_id)
        async with self.trail.changing() as transaction:
            account = await self._account(transaction, order)
            await self.failures.forget(transaction, account)
            _set_lock(transaction, order, account, None)

    async def end_sessions(self, admin_id: str, user_id: str) -> int:
        """Revoke the refresh tokens of a user; how many there were."""
        order = Order(admin_id, "tokens.revoke", user_id)
        async with self.trail.changing() as transaction:
            await self._account(transaction, order)
            count = await revoke(transaction, Token.account_id == user_id, "admin", admin_id)
            _note(transaction, order, {"tokens": count}, {"tokens": 0})
        return count

    async def _account(self, transaction: Transaction, order: Order) -> Account:
        """The account to act on.

        Raises:
            ForbiddenError: when the order is no administrator's.
            UnknownUserError: when there is no such account.
        """
        admin = await transaction.session.get(Account, order.admin_id)
        if admin is None or ADMIN not in admin.role_names or admin.locked(datetime.now(UTC)):
            _refused(order, Failure("forbidden"))
            raise ForbiddenError
        account = await transaction.session.get(Account, order.user_id, with_for_update=True)
        if account is None:
            _refused(order, Failure("unknown_target"))
            raise UnknownUserError
        return account


def _refused(order: Order, outcome: Failure[Any]) -> None:
    admin_action(
        action=order.action,
        user_id=order.admin_id,
        target=Target("account", order.user_id),
        change=None,
        outcome=outcome,
    )


def _set_lock(
    transaction: Transaction, order: Order, account: Account, until: datetime | None
) -> None:
    before = account.locked_until
    account.locked_until = until
    times = (each.isoformat() if each else None for each in (before, until))
    _note(transaction, order, *({"locked_until": each} for each in times))


def _note_role(transaction: Transaction, action: str, order: Order, role: str) -> None:
    target = ("role", f"{order.user_id}/{role}")
    transaction.note(action, target, order.admin_id, role=role, user_id=order.user_id)


def _note(
    transaction: Transaction, order: Order, before: dict[str, Any], after: dict[str, Any]
) -> None:
    target = ("account", order.user_id)
    about = {"action": order.action, "before": before, "after": after}
    transaction.note("admin.action", target, order.admin_id, **about)
