"""Names and values that stand apart in a structure, found in the structure written as JSON.

The Collector's redaction processor looks at one attribute at a time. A pair such as
``{"name": "password", "value": "x"}`` shows only in the whole, which OTTL gives as compact
JSON with sorted keys.
"""

from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.compiler.ottl import KEPT, MARK, OPEN, character, first
from otel_logging.redaction.compiler.trie import alternation
from otel_logging.redaction.keys import letters, segments
from otel_logging.redaction.policy import Section
from otel_logging.redaction.shapes import TITLES

_TEXT: Final = r"(?:[^\"\\]|\\.)*"
_SIMPLE: Final = rf"(?:,{OPEN}?\"[^\"]*\":{OPEN}?(?:\"{_TEXT}\"|[0-9a-z.+-]+))*?"
_NAMES: Final = rf"{OPEN}?\"(?:{TITLES}|k)\":"
_VALUES: Final = rf"{OPEN}?\"(?:value|val|content|data|text|v)\":"
_NAMED: Final = rf"{OPEN}\"{_TEXT}\""
_STRING: Final = rf"{OPEN}?\"{first(chr(92) + chr(34), escapes=True)}{_TEXT}\""
_VALUE: Final = rf"(?:{_STRING}|-?[0-9][0-9.eE+-]*)"
_SEPARATOR: Final = r"[^A-Za-z0-9\"\\]*"


@dataclass(frozen=True, slots=True)
class JsonRule:
    """A replacement in JSON text.

    Attributes:
        marks: Literals of which one is there whenever the pattern can match.
        pattern: What to find.
        replacement: What to put in its place, with Go's ``${1}`` groups.
    """

    marks: tuple[str, ...]
    pattern: str
    replacement: str


_OBJECTS: Final = ('"value":', '"val":', '"content":', '"data":', '"text":', '"v":')
_PAIRS: Final = (
    JsonRule(_OBJECTS, rf"({_NAMES}{_NAMED}{_SIMPLE},{_VALUES}){_VALUE}", '${1}"****"'),
    JsonRule(_OBJECTS, rf"({_VALUES}){_VALUE}({_SIMPLE},{_NAMES}{_NAMED})", '${1}"****"${2}'),
    JsonRule(('[["', '],["'), rf"([\[,]\[{_NAMED},){_VALUE}\]", '${1}"****"]'),
    JsonRule(('"-',), rf"({OPEN}\"-{_TEXT}\",){_STRING}", '${1}"****"'),
)


def json_rules(section: Section) -> list[JsonRule]:
    """The rules for name and value objects, lists of pairs, and command lines, in their order."""
    if not section.keys:
        return []
    opened = character(OPEN)
    return [
        JsonRule((), rf"[{OPEN}{KEPT}]", ""),
        JsonRule((), MARK, character(KEPT) + "${1}"),
        JsonRule((), f"({_name(section)})", opened + "${1}"),
        *_PAIRS,
        JsonRule((), OPEN, ""),
        JsonRule((), KEPT, "***"),
    ]


def _name(section: Section) -> str:
    """A JSON string that holds a name to redact."""
    found = {tuple(segments(word)) for rule in section.keys for word in rule.match}
    words = alternation(map(_letters, sorted(found)))
    humps = alternation(
        (spelled[0].upper(), *spelled[1:])
        for name in sorted(found)
        if (spelled := _letters(name)) and "".join(name).isascii()
    )
    digits = alternation(_letters(name) for name in sorted(found) if "".join(name)[:1].isdigit())
    after_letters = f"{humps}|(?i:{digits})" if digits else humps
    return (
        rf"\"(?:(?:[^\"\\]*[^A-Za-z\"\\])?(?i:{words})|[^\"\\]*[a-z](?:{after_letters}))"
        rf"(?:[^a-z\"\\][^\"\\]*)?\""
    )


def _letters(name: tuple[str, ...]) -> list[str]:
    """A name's letters; separators may stand between its segments."""
    return [letter for part in name for letter in (*letters(part, name), _SEPARATOR)][:-1]
