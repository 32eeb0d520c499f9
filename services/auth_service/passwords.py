"""Password hashes: Argon2id with the low-memory parameters of RFC 9106, section 4."""

from __future__ import annotations

import asyncio
import secrets

from argon2 import PasswordHasher
from argon2.exceptions import VerifyMismatchError


class Passwords:
    """Hash and verify in a thread: one hash takes tens of milliseconds of CPU time."""

    def __init__(self) -> None:
        self._hasher = PasswordHasher()
        self._nobody = self._hasher.hash(secrets.token_urlsafe())

    async def hash(self, password: str) -> str:
        """The encoded hash of a password, with its salt and parameters."""
        return await asyncio.to_thread(self._hasher.hash, password)

    async def matches(self, password: str, encoded: str | None) -> bool:
        """Whether the password is the one that was hashed.

        Without a hash (`None`: there is no such account) the answer is no, and
        takes as long as any other, so that its time tells nobody who exists.
        """
        return await asyncio.to_thread(self._verify, encoded, password)

    def _verify(self, encoded: str | None, password: str) -> bool:
        try:
            self._hasher.verify(encoded or self._nobody, password)
        except VerifyMismatchError:
            return False
        return encoded is not None
