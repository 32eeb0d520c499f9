"""Make an archive: files → tar → age → one private file, as a stream."""

from __future__ import annotations

import fcntl
import hashlib
import io
import os
import tarfile
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO

from pyrage import encrypt_io, x25519

from otel_logging.archive.errors import ArchiveError
from otel_logging.archive.manifest import FORMAT, MANIFEST, Manifest, Member
from otel_logging.archive.private import create_private

Told = Callable[[Member], None]
_STORE_LOCK = "lock"


def create(
    paths: Sequence[Path],
    output: Path,
    recipients: Sequence[x25519.Recipient],
    told: Told = lambda _: None,
) -> Manifest:
    """Encrypt files and folders into one archive of mode 0600.

    A folder that an embedded store uses is held against that store meanwhile.

    Args:
        paths: Files and folders; links in folders are left out.
        output: The archive to make; it must not exist.
        recipients: Who can open it; each of them alone.
        told: Called after each file.

    Returns:
        The manifest, as it stands in the archive.

    Raises:
        ArchiveError: When a file cannot be read, changes meanwhile or stands there twice, when a
            store is using a folder, or when the archive exists or cannot be written.
    """
    with ExitStack() as held:
        for path in paths:
            held.enter_context(_not_in_use(path))
        files = _files(paths, output)
        with create_private(output) as target:
            return _encrypted(_Packer(files, told), target, recipients)


def _encrypted(
    packer: _Packer, target: BinaryIO, recipients: Sequence[x25519.Recipient]
) -> Manifest:
    """Encrypt what a thread packs at the other end of a pipe."""
    reading, writing = os.pipe()
    thread = threading.Thread(target=packer.run, args=(writing,), name="archive")
    thread.start()
    try:
        with os.fdopen(reading, "rb") as source:
            encrypt_io(source, target, list(recipients))
    finally:
        thread.join()
    if packer.error is not None:
        raise packer.error
    return packer.manifest()


@dataclass
class _Packer:
    """Writes the tar stream and keeps the list."""

    files: dict[str, Path]
    told: Told
    members: list[Member] = field(default_factory=list)
    created: str = field(default_factory=lambda: datetime.now(UTC).isoformat(timespec="seconds"))
    error: Exception | None = None

    def run(self, descriptor: int) -> None:
        """Pack everything into a pipe, and close it."""
        try:
            with (
                os.fdopen(descriptor, "wb") as pipe,
                tarfile.open(fileobj=pipe, mode="w|", format=tarfile.PAX_FORMAT) as tar,
            ):
                for name, path in self.files.items():
                    self._add(tar, name, path)
                data = self.manifest().encode()
                tar.addfile(_header(MANIFEST, len(data)), io.BytesIO(data))
        except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
            self.error = error

    def manifest(self) -> Manifest:
        """Return the list so far."""
        return Manifest(format=FORMAT, created=self.created, members=tuple(self.members))

    def _add(self, tar: tarfile.TarFile, name: str, path: Path) -> None:
        try:
            with path.open("rb") as file:
                status = os.fstat(file.fileno())
                source = _Hashing(file)
                tar.addfile(_header(name, status.st_size, status.st_mtime_ns), source)
                if file.read(1):
                    raise ArchiveError(f"{path} grew meanwhile: archive it when nobody writes it")
        except OSError as error:
            raise ArchiveError(f"{path} cannot be read to its end: {error}") from error
        member = Member(name, status.st_size, source.hash.hexdigest(), status.st_mtime_ns)
        self.members.append(member)
        self.told(member)


class _Hashing(io.RawIOBase):
    """A file that is hashed as it is read."""

    def __init__(self, file: BinaryIO) -> None:
        self._file = file
        self.hash = hashlib.sha256()

    def read(self, size: int = -1, /) -> bytes:
        data = self._file.read(size)
        self.hash.update(data)
        return data


def _header(name: str, size: int, modified_ns: int = 0) -> tarfile.TarInfo:
    header = tarfile.TarInfo(name)
    header.size = size
    header.mode = 0o600
    header.mtime = modified_ns // 10**9
    return header


def _files(paths: Sequence[Path], output: Path) -> dict[str, Path]:
    """Name every file by its path below the folder that was given, that folder's name first."""
    named: dict[str, Path] = {}
    for path in paths:
        for file in _below(path):
            if file.resolve() == output.resolve():
                continue
            name = file.absolute().relative_to(path.absolute().parent).as_posix()
            if name in named or name == MANIFEST:
                raise ArchiveError(f"{file}: the name {name} is taken; archive it by itself")
            named[name] = file
    if not named:
        raise ArchiveError("there is no file to archive")
    return named


def _below(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    elif not path.is_dir():
        raise ArchiveError(f"{path}: no such file or folder")
    for folder, folders, files in os.walk(path, onerror=_refuse):
        folders.sort()
        for name in sorted(files):
            file = Path(folder, name)
            if file.is_file() and not file.is_symlink():
                yield file


def _refuse(error: OSError) -> None:
    raise ArchiveError(f"{error.filename} cannot be read: {error.strerror}") from error


def _not_in_use(path: Path) -> ExitStack:
    """Hold the lock of an embedded store's folder, where there is one."""
    held = ExitStack()
    lock = path / _STORE_LOCK
    if lock.is_file():
        file = held.enter_context(lock.open("r"))
        try:
            fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except OSError as error:
            held.close()
            raise ArchiveError(f"{path} is used by a running store; stop it first") from error
    return held
