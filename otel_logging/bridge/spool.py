"""Encoded requests in files, for a receiver that is away: they outlive the process.

Several processes may share a folder. Adding is atomic; sending is done by one process at a time,
held by a lock that the operating system frees when the process is killed.
"""

from __future__ import annotations

import fcntl
import os
import time
import zlib
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from struct import Struct
from typing import Final

from otel_logging.diagnostics import diagnostics
from otel_logging.settings import SettingsError

_HEADER: Final = Struct("<4sIQ")
"""Mark of the format, CRC-32 of the request, its length."""

_MARK: Final = b"OTS1"
WAITING: Final = ".otlp"
"""How the name of a file ends that waits to be sent."""

_DAMAGED: Final = ".damaged"
UNFINISHED: Final = ".part"
"""How it ends while it is written."""

_ROOM: Final = ".room"
"""Whoever adds holds a lock on this file, for all signals."""

Send = Callable[[bytes], bool]
"""Sends a request; False while the receiver is away."""


class Spool:
    """The files of one signal in a folder; 0600 in 0700, oldest first.

    What is added must be redacted. Files are not synchronised to the disk: they outlive the
    process, not a loss of power.

    Args:
        folder: Where the files are; made if it is missing.
        signal: `logs` or `traces`.
        max_bytes: Most bytes of all files in the folder, over all signals.

    Raises:
        SettingsError: The folder cannot be used, or others can read it.
    """

    def __init__(self, folder: Path, signal: str, max_bytes: int) -> None:
        self._folder = folder.absolute()
        self._signal = signal
        self._max_bytes = max_bytes
        self._held: set[int] = set()
        try:
            self._folder.mkdir(mode=0o700, exist_ok=True)
            closed = self._folder.stat().st_mode & 0o077 == 0
            usable = closed and os.access(self._folder, os.R_OK | os.W_OK | os.X_OK)
        except OSError as error:
            raise SettingsError("OTLOG_SPOOL", str(folder), error.strerror or "unusable") from None
        if not usable:
            reason = "has to be this user's own: chmod 700 it"
            raise SettingsError("OTLOG_SPOOL", str(folder), reason)
        self._tidy()

    def add(self, request: bytes) -> bool:
        """Keep a request; False where there is no room or the disk fails. Never raises."""
        name = f"{self._signal}-{time.time_ns():020d}-{os.getpid()}-{os.urandom(4).hex()}"
        part = self._folder / f"{name}{UNFINISHED}"
        try:
            with self._locked(self._folder / _ROOM, wait=True):
                if self._size() + _HEADER.size + len(request) > self._max_bytes:
                    diagnostics.report("spool_full", "the spool is full (OTLOG_SPOOL_BYTES)")
                    return False
                descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
                with os.fdopen(descriptor, "wb") as file:
                    file.write(pack(request))
                part.rename(part.with_suffix(WAITING))
        except OSError as error:
            diagnostics.error("spool", "keeping a batch in OTLOG_SPOOL", error)
            with suppress(OSError):
                part.unlink()
            return False
        return True

    def drain(self, send: Send) -> bool:
        """Send what waits, oldest first, until the receiver is away again. Never raises.

        A file goes once `send` is done with its request, so a process that dies in between sends
        it again; its records have the `log.record.uid` that they had.

        Returns:
            True if nothing waits any more.
        """
        try:
            with self._locked(send_lock(self._folder, self._signal), wait=False) as mine:
                for path in self._waiting() if mine else ():
                    if not self._send(path, send):
                        return False
                return not self._waiting()
        except OSError as error:
            diagnostics.error("spool", "sending what is in OTLOG_SPOOL", error)
            return False

    def after_fork(self) -> None:
        """Let go of locks that the parent holds: the child has copies of their descriptors."""
        while self._held:
            os.close(self._held.pop())

    def _tidy(self) -> None:
        """Remove what a process that was killed had begun to write."""
        with suppress(OSError), self._locked(self._folder / _ROOM, wait=True):
            for path in self._folder.glob(f"{self._signal}-*{UNFINISHED}"):
                path.unlink()

    def _send(self, path: Path, send: Send) -> bool:
        request = unpack(path.read_bytes())
        if request is None:
            diagnostics.report("spool_damaged", f"{path.name} is damaged; it is set aside")
            path.rename(path.with_suffix(_DAMAGED))
            return True
        if not send(request):
            return False
        path.unlink()
        return True

    def _waiting(self) -> list[Path]:
        return sorted(self._folder.glob(f"{self._signal}-*{WAITING}"))

    def _size(self) -> int:
        total = 0
        with os.scandir(self._folder) as entries:
            for entry in entries:
                # What is sent meanwhile goes.
                with suppress(FileNotFoundError):
                    total += entry.stat().st_size
        return total

    @contextmanager
    def _locked(self, lock: Path, *, wait: bool) -> Iterator[bool]:
        """Hold a lock between processes, if it can be had; an end of the process frees it."""
        descriptor = os.open(lock, os.O_RDWR | os.O_CREAT | os.O_CLOEXEC, 0o600)
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | (0 if wait else fcntl.LOCK_NB))
        except BlockingIOError:
            os.close(descriptor)
            yield False
            return
        self._held.add(descriptor)
        try:
            yield True
        finally:
            self._held.discard(descriptor)
            fcntl.flock(descriptor, fcntl.LOCK_UN)
            os.close(descriptor)


def send_lock(folder: Path, signal: str) -> Path:
    """Return the file on which whoever sends a signal's requests, or changes them, holds a lock."""
    return folder / f".send-{signal}"


def pack(request: bytes) -> bytes:
    """Return the content of a request's file."""
    return _HEADER.pack(_MARK, zlib.crc32(request), len(request)) + request


def unpack(data: bytes) -> bytes | None:
    """Return the request in a file's content, or None where that is damaged."""
    if len(data) < _HEADER.size:
        return None
    mark, checksum, size = _HEADER.unpack_from(data)
    request = data[_HEADER.size :]
    intact = mark == _MARK and size == len(request) and checksum == zlib.crc32(request)
    return request if intact else None
