"""The first administrator, so that there is somebody who can name others."""

from __future__ import annotations

import asyncio
import contextlib
import secrets
from pathlib import Path

from services.auth_service import secret_file
from services.auth_service.accounts import Accounts, Registration, UsernameTakenError
from services.auth_service.administration import ADMIN

USERNAME = "admin"


async def ensure_admin(accounts: Accounts, password_file: Path) -> None:
    """Make the account `admin` unless there is one.

    Its password is what the file holds; a missing file is made, with a random password.
    """
    if await accounts.by_name(USERNAME) is not None:
        return
    password = await asyncio.to_thread(_password, password_file)
    # Of several workers that start at once, one makes the account.
    with contextlib.suppress(UsernameTakenError):
        await accounts.register(
            Registration(USERNAME, "admin@localhost", password), ("user", ADMIN)
        )


def _password(file: Path) -> str:
    if not file.exists():
        secret_file.create(file, secrets.token_urlsafe(24).encode())
    return file.read_text().strip()
