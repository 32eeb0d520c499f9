"""How names and their values stand in text: a pattern for each shape, in RE2 and Go syntax.

The patterns find candidates; whether the name is really one to redact is decided by the same
key rules as everywhere else (`pairs`).
"""

import re
from dataclasses import dataclass, replace
from typing import Final

from otel_logging.redaction.keys import letters, segments
from otel_logging.redaction.policy import Section


@dataclass(frozen=True, slots=True)
class Shape:
    """One way to write a name and its value.

    Attributes:
        pattern: With groups: ``word`` for the name's word, and one for the value. ``WORDS``,
            ``OPEN``, ``⟨…⟩`` and ``⟪…⟫`` are filled in, in each layer's way.
        gate: What is in every match, as a pattern without counters: it can be sought together
            with hundreds of others, where a pattern that counts would multiply their states.
        literals: Texts of which one is in every match: a cheap test before the pattern.
        inside: Whether it is structure inside a string, which only code can read: not for the
            Collector.
    """

    pattern: str
    gate: str
    literals: tuple[bytes, ...] = ()
    inside: bool = False


_NAME = r"[\w.-]"
VALUE = (
    r"(?:[bBuU]?\"(?P<double>⟪\"\n⟫(?:[^\"\\\n]|\\.)*)|[bBuU]?'(?P<single>⟪'\n⟫(?:[^'\\\n]|\\.)*)"
    r"|\\+[\"'](?P<escaped>⟨\"'\n⟩[^\"'\\\n]*)|(?P<open>[\[{]OPEN)"
    r"|[`\x{2018}\x{201c}\x{ab}]?(?:(?i:bearer|basic|digest|token|negotiate|apikey)[ \t]+)?"
    r"(?P<bare>⟨\s\"'`,;&<>{\[⟩[^\s\"'`,;&<>\\]*))"
)
_QUOTE = r"\\?[\"']"
_QUOTES: Final = (b'"', b"'")
_NAMED = rf"{_NAME}{{0,32}}(?P<word>WORDS){_NAME}{{0,32}}"
# A dotted name before a tight colon is a place in a stack trace: TokenService.java:88.
_END = (
    rf"(?:{_NAME}{{0,32}}\]?\\{{0,3}}[\"'`]?\]?\*{{0,2}}[ \t]{{0,8}}"
    r"(?:=>|:=|={1,3}|:(?:\*\*)?[ \t])"
    rf"|[\w-]{{0,32}}\]?[ \t]{{0,8}}:|{_NAME}{{0,32}}\]?\\{{0,3}}[\"'`]\]?[ \t]{{0,8}}:)"
)
_BEFORE_VALUE: Final = rf"(?:WORDS){_NAME}*[\]\\\"'`*]*[ \t]*[=:,]"
# No sign of its own tells that a value follows: it has to look like a secret.
_UNLIKE_WORDS = r"\s\"'`,;&<>{}\[\]|()"
_LOOSE = rf"(?P<loose>⟨{_UNLIKE_WORDS}⟩[^{_UNLIKE_WORDS}*]*[0-9][^{_UNLIKE_WORDS}]*)"
TITLES: Final = "name|key|field|header|param|attribute|variable|id|type|label|title"
"""What a name is called where it stands beside its value: ``{"name": "password", "value": …}``."""

