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
        near: What comes right after the name in every match, or may: a cheap test before the
            pattern (syntax of `re`).
        literals: Texts of which one is in every match: a cheap test as well.
        inside: Whether it is structure inside a string, which only code can read: not for the
            Collector.
    """

    pattern: str
    near: bytes = b""
    literals: tuple[bytes, ...] = ()
    inside: bool = False

    def parts(self) -> tuple[str, str, str]:
        """The pattern before the name's word, the word where it is a certain one, and after it."""
        before, word, after = _WORD.split(self.pattern)
        return before, word.removeprefix("WORDS"), after


_WORD = re.compile(r"\(\?P<word>(\w+)\)")
_NAME = r"[\w.-]"
VALUE = (
    r"(?:[bBuU]?\"(?P<double>⟪\"\n⟫(?:[^\"\\\n]|\\.)*)|[bBuU]?'(?P<single>⟪'\n⟫(?:[^'\\\n]|\\.)*)"
    r"|\\+[\"'](?P<escaped>⟨\"'\n⟩[^\"'\\\n]*)|(?P<open>[\[{]OPEN)"
    r"|[`\x{2018}\x{201c}\x{ab}]?(?:(?i:bearer|basic|digest|token|negotiate|apikey)[ \t]+)?"
    r"(?P<bare>⟨\s\"'`,;&<>{\[⟩[^\s\"'`,;&<>\\]*))"
)
_QUOTE = r"\\?[\"']"
_NEXT_QUOTED: Final = rb"\\?[\"'][ \t]*,"
_NAMED = rf"{_NAME}{{0,32}}(?P<word>WORDS){_NAME}{{0,32}}"
# A dotted name before a tight colon is a place in a stack trace: TokenService.java:88.
_END = (
    rf"(?:{_NAME}{{0,32}}\]?\\{{0,3}}[\"'`]?\]?\*{{0,2}}[ \t]{{0,8}}"
    r"(?:=>|:=|={1,3}|:(?:\*\*)?[ \t])"
    rf"|[\w-]{{0,32}}\]?[ \t]{{0,8}}:|{_NAME}{{0,32}}\]?\\{{0,3}}[\"'`]\]?[ \t]{{0,8}}:)"
)
# No sign of its own tells that a value follows: it has to look like a secret.
_UNLIKE_WORDS = r"\s\"'`,;&<>{}\[\]|()"
_LOOSE = rf"(?P<loose>⟨{_UNLIKE_WORDS}⟩[^{_UNLIKE_WORDS}*]*[0-9][^{_UNLIKE_WORDS}]*)"
TITLES: Final = "name|key|field|header|param|attribute|variable|id|type|label|title"
"""What a name is called where it stands beside its value: ``{"name": "password", "value": …}``."""

