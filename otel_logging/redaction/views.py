"""Other readings of a text: percent-encoding, escapes, entities, odd characters, base64, hex.

A reading remembers where each of its bytes came from, so that a secret that is found in it
is removed from the text as it stands.
"""

import base64
import binascii
import html
import re
import unicodedata
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.gates import compiled
from otel_logging.redaction.keys import LOOKALIKES

_LOOKALIKE = "".join(map(chr, LOOKALIKES))

ODD: Final = (
    r"[\x{ad}\x{34f}\x{61c}\x{180e}\x{200b}-\x{200f}\x{202a}-\x{202e}\x{2060}-\x{206f}\x{feff}"
    r"\x{a0}\x{1680}\x{2000}-\x{200a}\x{202f}\x{205f}\x{3000}"
    r"\x{ff01}-\x{ff5e}\x{1d400}-\x{1d7ff}\x{2070}-\x{209c}\x{2460}-\x{24ff}"
    r"\x{1}-\x{8}\x{e}-\x{1a}\x{1c}-\x{1f}\x{7f}\x{2010}-\x{2015}\x{2212}"
    r"\x{660}-\x{669}\x{6f0}-\x{6f9}\x{7c0}-\x{7c9}\x{966}-\x{96f}\x{9e6}-\x{9ef}\x{e50}-\x{e59}]"
    r"|\x1b\[[0-9;]{0,16}[mK]|[^\n]\x00|\x00[^\n]"
    rf"|[A-Za-z][{_LOOKALIKE}]|[{_LOOKALIKE}][A-Za-z]"
)
"""Characters that only hide others: a pattern that says when `decoded` is worth its cost."""

ENCODED: Final = (
    r"%[0-9A-Fa-f]{2}|\\(?:u[0-9A-Fa-f]{4}|x[0-9A-Fa-f]{2}|[\"'\\/])"
    r"|&(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|quot|amp|apos|lt|gt|commat|equals|colon);"
)
"""Escapes that `decoded` undoes."""

ODD_OR_ENCODED: Final = f"{ENCODED}|(?:{ODD})+"
"""Whatever `decoded` may change."""

_QUAD: Final = "[CDI-Za-f][AC-HQS-Xgi-nwyz0-3][ABEFIJMNQRUVYZcdghklopstwx014589_-][A-Za-z0-9+/_-]"
WRAPPED: Final = (
    rf"(?:{_QUAD}){{4,}}|(?:{_QUAD}){{2,}}[A-Za-z0-9+/_-]{{2,3}}={{1,2}}"
    r"|(?:[2-7][0-9A-Fa-f]|0[9AaDd]){8,}"
    r"|(?:(?:[2-7][0-9A-Fa-f]|0[9AaDd])[ :-]){11,}(?:[2-7][0-9A-Fa-f]|0[9AaDd])"
)
"""Runs that read as base64 or hexadecimal of ASCII text: see `unwrapped`.

Four characters of base64 hold three bytes (RFC 4648), and the high bits of ASCII bytes leave
few characters to choose from in three of the four places: random text hardly ever fits.
"""

_TOKEN = re.compile(
    rb"%[0-9A-Fa-f]{2}"
    rb"|\\u[dD][89abAB][0-9A-Fa-f]{2}\\u[dD][c-fC-F][0-9A-Fa-f]{2}|\\u[0-9A-Fa-f]{4}"
    rb"|\\x[0-9A-Fa-f]{2}|\\[\"'\\/nrt]"
    rb"|&(?:#[0-9]{1,7}|#x[0-9A-Fa-f]{1,6}|[a-z]{2,6});"
    rb"|(?<!\n)\x00+|\x00+(?!\n)|\x1b\[[0-9;]{0,16}[mK]|[\x01-\x08\x0e-\x1a\x1c-\x1f\x7f]"
    rb"|[\xc2-\xdf][\x80-\xbf]|[\xe0-\xef][\x80-\xbf]{2}|[\xf0-\xf4][\x80-\xbf]{3}"
)
RUNS: Final = compiled(WRAPPED)
"""Finds such runs."""

_RUN_RIGHT = re.compile(rb"[A-Za-z0-9+/_-]*={0,2}")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1f\x7f-\x9f\ufffd]")
_SHORT = {b"\\n": b"\n", b"\\r": b"\r", b"\\t": b"\t"}


@dataclass(frozen=True, slots=True)
class View:
    """A reading of a text.

    Attributes:
        text: The reading.
        origin: For each byte of it, and for its end, the offset in the text it was read from.
    """

    text: bytes
    origin: Sequence[int]


