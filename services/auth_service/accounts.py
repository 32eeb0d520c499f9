"""What can be done with accounts: register, log in, look up."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal
from uuid import uuid4

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from otel_logging.events import (
    SUCCESS,
    auth_account_registered,
    auth_login,
)
from otel_logging.events import Failure as Failed
from services.auth_service.database import Database
from services.auth_service.failures import Attempt, Failures
from services.auth_service.models import Account, Role
from services.auth_service.passwords import Passwords
from services.auth_service.sessions import Sessions
from services.auth_service.tokens import TokenPair
from services.auth_service.trail import Trail, Transaction

Refusal = Literal["unknown_user", "wrong_password", "account_locked"]


class UsernameTakenError(Exception):
    """Somebody else has this username."""


class WrongCredentialsError(Exception):
    """No such account, not its password, or locked; callers must not learn which."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new user tells about themselves."""

    username: str
    email: str
    password: str = field(repr=False)
    phone: str | None = None


@dataclass(frozen=True, slots=True)
class Credentials:
    """What somebody says who logs in, and from where."""

    username: str
    password: str = field(repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Accounts:
    """Accounts in the database."""

    database: Database
    trail: Trail
    passwords: Passwords
    sessions: Sessions
    failures: Failures

    async def register(self, new: Registration, roles: tuple[str, ...] = ("user",)) -> str:
        """Create an account; its ID.

        Raises:
            UsernameTakenError: when the username is in use.
        """
        account = Account(
            id=str(uuid4()),
            username=new.username,
            email=new.email,
            phone=new.phone,
            password_hash=await self.passwords.hash(new.password),
            roles=[Role(name=name) for name in roles],
        )
        try:
            async with self.trail.changing() as transaction:
                transaction.session.add(account)
                await transaction.session.flush()
                _note_registration(transaction, account)
        except IntegrityError as error:
            auth_account_registered(outcome=Failed("username_taken"), user_name=new.username)
            raise UsernameTakenError from error
        return account.id

    async def log_in(self, credentials: Credentials) -> TokenPair:
        """Tokens for the user whose username and password these are.

        Raises:
            WrongCredentialsError: when they are no account's, or it is locked; answered as
                fast for an unknown username as for a wrong password.
        """
        account = await self.by_name(credentials.username)
        matches = await self.passwords.matches(
            credentials.password, account.password_hash if account else None
        )
        async with self.trail.changing() as transaction:
            # Read again under a lock: it may have changed while the password was verified.
            current = await for_update(transaction, account)
            attempt = Attempt(current, credentials.address, matches)
            result = await self._decide(transaction, attempt)
        about = (account.username, account.id) if account else (None, None)
        outcome = SUCCESS if isinstance(result, TokenPair) else Failed(result)
        auth_login(outcome=outcome, user_name=about[0], user_id=about[1])
        if isinstance(result, TokenPair):
            return result
        raise WrongCredentialsError

    async def by_name(self, username: str) -> Account | None:
        """The account with this username, if there is one."""
        async with self.database.reading() as session:
            return await session.scalar(select(Account).where(Account.username == username))

    async def find(self, user_id: str) -> Account | None:
        """The account with this ID, if there is one."""
        async with self.database.reading() as session:
            return await session.get(Account, user_id)

    async def _decide(self, transaction: Transaction, attempt: Attempt) -> TokenPair | Refusal:
        account, refusal = attempt.account, _refusal(attempt)
        if account is not None and refusal is None:
            await self.failures.forget(transaction, account)
            return self.sessions.begin(transaction, account)
        await self.failures.add(transaction, attempt)
        return refusal or "unknown_user"


def _refusal(attempt: Attempt) -> Refusal | None:
    if attempt.account is None:
        return "unknown_user"
    if attempt.locked:
        return "account_locked"
    return None if attempt.proved else "wrong_password"


async def for_update(transaction: Transaction, account: Account | None) -> Account | None:
    """The account as it is now, and stays until the transaction ends."""
    if account is None:
        return None
    return await transaction.session.get(Account, account.id, with_for_update=True)


def _note_registration(transaction: Transaction, account: Account) -> None:
    target = ("account", account.id)
    about = {"user_id": account.id, "user_name": account.username}
    transaction.note("auth.account.registered", target, account.id, **about)
    for role in account.role_names:
        target = ("role", f"{account.id}/{role}")
        transaction.note("auth.role.granted", target, account.id, role=role, user_id=account.id)
