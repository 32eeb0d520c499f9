"""Names and their values inside text: ``password=x``, ``"token": "x"``, headers, XML, flags.

What a shape's pattern finds is a candidate; whether the name is really one to redact is decided
by the same key rules as everywhere else.
"""

import re
from collections.abc import Iterator
from typing import Final

import re2

from otel_logging.redaction.findings import Finding
from otel_logging.redaction.marks import is_mark
from otel_logging.redaction.rules import Rules

_GROUPS: Final = ("double", "single", "escaped", "open", "bare", "rest", "list", "loose")
_UNQUOTED: Final = frozenset({"open", "bare"})
_LEFT = re.compile(rb"[\w.\-]{1,64}\Z")
_KEY_TAIL = re.compile(rb"[\w.\-]*")
_QUOTE_BEFORE = re.compile(rb"(\\*[\"'])\]?[ \t]*[:=]>?[ \t]*\Z")
_MORE = re.compile(rb"(?:[,;)}\]>]|&(?!amp;|lt;|gt;|quot;|#))+[^\s\"'=:,;)}\]>&]+(?=[\s,;&]|\Z)")
_WORDS_AFTER = re.compile(rb"(?: [a-z]+)+")
_CODE = re.compile(
    rb"(?:self|cls|request|os|settings|config|data|form|args|kwargs)[.\[][A-Za-z_.\[\]()]*\Z"
)
_NOT_SECRET = frozenset(b"none null nil true false undefined nan | |- |+ >- >+".split())
_PROSE = frozenset(
    b"a an and any are as at be been but by can cannot changed check contains could did do does "
    b"empty error expected expired failed field fields for from has have if in incorrect invalid "
    b"is it key length less like malformed may mismatch missing more must need needs never new no "
    b"not of ok on only optional or our please provide provided refresh rejected required reset "
    b"revoked same set should string that the their this to too type unknown unset use value was "
    b"str int bool bytes float dict list any string optional secretstr "
    b"we were when will with wrong you your".split()
)


_FAMILIAR = re.compile(
    rb"[A-Za-z]+(?:[-_.][A-Za-z]+)*[-_.]?[0-9]{1,4}"  # a word and a number: vault-1, RFC7519
    rb"|[a-z]+[0-9]*(?:[-_.](?:[a-z]+[0-9]*|[0-9]+))*"  # a name: oauth2-proxy, db1.internal
    rb"|[0-9]{4}-[0-9]{2}-[0-9]{2}.*"  # a time (RFC 3339)
    rb"|(?:[0-9]+(?:\.[0-9]+)?[A-Za-z%]{0,3})+"  # an amount: 1h30m, 512MB
    rb"|(?i:argon2(?:id?|d)|k8s.*|[a-z]*256[a-z]1|[a-z]+25519|[0-9]+(?:chars|bytes|bits)|v[0-9].*)"
    rb"|[^:]*:[0-9]+|.*/.*",  # a host and a port; a path
    re.DOTALL,
)
_IS_NAME = re.compile(rb"\\?[\"'][ \t]*:")
_MIN_RANDOM = 6


def looks_random(value: bytes) -> bool:
    """Whether a value looks like a secret and not like a name, a number or a time."""
    return len(value) >= _MIN_RANDOM and _FAMILIAR.fullmatch(value) is None


class Pairs:
    """Finds names and values of one shape."""

    def __init__(
        self, pattern: "re2._Regexp", rules: Rules, literals: tuple[bytes, ...] = ()
    ) -> None:
        groups = {name.decode(): index for name, index in pattern.groupindex.items()}
        self._pattern = pattern
        self._literals = literals
        self._rules = rules
        self._word = groups.pop("word")
        self._values = [(name, groups[name]) for name in _GROUPS if name in groups]

    def find(self, text: bytes) -> Iterator[Finding]:
        """Every value in ``text`` whose name the key rules redact."""
        if self._literals and not any(literal in text for literal in self._literals):
            return
        covered = 0
        for match in self._pattern.finditer(text):
            if match.start() < covered:
                continue
            name = _whole_name(text, *match.span(self._word))
            decision = self._rules.decide(name)
            if decision is None:
                continue
            group, (start, end) = next(
                (name, match.span(index)) for name, index in self._values if match.start(index) >= 0
            )
            if group in _UNQUOTED:
                end = _extent(text, start, end, name)
            if group == "loose" and (
                not looks_random(text[start:end]) or _IS_NAME.match(text, end)
            ):
                continue
            if _is_harmless(text, start, end, bare=group in {"bare", "rest"}):
                continue
            covered = end
            quote = _quote(text, start) if group in _UNQUOTED else None
            value = text[start:end]
            yield Finding(start, end, decision.rule, decision.action, value, quote=quote)


def _whole_name(text: bytes, start: int, end: int) -> str:
    """The whole name around a word."""
    left = _LEFT.search(text, max(0, start - 64), start)
    tail = _KEY_TAIL.match(text, end)
    first = left.start() if left else start
    last = tail.end() if tail else end
    return text[first:last].decode("utf-8", "replace").strip(".-")


def _extent(text: bytes, start: int, end: int, name: str) -> int:
    """Where an unquoted value ends."""
    if text[start : start + 1] in b"{[":
        return _closing(text, start)
    while more := _MORE.match(text, end):
        end = more.end()
    if "phrase" in name.lower() or "mnemonic" in name.lower():
        words = _WORDS_AFTER.match(text, end)
        end = words.end() if words else end
    while end > start + 1 and text[end - 1 : end] in b")}].":
        end -= 1
    return end


def _closing(text: bytes, start: int) -> int:
    """Byte after the bracket that closes the one at ``start``; the end of a text cut off."""
    depth, quote, position = 0, 0, start
    while position < len(text):
        byte = text[position]
        if byte == 92:
            position += 1
        elif quote:
            quote = 0 if byte == quote else quote
        elif byte in b"\"'":
            quote = byte
        elif byte in b"{[":
            depth += 1
        elif byte in b"}]":
            depth -= 1
            if depth == 0:
                return position + 1
        position += 1
    return len(text)


def _is_harmless(text: bytes, start: int, end: int, *, bare: bool) -> bool:
    """Whether a value is a mark, a literal without content, code, or a word of a sentence."""
    value = text[start:end]
    if is_mark(value.decode("utf-8", "replace")):
        return True
    if not bare:
        return value in {b"{}", b"[]"}
    word = value.lower().rstrip(b")]}.,;:!")
    if word in _NOT_SECRET or (len(word) <= 2 and word.isdigit()):
        return True
    spaced = text[start - 1 : start] in {b" ", b"`"}
    return (spaced and word in _PROSE) or _CODE.match(value) is not None


def _quote(text: bytes, start: int) -> tuple[int, int] | None:
    """The quotation mark of a quoted name before an unquoted value, so that JSON stays JSON."""
    found = _QUOTE_BEFORE.search(text, max(0, start - 24), start)
    return found.span(1) if found else None
