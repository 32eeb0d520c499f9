"""Authentication and authorisation: who came in, by what token, with which rights."""

from __future__ import annotations

import datetime as dt
import logging
from typing import Literal

from otel_logging import semconv
from otel_logging.events.declare import event
from otel_logging.events.outcome import Failure, Success

LoginFailure = Literal[
    "unknown_user",
    "wrong_password",
    "wrong_security_answer",
    "account_locked",
    "account_disabled",
    "too_many_attempts",
    "internal_error",
]
TokenType = Literal["access", "refresh"]
TokenFailure = Literal[
    "token_expired",
    "token_invalid",
    "token_revoked",
    "token_reused",
    "unknown_user",
    "account_locked",
    "internal_error",
]
RegistrationFailure = Literal["username_taken", "email_taken", "invalid", "internal_error"]
ResetFailure = Literal[
    "unknown_user",
    "wrong_security_answer",
    "code_expired",
    "code_invalid",
    "too_many_attempts",
    "internal_error",
]
RevocationReason = Literal["logout", "reuse", "password_reset", "admin", "account_locked"]
AttackType = Literal["brute_force", "password_spraying", "credential_stuffing", "token_reuse"]


@event(semconv.EVENT_AUTH_LOGIN, "login", audit=True)
def auth_login(
    *,
    outcome: Success | Failure[LoginFailure],
    user_name: str | None = None,
    user_id: str | None = None,
    login_method: str = "password",
    audit_record_id: str | None = None,
) -> None:
    """Somebody tried to log in: INFO on success, WARNING on failure.

    Args:
        outcome: `SUCCESS`, or `Failure("wrong_password")` and the like.
        user_name: The name that was given.
        user_id: The user's ID, where there is such a user.
        login_method: What proved the identity, such as `password`.
        audit_record_id: ID of the row of the audit trail that says the same.
    """


@event(semconv.EVENT_AUTH_LOGOUT, "logout", audit=True)
def auth_logout(*, user_id: str, audit_record_id: str | None = None) -> None:
    """A user logged out."""


@event(semconv.EVENT_AUTH_ACCOUNT_REGISTERED, "registration", audit=True)
def auth_account_registered(
    *,
    outcome: Success | Failure[RegistrationFailure],
    user_name: str,
    user_id: str | None = None,
    audit_record_id: str | None = None,
) -> None:
    """Somebody asked for an account; `user_id` is the new account's."""


@event(semconv.EVENT_AUTH_ACCOUNT_LOCKED, "account locked", audit=True, level=logging.WARNING)
def auth_account_locked(
    *,
    user_id: str,
    failure_count: int,
    lock_expires_at: dt.datetime | None = None,
    audit_record_id: str | None = None,
) -> None:
    """An account was locked after repeated failures.

    Args:
        user_id: Whose account it is.
        failure_count: Failures in a row that led to it.
        lock_expires_at: When it opens by itself; None if an administrator must open it.
        audit_record_id: ID of the row of the audit trail that says the same.
    """


@event(semconv.EVENT_AUTH_TOKEN_ISSUED, "token issued", audit=True)
def auth_token_issued(
    *,
    token_type: TokenType,
    token_id: str,
    expires_at: dt.datetime,
    user_id: str,
    audit_record_id: str | None = None,
) -> None:
    """A token was issued.

    Args:
        token_type: `access` or `refresh`.
        token_id: The token's `jti` (RFC 7519, section 4.1.7), never the token; all but its
            last four characters are masked here.
        expires_at: When it ends by itself.
        user_id: Whom it was issued to.
        audit_record_id: ID of the row of the audit trail that says the same.
    """


@event(semconv.EVENT_AUTH_TOKEN_REFRESHED, "token refresh", audit=True)
def auth_token_refreshed(
    *,
    outcome: Success | Failure[TokenFailure],
    token_id: str | None = None,
    user_id: str | None = None,
    expires_at: dt.datetime | None = None,
    audit_record_id: str | None = None,
) -> None:
    """Somebody presented a refresh token; `token_id` is that of the one presented."""


@event(semconv.EVENT_AUTH_TOKEN_REVOKED, "token revoked", audit=True)
def auth_token_revoked(
    *,
    token_type: TokenType,
    token_id: str,
    expires_at: dt.datetime,
    user_id: str,
    revocation_reason: RevocationReason,
    audit_record_id: str | None = None,
) -> None:
    """A token ceased to be valid before its time; `expires_at` is when it would have ended."""


@event(
    semconv.EVENT_AUTH_TOKEN_REUSE_DETECTED,
    "refresh token was used twice",
    audit=True,
    level=logging.ERROR,
)
def auth_token_reuse_detected(
    *,
    token_id: str,
    user_id: str,
    audit_record_id: str | None = None,
) -> None:
    """A refresh token that had been rotated was presented again (RFC 9700, section 4.14.2)."""


@event(semconv.EVENT_AUTH_ROLE_GRANTED, "role granted", audit=True)
def auth_role_granted(
    *, role: str, target_user_id: str, user_id: str, audit_record_id: str | None = None
) -> None:
    """A user got a role: `user_id` gave it, `target_user_id` has it."""


@event(semconv.EVENT_AUTH_ROLE_REVOKED, "role revoked", audit=True)
def auth_role_revoked(
    *, role: str, target_user_id: str, user_id: str, audit_record_id: str | None = None
) -> None:
    """A user lost a role: `user_id` took it, `target_user_id` had it."""


@event(semconv.EVENT_AUTH_PASSWORD_RESET, "password reset", audit=True)
def auth_password_reset(
    *,
    outcome: Success | Failure[ResetFailure],
    user_name: str | None = None,
    user_id: str | None = None,
    audit_record_id: str | None = None,
) -> None:
    """Somebody asked for a new password."""


@event(semconv.EVENT_AUTH_ATTACK_SUSPECTED, "attack suspected", audit=True, level=logging.ERROR)
def auth_attack_suspected(
    *,
    attack_type: AttackType,
    failure_count: int,
    window_seconds: float,
    client_address: str | None = None,
    target_user_id: str | None = None,
    audit_record_id: str | None = None,
) -> None:
    """Failures from one address, or on one account, have become too many.

    Args:
        attack_type: What it looks like.
        failure_count: Failures in the window.
        window_seconds: Length of the window, in seconds.
        client_address: Where they come from; by default the request's.
        target_user_id: The account that they aim at, where it is one.
        audit_record_id: ID of the row of the audit trail that says the same.
    """