def encoded(text: bytes) -> Iterator[int]:
    """Offsets of escapes and odd characters in ``text``."""
    return (match.start() for match in _TOKEN.finditer(text) if _plain(match.group()) is not None)


def decoded(text: bytes) -> View | None:
    """``text`` with every escape undone and every odd character made plain, one level."""
    pieces: list[bytes] = []
    origin = array("L")
    position = 0
    for match in _TOKEN.finditer(text):
        plain = _plain(match.group())
        if plain is None:
            continue
        start, end = match.span()
        pieces += (text[position:start], plain)
        origin.extend(range(position, start))
        origin.extend([start] * len(plain))
        position = end
    if not pieces:
        return None
    pieces.append(text[position:])
    origin.extend(range(position, len(text) + 1))
    return View(b"".join(pieces), origin)


def _plain(token: bytes) -> bytes | None:
    """What an escape or an odd character stands for; None when it stands for itself."""
    head = token[:1]
    if head == b"%":
        return bytes.fromhex(token[1:].decode())
    if head == b"\\":
        return _escape(token)
    if head == b"&":
        text = html.unescape(token.decode())
        return None if text.startswith("&") and len(text) > 1 else text.encode("utf-8", "replace")
    if head in {b"\x1b", b"\x00"}:
        return b""
    return _ODD_BYTES.get(token)


def _escape(token: bytes) -> bytes:
    if token[1:2] == b"x":
        return bytes.fromhex(token[2:].decode())
    if token[1:2] == b"u":
        units = bytes.fromhex(token.replace(b"\\u", b"").decode())
        return units.decode("utf-16-be", "replace").encode()
    return _SHORT.get(token, token[1:])


def unwrapped(text: bytes) -> Iterator[tuple[int, int, bytes]]:
    """Runs of base64 or hexadecimal that hold printable text: start, end, what they hold."""
    position = 0
    for match in RUNS.finditer(text):
        if match.start() < position:
            continue
        first = match.start()
        right = _RUN_RIGHT.match(text, first)
        position = max(right.end() if right else 0, match.end())
        run = text[first:position]
        inner = _unhex(match.group()) or _unbase64(run)
        if inner is not None:
            yield _run_start(text, first), position, inner


def _run_start(text: bytes, first: int) -> int:
    """Where the run around an aligned position begins."""
    while first and text[first - 1 : first].isalnum():
        first -= 1
    return first


def _unhex(run: bytes) -> bytes | None:
    try:
        return _printable(bytes.fromhex(run.translate(None, b" :-").decode()))
    except ValueError:
        return None


def _unbase64(run: bytes) -> bytes | None:
    body = run.rstrip(b"=").replace(b"-", b"+").replace(b"_", b"/")
    if len(body) % 4 == 1:
        body = body[:-1]
    try:
        return _printable(base64.b64decode(body + b"=" * (-len(body) % 4)))
    except binascii.Error:
        return None


def _printable(data: bytes) -> bytes | None:
    """``data`` when it is text: UTF-8 without control characters but white space."""
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return None
    return None if _CONTROL.search(text) else data


def _odd_bytes() -> dict[bytes, bytes]:
    """Every odd character and what it reads as, both as UTF-8."""
    table = {chr(char): chr(plain) for char, plain in LOOKALIKES.items()}
    for code in range(0x80, 0x1D800):
        char = chr(code)
        category = unicodedata.category(char)
        if category == "Cf":
            table[char] = ""
        elif category == "Zs":
            table[char] = " "
        elif category == "Nd":
            table[char] = str(unicodedata.decimal(char))
        elif _is_compatible(code):
            table[char] = unicodedata.normalize("NFKC", char)
    table["\u034f"] = ""
    table.update(dict.fromkeys("\u2010\u2011\u2012\u2013\u2014\u2015\u2212", "-"))
    controls = (*range(0x09), *range(0x0E, 0x1B), *range(0x1C, 0x20), 0x7F)
    table.update(dict.fromkeys(map(chr, controls), ""))
    return {char.encode(): plain.encode() for char, plain in table.items()}


def _is_compatible(code: int) -> bool:
    """Whether a character is an ASCII one in another dress (full-width, mathematical, circled)."""
    return (
        0xFF01 <= code <= 0xFF5E
        or 0x1D400 <= code <= 0x1D7FF
        or 0x2070 <= code <= 0x209C
        or 0x2460 <= code <= 0x24FF
    )


_ODD_BYTES = _odd_bytes()
