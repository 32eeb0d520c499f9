"""Finds secrets in text and says how they are encoded."""

import base64
import binascii
import re
import zlib
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

import re2

from otel_logging.audit.items import NEWLINE, Encoding
from otel_logging.audit.needles import Needles
from otel_logging.redaction import views
from otel_logging.redaction.gates import options
from otel_logging.redaction.marks import is_mark
from otel_logging.redaction.scanner import MAX_DEPTH, Scanner

STEP: Final = 256 << 10
"""Bytes searched at once, which bounds memory."""

BEFORE: Final = 1 << 10
"""Bytes of context before a run: a name may stand there whose value is in the run."""

AFTER: Final = 16 << 10
"""Bytes of context after a run: a secret that begins in it may end there."""

MAX_INFLATED: Final = 4 << 20
"""Bytes that are unpacked from compressed data inside a value."""

_GZIP_IN_BASE64 = re.compile(rb"H4sI[A-Za-z0-9+/_-]{20,}={0,2}")
# RFC 2045: base64 in lines of at most 76 characters.
_BASE64_LINES = re.compile(rb"(?:[A-Za-z0-9+/]{40,76}\r?\n){1,10000}[A-Za-z0-9+/]{1,76}={0,2}")
_FOLDED = re2.compile(rb"[A-Za-z0-9+/]{40,76}\r?\n[A-Za-z0-9+/]", options())
_WRAPPED = re2.compile(views.WRAPPED.encode(), options())
_ENCODED = re2.compile(views.ODD_OR_ENCODED.encode(), options())
_CONTROL = bytes({*range(0x20), 0x7F} - set(b"\t\n\r"))
_ESCAPES = (
    ("percent", re.compile(rb"%[0-9A-Fa-f]{2}")),
    ("json", re.compile(rb"\\[\"'\\/]|\\u[0-9A-Fa-f]{4}")),
    ("escape", re.compile(rb"\\x[0-9A-Fa-f]{2}")),
    ("entity", re.compile(rb"&(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|[a-z]{2,6});")),
)


@dataclass(frozen=True, slots=True)
class Hit:
    """A secret in text.

    Attributes:
        start: First byte.
        end: Byte after the last.
        rule: What found it.
        secret: The secret itself, decoded; it never leaves the process.
        encoding: The encodings around it.
        yields: Whether it gives way to a hit that it overlaps.
    """

    start: int
    end: int
    rule: str
    secret: bytes
    encoding: Encoding = ()
    yields: bool = False


class Search:
    """Searches text with a policy's value and name rules, and for needles."""

    def __init__(self, scanner: Scanner, needles: Needles) -> None:
        self._scanner = scanner
        self.needles = needles

    def hits(self, text: bytes, first: int = 0, last: int | None = None) -> Iterator[Hit]:
        """Every secret that begins in a range of ``text``.

        Raises:
            ScanError: The text could not be searched.
        """
        end = len(text) if last is None else last
        for start in range(first, end, STEP):
            stop = min(start + STEP, end)
            base = max(0, start - BEFORE)
            for hit in self._window(text[base : stop + AFTER]):
                if start <= hit.start + base < stop:
                    yield replace(hit, start=hit.start + base, end=hit.end + base)

    def is_clean(self, text: bytes) -> bool:
        """Whether nothing can be in ``text``: one quick look, which may say no in error.

        Raises:
            ScanError: The text could not be searched.
        """
        return not (
            next(self._scanner.suspects(text), None)
            or b"H4sI" in text
            or _FOLDED.search(text)
            or next(self.needles.hits(text), None)
        )

    def _window(self, text: bytes) -> list[Hit]:
        if self.is_clean(text):
            return []
        found = self._rules(text, MAX_DEPTH)
        return found + self.planted(text) if self.needles else found

    def _rules(self, text: bytes, depth: int) -> list[Hit]:
        """What the rules find in ``text``, and in what is encoded in it."""
        found = _apart(
            Hit(each.start, each.end, each.rule, each.value, yields=each.yields)
            for each in self._scanner.findings(text, 0)
            if not _is_framing(each.value)
        )
        if depth:
            for start, end, inner, encoding in _readings(text):
                for hit in self._rules(inner, depth - 1):
                    wrapped = (encoding, *hit.encoding)
                    found.append(Hit(start, end, hit.rule, hit.secret, wrapped))
            found = _apart(found) + self._decoded(text, depth)
        return _apart(found)

    def _decoded(self, text: bytes, depth: int) -> list[Hit]:
        """What the rules find once escapes are undone."""
        return [
            _moved(hit, view, text, first)
            for first, view in _views(text)
            for hit in self._rules(view.text, depth - 1)
        ]

    def planted(self, text: bytes, depth: int = MAX_DEPTH) -> list[Hit]:
        """Needles in ``text``, and in what is encoded in it."""
        found = [
            Hit(start, end, f"needle:{number}", self.needles.texts[number], encoding)
            for start, end, number, encoding in self.needles.hits(text)
        ]
        if depth:
            for start, end, inner, encoding in _readings(text):
                for hit in self.planted(inner, depth - 1):
                    wrapped = (encoding, *hit.encoding)
                    found.append(Hit(start, end, hit.rule, hit.secret, wrapped))
            for first, view in _views(text):
                hits = self.planted(view.text, depth - 1)
                found += [_moved(hit, view, text, first) for hit in hits]
        return _once(found)


