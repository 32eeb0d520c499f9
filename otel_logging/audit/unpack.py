"""Unpacks compressed streams, nested ones too, within bounded memory and output."""

import bz2
import gzip
import lzma
import zlib
from collections.abc import Callable, Iterator
from typing import Any, Final

from otel_logging.audit.items import Encoding
from otel_logging.audit.lines import peeked
from otel_logging.audit.problems import UnreadableError

CHUNK: Final = 256 << 10
MAX_LAYERS: Final = 4
MAX_RATIO: Final = 200
"""How many times larger than what is packed the unpacked data may be, beyond `FREE`."""
FREE: Final = 256 << 20
"""Bytes of unpacked data for which the ratio does not matter."""

_PACKED: Final[dict[bytes, tuple[str, Callable[[Any], Any]]]] = {
    b"\x1f\x8b\x08": ("gzip", lambda file: gzip.GzipFile(fileobj=file, mode="rb")),
    b"BZh": ("bzip2", bz2.BZ2File),
    b"\xfd7zXZ\x00": ("xz", lzma.LZMAFile),
}
_OPAQUE: Final = {
    b"PK\x03\x04": "a zip archive",
    b"\x28\xb5\x2f\xfd": "compressed with zstd",
    b"\x04\x22\x4d\x18": "compressed with lz4",
    b"7z\xbc\xaf\x27\x1c": "a 7z archive",
    b"PAR1": "a Parquet file",
}
_DATABASES: Final = ((0, b"SQLite format 3\x00", "SQLite"), (8, b"DUCK", "DuckDB"))


def database_kind(first: bytes) -> str | None:
    """Which database a file is, by its first bytes."""
    return next((name for at, magic, name in _DATABASES if first.startswith(magic, at)), None)


def unpacked(chunks: Iterator[bytes]) -> tuple[Iterator[bytes], Encoding]:
    """A stream without its compression, and what it was packed in.

    Raises:
        UnreadableError: It cannot be unpacked here. Iterating raises it too.
    """
    encoding: Encoding = ()
    first, chunks = peeked(chunks)
    while packing := next(
        (each for magic, each in _PACKED.items() if first.startswith(magic)), None
    ):
        if len(encoding) == MAX_LAYERS:
            raise UnreadableError(f"is compressed more than {MAX_LAYERS} times: unpack it first")
        name, opened = packing
        encoding = (*encoding, name)
        first, chunks = peeked(_contents(chunks, name, opened))
    for magic, kind in _OPAQUE.items():
        if first.startswith(magic):
            raise UnreadableError(f"is {kind}: unpack it first")
    if kind_ := database_kind(first):
        raise UnreadableError(f"is a {kind_} file: give its path, unpacked")
    return chunks, encoding


def _packing(first: bytes) -> tuple[str, Callable[[Any], Any]] | None:
    return next((packing for magic, packing in _PACKED.items() if first.startswith(magic)), None)


def _contents(chunks: Iterator[bytes], name: str, opened: Callable[[Any], Any]) -> Iterator[bytes]:
    source = _Source(chunks)
    size = 0
    try:
        stream = opened(source)
        while data := stream.read1(CHUNK):
            yield data
            size += len(data)
            if size > FREE and size > MAX_RATIO * source.size:
                raise UnreadableError(
                    f"unpacks to more than {MAX_RATIO} times its size: the rest was not read"
                )
    except (EOFError, OSError, lzma.LZMAError, zlib.error):
        raise UnreadableError(f"is cut off or damaged {name}: the rest was not read") from None


class _Source:
    """Chunks as a file to read from."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._held = b""
        self.size = 0

    def read(self, size: int = -1) -> bytes:
        """At most so many bytes, none only at the end."""
        while not self._held:
            chunk = next(self._chunks, None)
            if chunk is None:
                return b""
            self._held = chunk
        end = len(self._held) if size < 0 else size
        data, self._held = self._held[:end], self._held[end:]
        self.size += len(data)
        return data
