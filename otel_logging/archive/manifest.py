"""The list of what an archive holds."""

from __future__ import annotations

import msgspec

from otel_logging.archive.errors import ArchiveError

MANIFEST = "MANIFEST.json"
FORMAT = 1


class Member(msgspec.Struct, frozen=True):
    """One file.

    Attributes:
        name: Path inside the archive, relative, with `/` between its parts.
        size: Bytes.
        sha256: SHA-256 sum (FIPS 180-4), 64 hexadecimal digits.
        modified_ns: Time of the last change, nanoseconds since 1970 in UTC.
    """

    name: str
    size: int
    sha256: str
    modified_ns: int


class Manifest(msgspec.Struct, frozen=True):
    """All files, in the order in which they stand.

    Attributes:
        format: Version of this form.
        created: When the archive was made, RFC 3339 in UTC.
        members: The files.
    """

    format: int
    created: str
    members: tuple[Member, ...]

    @property
    def size(self) -> int:
        """Bytes of all files."""
        return sum(member.size for member in self.members)

    def encode(self) -> bytes:
        """Return the manifest as JSON."""
        return msgspec.json.format(msgspec.json.encode(self))

    @classmethod
    def decode(cls, data: bytes) -> Manifest:
        """Read a manifest.

        Raises:
            ArchiveError: When it is not one, or of a later version.
        """
        try:
            manifest = msgspec.json.decode(data, type=cls)
        except (msgspec.DecodeError, UnicodeError) as error:
            raise ArchiveError(f"{MANIFEST} of the archive is broken: {error}") from error
        if manifest.format != FORMAT:
            raise ArchiveError(f"archive format {manifest.format} needs a newer otel-logging")
        return manifest
