"""Names and their values inside text: ``password=x``, ``"token": "x"``, headers, XML, flags.

What a shape's pattern finds is a candidate; whether the name is really one to redact is decided
by the same key rules as everywhere else.
"""

import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Final

import re2

from otel_logging.redaction.findings import Finding
from otel_logging.redaction.gates import compiled
from otel_logging.redaction.marks import is_mark
from otel_logging.redaction.policy import Section
from otel_logging.redaction.rules import Rules
from otel_logging.redaction.shapes import Shape, at_segments, engine_shapes, names_in_text

_GROUPS: Final = ("double", "single", "escaped", "open", "bare", "rest", "list", "loose")
_UNQUOTED: Final = frozenset({"open", "bare"})
_KEY_TAIL = re.compile(rb"[\w.\-]*")
_SHORT_TAIL = re.compile(rb"[\w.\-]{0,64}")
"""No shape has more of a name behind its word."""

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
_PROSE_AFTER = re.compile(rb"[\w.\-]{0,64}+(?:[ \t]+\w|[ \t]*\r?\n(?![ \t])|[ \t]*\Z)")
_MARKED = re.compile(rb"[-<][\w.:\-]*\Z")
_REACH: Final = 128
"""How far before a word a shape may begin."""

_LOOSE_REACH: Final = 2048
"""Within how many bytes a loose value has to look like a secret."""

Span = tuple[int, int]
"""First byte, and byte after the last."""


def looks_random(value: bytes) -> bool:
    """Whether a value looks like a secret and not like a name, a number or a time."""
    return len(value) >= _MIN_RANDOM and _FAMILIAR.fullmatch(value) is None


class Named:
    """Finds names and values: first the words of names, then the shapes around each."""

    def __init__(self, section: Section, rules: Rules) -> None:
        words = names_in_text(section)
        self._word = compiled(at_segments([*words, "cookie"]), captures=False)
        self._shapes = [Pairs(shape, "|".join(words), rules) for shape in engine_shapes()]

    def places(self, text: bytes) -> Iterator[Span]:
        """Where words of names stand, also inside others, but for those in mere prose."""
        found = self._word.search(text)
        last = 0
        while found:
            start, end = found.span()
            if end > last and not _is_prose(text, start, end):
                yield start, end
            last = max(last, end)
            found = self._word.search(text, start + 1)

    def find(self, text: bytes, words: Sequence[Span]) -> Iterator[Finding]:
        """Every value in ``text`` whose name the key rules redact.

        Args:
            text: UTF-8.
            words: Its `places`.
        """
        ends = [_after_name(text, word) for word in words]
        for shape in self._shapes if words else ():
            standing = [
                word
                for word, end in zip(words, ends, strict=True)
                if shape.near.match(text, end) is not None
            ]
            if standing:
                yield from shape.find(text, standing)


class Pairs:
    """Finds names and values of one shape.

    Attributes:
        near: What comes right after the name in every match, or may.
    """

    def __init__(self, shape: Shape, words: str, rules: Rules) -> None:
        before, word, after = shape.parts()
        # What is in front of a name belongs to the shape, unless the value itself is.
        whole = "(?i)" + shape.pattern.replace("WORDS", words)
        self._whole = compiled(whole) if "(?P<" in before else None
        self._before = re.compile(f"(?:{before})\\Z".encode(), re.IGNORECASE) if before else None
        self._after = self._whole or compiled(f"(?i){after}")
        self._word = word.encode()
        self.near = re.compile(shape.near)
        groups = {name.decode(): index for name, index in self._after.groupindex.items()}
        self._is_loose = "loose" in groups
        self._literals = shape.literals
        self._rules = rules
        self._values = [(name, groups[name]) for name in _GROUPS if name in groups]

    def find(self, text: bytes, words: Iterable[Span]) -> Iterator[Finding]:
        """Every value in ``text`` whose name the key rules redact.

        Args:
            text: UTF-8.
            words: Where words of names stand.
        """
        if self._literals and not any(literal in text for literal in self._literals):
            return
        covered = 0
        for word, match in self._matches(text, words):
            if word[0] < covered:
                continue
            name = _whole_name(text, *word)
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

    def _matches(self, text: bytes, words: Iterable[Span]) -> "Iterator[tuple[Span, re2._Match]]":
        """Where the shape is, each with its word: no two overlap."""
        if self._whole:
            word = self._whole.groupindex[b"word"]
            yield from ((match.span(word), match) for match in self._whole.finditer(text))
            return
        passed = 0
        for place in words:
            if place[0] >= passed and self._may_stand_at(text, place):
                match = self._match(text, place[1])
                if match:
                    passed = match.end()
                    yield place, match

    def _match(self, text: bytes, start: int) -> "re2._Match | None":
        """The shape from the end of its word on; a loose value tells in a while what it is."""
        stop = start + _LOOSE_REACH
        if self._is_loose and stop < len(text):
            match = self._after.match(text, start, stop)
            if match is None or match.end() < stop:
                return match
        return self._after.match(text, start)

    def _may_stand_at(self, text: bytes, word: Span) -> bool:
        start, end = word
        if self._word not in text[start:end].lower():
            return False
        return self._before is None or bool(
            self._before.search(text, max(0, start - _REACH), start)
        )


def _after_name(text: bytes, word: Span) -> int:
    """Where the name around a word ends, as far as it matters to shapes."""
    tail = _SHORT_TAIL.match(text, word[1])
    return tail.end() if tail else word[1]


def _is_prose(text: bytes, start: int, end: int) -> bool:
    """Whether a word has nothing but space between it and the next one, as in a sentence."""
    if not _PROSE_AFTER.match(text, end):
        return False
    return not _MARKED.search(text, max(0, start - _REACH), start)


def _whole_name(text: bytes, start: int, end: int) -> str:
    """The whole name around a word."""
    left = _KEY_TAIL.match(text[max(0, start - 64) : start][::-1])
    tail = _KEY_TAIL.match(text, end)
    first = start - left.end() if left else start
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
