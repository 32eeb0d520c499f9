"""Names and their values inside text: ``password=x``, ``"token": "x"``, headers, XML, flags.

The pattern finds candidates; whether the name is really one to redact is decided by the same
key rules as everywhere else.
"""

import re
from collections.abc import Iterator
from typing import Final

import re2

from otel_logging.redaction.findings import Finding
from otel_logging.redaction.keys import segments
from otel_logging.redaction.marks import is_mark
from otel_logging.redaction.policy import Section
from otel_logging.redaction.rules import Rules

_NAME = r"[\w.-]"
VALUE = (
    r"(?:[bBuU]?\"(?P<double>⟪\"\n⟫(?:[^\"\\\n]|\\.)*)|[bBuU]?'(?P<single>⟪'\n⟫(?:[^'\\\n]|\\.)*)"
    r"|\\+[\"'](?P<escaped>⟨\"'\n⟩[^\"'\\\n]*)|(?P<open>[\[{]OPEN)"
    r"|[`\x{2018}\x{201c}\x{ab}]?(?:(?i:bearer|basic|digest|token|negotiate|apikey)[ \t]+)?"
    r"(?P<bare>⟨\s\"'`,;&<>{\[⟩[^\s\"'`,;&<>\\]*))"
)
_QUOTE = r"\\?[\"']"
_NAMED = rf"{_NAME}{{0,32}}(?P<word>WORDS){_NAME}{{0,32}}"
# A dotted name before a tight colon is a place in a stack trace: TokenService.java:88.
_END = (
    rf"(?:{_NAME}{{0,32}}\]?\\{{0,3}}[\"'`]?\]?[ \t]{{0,8}}(?:=>|:=|={{1,3}}|:[ \t])"
    rf"|[\w-]{{0,32}}\]?[ \t]{{0,8}}:|{_NAME}{{0,32}}\]?\\{{0,3}}[\"'`]\]?[ \t]{{0,8}}:)"
)
SHAPES: Final = {
    "block": rf"(?P<word>WORDS){_NAME}{{0,32}}[\"']?:[ \t]{{1,8}}[|>][+-]?\n"
    r"[ \t]+(?P<rest>⟨\s⟩[^\n]*)",
    "assignment": rf"(?P<word>WORDS){_END}[ \t]{{0,8}}{VALUE}",
    "cookie": rf"(?P<word>cookie){_NAME}{{0,32}}{_QUOTE}?[ \t]*"
    rf"(?::[ \t]*b?{_QUOTE}?(?P<rest>⟨\s\"'⟩[^\"'\\\r\n]*)"
    rf"|=[ \t]*b?{_QUOTE}?(?P<list>⟨\s\"';⟩[^\s\"'\\;]*(?:;[ \t]*[^\s\"'\\;=]+=[^\s\"'\\;]*)*))",
    "element": rf"<(?:{_NAME}{{1,32}}:)?{_NAMED}(?:\s[^<>]{{0,200}})?>"
    r"\s{0,64}(?:<!\[CDATA\[\s{0,64})?(?P<rest>⟨<\s⟩[^<]*?)(?:\]\]>)?\s*</",
    "flag": rf"--?{_NAMED}[ \t]+(?P<bare>⟨\s-⟩\S*)",
    "part": rf"name=\\?\"{_NAMED}\\?\"(?:\s|\\r|\\n){{2,8}}(?P<rest>⟨\s-⟩[^\r\n\\]*)",
    "named": rf"[\"']{_NAMED}{_QUOTE}[ \t]*,[ \t]*{_QUOTE}"
    rf"(?:value|val|content|data|text){_QUOTE}[ \t]*:[ \t]*{VALUE}",
    "spread": rf"(?P<word>WORDS){_NAME}{{0,32}}\"[ \t]{{0,8}}:\s{{1,64}}"
    r"\"(?P<double>⟪\"\n⟫(?:[^\"\\\n]|\\.)*)",
    "input": rf"(?P<word>WORDS){_NAME}{{0,32}}\n[ \t]{{1,8}}[^\n]{{0,400}}input_value="
    r"(?P<rest>⟨\s⟩[^\n]*?), input_type=",
    "tuple": rf"(?:\(|\[\s*\[|\]\s*,\s*\[)\s*b?{_QUOTE}{_NAMED}{_QUOTE}[ \t]*,[ \t]*"
    rf"b?{_QUOTE}(?P<rest>⟨\"'⟩[^\"'\\\n]*)",
}
_WRAPPED_SHAPES: Final = {
    "reversed": rf"[\"'](?:value|val|content|data|text){_QUOTE}[ \t]*:[ \t]*{_QUOTE}"
    rf"(?P<rest>⟨\"'⟩[^\"'\\\n]*){_QUOTE}[ \t]*,[ \t]*{_QUOTE}"
    rf"(?:name|key|field|header|param|attribute|variable){_QUOTE}[ \t]*:[ \t]*{_QUOTE}{_NAMED}",
}
"""Structure inside a string, which only code can read: not for the Collector."""

