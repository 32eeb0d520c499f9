"""What can go wrong with an archive."""

from __future__ import annotations


class ArchiveError(Exception):
    """An archive cannot be made, read or trusted; the message says why and what to do."""