SHAPES: Final = {
    "block": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}[\"']?:[ \t]{{1,8}}[|>][+-]?\n"
        r"[ \t]+(?P<rest>⟨\s⟩[^\n]*)",
        _BEFORE_VALUE,
        literals=(b"|", b">"),
    ),
    "assignment": Shape(rf"(?P<word>WORDS){_END}[ \t]{{0,8}}{VALUE}", _BEFORE_VALUE),
    "cookie": Shape(
        rf"(?P<word>cookie){_NAME}{{0,32}}{_QUOTE}?[ \t]*"
        rf"(?::[ \t]*b?{_QUOTE}?(?P<rest>⟨\s\"'⟩[^\"'\\\r\n]*)"
        rf"|=[ \t]*b?{_QUOTE}?(?P<list>⟨\s\"';⟩[^\s\"'\\;]*"
        r"(?:;[ \t]*[^\s\"'\\;=]+=[^\s\"'\\;]*)*))",
        rf"cookie{_NAME}*{_QUOTE}?[ \t]*[:=]",
    ),
    "element": Shape(
        rf"<(?:{_NAME}{{1,32}}:)?{_NAMED}(?:\s[^<>]{{0,200}})?>"
        r"\s{0,64}(?:<!\[CDATA\[\s{0,64})?(?P<rest>⟨<\s⟩[^<]*?)(?:\]\]>)?\s*</",
        rf"<[\w.:-]*(?:WORDS){_NAME}*[\s>]",
    ),
    "flag": Shape(
        rf"--?{_NAMED}[ \t]+(?P<bare>⟨\s-⟩\S*)",
        rf"-{_NAME}*(?:WORDS){_NAME}*[ \t]",
    ),
    "part": Shape(
        rf"name=\\?\"{_NAMED}\\?\"(?:\s|\\r|\\n){{2,8}}(?P<rest>⟨\s-⟩[^\r\n\\]*)",
        rf"name=\\?\"{_NAME}*(?:WORDS)",
    ),
    "named": Shape(
        rf"[\"']{_NAMED}{_QUOTE}[ \t]*,[ \t]*{_QUOTE}"
        rf"(?:value|val|content|data|text){_QUOTE}[ \t]*:[ \t]*{VALUE}",
        _BEFORE_VALUE,
        literals=_QUOTES,
    ),
    "spread": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}\"[ \t]{{0,8}}:\s{{1,64}}"
        r"\"(?P<double>⟪\"\n⟫(?:[^\"\\\n]|\\.)*)",
        _BEFORE_VALUE,
        literals=(b'"',),
    ),
    "input": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}\n[ \t]{{1,8}}[^\n]{{0,400}}input_value="
        r"(?P<rest>⟨\s⟩[^\n]*?), input_type=",
        r"input_value=",
    ),
    "tuple": Shape(
        rf"(?:\(|\[\s*\[|\]\s*,\s*\[)\s*b?{_QUOTE}{_NAMED}{_QUOTE}[ \t]*,[ \t]*"
        rf"b?{_QUOTE}(?P<rest>⟨\"'⟩[^\"'\\\n]*)",
        _BEFORE_VALUE,
        literals=_QUOTES,
    ),
    "loose": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}"
        r"(?:[\"'`*]{0,2}[ \t]{0,8}(?:->|\x{2192}|\|)[ \t]*|[ \t]?\("
        rf"|{_QUOTE}[ \t]*,[ \t]*{_QUOTE}){_LOOSE}(?:[\s)\]\"'\\|;,]|\z)",
        rf"(?:WORDS){_NAME}*[\"'`*]*(?:[ \t]*(?:>|\x{{2192}}|\||-)|[ \t]?\(|\\?[\"'][ \t]*,)",
        literals=(b"->", "\u2192".encode(), b"|", b"(", *_QUOTES),
    ),
    "below": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}[\"'`*]{{0,3}}:[ \t]*\r?\n[ \t]*{_LOOSE}"
        r"[ \t]*(?:\r?\n|\z)",
        _BEFORE_VALUE,
        literals=(b"\n",),
    ),
    "reversed": Shape(
        rf"[\"'](?:value|val|content|data|text){_QUOTE}[ \t]*:[ \t]*{_QUOTE}"
        rf"(?P<rest>⟨\"'⟩[^\"'\\\n]*){_QUOTE}[ \t]*,[ \t]*{_QUOTE}"
        rf"(?:{TITLES}){_QUOTE}[ \t]*:[ \t]*{_QUOTE}{_NAMED}",
        rf"(?:{TITLES}){_QUOTE}[ \t]*:[ \t]*{_QUOTE}{_NAME}*(?:WORDS)",
        inside=True,
    ),
}

_FIRST = re.compile("⟨(.+?)⟩")
_FIRST_QUOTED = re.compile("⟪(.+?)⟫")


def word_pattern(section: Section) -> str:
    """An alternation of the words that key rules look for in text.

    A word that ends in another one is found by that one: no need to look for `user password`.
    """
    words = {tuple(segments(word)) for rule in section.keys if rule.text for word in rule.match}
    shortest = {
        r"[ _.-]?".join("".join(letters(part, word)) for part in word)
        for word in words
        if not any(word[start:] in words for start in range(1, len(word)))
    }
    return "|".join(sorted(shortest, key=lambda word: (-len(word), word)))


def shapes(section: Section) -> list[Shape]:
    """The engine's shapes of a section's names, complete."""
    words = word_pattern(section)
    return [
        replace(
            shape,
            pattern=_filled(_for_engine(shape.pattern), words),
            gate=_filled(shape.gate, words),
        )
        for shape in SHAPES.values()
        if words
    ]


def _filled(pattern: str, words: str) -> str:
    return "(?i)" + pattern.replace("WORDS", words)


def _for_engine(pattern: str) -> str:
    pattern = _FIRST.sub(r"[^\1\\\\]", pattern)
    return _FIRST_QUOTED.sub(r"(?:[^\1\\\\]|\\\\.)", pattern).replace("OPEN", "")
