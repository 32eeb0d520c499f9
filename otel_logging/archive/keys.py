"""Identities (private) and recipients (public) of age, as files and command lines hold them."""

from __future__ import annotations

from pathlib import Path

from pyrage import IdentityError, RecipientError, x25519

from otel_logging.archive.errors import ArchiveError
from otel_logging.archive.private import create_private


def make_identity(path: Path) -> str:
    """Write a new identity for its owner's eyes alone.

    Args:
        path: The file to make, in the form of `age-keygen`.

    Returns:
        The recipient: what archives are encrypted to; it is no secret.

    Raises:
        ArchiveError: When the file exists or cannot be written.
    """
    identity = x25519.Identity.generate()
    recipient = str(identity.to_public())
    with create_private(path) as file:
        file.write(f"# public key: {recipient}\n{identity}\n".encode())
    return recipient


def read_identities(path: Path) -> list[x25519.Identity]:
    """Read the identities in a file; lines that begin with `#` are comments.

    Raises:
        ArchiveError: When the file cannot be read or a line is not an identity. The line itself
            is not repeated.
    """
    identities = []
    for number, line in _lines(path):
        try:
            identities.append(x25519.Identity.from_str(line))
        except IdentityError:
            raise ArchiveError(
                f"{path}, line {number}: not an identity; one begins with AGE-SECRET-KEY-1"
            ) from None
    if not identities:
        raise ArchiveError(f"{path} holds no identity; make one with `otel-logging archive key`")
    return identities


def read_recipients(words: list[str], files: list[Path]) -> list[x25519.Recipient]:
    """Read recipients from words and from files with one a line.

    Raises:
        ArchiveError: When there is none, or one is not a recipient of age.
    """
    named = [("--recipient", word) for word in words]
    named += [(f"{path}, line {number}", line) for path in files for number, line in _lines(path)]
    if not named:
        raise ArchiveError("an archive needs at least one --recipient or --recipients-file")
    recipients = []
    for where, word in named:
        try:
            recipients.append(x25519.Recipient.from_str(word))
        except RecipientError:
            raise ArchiveError(f"{where}: not a recipient; one begins with age1") from None
    return recipients


def _lines(path: Path) -> list[tuple[int, str]]:
    try:
        text = path.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        reason = getattr(error, "strerror", None) or "not UTF-8"
        raise ArchiveError(f"{path} cannot be read: {reason}") from error
    lines = enumerate((line.strip() for line in text.splitlines()), 1)
    return [(number, line) for number, line in lines if line and not line.startswith("#")]
