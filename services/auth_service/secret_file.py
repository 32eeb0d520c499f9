"""Files with secrets, which only their owner can read."""

from __future__ import annotations

import contextlib
import os
from pathlib import Path


def create(file: Path, content: bytes) -> None:
    """Make a file, mode 0600, with this content, unless it is there.

    Of several processes that do so at once one makes it, whole; all find it made.
    """
    file.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = file.with_name(f"{file.name}.{os.getpid()}")
    descriptor = os.open(draft, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600)
    with os.fdopen(descriptor, "wb") as opened:
        opened.write(content)
    with contextlib.suppress(FileExistsError):
        os.link(draft, file)
    draft.unlink()
