"""What can be done with accounts: register, log in, look up."""

from __future__ import annotations

import logging
from dataclasses import dataclass, field

from sqlalchemy import select
from sqlalchemy.exc import IntegrityError

from services.auth_service.database import Sessions
from services.auth_service.models import Account, Role
from services.auth_service.passwords import Passwords

log = logging.getLogger(__name__)


class UsernameTakenError(Exception):
    """Somebody else has this username."""


class WrongCredentialsError(Exception):
    """No such account, or not its password; callers must not learn which."""


@dataclass(frozen=True, slots=True)
class Registration:
    """What a new user tells about themselves."""

    username: str
    email: str
    password: str = field(repr=False)
    phone: str | None = None


class Accounts:
    """Accounts in the database."""

    def __init__(self, sessions: Sessions, passwords: Passwords) -> None:
        self._sessions = sessions
        self._passwords = passwords

    async def register(self, new: Registration) -> Account:
        """Create an account with the role `user`.

        Raises:
            UsernameTakenError: when the username is in use.
        """
        account = Account(
            username=new.username,
            email=new.email,
            phone=new.phone,
            password_hash=await self._passwords.hash(new.password),
            roles=[Role(name="user")],
        )
        try:
            async with self._sessions.begin() as session:
                session.add(account)
        except IntegrityError as error:
            log.warning(
                "registration refused",
                extra={"user.name": new.username, "error.type": "username_taken"},
            )
            raise UsernameTakenError from error
        log.info("account created", extra={"user.id": account.id, "user.name": account.username})
        return account

    async def log_in(self, username: str, password: str) -> Account:
        """The account whose username and password these are.

        Raises:
            WrongCredentialsError: when they are no account's; answered as fast
                for an unknown username as for a wrong password.
        """
        async with self._sessions() as session:
            account = await session.scalar(select(Account).where(Account.username == username))
        matches = await self._passwords.matches(
            password, account.password_hash if account else None
        )
        if account and matches:
            log.info(
                "login succeeded",
                extra={"user.id": account.id, "user.name": username, "auth.outcome": "success"},
            )
            return account
        reason = "wrong_password" if account else "unknown_user"
        log.warning(
            "login failed",
            extra={"user.name": username, "auth.outcome": "failure", "error.type": reason},
        )
        raise WrongCredentialsError

    async def find(self, user_id: str) -> Account | None:
        """The account with this ID, if there is one."""
        async with self._sessions() as session:
            return await session.get(Account, user_id)