def _readings(text: bytes) -> Iterator[tuple[int, int, bytes, str]]:
    """Encoded runs of ``text``: start, end, what they hold, encoding."""
    for start, end, inner in views.unwrapped(text) if _WRAPPED.search(text) else ():
        yield start, end, inner, _packing(text[start:end], inner)
    for match in _BASE64_LINES.finditer(text) if _FOLDED.search(text) else ():
        inner = b"".join(match.group().split())
        for _, _, held in views.unwrapped(inner):
            yield match.start(), match.end(), held, _packing(inner, held)
    for match in _GZIP_IN_BASE64.finditer(text) if b"H4sI" in text else ():
        if inner := _inflated(match.group()):
            yield match.start(), match.end(), inner, "base64+gzip"


def _packing(run: bytes, held: bytes) -> str:
    """How a run holds a text."""
    return "hex" if held.hex().encode() in run.lower() else "base64"


def _views(text: bytes) -> Iterator[tuple[int, views.View]]:
    """The lines in which there are escapes or odd characters, decoded, with their offsets.

    Lines that stand within `BEFORE` bytes of each other are read together.
    """
    start, end = 0, -BEFORE
    while match := _ENCODED.search(text, max(0, end)):
        if match.start() >= end + BEFORE:
            yield from _view(text, start, end)
            start = text.rfind(NEWLINE, 0, match.start()) + 1
        newline = text.find(NEWLINE, match.start())
        end = newline + 1 if newline >= 0 else len(text)
    yield from _view(text, start, end)


def _view(text: bytes, start: int, end: int) -> Iterator[tuple[int, views.View]]:
    if 0 <= start < end and (view := views.decoded(text[start:end])):
        yield start, view


def _is_framing(value: bytes) -> bool:
    """Whether a value is no more than what stands between texts in a binary format, or a mark.

    In OTLP's protobuf, ``token2:`` is a name with the tag and the length of what follows.
    """
    rest = value.translate(None, _CONTROL)
    is_binary = len(rest) < len(value)
    return is_binary and (len(rest) <= 2 or is_mark(rest.decode("utf-8", "replace")))


def _inflated(run: bytes) -> bytes:
    body = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return inflated(base64.b64decode(body + b"=" * (-len(body) % 4)))
    except binascii.Error:
        return b""


def inflated(data: bytes) -> bytes:
    """What gzip data holds, as far as it can be read and up to a limit."""
    try:
        return zlib.decompressobj(31).decompress(data, MAX_INFLATED)
    except zlib.error:
        return b""


def _moved(hit: Hit, view: views.View, text: bytes, first: int) -> Hit:
    """A hit in a reading, as one in the text that was read from an offset on."""
    start, end = first + view.origin[hit.start], first + view.origin[hit.end]
    around = text[max(0, start - 64) : end + 1]
    kind = next((name for name, escape in _ESCAPES if escape.search(around)), "unicode")
    return replace(hit, start=start, end=end, encoding=(kind, *hit.encoding))


def _apart(hits: Iterable[Hit]) -> list[Hit]:
    """The hits without those that only repeat a part of another, less deeply encoded one."""
    kept: list[Hit] = []
    for hit in sorted(hits, key=lambda each: (each.start, each.yields, len(each.encoding))):
        last = kept[-1] if kept else None
        if last is None or hit.start >= _end(last):
            kept.append(hit)
        elif last.yields and not hit.yields:
            kept[-1] = hit
    return kept


def _end(hit: Hit) -> int:
    """Where a hit stops hiding others: a private key that is cut off would hide all the rest."""
    newline = hit.secret.find(NEWLINE)
    return hit.end if newline < 0 else min(hit.end, hit.start + newline + 1)


def _once(hits: list[Hit]) -> list[Hit]:
    """Each needle once at a place, as plainly as it stands there."""
    best: dict[tuple[int, str], Hit] = {}
    for hit in sorted(hits, key=lambda each: len(each.encoding)):
        best.setdefault((hit.start, hit.rule), hit)
    return [*best.values()]
