"""Encrypted archives: files of a store, a spool or a log folder, put away for one recipient.

An archive is a POSIX tar stream encrypted with age (https://age-encryption.org/v1). Its last
member, `MANIFEST.json`, names every file with its size and SHA-256 sum, so that an archive tells
by itself whether it is whole.
"""

from otel_logging.archive.errors import ArchiveError
from otel_logging.archive.keys import make_identity, read_identities, read_recipients
from otel_logging.archive.manifest import Manifest, Member
from otel_logging.archive.packing import create
from otel_logging.archive.unpacking import restore, verify

__all__ = [
    "ArchiveError",
    "Manifest",
    "Member",
    "create",
    "make_identity",
    "read_identities",
    "read_recipients",
    "restore",
    "verify",
]
