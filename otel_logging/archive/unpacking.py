"""Open an archive: check it to its last byte, and put its files back."""

from __future__ import annotations

import hashlib
import os
import shutil
import tarfile
import tempfile
import threading
from collections.abc import Callable, Sequence
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO

from pyrage import DecryptError, decrypt_io, x25519

from otel_logging.archive.errors import ArchiveError
from otel_logging.archive.manifest import MANIFEST, Manifest, Member

Told = Callable[[Member], None]
_CHUNK = 1 << 20


def verify(
    archive: Path, identities: Sequence[x25519.Identity], told: Told = lambda _: None
) -> Manifest:
    """Read an archive to its end and compare every file with the manifest; write nothing.

    Args:
        archive: The archive.
        identities: Keys to try.
        told: Called after each file.

    Returns:
        The manifest.

    Raises:
        ArchiveError: When no identity opens it, a byte was altered, or something is missing.
    """
    return _read(archive, identities, _Checker(told, None))


def restore(
    archive: Path,
    identities: Sequence[x25519.Identity],
    target: Path,
    told: Told = lambda _: None,
) -> Manifest:
    """Put an archive's files into a new folder, modes 0700 and 0600.

    The folder appears when everything in it was checked, and not before.

    Args:
        archive: The archive.
        identities: Keys to try.
        target: The folder to make; it must not exist.
        told: Called after each file.

    Returns:
        The manifest.

    Raises:
        ArchiveError: As of `verify`, and when the folder exists or cannot be written.
    """
    if target.exists():
        raise ArchiveError(f"{target} exists; name a folder that does not")
    try:
        partial = Path(tempfile.mkdtemp(prefix=f".{target.name}.partial-", dir=target.parent))
    except OSError as error:
        raise ArchiveError(f"{target} cannot be made: {error.strerror}") from error
    try:
        manifest = _read(archive, identities, _Checker(told, partial))
        for member in manifest.members:
            os.utime(partial / member.name, ns=(member.modified_ns, member.modified_ns))
        partial.rename(target)
    except OSError as error:
        raise ArchiveError(f"{target} cannot be written: {error.strerror}") from error
    finally:
        shutil.rmtree(partial, ignore_errors=True)
    return manifest


def _read(archive: Path, identities: Sequence[x25519.Identity], checker: _Checker) -> Manifest:
    reading, writing = os.pipe()
    thread = threading.Thread(target=checker.run, args=(reading,), name="archive")
    thread.start()
    try:
        with os.fdopen(writing, "wb") as pipe:
            _decrypt(archive, pipe, identities)
    finally:
        thread.join()
    if checker.error is not None:
        raise checker.error
    return checker.compared()


def _decrypt(archive: Path, pipe: BinaryIO, identities: Sequence[x25519.Identity]) -> None:
    try:
        with archive.open("rb") as source:
            decrypt_io(source, pipe, list(identities))
    except DecryptError as error:
        raise ArchiveError(f"{archive}: wrong key, or not an archive ({error})") from error
    except FileNotFoundError as error:
        raise ArchiveError(f"{archive}: no such file") from error
    except OSError as error:
        raise ArchiveError(f"{archive} was altered, is cut short or cannot be read: {error}") from (
            error
        )


class _Checker:
    """Reads the tar stream, hashes each file, and writes it where a folder was given."""

    def __init__(self, told: Told, folder: Path | None) -> None:
        self._told = told
        self._folder = folder
        self._seen: list[Member] = []
        self._manifest: Manifest | None = None
        self.error: Exception | None = None

    def run(self, descriptor: int) -> None:
        """Read a pipe to its end."""
        with os.fdopen(descriptor, "rb") as pipe:
            try:
                with tarfile.open(fileobj=pipe, mode="r|") as tar:
                    for header in tar:
                        self._take(tar, header)
            except tarfile.TarError as error:
                self.error = ArchiveError(f"the archive holds no whole tar stream: {error}")
            except Exception as error:  # noqa: BLE001 - raised again by the thread that waits
                self.error = error
            while pipe.read(_CHUNK):  # The writer must not be left waiting, nor be cut off.
                pass

    def compared(self) -> Manifest:
        """Return the manifest, once it and the files agree.

        Raises:
            ArchiveError: When they do not.
        """
        manifest = self._manifest
        if manifest is None:
            raise ArchiveError(f"the archive holds no {MANIFEST}: it is not one of ours")
        if self._seen != [_comparable(member) for member in manifest.members]:
            raise ArchiveError("the archive's files are not those of its manifest")
        return manifest

    def _take(self, tar: tarfile.TarFile, header: tarfile.TarInfo) -> None:
        content = tar.extractfile(header)
        if content is None or not header.isreg():
            raise ArchiveError(f"the archive holds {header.name!r}, which is not a plain file")
        if header.name == MANIFEST:
            self._manifest = Manifest.decode(content.read())
            return
        member = self._write(header, content)
        self._seen.append(_comparable(member))
        self._told(member)

    def _write(self, header: tarfile.TarInfo, content: IO[bytes]) -> Member:
        digest = hashlib.sha256()
        with open(self._place(header.name), "wb", opener=_private) as file:
            while chunk := content.read(_CHUNK):
                digest.update(chunk)
                file.write(chunk)
        return Member(header.name, header.size, digest.hexdigest(), 0)

    def _place(self, name: str) -> str:
        path = PurePosixPath(name)
        if path.is_absolute() or ".." in path.parts:
            raise ArchiveError(f"the archive holds {name!r}, which leads out of the folder")
        if self._folder is None:
            return os.devnull
        place = self._folder / path
        for folder in reversed(place.relative_to(self._folder).parents[:-1]):
            (self._folder / folder).mkdir(mode=0o700, exist_ok=True)
        return str(place)


def _comparable(member: Member) -> Member:
    """A member without its time, which the tar stream holds in another unit."""
    return Member(member.name, member.size, member.sha256, 0)


def _private(path: str, flags: int) -> int:
    return os.open(path, flags, 0o600)
