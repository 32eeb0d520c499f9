"""Files that only their owner can read, whatever the umask; never a half-written one."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO

from otel_logging.archive.errors import ArchiveError


@contextmanager
def create_private(path: Path) -> Iterator[BinaryIO]:
    """Open a new file of mode 0600 for writing; it takes its name when all is on the disk.

    Args:
        path: The file to make; it must not exist.

    Yields:
        The file; an exception inside the block leaves nothing behind.

    Raises:
        ArchiveError: When the file exists or cannot be made.
    """
    partial = path.with_name(f".{path.name}.partial-{os.getpid()}")
    try:
        descriptor = os.open(partial, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error
    try:
        with os.fdopen(descriptor, "wb") as file:
            os.fchmod(file.fileno(), 0o600)
            yield file
            file.flush()
            os.fsync(file.fileno())
        # A link, unlike a rename, never replaces what is there.
        os.link(partial, path)
    except FileExistsError as error:
        raise ArchiveError(f"{path} exists; name another file") from error
    except OSError as error:
        raise ArchiveError(f"{path} cannot be written: {error.strerror}") from error
    finally:
        partial.unlink()