_FIRST = re.compile("⟨(.+?)⟩")
_FIRST_QUOTED = re.compile("⟪(.+?)⟫")
_GROUPS: Final = ("double", "single", "escaped", "open", "bare", "rest", "list")
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


class Pairs:
    """Finds names and values of one shape."""

    def __init__(self, pattern: "re2._Regexp", rules: Rules) -> None:
        groups = {name.decode(): index for name, index in pattern.groupindex.items()}
        self._pattern = pattern
        self._rules = rules
        self._word = groups.pop("word")
        self._values = [(name, groups[name]) for name in _GROUPS if name in groups]

    def find(self, text: bytes) -> Iterator[Finding]:
        """Every value in ``text`` whose name the key rules redact."""
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


def word_pattern(section: Section) -> str:
    """An alternation of the words that key rules look for in text.

    A word that ends in another one is found by that one: no need to look for `user password`.
    """
    words = {tuple(segments(word)) for rule in section.keys if rule.text for word in rule.match}
    shortest = {
        r"[ _.-]?".join(map(re.escape, word))
        for word in words
        if not any(word[start:] in words for start in range(1, len(word)))
    }
    return "|".join(sorted(shortest, key=lambda word: (-len(word), word)))


def shapes(section: Section, *, for_collector: bool = False) -> dict[str, str]:
    """The patterns that find a section's names in text, by shape.

    Args:
        section: The rules.
        for_collector: Whether the patterns themselves have to pass over marks and to cover
            bracketed values, because no code stands behind them.
    """
    words = word_pattern(section)
    if not words:
        return {}
    chosen = SHAPES if for_collector else {**SHAPES, **_WRAPPED_SHAPES}
    return {name: "(?i)" + _filled(shape, words, for_collector) for name, shape in chosen.items()}


def _filled(shape: str, words: str, for_collector: bool) -> str:  # noqa: FBT001
    if for_collector:
        # The cookie shape takes the whole header; it must not find it half taken.
        words = "|".join(word for word in words.split("|") if "cookie" not in word)
        shape = _FIRST.sub(lambda match: unmarked(match[1]), shape)
        shape = _FIRST_QUOTED.sub(lambda match: unmarked(match[1], escapes=True), shape)
        return shape.replace("OPEN", r"[^\]}\n]*[\]}]?").replace("WORDS", words)
    shape = _FIRST_QUOTED.sub(r"(?:[^\1\\\\]|\\\\.)", _FIRST.sub(r"[^\1\\\\]", shape))
    return shape.replace("OPEN", "").replace("WORDS", words)


def unmarked(excluded: str, *, escapes: bool = False) -> str:
    """A pattern of the first characters of a value that is no mark.

    Args:
        excluded: Characters with which the value cannot go on, as in a character class.
        escapes: Whether a backslash with a character after it may stand there.
    """
    other = rf"[^{excluded}\\*]"
    escape = r"|\\." if escapes else ""
    beyond = rf"{_unlike('MASKED', excluded, 'H')}|H(?:{_unlike('MAC:', excluded)})"
    return rf"(?:{other}{escape}|\*{{1,2}}{other}|\*{{3}}(?:{beyond})|\*{{4,}}{other})"


def _unlike(literal: str, excluded: str, also: str = "") -> str:
    """A pattern of the shortest start that shows that what follows is not ``literal``."""
    head, rest = literal[0], literal[1:]
    differs = rf"[^{excluded}\\*{head}{also}]"
    return f"{differs}|{head}(?:{_unlike(rest, excluded)})" if rest else differs
