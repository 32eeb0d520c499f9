"""A security question, and a new password for who can answer it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Literal

from otel_logging.events import Failure, auth_password_reset
from services.auth_service.accounts import Accounts, for_update
from services.auth_service.failures import Attempt
from services.auth_service.models import Account, Token
from services.auth_service.sessions import revoke
from services.auth_service.trail import Transaction

Question = Literal["first_pet", "first_school", "street_of_childhood", "favourite_book"]
Refusal = Literal["unknown_user", "wrong_security_answer", "too_many_attempts"]


class WrongAnswerError(Exception):
    """No such account, or not its question and answer; callers must not learn which."""


@dataclass(frozen=True, slots=True)
class Answer:
    """What somebody says who has forgotten their password, and from where."""

    username: str
    question: Question
    security_answer: str = field(repr=False)
    address: str = ""


@dataclass(frozen=True, slots=True)
class Recovery:
    """Set security questions, and reset passwords by them."""

    accounts: Accounts

    async def set_question(self, user_id: str, question: Question, security_answer: str) -> None:
        """Have a question asked of whoever wants a new password for the account."""
        encoded = await self.accounts.passwords.hash(_normal(security_answer))
        async with self.accounts.trail.changing() as transaction:
            account = await transaction.session.get_one(Account, user_id, with_for_update=True)
            before = account.security_question
            account.security_question, account.security_answer_hash = question, encoded
            transaction.note(
                "admin.action",
                ("account", user_id),
                user_id,
                action="account.set_security_question",
                before={"question": before},
                after={"question": question},
            )

    async def reset_password(self, answer: Answer, new_password: str) -> None:
        """Change the password, count failures anew, and end all sessions of the account.

        Raises:
            WrongAnswerError: when the answer is not the account's, or too many were tried;
                answered as fast for an unknown username as for a wrong answer.
        """
        passwords = self.accounts.passwords
        account = await self.accounts.by_name(answer.username)
        asked = account is not None and account.security_question == answer.question
        expected = account.security_answer_hash if account and asked else None
        matches = await passwords.matches(_normal(answer.security_answer), expected)
        encoded = await passwords.hash(new_password)
        async with self.accounts.trail.changing() as transaction:
            current = await for_update(transaction, account)
            attempt = Attempt(current, answer.address, matches)
            refusal = _refusal(attempt)
            if refusal is not None:
                await self.accounts.failures.add(transaction, attempt)
            elif current is not None:
                await self._change(transaction, current, encoded)
        if refusal is not None:
            auth_password_reset(outcome=Failure(refusal), user_id=account.id if account else None)
            raise WrongAnswerError

    async def _change(self, transaction: Transaction, account: Account, encoded: str) -> None:
        account.password_hash = encoded
        await self.accounts.failures.forget(transaction, account)
        target = ("account", account.id)
        transaction.note("auth.password.reset", target, account.id, user_id=account.id)
        await revoke(transaction, Token.account_id == account.id, "password_reset", account.id)


def _refusal(attempt: Attempt) -> Refusal | None:
    if attempt.account is None:
        return "unknown_user"
    if attempt.locked:
        return "too_many_attempts"
    return None if attempt.proved else "wrong_security_answer"


def _normal(answer: str) -> str:
    """Case and spaces do not count in an answer."""
    return "".join(answer.casefold().split())
