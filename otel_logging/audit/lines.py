"""Cuts a stream into records and runs of text, within bounded memory."""

import codecs
import itertools
import re
from collections.abc import Iterable, Iterator
from typing import Final

from otel_logging.audit.inspector import json_in
from otel_logging.audit.items import NEWLINE, Encoding, Text, Value
from otel_logging.audit.problems import UnreadableError
from otel_logging.audit.search import AFTER, BEFORE

MAX_LINE: Final = 4 << 20
"""Bytes of a line that are held at once; longer lines are searched as text, piece by piece."""

MAX_DOCUMENT: Final = 16 << 20
"""Bytes of a JSON document on many lines; longer ones are searched as text."""

_DOCUMENT = re.compile(rb"\s*(?:[\[{]\s*\Z|\{\s*\"|\[\s*[{\[\"])")
_READABLE = re.compile(rb"[\t\n\r -~]+")
_BOMS = {codecs.BOM_UTF16_LE: "utf-16-le", codecs.BOM_UTF16_BE: "utf-16-be"}


def items(chunks: Iterable[bytes], where: str, encoding: Encoding = ()) -> Iterator[Text | Value]:
    """The records and texts of a stream: JSON lines, a JSON document, or text."""
    first, rest = peeked(iter(chunks))
    if codec := _utf16(first):
        rest, encoding = _recoded(rest, codec), (*encoding, "utf-16")
        first, rest = peeked(rest)
    if _DOCUMENT.match(first.split(NEWLINE, 1)[0]) and _parsed(first.split(NEWLINE, 1)[0]) is None:
        head, rest, ended = _head(rest)
        document = _parsed(head) if ended else None
        if document is not None:
            yield Value(where, document, encoding)
            return
        rest = itertools.chain([head], rest)
    yield from _Cutter(where, encoding).items(rest)


def peeked(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes]]:
    """The first bytes of a stream, and the whole stream."""
    first = b""
    try:
        for chunk in chunks:
            first += chunk
            if len(first) >= 64:
                break
    except UnreadableError as error:
        chunks = _raising(error)
    return first, itertools.chain([first], chunks)


def _raising(error: UnreadableError) -> Iterator[bytes]:
    """A stream that breaks off at once, after what was read of it has been looked at."""
    raise error
    yield b""


def _head(chunks: Iterator[bytes]) -> tuple[bytes, Iterator[bytes], bool]:
    """As much as a document may have, the rest, and whether there is no rest."""
    held = bytearray()
    try:
        for chunk in chunks:
            held += chunk
            if len(held) > MAX_DOCUMENT:
                return bytes(held), chunks, False
    except UnreadableError as error:
        return bytes(held), _raising(error), False
    return bytes(held), iter(()), True


class _Cutter:
    """Cuts at line ends, and cuts lines that are too long."""

    def __init__(self, where: str, encoding: Encoding) -> None:
        self._where = where
        self._encoding = encoding
        self._line = 1
        self._before = b""
        """The text just before, as context."""
        self._cut = False
        """Whether the line at hand is the rest of one that was cut."""

    def items(self, chunks: Iterable[bytes]) -> Iterator[Text | Value]:
        pending = bytearray()
        for chunk in chunks:
            searched = len(pending)
            pending += chunk
            end = pending.rfind(NEWLINE, searched) + 1
            if end:
                yield from self._lines(bytes(pending[:end]))
                del pending[:end]
            elif len(pending) > MAX_LINE:
                yield self._text(bytes(pending), len(pending) - AFTER)
                del pending[: len(pending) - AFTER]
                self._cut = True
        if pending:
            yield from self._lines(bytes(pending))

    def _lines(self, data: bytes) -> Iterator[Text | Value]:
        """Whole lines: each that is JSON is a record, the others together are text."""
        start = position = 0
        if b"{" in data or b"[" in data:
            for line in data.splitlines(keepends=True):
                end = position + len(line)
                value = None if self._cut and not position else _parsed(line)
                if value is not None:
                    if start < position:
                        yield self._text(data[start:position], position - start)
                    yield Value(f"{self._where}:{self._line}", value, self._encoding)
                    self._line += line.count(NEWLINE)
                    self._before, start = b"", end
                position = end
        self._cut = False
        if start < len(data):
            yield self._text(data[start:], len(data) - start)

    def _text(self, data: bytes, size: int) -> Text:
        """A run of so many bytes, with what stands before and after it."""
        first = len(self._before)
        found = Text(
            self._where, self._before + data, first, first + size, self._line, self._encoding
        )
        self._line += data.count(NEWLINE, 0, size)
        self._before = data[max(0, size - BEFORE) : size]
        return found


def _parsed(line: bytes) -> object:
    if line.lstrip()[:1] not in {b"{", b"["}:
        return None
    return json_in(line.decode("utf-8", "replace").removeprefix("\ufeff"))


def _utf16(first: bytes) -> str | None:
    """The UTF-16 in which a stream is, if it is."""
    if first[:2] in _BOMS:
        return _BOMS[first[:2]]
    start = first[:64]
    looks_so = len(start) >= 8 and not any(start[1::2]) and _READABLE.fullmatch(start[::2])
    return "utf-16-le" if looks_so else None


def _recoded(chunks: Iterator[bytes], codec: str) -> Iterator[bytes]:
    decoder = codecs.getincrementaldecoder(codec)("replace")
    for chunk in chunks:
        yield decoder.decode(chunk).encode("utf-8", "replace")
    yield decoder.decode(b"", final=True).encode("utf-8", "replace")
