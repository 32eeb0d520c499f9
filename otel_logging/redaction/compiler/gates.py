"""Cheap tests that a record holds nothing for any pattern: almost every record ends there.

Go runs an expression without a literal start at some twenty nanoseconds a character, and searches
a literal at a hundredth of that. So every test here starts with a literal, or stands behind one
that does. A gate may open for nothing, never stay shut.

An item's values are searched as one text in ``text``, in lower case in ``lower``, its keys without
separators in ``together``, and both of these in ``all``.
"""

import re
import string
from collections.abc import Iterable
from itertools import islice
from typing import Final

from otel_logging import semconv
from otel_logging.redaction.compiler.conditions import (
    Condition,
    Every,
    Matches,
    Some,
    contains,
    literal,
)
from otel_logging.redaction.compiler.key_patterns import words as key_words
from otel_logging.redaction.compiler.stems import Group, Word, groups
from otel_logging.redaction.compiler.trie import alternation
from otel_logging.redaction.compiler.value_patterns import (
    NUMBERS,
    OF_DIGITS,
    names_in_text,
    text_detectors,
)
from otel_logging.redaction.detectors import TABLE, Detector
from otel_logging.redaction.keys import letters, together
from otel_logging.redaction.policy import Section
from otel_logging.redaction.scanner import detectors

_GAP: Final = r"[ \t_./-]{0,2}"
_LOCAL: Final = r"[2-9][0-9]{2}[.-][0-9]{4}"
_STARTS: Final[dict[str, tuple[str, ...]]] = {
    # Thirteen digits of which the first is an issuer's.
    "payment-card": tuple(f"{digit}(?:{_GAP}[0-9]){{12}}" for digit in "234569"),
    "iban": tuple(
        rf"{letter}[A-Z][0-9]{{2}}[ -]?[A-Z0-9]{{4}}" for letter in string.ascii_uppercase
    ),
    "phone-us": (f"-{_LOCAL}", rf"\.{_LOCAL}", rf"\) ?{_LOCAL}"),
    "phone-korean-mobile": (r"01[016789][ .-]?[0-9]{3}",),
    "phone-korean-landline": (r"0[2-7][0-9]{0,2}[ .-][0-9]{3,4}-[0-9]{4}",),
    "korean-resident-number": (r"- ?[1-8][0-9]{6}",),
    "korean-business-number": (r"-[0-9]{2}-[0-9]{5}",),
    "korean-driving-licence": (r"-[0-9]{2}-[0-9]{6}-[0-9]{2}",),
    "us-social-security": (r"-[0-9]{2}-[0-9]{4}",),
    "stripe-key": (r"k_(?:live|test)_[A-Za-z0-9]{10}",),
    "telegram-bot-token": (":AA[A-Za-z0-9_-]{33}",),
}
"""Of patterns that start with no literal: parts of them that do, one of which is in each match."""

_LOWER_STARTS: Final[dict[str, tuple[str, ...]]] = {
    "bearer": (r"bearer(?:[ \t+:]|%20)",),
    "basic": (r"basic(?:[ \t+:]|%20)",),
    "url-query": tuple(
        start + TABLE["url-query"].pattern.removeprefix("(?i:[?&;]|%3F|%26)")
        for start in (r"\?", "&", ";", "%3f", "%26")
    ),
}
"""The same for the text in lower case."""

_RUNS: Final[tuple[tuple[str, frozenset[str]], ...]] = (
    (
        "_[A-Za-z0-9_-]{20}",
        frozenset(
            {
                "github-token",
                "github-pat",
                "stripe-webhook-secret",
                "toss-secret-key",
                "npm-token",
                "docker-token",
                "digitalocean-token",
                "shopify-token",
                "huggingface-token",
                "grafana-token",
                "linear-key",
                "notion-token",
            }
        ),
    ),
    (
        "-[A-Za-z0-9_-]{20}",
        frozenset(
            {
                "gitlab-token",
                "google-client-secret",
                "openai-key",
                "mailgun-key",
                "pypi-token",
                "square-token",
                "age-secret-key",
                "postman-key",
            }
        ),
    ),
    (
        r"\.[A-Za-z0-9_-]{16}",
        frozenset(
            {
                "google-oauth-token",
                "sendgrid-key",
                "vault-token",
                "doppler-token",
                "discord-token",
            }
        ),
    ),
)
"""Detectors by a character that a long run follows in each match, which is rarer than they are."""

_NAME: Final = r"[\w.-]*"
_NAMES: Final = r"[\w. \x{80}-\x{10ffff}-]*"
_BEFORE_VALUE: Final = rf"{_NAME}(?:[\]\\\"'`*]*[ \t]*(?:[=:|(]|->|\x{{2192}})|\\*[\"'][ \t]*,|>)"
"""How a name goes on before its value; in tags, forms and validation errors it need not."""

_TAGGED: Final = contains("lower", ("</", "name=", "input_value="))

_ENDS: Final = re.compile(r"(?<![\[\\])[\^$]|\\[Az]")
"""Finds in a pattern the start or the end of a text: in joined texts it is lost."""

_RARE: Final = 4
"""Literals of so many characters are rare enough to open the gate alone."""

