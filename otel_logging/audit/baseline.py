"""A baseline: findings that were looked at and accepted, by fingerprint."""

import hashlib
import hmac
import json
import os
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from otel_logging.audit.findings import MIN_SALT, Finding

_CHECKED = b"otel-logging audit baseline"


class BaselineError(Exception):
    """A baseline or salt file that cannot be used; the message names the file and what to do."""


@dataclass(frozen=True, slots=True)
class Baseline:
    """What is accepted, and the salt under which it was found.

    Attributes:
        salt: The salt of its fingerprints; None while there is none.
        accepted: Fingerprints.
    """

    salt: bytes | None = None
    accepted: frozenset[str] = frozenset()

    @classmethod
    def read(cls, file: Path, salt: bytes | None = None) -> "Baseline":
        """Read a baseline; ``salt`` is given where it is kept in a file of its own.

        Raises:
            BaselineError: It cannot be read, is none, or was made with another salt.
        """
        try:
            data = json.loads(file.read_text("utf-8"))
            kept = bytes.fromhex(data["salt"]) if data["salt"] else None
            check, accepted = data["check"], {each["fingerprint"] for each in data["accepted"]}
        except OSError as error:
            reason = f"{error.strerror}; make it with --write-baseline"
            raise BaselineError(f"{file}: cannot be read: {reason}") from None
        except (ValueError, KeyError, TypeError):
            reason = "is no baseline; make one with --write-baseline"
            raise BaselineError(f"{file}: {reason}") from None
        if kept is None and salt is None:
            raise BaselineError(f"{file}: was made with --salt-file: give the same one")
        used = salt or kept or b""
        if not hmac.compare_digest(_check(used), str(check)):
            raise BaselineError(f"{file}: was made with another salt")
        return cls(used, frozenset(accepted))


def write(file: Path, findings: Iterable[Finding], salt: bytes, *, keep_salt: bool) -> None:
    """Write a baseline that accepts ``findings``, readable by its owner only.

    Args:
        file: Where to.
        findings: What to accept.
        salt: The salt of their fingerprints.
        keep_salt: Whether the salt is kept in the file; else it has to be given each time.

    Raises:
        BaselineError: The file cannot be written.
    """
    first: dict[str, dict[str, Any]] = {}
    for finding in findings:
        first.setdefault(finding.fingerprint, asdict(finding))
    data = {
        "version": 1,
        "salt": salt.hex() if keep_salt else None,
        "check": _check(salt),
        "accepted": [*first.values()],
    }
    aside = file.with_name(f".{file.name}.new")
    try:
        descriptor = os.open(aside, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as out:
            out.write(json.dumps(data, indent=2) + "\n")
        aside.replace(file)
    except OSError as error:
        raise BaselineError(f"{file}: cannot be written: {error.strerror}") from None


def read_salt(file: Path) -> bytes:
    """Read a salt from a file.

    Raises:
        BaselineError: It cannot be read or is too short.
    """
    try:
        salt = file.read_bytes().strip()
    except OSError as error:
        raise BaselineError(f"{file}: cannot be read: {error.strerror}") from None
    if len(salt) < MIN_SALT:
        reason = f"a salt has at least {MIN_SALT} random bytes: openssl rand -hex 32 > {file}"
        raise BaselineError(f"{file}: {reason}")
    return salt


def _check(salt: bytes) -> str:
    return hmac.new(salt, _CHECKED, hashlib.sha256).hexdigest()[:16]