SHAPES: Final = {
    "block": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}[\"']?:[ \t]{{1,8}}[|>][+-]?\n"
        r"[ \t]+(?P<rest>⟨\s⟩[^\n]*)",
        near=rb"[\"']?:[ \t]+[|>]",
    ),
    "assignment": Shape(
        rf"(?P<word>WORDS){_END}[ \t]{{0,8}}{VALUE}", near=rb"[\]\\\"'`*]*[ \t]*[=:]"
    ),
    "cookie": Shape(
        rf"(?P<word>cookie){_NAME}{{0,32}}{_QUOTE}?[ \t]*"
        rf"(?::[ \t]*b?{_QUOTE}?(?P<rest>⟨\s\"'⟩[^\"'\\\r\n]*)"
        rf"|=[ \t]*b?{_QUOTE}?(?P<list>⟨\s\"';⟩[^\s\"'\\;]*"
        r"(?:;[ \t]*[^\s\"'\\;=]+=[^\s\"'\\;]*)*))",
        near=rb"\\?[\"']?[ \t]*[:=]",
    ),
    "element": Shape(
        rf"<(?:{_NAME}{{1,32}}:)?{_NAMED}(?:\s[^<>]{{0,200}})?>"
        r"\s{0,64}(?:<!\[CDATA\[\s{0,64})?(?P<rest>⟨<\s⟩[^<]*?)(?:\]\]>)?\s*</",
        near=rb"[\s>]",
        literals=(b"</",),
    ),
    "flag": Shape(
        rf"--?{_NAMED}[ \t]+(?P<bare>⟨\s-⟩\S*)",
        near=rb"[ \t]",
    ),
    "part": Shape(
        rf"name=\\?\"{_NAMED}\\?\"(?:\s|\\r|\\n){{2,8}}(?P<rest>⟨\s-⟩[^\r\n\\]*)",
        near=rb"\\?\"",
    ),
    "named": Shape(
        rf"[\"']{_NAMED}{_QUOTE}[ \t]*,[ \t]*{_QUOTE}"
        rf"(?:value|val|content|data|text){_QUOTE}[ \t]*:[ \t]*{VALUE}",
        near=_NEXT_QUOTED,
    ),
    "spread": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}\"[ \t]{{0,8}}:\s{{1,64}}"
        r"\"(?P<double>⟪\"\n⟫(?:[^\"\\\n]|\\.)*)",
        near=rb"\"[ \t]*:",
    ),
    "input": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}\n[ \t]{{1,8}}[^\n]{{0,400}}input_value="
        r"(?P<rest>⟨\s⟩[^\n]*?), input_type=",
        near=rb"\n",
    ),
    "tuple": Shape(
        rf"(?:\(|\[\s*\[|\]\s*,\s*\[)\s*b?{_QUOTE}{_NAMED}{_QUOTE}[ \t]*,[ \t]*"
        rf"b?{_QUOTE}(?P<rest>⟨\"'⟩[^\"'\\\n]*)",
        near=_NEXT_QUOTED,
    ),
    "loose": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}"
        r"(?:[\"'`*]{0,2}[ \t]{0,8}(?:->|\x{2192}|\|)[ \t]*|[ \t]?\("
        rf"|{_QUOTE}[ \t]*,[ \t]*{_QUOTE}){_LOOSE}(?:[\s)\]\"'\\|;,]|\z)",
        # The name takes the first character of its arrow.
        near=rb"[\"'`*]*[ \t]*(?:-?>|\xe2\x86\x92|\|)|[ \t]?\(|" + _NEXT_QUOTED,
    ),
    "below": Shape(
        rf"(?P<word>WORDS){_NAME}{{0,32}}[\"'`*]{{0,3}}:[ \t]*\r?\n[ \t]*{_LOOSE}"
        r"[ \t]*(?:\r?\n|\z)",
        near=rb"[\"'`*]*:[ \t]*\r?\n",
    ),
    "reversed": Shape(
        rf"[\"'](?:value|val|content|data|text){_QUOTE}[ \t]*:[ \t]*{_QUOTE}"
        rf"(?P<rest>⟨\"'⟩[^\"'\\\n]*){_QUOTE}[ \t]*,[ \t]*{_QUOTE}"
        rf"(?:{TITLES}){_QUOTE}[ \t]*:[ \t]*{_QUOTE}{_NAMED}",
        literals=(b'"', b"'"),
        inside=True,
    ),
}

_FIRST = re.compile("⟨(.+?)⟩")
_FIRST_QUOTED = re.compile("⟪(.+?)⟫")


def names_in_text(section: Section) -> list[str]:
    """Patterns of the names that key rules look for in text, longest first."""
    names = {tuple(segments(word)) for rule in section.keys if rule.text for word in rule.match}
    patterns = {r"[ _.-]?".join("".join(letters(part, name)) for part in name) for name in names}
    return sorted(patterns, key=lambda each: (-len(each), each))


def engine_shapes() -> list[Shape]:
    """The shapes as the engine seeks them; ``WORDS`` is left to be filled in."""
    return [replace(shape, pattern=_for_engine(shape.pattern)) for shape in SHAPES.values()]


def at_segments(words: list[str]) -> str:
    """An alternation of the words where a segment of a name may begin (`keys.segments`).

    Letters begin one where no letter stands before them, or with a capital.
    """
    lettered = [word for word in words if "a" <= word[0] <= "z"]
    starts = [rf"(?:\b|[0-9_])(?i:{'|'.join(lettered)})"] if lettered else []
    starts += [
        f"{_capital(first)}(?i:{'|'.join(word[1:] for word in lettered if word[0] == first)})"
        for first in sorted({word[0] for word in lettered})
    ]
    others = [word for word in words if word not in lettered]
    starts += [f"(?i:{'|'.join(others)})"] if others else []
    return "|".join(starts)


def _capital(letter: str) -> str:
    return {"k": r"[K\x{212a}]"}.get(letter, letter.upper())


def _for_engine(pattern: str) -> str:
    pattern = _FIRST.sub(r"[^\1\\\\]", pattern)
    return _FIRST_QUOTED.sub(r"(?:[^\1\\\\]|\\\\.)", pattern).replace("OPEN", "")
