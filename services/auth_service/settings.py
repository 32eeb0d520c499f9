"""Settings of auth-service, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DATABASE_URL = "sqlite+aiosqlite:///auth.db"
DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class SettingsError(ValueError):
    """A variable is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Lifetimes:
    """Seconds that tokens are valid."""

    access: int = 15 * 60
    refresh: int = 14 * 24 * 60 * 60


@dataclass(frozen=True, slots=True, kw_only=True)
class Limits:
    """How much failure is too much.

    Attributes:
        lock_failures: failed attempts at one account that lock it.
        lock_seconds: how long it stays locked, and how long a failed attempt counts.
        attack_failures: failed attempts, at one account or from one address, that are
            told as an attack.
    """

    lock_failures: int = 5
    lock_seconds: int = 15 * 60
    attack_failures: int = 10


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What auth-service needs to run.

    Attributes:
        signing_key_file: private key of the tokens (PEM), created when missing.
        database_url: SQLAlchemy URL of the accounts.
        admin_password_file: password of the first administrator, created when missing; none
            is made without it.
        lifetimes: of the tokens.
        limits: of failed attempts.
    """

    signing_key_file: Path
    database_url: str = field(default=DATABASE_URL, repr=False)
    admin_password_file: Path | None = None
    lifetimes: Lifetimes = field(default_factory=Lifetimes)
    limits: Limits = field(default_factory=Limits)

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read the variables that begin with `AUTH_`.

        Raises:
            SettingsError: when a variable is missing or wrong.
        """
        key_file = environ.get("AUTH_SIGNING_KEY_FILE", "")
        if not key_file:
            raise SettingsError(
                "AUTH_SIGNING_KEY_FILE is not set: name the file of the key that signs "
                "the tokens, for example .run/auth-key.pem; it is created when missing"
            )
        password_file = environ.get("AUTH_ADMIN_PASSWORD_FILE", "")
        lives, limits = Lifetimes(), Limits()
        return cls(
            signing_key_file=Path(key_file),
            database_url=_database_url(environ),
            admin_password_file=Path(password_file) if password_file else None,
            lifetimes=Lifetimes(
                access=_number(environ, "AUTH_ACCESS_LIFETIME", lives.access),
                refresh=_number(environ, "AUTH_REFRESH_LIFETIME", lives.refresh),
            ),
            limits=Limits(
                lock_failures=_number(environ, "AUTH_LOCK_FAILURES", limits.lock_failures),
                lock_seconds=_number(environ, "AUTH_LOCK_SECONDS", limits.lock_seconds),
                attack_failures=_number(environ, "AUTH_ATTACK_FAILURES", limits.attack_failures),
            ),
        )


def _database_url(environ: Mapping[str, str]) -> str:
    url = environ.get("AUTH_DATABASE_URL") or DATABASE_URL
    try:
        driver = make_url(url).drivername
    except ArgumentError:
        driver = "no URL"
    if driver not in DRIVERS:
        raise SettingsError(
            f"AUTH_DATABASE_URL has the driver {driver!r}: use "
            "sqlite+aiosqlite:///FILE or postgresql+asyncpg://USER:PASSWORD@HOST/NAME"
        )
    return url


def _number(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "") or str(default)
    if not text.isdecimal() or int(text) == 0:
        raise SettingsError(f"{name} is {text!r}: give a whole number, 1 or more")
    return int(text)
