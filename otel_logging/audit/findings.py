"""A finding, and the fingerprint by which a secret is told from others without being shown."""

import hashlib
import hmac
import secrets
from dataclasses import dataclass
from typing import Final

DIGITS: Final = 16
"""Hexadecimal digits of a fingerprint: 64 bits."""

MIN_SALT: Final = 16
"""Bytes that a salt has at least."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A secret that rests where it must not.

    Attributes:
        location: ``file:line``, ``file!table.column row n``, or a record of a backend.
        field: Path inside the record; empty for text.
        rule: The rule or detector that found it.
        encoding: The encodings around it, outermost first.
        fingerprint: The same for the same secret and salt, wherever it stands.
    """

    location: str
    field: str
    rule: str
    encoding: tuple[str, ...]
    fingerprint: str


class Fingerprints:
    """Makes fingerprints: HMAC-SHA-256 (RFC 2104) under a salt, cut to 64 bits.

    Without a salt one is made up: nobody can then try out guesses against a report.
    """

    def __init__(self, salt: bytes | None = None) -> None:
        self.salt = salt or secrets.token_bytes(32)

    def of(self, secret: bytes) -> str:
        """The fingerprint of a secret."""
        return hmac.new(self.salt, secret, hashlib.sha256).hexdigest()[:DIGITS]