_ALONE: Final = 4
"""Names of one stem that are worth a pattern of their own."""

_TOGETHER: Final = 6
"""Stems of which the names share a pattern."""

_ALWAYS: Final = Matches("text", "")


def named(section: Section) -> Condition:
    """The condition without which neither a key nor a text holds a name to redact."""
    names = key_words(section) | names_in_text(section)
    if ("",) in names:
        return Matches("all", "")
    return contains("all", [group.stem for group in groups(names)])


def kinds(section: Section) -> dict[str, Condition]:
    """For each kind of value pattern, the condition under which one of them may match.

    That of words holds for `named` items only.
    """
    chosen = [detector for detector, _ in detectors(section)]
    digits = [each for each in chosen if each.name in OF_DIGITS | NUMBERS]
    words = [_named(bundle) for bundle in bundles(names_in_text(section))]
    found = {
        "numbers": Some(tuple(_distinct(map(detector, digits)))),
        "tokens": Some(tuple(_tokens(section))),
        "words": Some((*words, *_TAGGED.parts) if words else ()),
    }
    return {kind: condition for kind, condition in found.items() if condition.parts}


def suspicious_key(section: Section) -> Condition:
    """The condition under which a `named` item has a name to redact in its keys."""
    names = {("".join(word),) for word in key_words(section)}
    if ("",) in names:
        return _ALWAYS
    return Some(tuple(map(_key, groups({name for name in names if name[0].isascii()}))))


def own_keys(section: Section) -> str:
    """A pattern of keys of ours, zeros around them, that hold no name to redact but a stem of one.

    Without them, records of ours are not taken for `named` ones.
    """
    words = {"".join(word) for word in key_words(section)}
    stems = [group.stem for group in groups(key_words(section))]
    own = {together(name) for key, name in vars(semconv).items() if key.isupper()}
    clean = {
        name
        for name in own
        if any(stem in name for stem in stems) and not any(word in name for word in words)
    }
    return f"0{alternation(sorted(clean))}0" if clean else ""


def _key(group: Group) -> Condition:
    stem = Matches("together", literal(group.stem))
    if (group.stem,) in group.names:
        return stem
    return Every((stem, contains("together", (name for (name,) in group.names))))


def detector(each: Detector) -> Condition:
    """The condition under which a detector may find something."""
    if starts := _STARTS.get(each.name):
        return Some(tuple(Matches("text", start) for start in starts))
    if starts := _LOWER_STARTS.get(each.name):
        return Some(tuple(Matches("lower", start) for start in starts))
    lower = sorted({literal.lower() for literal in each.literals})
    cased = len(lower) < len(each.literals)
    here = contains("lower", lower) if cased else contains("text", each.literals)
    if each.literals and min(map(len, each.literals)) >= _RARE:
        return here
    pattern = _ALWAYS if _ENDS.search(each.collector_pattern) else _pattern(each)
    return Every((here, pattern)) if each.literals else pattern


def _pattern(each: Detector) -> Matches:
    return Matches("text", each.collector_pattern)


def _tokens(section: Section) -> list[Condition]:
    chosen = text_detectors(section)
    found: list[Condition] = []
    for mine in runs(chosen):
        pattern = next(run for run, names in _RUNS if mine[0].name in names)
        literals = sorted({literal for each in mine for literal in each.literals})
        found.append(Every((Matches("text", pattern), contains("text", literals))))
    return _distinct([*found, *map(detector, others(chosen))])


def runs(chosen: list[Detector]) -> list[list[Detector]]:
    """The detectors that are looked for together, if one of their long runs is there."""
    found = [[each for each in chosen if each.name in names] for _, names in _RUNS]
    return [mine for mine in found if mine]


def others(chosen: list[Detector]) -> list[Detector]:
    """The detectors of tokens that are looked for one by one."""
    in_runs = {name for _, names in _RUNS for name in names}
    return [each for each in chosen if each.name not in in_runs | OF_DIGITS]


def _distinct(conditions: Iterable[Condition]) -> list[Condition]:
    return list(dict.fromkeys(conditions))


def bundles(names: set[Word]) -> list[tuple[Group, ...]]:
    """The names in groups that are searched together, in their order; large ones stay alone."""
    found = groups(names)
    large = [(group,) for group in found if len(group.names) >= _ALONE]
    small = iter(found[len(large) :])
    return [*large, *iter(lambda: tuple(islice(small, _TOGETHER)), ())]


def _named(bundle: tuple[Group, ...]) -> Condition:
    stems = [group.stem for group in bundle]
    flag = rf"-{_NAMES}(?:{'|'.join(map(literal, stems))}){_NAMES}[ \t]"
    before = Matches("lower", f"(?:{spelled(bundle)}){_BEFORE_VALUE}")
    return Every((contains("lower", stems), Some((before, Matches("lower", flag)))))


def spelled(bundle: Iterable[Group]) -> str:
    """A pattern of names as texts spell them: a separator may stand between segments."""
    names = sorted(
        (name for group in bundle for name in group.names),
        key=lambda name: (-len("".join(name)), name),
    )
    return "|".join("[ _.-]?".join("".join(letters(part, name)) for part in name) for name in names)
