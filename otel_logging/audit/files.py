"""Files and folders, and standard input."""

import os
import stat
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import BinaryIO, Final, TypeAlias

from otel_logging.audit import databases, lines, unpack
from otel_logging.audit.items import Item
from otel_logging.audit.problems import Problem, UnreadableError

Advance: TypeAlias = Callable[[str, int], None]
"""Told of an input and how many bytes more were read of it."""

STANDARD_INPUT: Final = "-"
_SPECIAL: Final = (
    (stat.S_ISFIFO, "a FIFO"),
    (stat.S_ISSOCK, "a socket"),
    (stat.S_ISCHR, "a device"),
    (stat.S_ISBLK, "a device"),
)


def of_stream(stream: BinaryIO, name: str, advance: Advance) -> Iterator[Item | Problem]:
    """What a stream holds, as it comes."""
    try:
        chunks, encoding = unpack.unpacked(_chunks(stream, name, advance))
        yield from lines.items(chunks, name, encoding)
    except UnreadableError as error:
        yield Problem(name, str(error))
    except OSError as error:
        yield Problem(name, f"cannot be read further: {error.strerror or type(error).__name__}")


def of_paths(paths: list[Path], advance: Advance) -> Iterator[Item | Problem]:
    """What files hold, and files below folders; each file once, whatever leads to it."""
    seen: set[tuple[int, int]] = set()
    for path in paths:
        if not path.exists() and not path.is_symlink():
            yield Problem(str(path), "does not exist")
        else:
            yield from _of_path(path, seen, advance)


def _of_path(path: Path, seen: set[tuple[int, int]], advance: Advance) -> Iterator[Item | Problem]:
    try:
        status = path.stat()
    except OSError as error:
        broken = path.is_symlink()
        reason = "a link that leads nowhere" if broken else f"cannot be read: {error.strerror}"
        yield Problem(str(path), reason, fatal=not broken)
        return
    identity = (status.st_dev, status.st_ino)
    if identity in seen:
        return
    seen.add(identity)
    if stat.S_ISDIR(status.st_mode):
        yield from _of_folder(path, seen, advance)
    elif stat.S_ISREG(status.st_mode):
        yield from _of_file(path, advance)
    else:
        kind = next((name for test, name in _SPECIAL if test(status.st_mode)), "no file")
        reason = f"is {kind} and was skipped; pipe it into `otel-logging audit -`"
        yield Problem(str(path), reason, fatal=False)


def _of_folder(
    folder: Path, seen: set[tuple[int, int]], advance: Advance
) -> Iterator[Item | Problem]:
    try:
        entries = sorted(os.scandir(folder), key=lambda entry: entry.name)
    except OSError as error:
        yield Problem(str(folder), f"cannot be read: {error.strerror}")
        return
    for entry in entries:
        path = Path(entry.path)
        if entry.is_symlink() and path.is_dir():
            reason = "is a link to a folder and was not followed"
            yield Problem(entry.path, reason, fatal=False)
        else:
            yield from _of_path(path, seen, advance)


def _of_file(path: Path, advance: Advance) -> Iterator[Item | Problem]:
    try:
        with path.open("rb") as file:
            kind = unpack.database_kind(file.read(64))
            file.seek(0)
            if kind is None:
                yield from of_stream(file, str(path), advance)
                return
    except OSError as error:
        yield Problem(str(path), f"cannot be read: {error.strerror}")
        return
    advance(str(path), path.stat().st_size)
    yield from databases.rows(path, kind)


def _chunks(stream: BinaryIO, name: str, advance: Advance) -> Iterator[bytes]:
    read = getattr(stream, "read1", stream.read)
    while chunk := read(unpack.CHUNK):
        advance(name, len(chunk))
        yield chunk
