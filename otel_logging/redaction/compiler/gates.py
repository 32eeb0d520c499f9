"""Cheap tests that a record holds nothing for any pattern: almost every record ends there.

Go runs an expression without a literal start at tens of nanoseconds a byte, and searches a literal
at a fraction of one. So a record's texts are joined once, and literals are searched in them; the
patterns see a record only when one is there. A gate may open for nothing, never stay shut.
"""

import re
from collections import Counter
from collections.abc import Callable
from typing import Final

from otel_logging.redaction.compiler.key_patterns import words
from otel_logging.redaction.compiler.ottl import any_index, cached, quoted
from otel_logging.redaction.compiler.value_patterns import OF_DIGITS, covering, text_detectors
from otel_logging.redaction.detectors import Detector
from otel_logging.redaction.keys import segments
from otel_logging.redaction.policy import Section

Word = tuple[str, ...]
"""A name to redact as its segments."""

_GAP: Final = r"[ \t()._/-]{0,3}"
_NUMBERS: Final = (
    rf"(?:^|[^0-9A-Za-z])(?:[0-9](?:{_GAP}[0-9]){{4,}}(?:{_GAP}[0-9]{{4}}|(?:{_GAP}[0-9]){{8}})"
    r"|[A-Z]{2}[0-9]{2}[ -]?[A-Z0-9]{4})"
)
"""Nine digits of which the last four stand together, thirteen in any groups, or an IBAN's start."""

_AROUND: Final = r"[\w\x{17f}.-]{0,32}"
_QUOTE: Final = r"\\?[\"']"
_BEFORE_VALUE: Final = (
    rf"(?:WORDS){_AROUND}(?:[\]\\\"'`]{{0,8}}[ \t]*[=:]"
    rf"|{_QUOTE}[ \t]*,[ \t]*{_QUOTE}(?:val|content|data|text))"
    rf"|(?:\(|\[\s*\[|\]\s*,\s*\[)\s*b?{_QUOTE}{_AROUND}(?:WORDS){_AROUND}{_QUOTE}[ \t]*,"
    rf"|-{_AROUND}(?:WORDS){_AROUND}[ \t]"
)
"""How a word stands before its value; in tags, forms and validation errors it always may."""

_ENDS: Final = re.compile(r"(?<![\[\\])[\^$]|\\[Az]")
"""Finds in a pattern the start or the end of a text."""

_RARE: Final = 4
"""Literals of so many characters are rare enough to open the gate alone."""


def suspicious_key(section: Section, target: str) -> str:
    """A condition: a name to redact is in the keys, written together in lower case."""
    names = {word for word in words(section) if "".join(word).isascii()}
    return _tree(target, names, lambda below: any_index(target, sorted(map("".join, below))))


def values(section: Section, context: str) -> list[str]:
    """Statements that open the gate of each kind of pattern for the text in the cache."""
    text, lower = cached(context, "text"), cached(context, "lower")
    numbers, tokens = cached(context, "numbers"), cached(context, "tokens")
    statements = [f"set({numbers}, true) where IsMatch({text}, {quoted(_NUMBERS)})"]
    chosen = [each for each in text_detectors(section) if each.name not in OF_DIGITS]
    found = _tokens(text, chosen)
    if found:
        statements.append(f"set({tokens}, true) where {' or '.join(found)}")
    named = endings({tuple(segments(name)) for name in _names(section)})
    if named:
        here = _tree(lower, named, lambda below: _before_value(below, lower))
        statements.append(f"set({cached(context, 'words')}, true) where {here}")
    return statements


def _tokens(text: str, detectors: list[Detector]) -> list[str]:
    """Conditions of which one holds wherever a pattern matches."""
    rare = [each for each in detectors if each.literals and min(map(len, each.literals)) >= _RARE]
    literals = {literal for each in rare for literal in each.literals}
    conditions = []
    while literals:
        grams = Counter(gram for literal in literals for gram in _grams(literal))
        best = max(sorted(grams), key=lambda gram: (grams[gram], len(gram)))
        mine = sorted(literal for literal in literals if best in literal)
        literals -= set(mine)
        below = any_index(text, mine)
        conditions.append(below if len(mine) == 1 else f"({any_index(text, [best])} and ({below}))")
    return conditions + [_token(text, each) for each in detectors if each not in rare]


def _grams(literal: str) -> set[str]:
    return {literal[start : start + 2] for start in range(len(literal) - 1)}


def _token(text: str, detector: Detector) -> str:
    """The pattern behind its frequent literals; in joined texts the end of one is lost."""
    matches = f"IsMatch({text}, {quoted(detector.collector_pattern)})"
    if detector.literals:
        return f"(({any_index(text, detector.literals)}) and {matches})"
    return "true" if _ENDS.search(detector.collector_pattern) else matches


def _names(section: Section) -> list[str]:
    names = [word for rule in section.keys if rule.text for word in rule.match]
    return [*names, "cookie"] if names else []


def _before_value(named: set[Word], lower: str) -> str:
    names = spelled(named)
    tagged = any_index(lower, ("</", "name=", "input_value="))
    before = f"IsMatch({lower}, {quoted(_BEFORE_VALUE.replace('WORDS', names))})"
    return f"IsMatch({lower}, {quoted(names)}) and ({tagged} or {before})"


def spelled(names: set[Word]) -> str:
    """A pattern of the names as texts spell them: a separator may stand between segments."""
    return "|".join(sorted("[ _.-]?".join(map(re.escape, name)) for name in names))


def endings(names: set[Word]) -> set[Word]:
    """The names that do not end in another one, which finds them as well."""
    return {
        name for name in names if not any(name[start:] in names for start in range(1, len(name)))
    }


def _tree(target: str, names: set[Word], below: Callable[[set[Word]], str]) -> str:
    """A condition: a name is in the target; searched first is what many have in common.

    Args:
        target: A text in lower case.
        names: The names.
        below: Writes the condition for the few names that have one stem in common.
    """
    left, branches = set(names), []
    for stem in covering(set(names)):
        mine = {name for name in left if any(stem in part for part in name)}
        left -= mine
        here = any_index(target, [stem])
        branches.append(here if mine == {(stem,)} else f"({here} and ({below(mine)}))")
    return f"({' or '.join(branches) or 'false'})"
