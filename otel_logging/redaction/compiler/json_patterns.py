"""Names and values that stand apart in a structure, found in the structure written as JSON.

The Collector's redaction processor looks at one attribute at a time. A pair such as
``{"name": "password", "value": "x"}`` shows only in the whole, which OTTL gives as compact
JSON with sorted keys.
"""

from dataclasses import dataclass
from typing import Final

from otel_logging.redaction.keys import segments
from otel_logging.redaction.pairs import unmarked
from otel_logging.redaction.policy import Section

_TEXT: Final = r"(?:[^\"\\]|\\.)*"
_SIMPLE: Final = rf"(?:,\"[^\"]*\":(?:\"{_TEXT}\"|[0-9a-z.+-]+))*?"
_NAMES: Final = r"\"(?:name|key|field|header|param|attribute|variable|k)\":"
_VALUES: Final = r"\"(?:value|val|content|data|text|v)\":"


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


def json_rules(section: Section) -> list[JsonRule]:
    """The rules for name and value objects, lists of pairs, and command lines."""
    if not section.keys:
        return []
    name = _name(section)
    text = rf"\"{unmarked(chr(92) + chr(34), escapes=True)}{_TEXT}\""
    value = rf"(?:{text}|-?[0-9][0-9.eE+-]*)"
    objects = ('"value":', '"val":', '"content":', '"data":', '"text":', '"v":')
    return [
        JsonRule(objects, rf"({_NAMES}{name}{_SIMPLE},{_VALUES}){value}", '${1}"****"'),
        JsonRule(objects, rf"({_VALUES}){value}({_SIMPLE},{_NAMES}{name})", '${1}"****"${2}'),
        JsonRule(('[["', '],["'), rf"([\[,]\[{name},){value}\]", '${1}"****"]'),
        JsonRule(('"-',), rf"(\"-{name[2:]},){text}", '${1}"****"'),
    ]


def _name(section: Section) -> str:
    """A JSON string that holds a name to redact."""
    spellings = {
        '[^A-Za-z0-9"\\\\]*'.join(segments(word)) for rule in section.keys for word in rule.match
    }
    words = "|".join(sorted(spellings))
    humps = "|".join(sorted({word[0].upper() + word[1:] for word in spellings if word.isascii()}))
    return (
        rf"\"(?:(?:[^\"\\]*[^A-Za-z\"\\])?(?i:{words})|[^\"\\]*[a-z](?:{humps}))"
        rf"(?:[^a-z\"\\][^\"\\]*)?\""
    )
