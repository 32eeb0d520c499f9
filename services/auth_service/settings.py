"""Settings of auth-service, from the environment."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Self

from sqlalchemy.engine import make_url
from sqlalchemy.exc import ArgumentError

DATABASE_URL = "sqlite+aiosqlite:///auth.db"
ACCESS_LIFETIME = 15 * 60
REFRESH_LIFETIME = 14 * 24 * 60 * 60
DRIVERS = ("sqlite+aiosqlite", "postgresql+asyncpg")


class SettingsError(ValueError):
    """A variable is missing or wrong; the message names it and says what to do."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Settings:
    """What auth-service needs to run.

    Attributes:
        signing_key_file: private key of the tokens (PEM), created when missing.
        database_url: SQLAlchemy URL of the accounts.
        access_lifetime: seconds that an access token is valid.
        refresh_lifetime: seconds that a refresh token is valid.
    """

    signing_key_file: Path
    database_url: str = field(default=DATABASE_URL, repr=False)
    access_lifetime: int = ACCESS_LIFETIME
    refresh_lifetime: int = REFRESH_LIFETIME

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Self:
        """Read `AUTH_SIGNING_KEY_FILE`, `AUTH_DATABASE_URL`, `AUTH_*_LIFETIME`.

        Raises:
            SettingsError: when a variable is missing or wrong.
        """
        key_file = environ.get("AUTH_SIGNING_KEY_FILE", "")
        if not key_file:
            raise SettingsError(
                "AUTH_SIGNING_KEY_FILE is not set: name the file of the key that signs "
                "the tokens, for example .run/auth-key.pem; it is created when missing"
            )
        return cls(
            signing_key_file=Path(key_file),
            database_url=_database_url(environ),
            access_lifetime=_seconds(environ, "AUTH_ACCESS_LIFETIME", ACCESS_LIFETIME),
            refresh_lifetime=_seconds(environ, "AUTH_REFRESH_LIFETIME", REFRESH_LIFETIME),
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


def _seconds(environ: Mapping[str, str], name: str, default: int) -> int:
    text = environ.get(name, "") or str(default)
    if not text.isdecimal() or int(text) == 0:
        raise SettingsError(f"{name} is {text!r}: give a whole number of seconds, 1 or more")
    return int(text)
